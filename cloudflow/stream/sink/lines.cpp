#include "cloudflow/stream/sink/lines.hpp"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace cloudflow::stream {

namespace {

class lines_port final : public sink_port<std::string> {
  std::shared_ptr<line_output> output_; ///< owners: the host and the ports that write to it
  std::string name_;
  std::function<void()> on_written_;
  std::string buffer_;
  std::shared_ptr<const failure> failed_;

public:
  lines_port(std::shared_ptr<line_output> output, std::string name, std::function<void()> on_written)
      : output_(std::move(output))
      , name_(std::move(name))
      , on_written_(std::move(on_written)) {}

  std::size_t room() override { return failed_ ? 0 : unlimited; }
  void push(batch<std::string>& elements) override {
    if (failed_) return;
    buffer_.clear();
    for (const auto& line : elements.values) {
      buffer_ += line;
      buffer_ += '\n';
    }
    if (auto written = output_->write(buffer_); !written) {
      failed_ = std::make_shared<const failure>(failure{"i/o error", written.error().text(), name_, std::nullopt});
      return;
    }
    for (auto& run : elements.runs) run.token.acknowledge();
    if (on_written_) on_written_();
  }
  bool arm(const waker&) override { return failed_ != nullptr; }
  void end(const ending&) override {}
  bool ended() override { return true; }
  std::shared_ptr<const failure> failed() override { return failed_; }
  std::string name() const override { return name_; }
};

class file_output final : public line_output {
  std::filesystem::path path_;
  int file_;
  int open_error_ = 0;

public:
  file_output(std::filesystem::path path, file_mode mode)
      : path_(std::move(path))
      , file_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (mode == file_mode::append ? O_APPEND : O_TRUNC),
                     0666)) {
    if (file_ < 0) open_error_ = errno;
  }
  ~file_output() override {
    if (file_ >= 0) ::close(file_);
  }
  file_output(const file_output&) = delete;
  file_output& operator=(const file_output&) = delete;

  result<void> write(std::string_view lines) override {
    if (file_ < 0) return system_error(errc::io_error, path_.string() + ": cannot open: " + text_of(open_error_));
    while (!lines.empty()) {
      const auto written = ::write(file_, lines.data(), lines.size());
      if (written < 0) {
        if (errno == EINTR) continue;
        return system_error(errc::io_error, path_.string() + ": cannot write: " + text_of(errno));
      }
      lines.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

private:
  static std::string text_of(int code) { return std::generic_category().message(code); }
};

} // namespace

std::unique_ptr<sink_port<std::string>> lines_to(std::shared_ptr<line_output> output, std::string name,
                                                 std::function<void()> on_written) {
  return std::make_unique<lines_port>(std::move(output), std::move(name), std::move(on_written));
}

std::unique_ptr<sink_port<std::string>> file_sink(std::filesystem::path path, file_mode mode) {
  return lines_to(std::make_shared<file_output>(std::move(path), mode), "file_sink");
}

} // namespace cloudflow::stream
