#include "cloudflow/http/server/worker.hpp"

#include "cloudflow/http/server/connection.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <ctime>
#include <vector>

namespace cloudflow::http {

void worker::run() {
  {
    const std::lock_guard lock(mutex_);
    thread_ = std::this_thread::get_id();
  }
  context_.run();
}

void worker::let_go() {
  boost::asio::post(context_, [this] {
    timer_.cancel();
    work_.reset();
  });
}

void worker::discard() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  context_.restart();
  context_.poll(); // what is left holds connections that are closed
}

void worker::post(std::function<void()> what) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  boost::asio::post(context_, std::move(what));
}

void worker::add(std::shared_ptr<connection> c) {
  auto* key = c.get();
  connections_.emplace(key, std::move(c));
  start_timer();
}

void worker::remove(connection& c) {
  connections_.erase(&c);
  if (connections_.empty() && on_empty_) std::exchange(on_empty_, {})();
}

void worker::start_timer() {
  if (timer_runs_ || connections_.empty()) return;
  timer_runs_ = true;
  const auto& limits = core_->options.limits;
  auto step = std::min({std::chrono::milliseconds(4000), limits.header_time, limits.body_time, limits.silence_time,
                        limits.idle_time}) /
              4;
  timer_.expires_after(std::max(step, std::chrono::milliseconds(10)));
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& ec) {
    self->timer_runs_ = false;
    if (ec) return;
    self->look_at_times();
    self->start_timer();
  });
}

void worker::look_at_times() {
  const auto time = now();
  if (time >= abort_at_) return abort_all();
  std::vector<std::shared_ptr<connection>> due;
  for (const auto& [key, c] : connections_)
    if (c->due(time)) due.push_back(c);
  for (auto& c : due) c->on_time();
}

void worker::close_idle() {
  std::vector<std::shared_ptr<connection>> all;
  for (const auto& [key, c] : connections_) all.push_back(c);
  for (auto& c : all) c->close_if_idle();
}

void worker::abort_all() {
  std::vector<std::shared_ptr<connection>> all;
  for (const auto& [key, c] : connections_) all.push_back(c);
  for (auto& c : all) c->close();
}

void worker::when_empty(std::function<void()> call) {
  if (connections_.empty()) return call();
  on_empty_ = std::move(call);
}

const std::string& worker::date() {
  const auto second = std::chrono::floor<std::chrono::seconds>(core_->clock.wall_now()).time_since_epoch().count();
  if (second != date_second_) {
    date_second_ = second;
    const auto when = static_cast<std::time_t>(second);
    std::tm parts{};
    gmtime_r(&when, &parts);
    constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::array<char, 32> rest{};
    const auto n = std::strftime(rest.data(), rest.size(), " %Y %H:%M:%S GMT", &parts);
    const auto day = std::to_string(parts.tm_mday);
    date_ = std::string(days[static_cast<std::size_t>(parts.tm_wday)]) + ", " + (day.size() == 1 ? "0" : "") + day +
            " " + months[static_cast<std::size_t>(parts.tm_mon)] + std::string(rest.data(), n);
  }
  return date_;
}

} // namespace cloudflow::http
