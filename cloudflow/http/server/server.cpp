#include "cloudflow/http/server/server.hpp"

#include "cloudflow/base/logging.hpp"
#include "cloudflow/http/server/connection.hpp"
#include "cloudflow/http/server/socket_transport.hpp"
#include "cloudflow/http/server/worker.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <future>
#include <pthread.h>

namespace cloudflow::http {

using boost::asio::ip::tcp;
using boost::system::error_code;

/// Accepts, on the first worker's thread, and deals connections out.
class server::listener : public std::enable_shared_from_this<listener> {
  // A refused connection is told so, but not more of them than this at a time.
  static constexpr std::size_t most_refused = 64;

  std::shared_ptr<server_core> core_;
  std::vector<std::shared_ptr<worker>> workers_;
  std::unique_ptr<tls_context> tls_;
  tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  std::size_t next_ = 0;
  bool closed_ = false;

public:
  listener(std::shared_ptr<server_core> core, std::vector<std::shared_ptr<worker>> workers,
           std::unique_ptr<tls_context> tls)
      : core_(std::move(core))
      , workers_(std::move(workers))
      , tls_(std::move(tls))
      , acceptor_(workers_.front()->context())
      , pause_(workers_.front()->context()) {}

  result<std::uint16_t> open() {
    const auto& options = core_->options;
    const auto place = options.address + ":" + std::to_string(options.port);
    error_code ec;
    const auto address = boost::asio::ip::make_address(options.address, ec);
    if (ec) return user_error(errc::invalid_argument, "'" + options.address + "' is not an IP address");
    const tcp::endpoint at(address, options.port);
    const auto failed = [&](const char* what) {
      const auto code = ec == boost::asio::error::address_in_use ? errc::conflict : errc::io_error;
      return unexpected<error>(
          error{code, error_source::system, false, std::string(what) + " " + place + ": " + ec.message()});
    };
    if (acceptor_.open(at.protocol(), ec); ec) return failed("cannot open");
    if (acceptor_.set_option(tcp::acceptor::reuse_address(true), ec); ec) return failed("cannot open");
    if (acceptor_.bind(at, ec); ec) return failed("cannot bind");
    if (acceptor_.listen(boost::asio::socket_base::max_listen_connections, ec); ec) return failed("cannot listen on");
    const auto local = acceptor_.local_endpoint(ec);
    if (ec) return failed("cannot listen on");
    return local.port();
  }

  void accept() {
    if (closed_) return;
    const auto to = workers_[next_++ % workers_.size()];
    acceptor_.async_accept(to->context(), [self = shared_from_this(), to](const error_code& ec, tcp::socket socket) {
      if (ec == boost::asio::error::operation_aborted) return;
      if (ec) return self->wait(); // no more file descriptors, say: there is something to wait for
      self->take(to, std::move(socket));
      self->accept();
    });
  }

  void close() {
    closed_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  }

private:
  void wait() {
    pause_.expires_after(std::chrono::milliseconds(100));
    pause_.async_wait([self = shared_from_this()](const error_code& ec) {
      if (!ec) self->accept();
    });
  }

  void take(const std::shared_ptr<worker>& to, tcp::socket socket) {
    const auto limit = core_->options.limits.connections;
    const auto open = core_->connections.fetch_add(1);
    if (open >= limit + most_refused) {
      core_->connections.fetch_sub(1);
      core_->counters.refused(503);
      return;
    }
    error_code ec;
    socket.set_option(tcp::no_delay(true), ec);
    const auto remote = socket.remote_endpoint(ec);
    std::string peer = ec ? "" : remote.address().to_string() + ":" + std::to_string(remote.port());
    auto bytes = tls_ ? tls_->encrypt(std::move(socket)) : plain_transport(std::move(socket));
    auto c = std::make_shared<connection>(to, std::move(bytes), std::move(peer), open >= limit);
    if (to->here())
      c->start();
    else
      to->post([c] { c->start(); });
  }
};

result<std::unique_ptr<server>> server::start(route_table routes, server_options options, const clock_source& clock,
                                              metric_registry& metrics) {
  std::unique_ptr<tls_context> tls;
  if (options.tls) {
    auto read = read_tls(*options.tls);
    if (!read) return unexpected(read.error());
    tls = std::move(*read);
  }
  std::unique_ptr<server> out(new server);
  const auto count = std::max(1U, options.threads);
  const auto name = options.name;
  try {
    out->core_ = std::make_shared<server_core>(std::move(routes), std::move(options), clock, metrics);
    for (unsigned i = 0; i < count; ++i) out->workers_.push_back(std::make_shared<worker>(out->core_));
    out->listener_ = std::make_shared<listener>(out->core_, out->workers_, std::move(tls));
    auto port = out->listener_->open();
    if (!port) return unexpected(port.error());
    out->port_ = *port;
    for (unsigned i = 0; i < count; ++i) {
      out->threads_.emplace_back([w = out->workers_[i]] { w->run(); });
      const auto thread_name = name.substr(0, 12) + "-" + std::to_string(i);
      pthread_setname_np(out->threads_.back().native_handle(), thread_name.c_str());
    }
  } catch (const std::exception& e) {
    return system_error(errc::io_error, std::string("cannot start the server: ") + e.what());
  }
  out->workers_.front()->post([l = out->listener_] { l->accept(); });
  logging::debug("http", "listening", logging::kv("server", name), logging::kv("port", out->port_));
  return out;
}

server::~server() {
  if (threads_.empty()) return;
  core_->stopping.store(true, std::memory_order_release);
  workers_.front()->post([l = listener_] { l->close(); });
  for (auto& w : workers_) {
    w->post([w] { w->abort_all(); });
    w->let_go();
  }
  for (auto& t : threads_) t.join();
  listener_.reset();
  for (auto& w : workers_) w->discard();
}

void server::drain(std::chrono::milliseconds deadline, std::function<void()> done) {
  core_->draining.store(true, std::memory_order_relaxed);
  struct count_down {
    std::atomic<std::size_t> left;
    std::function<void()> done;
  };
  const auto left = std::make_shared<count_down>();
  left->left = workers_.size();
  left->done = std::move(done);
  workers_.front()->post([l = listener_] { l->close(); });
  const auto abort_at = core_->clock.steady_now() + deadline;
  for (auto& w : workers_)
    w->post([w, left, abort_at] {
      w->close_idle();
      w->abort_from(abort_at);
      w->when_empty([left] {
        if (left->left.fetch_sub(1) == 1 && left->done) left->done();
      });
    });
}

void server::look_at_times() {
  for (auto& w : workers_) {
    std::promise<void> done;
    w->post([&] {
      w->look_at_times();
      done.set_value();
    });
    done.get_future().wait();
  }
}

result<std::unique_ptr<running_server>> beast_server_port::listen(route_table routes, server_options options) {
  auto made = server::start(std::move(routes), std::move(options), clock_, metrics_);
  if (!made) return unexpected(made.error());
  return std::unique_ptr<running_server>(std::move(*made));
}

} // namespace cloudflow::http
