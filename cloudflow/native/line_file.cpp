#include "cloudflow/native/line_file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace cloudflow::native {

namespace {

error failed(const char* what, const std::string& path) {
  return {errc::io_error, error_source::system, false,
          std::string("cannot ") + what + " " + path + ": " + std::strerror(errno)};
}

} // namespace

line_file::line_file(int fd, std::string path, std::string header, std::size_t tasks)
    : fd_(fd)
    , path_(std::move(path))
    , header_(std::move(header))
    , missing_(tasks) {}

line_file::~line_file() { ::close(fd_); }

result<std::shared_ptr<line_file>> line_file::open(const std::filesystem::path& file, std::string_view header,
                                                   std::size_t tasks) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) return user_error(errc::io_error, "cannot create " + file.string() + ": " + std::strerror(errno));
  std::string first(header);
  if (!first.empty()) first += '\n';
  return std::shared_ptr<line_file>(new line_file(fd, file.string(), std::move(first), tasks));
}

result<void> line_file::put(std::string_view text) {
  while (!text.empty()) {
    const auto n = ::write(fd_, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return unexpected(failed("write", path_));
    text.remove_prefix(static_cast<std::size_t>(n));
    length_ += n;
  }
  return {};
}

result<void> line_file::begin() {
  const auto there = ::lseek(fd_, 0, SEEK_END);
  const bool regular = there >= 0; // a pipe or a device has no length to go back to
  if (length_ > 0 && there < length_)
    return user_error(errc::incompatible, path_ + " has " + std::to_string(there) + " bytes, and " +
                                              std::to_string(length_) +
                                              " were committed before: put it back, or begin with an empty --data-dir");
  if (regular && (::ftruncate(fd_, length_) != 0 && errno != EINVAL)) return unexpected(failed("cut", path_));
  if (regular && ::lseek(fd_, length_, SEEK_SET) < 0) return unexpected(failed("write", path_));
  return length_ == 0 ? put(header_) : result<void>{};
}

result<void> line_file::join(std::int64_t committed) {
  std::vector<stream::waker> wake;
  {
    const std::lock_guard lock(mutex_);
    if (missing_ == 0) return {}; // a task that came again: what it wrote is in the file
    length_ = std::max(length_, committed);
    if (--missing_ != 0) return {};
    if (auto done = begin(); !done) {
      missing_ = 1;
      refused_ = true;
      return done;
    }
    wake.swap(waiting_);
  }
  for (const auto& w : wake) w.wake();
  return {};
}

bool line_file::is_ready(const stream::waker* wake) {
  const std::lock_guard lock(mutex_);
  if (missing_ == 0) return true;
  if (wake != nullptr && !refused_) waiting_.push_back(*wake);
  return false;
}

result<void> line_file::write(std::string_view lines) {
  const std::lock_guard lock(mutex_);
  return put(lines);
}

std::int64_t line_file::length() const {
  const std::lock_guard lock(mutex_);
  return missing_ == 0 ? length_ : 0;
}

} // namespace cloudflow::native
