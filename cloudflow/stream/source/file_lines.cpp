#include "cloudflow/stream/source/file_lines.hpp"

#include "cloudflow/stream/offset/tracker.hpp"
#include "cloudflow/stream/source/durable_position.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace cloudflow::stream {

namespace {

/// How far a file was read: the number of the next line, and where it begins.
using file_position = std::tuple<std::int64_t, std::int64_t>;

class file_lines_port final : public source_port<std::string> {
  std::filesystem::path path_;
  file_lines_options options_;
  offset_tracker tracker_;
  int file_ = -1;
  std::string block_; ///< read and not yet cut, from `at_` on
  std::size_t at_ = 0;
  std::int64_t block_begin_ = 0; ///< where the block lies in the file
  std::int64_t line_ = 1;
  durable_position<file_position> kept_;
  bool at_end_ = false;
  ending how_;
  bool over_ = false;

  source_status give_up(const std::string& what) {
    over_ = true;
    failure why{"error", path_.string() + ": " + what, "file_lines", std::nullopt};
    how_ = {end_kind::fail, std::make_shared<const failure>(std::move(why))};
    return source_status::ended;
  }
  static std::string error_text() { return std::generic_category().message(errno); }

  bool read_block() {
    block_.erase(0, at_);
    block_begin_ += static_cast<std::int64_t>(at_);
    at_ = 0;
    const auto had = block_.size();
    block_.resize(had + options_.block);
    ssize_t got = 0;
    do {
      got = ::read(file_, block_.data() + had, options_.block);
    } while (got < 0 && errno == EINTR);
    block_.resize(had + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) at_end_ = true;
    return got >= 0;
  }

public:
  file_lines_port(std::filesystem::path path, file_lines_options options)
      : path_(std::move(path))
      , options_(options)
      , tracker_(path_.filename().string()) {
    options_.block = std::max<std::size_t>(options_.block, 1);
  }
  ~file_lines_port() override {
    if (file_ >= 0) ::close(file_);
  }

  source_status pull(std::size_t limit, batch<std::string>& out) override {
    if (over_) return source_status::ended;
    if (file_ < 0 && !open()) return source_status::ended;
    const auto status = cut(limit, out);
    if (!out.empty()) out.cover(tracker_.run(partition_id(0), out.meta.front().offset, out.meta.back().offset));
    if (status == source_status::ended && how_.kind != end_kind::fail) kept_.seal_last(position());
    return status;
  }
  std::string_view keeps() const override { return "file_lines"; }
  void name_table(std::string name) override { kept_.name(std::move(name)); }
  void start(island_services& services) override { kept_.start(services.state()); }
  void on_barrier(commit_id n) override {
    tracker_.cut(n);
    kept_.seal(n, position());
  }
  bool arm(const waker&) override { return true; } // a file is always ready
  void drain() override {
    if (over_) return;
    over_ = true;
    how_ = {end_kind::drain, nullptr};
    kept_.seal_last(position());
  }
  ending how_ended() const override { return how_; }
  std::string name() const override { return "file_lines"; }

private:
  [[nodiscard]] file_position position() const { return {line_, block_begin_ + static_cast<std::int64_t>(at_)}; }
  bool open() {
    file_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (file_ < 0) {
      give_up("cannot open: " + error_text());
      return false;
    }
    file_position from{1, 0};
    if (auto done = kept_.restore(from); !done) {
      give_up("its position cannot be restored: " + done.error().text());
      return false;
    }
    std::tie(line_, block_begin_) = from;
    if (block_begin_ == 0) return true;
    const auto size = ::lseek(file_, 0, SEEK_END);
    if (size < block_begin_ || ::lseek(file_, block_begin_, SEEK_SET) < 0) {
      give_up("it was read up to byte " + std::to_string(block_begin_) + " before, and has " + std::to_string(size) +
              " bytes now");
      return false;
    }
    return true;
  }
  source_status cut(std::size_t limit, batch<std::string>& out) {
    std::size_t searched = at_;
    while (out.size() < limit) {
      const auto end = block_.find('\n', std::max(searched, at_));
      if (end != std::string::npos) {
        add(end, out);
        at_ = searched = end + 1;
        continue;
      }
      if (block_.size() - at_ > options_.longest_line) {
        return give_up("line " + std::to_string(line_) + " is longer than " + std::to_string(options_.longest_line) +
                       " bytes");
      }
      if (at_end_) {
        if (at_ < block_.size()) {
          add(block_.size(), out);
          at_ = block_.size();
        }
        over_ = true;
        return source_status::ended;
      }
      searched = block_.size() - at_;
      if (!read_block()) return give_up("cannot read: " + error_text());
    }
    return source_status::more;
  }
  void add(std::size_t end, batch<std::string>& out) {
    if (line_ <= options_.skip) {
      ++line_;
      return;
    }
    auto length = end - at_;
    if (length > 0 && block_[end - 1] == '\r') --length;
    out.add(block_.substr(at_, length), {record_offset(line_++), no_event_time});
  }
};

} // namespace

std::unique_ptr<source_port<std::string>> file_lines(std::filesystem::path path, file_lines_options options) {
  return std::make_unique<file_lines_port>(std::move(path), options);
}

} // namespace cloudflow::stream
