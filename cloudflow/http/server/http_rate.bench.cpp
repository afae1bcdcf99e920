// Small records over kept connections: our server and an echo that is nothing but Beast, in one process, in turn. The
// time of the counters is CPU of the whole process (two clients and one server thread), so the clients' share is in
// both.
#define BOOST_ASIO_SEPARATE_COMPILATION
#define BOOST_ASIO_NO_DEPRECATED
#include "cloudflow/base/clock.hpp"
#include "cloudflow/base/metric.hpp"
#include "cloudflow/http/server/server.hpp"
#include "cloudflow/http/server/test_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <benchmark/benchmark.h>

#include <memory>
#include <optional>
#include <thread>

namespace {

using namespace cloudflow;
namespace beast = boost::beast;
using boost::asio::ip::tcp;

class bare_session : public std::enable_shared_from_this<bare_session> {
  tcp::socket socket_;
  beast::flat_buffer buffer_;
  std::optional<beast::http::request_parser<beast::http::string_body>> parser_;
  beast::http::response<beast::http::string_body> answer_;

public:
  explicit bare_session(tcp::socket socket)
      : socket_(std::move(socket)) {}
  void read() {
    parser_.emplace();
    beast::http::async_read(socket_, buffer_, *parser_, [self = shared_from_this()](beast::error_code ec, std::size_t) {
      if (!ec) self->write();
    });
  }
  void write() {
    answer_ = {beast::http::status::accepted, 11};
    answer_.body() = std::move(parser_->get().body());
    answer_.prepare_payload();
    beast::http::async_write(socket_, answer_, [self = shared_from_this()](beast::error_code ec, std::size_t) {
      if (!ec) self->read();
    });
  }
};

class bare_server {
  boost::asio::io_context context_{1};
  tcp::acceptor acceptor_{context_, {boost::asio::ip::make_address("127.0.0.1"), 0}};
  std::jthread thread_;

  void accept() {
    acceptor_.async_accept([this](beast::error_code ec, tcp::socket socket) {
      if (ec) return;
      socket.set_option(tcp::no_delay(true));
      std::make_shared<bare_session>(std::move(socket))->read();
      accept();
    });
  }

public:
  bare_server() {
    accept();
    thread_ = std::jthread([this] { context_.run(); });
  }
  bare_server(const bare_server&) = delete;
  bare_server& operator=(const bare_server&) = delete;
  ~bare_server() { context_.stop(); }
  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
};

const std::string ask =
    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 59\r\n\r\n"
    R"({"device":"wt-1","timestamp":1000,"name":"power","value":4})";

void requests(benchmark::State& state, std::uint16_t port) {
  http::raw_client a(port);
  http::raw_client b(port);
  for (auto _ : state) {
    a.send(ask);
    b.send(ask);
    benchmark::DoNotOptimize(a.receive("\"value\":4}"));
    benchmark::DoNotOptimize(b.receive("\"value\":4}"));
  }
  state.SetItemsProcessed(2 * state.iterations());
}

void bare_beast(benchmark::State& state) {
  const bare_server server;
  requests(state, server.port());
}

void our_server(benchmark::State& state) {
  metric_registry metrics;
  http::route_table routes;
  routes.on("POST", "/", [](http::request r, http::responder answer) { answer.respond({202, {}, std::move(r.body)}); });
  const auto server = http::server::start(std::move(routes), {}, system_clock_source(), metrics);
  requests(state, (*server)->port());
}

BENCHMARK(bare_beast)->MeasureProcessCPUTime()->Repetitions(7)->ReportAggregatesOnly();
BENCHMARK(our_server)->MeasureProcessCPUTime()->Repetitions(7)->ReportAggregatesOnly();

} // namespace
