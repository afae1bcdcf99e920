#include "cloudflow/http/server/socket_transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>

namespace cloudflow::http {

namespace {

using boost::system::error_code;
namespace ssl = boost::asio::ssl;

class encrypted final : public transport {
  ssl::stream<boost::asio::ip::tcp::socket> stream_;

public:
  encrypted(boost::asio::ip::tcp::socket socket, ssl::context& context)
      : stream_(std::move(socket), context) {}

  void open(std::shared_ptr<transport_user> user) override {
    stream_.async_handshake(ssl::stream_base::server,
                            [user = std::move(user)](const error_code& ec) { user->on_open(!ec); });
  }
  void read(std::span<char> into, std::shared_ptr<transport_user> user) override {
    stream_.async_read_some(boost::asio::buffer(into.data(), into.size()),
                            [user = std::move(user)](const error_code& ec, std::size_t n) {
                              user->on_read(!ec || ec == boost::asio::error::eof, n);
                            });
  }
  void write(std::string_view data, std::shared_ptr<transport_user> user) override {
    stream_.async_write_some(
        boost::asio::buffer(data.data(), data.size()),
        [user = std::move(user)](const error_code& ec, std::size_t n) { user->on_written(!ec, n); });
  }
  bool end_writing(const std::shared_ptr<transport_user>& user, bool reading) override {
    if (reading) { // a shutdown in TLS reads too
      error_code ignored;
      stream_.lowest_layer().shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
      return false;
    }
    stream_.async_shutdown([user](const error_code&) { user->on_read(true, 0); });
    return true;
  }
  void close() override {
    error_code ignored;
    stream_.lowest_layer().close(ignored);
  }
};

class openssl_context final : public tls_context {
  ssl::context context_;

public:
  explicit openssl_context(ssl::context context)
      : context_(std::move(context)) {}
  std::unique_ptr<transport> encrypt(boost::asio::ip::tcp::socket socket) override {
    return std::make_unique<encrypted>(std::move(socket), context_);
  }
};

} // namespace

result<std::unique_ptr<tls_context>> read_tls(const tls_files& files) {
  try {
    ssl::context context(ssl::context::tls_server);
    context.set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 | ssl::context::no_sslv3 |
                        ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
    error_code ec;
    context.use_certificate_chain_file(files.certificate.string(), ec);
    if (ec)
      return user_error(errc::invalid_argument, "certificate " + files.certificate.string() + ": " + ec.message());
    context.use_private_key_file(files.key.string(), ssl::context::pem, ec);
    if (ec) return user_error(errc::invalid_argument, "key " + files.key.string() + ": " + ec.message());
    return std::unique_ptr<tls_context>(std::make_unique<openssl_context>(std::move(context)));
  } catch (const std::exception& e) {
    return system_error(errc::internal, std::string("OpenSSL: ") + e.what());
  }
}

} // namespace cloudflow::http
