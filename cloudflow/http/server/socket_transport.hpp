#pragma once

#include "cloudflow/http/server/transport.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <memory>

namespace cloudflow::http {

std::unique_ptr<transport> plain_transport(boost::asio::ip::tcp::socket socket);

/// Certificate and key, read once. Thread-safe.
class tls_context {
public:
  virtual ~tls_context() = default;
  virtual std::unique_ptr<transport> encrypt(boost::asio::ip::tcp::socket socket) = 0;
};
/// Errors: `invalid_argument` with the file.
result<std::unique_ptr<tls_context>> read_tls(const tls_files& files);

} // namespace cloudflow::http
