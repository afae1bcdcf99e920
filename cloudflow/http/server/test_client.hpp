#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace cloudflow::http {

/// A client that sends exactly the bytes it is told to: well-behaved libraries would refuse. Blocks.
class raw_client {
  int fd_;
  bool ok_;

public:
  explicit raw_client(std::uint16_t port)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ok_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0;
  }
  raw_client(raw_client&& other) noexcept
      : fd_(std::exchange(other.fd_, -1))
      , ok_(other.ok_) {}
  raw_client& operator=(raw_client&&) = delete;
  ~raw_client() { close(); }

  [[nodiscard]] bool connected() const { return ok_; }
  [[nodiscard]] int descriptor() const { return fd_; }
  bool send(std::string_view text) const {
    while (!text.empty()) {
      const auto n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  /// What fits into the socket now.
  [[nodiscard]] std::size_t send_some(std::string_view text) const {
    const auto n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return n < 0 ? 0 : static_cast<std::size_t>(n);
  }
  void end_sending() const { ::shutdown(fd_, SHUT_WR); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  /// Closes so that the peer sees a reset.
  void reset() {
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close();
  }
  /// Until `until` is in what came, or the end.
  std::string receive(std::string_view until) {
    std::string got;
    char room[4096];
    while (got.find(until) == std::string::npos) {
      const auto n = ::recv(fd_, room, sizeof(room), 0);
      if (n <= 0) break;
      got.append(room, static_cast<std::size_t>(n));
    }
    return got;
  }
  std::string receive_all() {
    std::string got;
    char room[4096];
    for (;;) {
      const auto n = ::recv(fd_, room, sizeof(room), 0);
      if (n <= 0) return got;
      got.append(room, static_cast<std::size_t>(n));
    }
  }
};

inline int status_of(std::string_view answer) {
  return answer.size() < 12 || !answer.starts_with("HTTP/1.1 ") ? 0 : std::stoi(std::string(answer.substr(9, 3)));
}

} // namespace cloudflow::http
