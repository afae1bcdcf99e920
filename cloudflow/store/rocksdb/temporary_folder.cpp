#include "cloudflow/store/rocksdb/temporary_folder.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cloudflow::store {

namespace fs = std::filesystem;

namespace {

constexpr const char* owner_file = "owner";

unexpected<error> io_failure(const std::string& what, const fs::path& path) {
  return system_error(errc::io_error, what + " " + path.string() + ": " + std::strerror(errno));
}

// A lock file, opened and locked; -1 and errno if another process has it or it cannot be opened.
int lock_file(const fs::path& path, int operation, int flags) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
  if (fd < 0) return -1;
  if (::flock(fd, operation) == 0) return fd;
  const int why = errno;
  ::close(fd);
  errno = why;
  return -1;
}

bool is_own_folder(const fs::path& path) {
  struct stat s {};
  return ::lstat(path.c_str(), &s) == 0 && S_ISDIR(s.st_mode) && s.st_uid == ::geteuid();
}

// Folders whose owner let go of its lock. What cannot be deleted is left for the next sweep.
void sweep(const fs::path& parent, const std::string& prefix) {
  std::error_code ignored;
  for (fs::directory_iterator at(parent, fs::directory_options::skip_permission_denied, ignored), end; at != end;
       at.increment(ignored)) {
    if (ignored) return;
    const auto& path = at->path();
    if (!path.filename().string().starts_with(prefix) || !is_own_folder(path)) continue;
    const int fd = lock_file(path / owner_file, LOCK_EX | LOCK_NB, 0);
    if (fd < 0 && errno != ENOENT) continue; // its owner lives
    fs::remove_all(path, ignored);
    if (fd >= 0) ::close(fd);
  }
}

} // namespace

result<std::unique_ptr<temporary_folder>> temporary_folder::make(const fs::path& parent) {
  const auto user = std::to_string(::geteuid());
  const auto prefix = "cloudflow-store-" + user + "-";
  std::error_code failed;
  fs::create_directories(parent, failed);
  // Held while folders are made and swept, so that nobody sweeps one whose owner has not locked it yet.
  const auto gate_path = parent / ("cloudflow-store-" + user + ".lock");
  const int gate = lock_file(gate_path, LOCK_EX, O_CREAT);
  if (gate < 0) return io_failure("cannot open", gate_path);
  sweep(parent, prefix);
  auto name = (parent / (prefix + "XXXXXX")).string();
  result<std::unique_ptr<temporary_folder>> made;
  if (::mkdtemp(name.data()) == nullptr) {
    made = io_failure("cannot make a folder like", name);
  } else if (const int fd = lock_file(fs::path(name) / owner_file, LOCK_EX | LOCK_NB, O_CREAT | O_EXCL); fd < 0) {
    made = io_failure("cannot lock", name);
    fs::remove_all(name, failed);
  } else {
    made = std::unique_ptr<temporary_folder>(new temporary_folder(name, fd)); // NOLINT: private constructor
  }
  ::close(gate);
  return made;
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  ::close(lock_);
}

} // namespace cloudflow::store
