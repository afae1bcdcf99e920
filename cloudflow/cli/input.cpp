#include "cloudflow/cli/input.hpp"

#include "cloudflow/cli/arguments.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace cloudflow::cli {

result<std::string> read_descriptor(int descriptor, const std::string& name) {
  std::string out;
  for (char buffer[65536];;) {
    const auto n = ::read(descriptor, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error(errc::io_error, "cannot read " + name + ": " + std::strerror(errno));
    if (n == 0) return out;
    out.append(buffer, static_cast<std::size_t>(n));
    if (out.size() > input_limit)
      return user_error(errc::limit_exceeded, name + " is longer than " + std::to_string(input_limit >> 20U) + " MiB");
  }
}

result<std::string> read_line(int descriptor, const std::string& name) {
  std::string out;
  for (char c = 0;;) {
    const auto n = ::read(descriptor, &c, 1); // a terminal gives lines; what is behind this one stays there
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error(errc::io_error, "cannot read " + name + ": " + std::strerror(errno));
    if (n == 0 || c == '\n') return out;
    if (out.size() == input_limit) return user_error(errc::limit_exceeded, name + " has a line without an end");
    out += c;
  }
}

result<std::string> read_input(const std::string& file, shell& sh) {
  if (file == "-") return sh.in();
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return fail(errno == ENOENT ? errc::not_found : errc::io_error, error_source::user,
                "cannot open " + shown(file) + ": " + std::strerror(errno));
  auto out = read_descriptor(descriptor, shown(file));
  ::close(descriptor);
  return out;
}

} // namespace cloudflow::cli
