#include "cloudflow/native/line_output.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <string>
#include <unistd.h>

namespace cloudflow::native {

namespace {

class line_file final : public line_output {
  std::mutex mutex_;
  int fd_;
  std::string path_;

public:
  line_file(int fd, std::string path)
      : fd_(fd)
      , path_(std::move(path)) {}
  line_file(const line_file&) = delete;
  line_file& operator=(const line_file&) = delete;
  ~line_file() override { ::close(fd_); }

  result<void> write(std::string_view lines) override {
    const std::lock_guard lock(mutex_);
    while (!lines.empty()) {
      const auto n = ::write(fd_, lines.data(), lines.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return system_error(errc::io_error, "cannot write " + path_ + ": " + std::strerror(errno));
      lines.remove_prefix(static_cast<std::size_t>(n));
    }
    return {};
  }
};

} // namespace

result<std::shared_ptr<line_output>> create_line_file(const std::filesystem::path& file, std::string_view header) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return user_error(errc::io_error, "cannot create " + file.string() + ": " + std::strerror(errno));
  std::shared_ptr<line_output> out = std::make_shared<line_file>(fd, file.string());
  if (!header.empty())
    if (auto done = out->write(std::string(header) + "\n"); !done) return unexpected(done.error());
  return out;
}

} // namespace cloudflow::native
