#include "cloudflow/http/server/socket_transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <openssl/err.h>
#include <openssl/x509.h>

#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <string>
#include <system_error>
#include <unistd.h>

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

/// Why OpenSSL did not want a file: the file is not there, or what it holds is not what it should be.
error refused(const char* what, const std::filesystem::path& file, const std::string& why, const char* hint) {
  return {errc::invalid_argument, error_source::user, false,
          std::string(what) + " '" + file.string() + "' " + why + " (" + hint + ")"};
}

// Also tells a folder from a file, which a stream opens gladly. A value with line ends is the text of a key, not its
// path: it must not be printed.
std::optional<error> unreadable(const char* what, const std::filesystem::path& file) {
  if (file.string().find('\n') != std::string::npos)
    return error{errc::invalid_argument, error_source::user, false,
                 std::string(what) + ": the path of a PEM file is wanted, not what stands in it"};
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  char first = 0;
  const auto got = fd < 0 ? -1 : ::read(fd, &first, 1);
  const auto why = got < 0 ? std::generic_category().message(errno) : std::string("it is empty");
  if (fd >= 0) ::close(fd);
  if (got > 0) return std::nullopt;
  return refused(what, file, "cannot be read: " + why, "is it mounted, and may this user read it?");
}

result<std::unique_ptr<tls_context>> read_files(const tls_files& files) {
  if (auto why = unreadable("the certificate", files.certificate)) return unexpected(std::move(*why));
  if (auto why = unreadable("the key", files.key)) return unexpected(std::move(*why));
  ssl::context context(ssl::context::tls_server);
  context.set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 | ssl::context::no_sslv3 |
                      ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  error_code ec;
  context.use_certificate_chain_file(files.certificate.string(), ec);
  if (ec)
    return unexpected(refused("the certificate", files.certificate, "is none: " + ec.message(),
                              "a PEM file is wanted: the server's certificate, then those of its issuers"));
  // Without this OpenSSL asks on the terminal, and waits.
  context.set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); }, ec);
  context.use_private_key_file(files.key.string(), ssl::context::pem, ec);
  if (ec && ERR_GET_REASON(static_cast<unsigned long>(ec.value())) == X509_R_KEY_VALUES_MISMATCH)
    return unexpected(refused("the key", files.key,
                              "is not that of the certificate '" + files.certificate.string() + "'",
                              "take both from one issue of the certificate"));
  if (ec)
    return unexpected(refused("the key", files.key, "is none: " + ec.message(),
                              "a PEM file with a private key without a passphrase is wanted"));
  return std::unique_ptr<tls_context>(std::make_unique<openssl_context>(std::move(context)));
}

} // namespace

result<std::unique_ptr<tls_context>> read_tls(const tls_files& files) {
  try {
    return read_files(files);
  } catch (const std::exception& e) {
    return system_error(errc::internal, std::string("OpenSSL: ") + e.what());
  }
}

} // namespace cloudflow::http
