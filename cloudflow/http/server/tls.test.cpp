#include "cloudflow/http/server/server.hpp"
#include "cloudflow/http/server/test_server.hpp"

#include <doctest/doctest.h>

#include <openssl/ssl.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <sys/wait.h>

using namespace cloudflow;
using namespace cloudflow::http;
using namespace std::chrono_literals;

namespace {

/// A folder of certificates that are made for this test, and gone after it.
class certificates {
  std::filesystem::path folder_;

  void openssl(const std::string& arguments) const {
    const auto command = "openssl " + arguments + " >/dev/null 2>&1 </dev/null";
    if (std::system(command.c_str()) != 0) FAIL("failed: " << command);
  }

public:
  certificates() {
    std::string name = (std::filesystem::temp_directory_path() / "cloudflow-tls-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    make("server");
  }
  certificates(const certificates&) = delete;
  certificates& operator=(const certificates&) = delete;
  ~certificates() { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string file(const std::string& name) const { return (folder_ / name).string(); }
  void make(const std::string& name) const {
    openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
            " -addext subjectAltName=DNS:localhost -keyout " +
            file(name + ".key") + " -out " + file(name + ".pem"));
  }
  void lock(const std::string& from, const std::string& to) const {
    openssl("pkcs8 -topk8 -v2 aes-256-cbc -passout pass:guess -in " + file(from) + " -out " + file(to));
  }
  void write(const std::string& name, const std::string& text) const { std::ofstream(file(name)) << text; }
  [[nodiscard]] server_options options(const std::string& certificate = "server.pem",
                                       const std::string& key = "server.key") const {
    server_options out;
    out.tls = tls_files{file(certificate), file(key)};
    return out;
  }
};

/// A client that speaks TLS and trusts one certificate, of localhost. Blocks.
class tls_client {
  struct free_context {
    void operator()(SSL_CTX* c) const { SSL_CTX_free(c); }
    void operator()(SSL* s) const { SSL_free(s); }
  };
  raw_client socket_;
  std::unique_ptr<SSL_CTX, free_context> context_{SSL_CTX_new(TLS_client_method())};
  std::unique_ptr<SSL, free_context> ssl_;

public:
  tls_client(raw_client socket, const std::string& trusted, int newest = TLS1_3_VERSION)
      : socket_(std::move(socket)) {
    SSL_CTX_load_verify_file(context_.get(), trusted.c_str());
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_security_level(context_.get(), 0);
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_.get(), newest);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set1_host(ssl_.get(), "localhost");
    SSL_set_fd(ssl_.get(), socket_.descriptor());
  }
  [[nodiscard]] bool handshake() const { return SSL_connect(ssl_.get()) == 1; }
  void send(std::string_view text) const { SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())); }
  /// No more from here, but the peer may still write.
  void end_sending() const { SSL_shutdown(ssl_.get()); }
  std::string receive_all() const {
    std::string got;
    char room[4096];
    for (;;) {
      const int n = SSL_read(ssl_.get(), room, sizeof(room));
      if (n <= 0) return got;
      got.append(room, static_cast<std::size_t>(n));
    }
  }
};

const std::string ask = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";

} // namespace

TEST_CASE("a server with certificate and key speaks TLS to clients that trust the certificate") {
  const certificates files;
  test_server s(echo_routes(), files.options());
  tls_client c(s.client(), files.file("server.pem"));
  REQUIRE(c.handshake());
  c.send(ask);
  const auto answer = c.receive_all();
  CHECK(status_of(answer) == 200);
  CHECK(answer.ends_with("hello"));
  files.make("other");
  tls_client suspicious(s.client(), files.file("other.pem"));
  CHECK_FALSE(suspicious.handshake());
}

TEST_CASE("a large body goes through TLS both ways") {
  const certificates files;
  test_server s(echo_routes(), files.options());
  tls_client c(s.client(), files.file("server.pem"));
  REQUIRE(c.handshake());
  const std::string body(1 << 20, 'x');
  c.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n\r\n");
  c.send(body);
  CHECK(c.receive_all().ends_with("\r\n\r\n" + body));
}

TEST_CASE("TLS below 1.2 is refused") {
  const certificates files;
  test_server s(echo_routes(), files.options());
  CHECK_FALSE(tls_client(s.client(), files.file("server.pem"), TLS1_1_VERSION).handshake());
  CHECK(tls_client(s.client(), files.file("server.pem"), TLS1_2_VERSION).handshake());
}

TEST_CASE("plain HTTP at a port of TLS is closed without an answer in plain") {
  const certificates files;
  test_server s(echo_routes(), files.options());
  auto c = s.client();
  c.send(ask);
  CHECK(c.receive_all().find("HTTP/1.1") == std::string::npos);
}

TEST_CASE("a client that does not go on with its handshake is closed after 10 s") {
  const certificates files;
  test_server s(echo_routes(), files.options());
  auto c = s.client();
  c.send("\x16\x03\x01");
  s.until([&] { return s.count("cloudflow_http_connections") == 1; });
  s.settle();
  s.advance(9999ms);
  CHECK(s.count("cloudflow_http_connections") == 1);
  s.advance(1ms);
  CHECK(c.receive_all().empty());
}

TEST_CASE("a TLS client that ends its side gets its answer all the same") {
  const certificates files;
  test_server s(echo_routes(), files.options());
  tls_client c(s.client(), files.file("server.pem"));
  REQUIRE(c.handshake());
  c.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello");
  c.end_sending();
  CHECK(c.receive_all().ends_with("hello"));
}

TEST_CASE("certificates and keys that cannot be used are refused with file, reason and hint") {
  const certificates files;
  files.make("other");
  files.lock("server.key", "locked.key");
  files.write("empty.pem", "");
  files.write("text.pem", "no certificate\n");
  const auto refused = [&](const std::string& certificate, const std::string& key) {
    metric_registry metrics;
    const auto made = server::start({}, files.options(certificate, key), system_clock_source(), metrics);
    REQUIRE_FALSE(made);
    CHECK(made.error().code == errc::invalid_argument);
    return made.error().message;
  };
  const auto named = [&](const std::string& message, const std::string& file, const std::string& part) {
    CAPTURE(message);
    CHECK(message.find("'" + files.file(file) + "'") != std::string::npos);
    CHECK(message.find(part) != std::string::npos);
  };
  named(refused("missing.pem", "server.key"), "missing.pem", "cannot be read: No such file or directory");
  named(refused("server.pem", "missing.key"), "missing.key", "cannot be read: No such file or directory");
  named(refused(".", "server.key"), ".", "cannot be read: Is a directory");
  named(refused("empty.pem", "server.key"), "empty.pem", "it is empty");
  named(refused("text.pem", "server.key"), "text.pem", "a PEM file is wanted");
  named(refused("server.key", "server.key"), "server.key", "a PEM file is wanted");
  named(refused("server.pem", "server.pem"), "server.pem", "a private key without a passphrase");
  named(refused("server.pem", "locked.key"), "locked.key", "a private key without a passphrase");
  named(refused("server.pem", "other.key"), "other.key", "is not that of the certificate");
}

TEST_CASE("a key that is given in a path's place is not printed") {
  metric_registry metrics;
  server_options options;
  options.tls = tls_files{"-----BEGIN CERTIFICATE-----\nAAAA\n", "-----BEGIN PRIVATE KEY-----\nsesame\n"};
  const auto made = server::start({}, options, system_clock_source(), metrics);
  REQUIRE_FALSE(made);
  CHECK(made.error().message.find("the path of a PEM file is wanted") != std::string::npos);
  CHECK(made.error().message.find("AAAA") == std::string::npos);
}
