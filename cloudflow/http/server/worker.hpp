#pragma once

#include "cloudflow/http/server/server_core.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>

namespace cloudflow::http {

class connection;

/// One thread of a server: its event loop, its connections, and the look at their times once a second. Everything but
/// `post` and `context` is confined to that thread. Owners: the server and the connections' exchanges.
class worker : public std::enable_shared_from_this<worker> {
  std::shared_ptr<server_core> core_; // owners: the server's workers
  boost::asio::io_context context_{1};
  boost::asio::steady_timer timer_{context_};
  /// Owners: this until they are closed, and their operations that run.
  std::unordered_map<connection*, std::shared_ptr<connection>> connections_;
  std::mutex mutex_;
  bool stopped_ = false; // nothing is posted any more
  std::thread::id thread_{};
  bool timer_runs_ = false;
  std::int64_t date_second_ = -1;
  std::string date_;
  std::function<void()> on_empty_;
  std::chrono::nanoseconds abort_at_ = std::chrono::nanoseconds::max();

public:
  explicit worker(std::shared_ptr<server_core> core)
      : core_(std::move(core)) {}

  [[nodiscard]] server_core& core() { return *core_; }
  [[nodiscard]] boost::asio::io_context& context() { return context_; }

  /// The thread's life.
  void run();
  /// No more work will come; `run` returns when its connections are gone. Any thread.
  void let_go();
  /// After the thread ended: what was posted too late is dropped.
  void discard();
  /// Runs it on the worker's thread, never if the worker is over. Any thread.
  void post(std::function<void()> what);
  /// This is the worker's thread. Only once it runs.
  [[nodiscard]] bool here() const { return thread_ == std::this_thread::get_id(); }

  void add(std::shared_ptr<connection> c);
  void remove(connection& c);
  /// Closes what is over its time.
  void look_at_times();
  void close_idle();
  void abort_all();
  /// Aborts what is left at that time.
  void abort_from(std::chrono::nanoseconds at) { abort_at_ = at; }
  /// Calls back, once, when there is no connection.
  void when_empty(std::function<void()> call);

  [[nodiscard]] std::chrono::nanoseconds now() const { return core_->clock.steady_now(); }
  /// The Date header's value.
  const std::string& date();

private:
  void start_timer();
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_ =
      boost::asio::make_work_guard(context_);
};

} // namespace cloudflow::http
