#include "cloudflow/native/task_control.hpp"

#include "cloudflow/base/logging.hpp"

#include <utility>

namespace cloudflow::native {

namespace {

std::shared_ptr<const stream::failure> as_failure(std::string why) {
  return std::make_shared<const stream::failure>(stream::failure{"error", std::move(why), "fail()", std::nullopt});
}

void call_stop(const std::function<void(const stream::ending&)>& call, const stream::ending& how) {
  try {
    call(how);
  } catch (...) {
    logging::error("native", "an on_stop callback threw",
                   logging::kv("error", stream::describe_exception("on_stop").message()));
  }
}

} // namespace

void task_control::hold_ready() {
  const std::lock_guard lock(mutex_);
  ++holds_;
}

void task_control::ready() {
  std::function<void()> tell;
  {
    const std::lock_guard lock(mutex_);
    if (holds_ == 0 || --holds_ > 0) return;
    tell = on_ready_;
  }
  if (tell) tell();
}

void task_control::complete() {
  std::function<void()> end_input;
  {
    const std::lock_guard lock(mutex_);
    if (over_) return;
    completed_ = true;
    end_input = end_input_;
  }
  if (end_input) end_input();
}

void task_control::fail(std::string why) {
  stream::running graph;
  {
    const std::lock_guard lock(mutex_);
    if (over_) return;
    if (!graph_) {
      failed_ = *as_failure(std::move(why));
      return;
    }
    graph = graph_;
  }
  graph.fail(as_failure(std::move(why)));
}

void task_control::on_stop(std::function<void(const stream::ending&)> call) {
  {
    const std::lock_guard lock(mutex_);
    if (!over_) {
      stops_.push_back(std::move(call));
      return;
    }
  }
  call_stop(call, {stream::end_kind::abort, nullptr});
}

void task_control::add_writer(std::function<void()> close) {
  const std::lock_guard lock(mutex_);
  writes_ = true;
  closes_.push_back(std::move(close));
}

bool task_control::writes() const {
  const std::lock_guard lock(mutex_);
  return writes_;
}

bool task_control::holds_ready() const {
  const std::lock_guard lock(mutex_);
  return holds_ > 0;
}

void task_control::started(stream::running graph, std::function<void()> end_input, std::function<void()> on_ready) {
  std::optional<stream::failure> failed;
  bool completed = false;
  {
    const std::lock_guard lock(mutex_);
    if (over_) return;
    graph_ = graph;
    end_input_ = end_input;
    on_ready_ = std::move(on_ready);
    failed = std::exchange(failed_, std::nullopt);
    completed = completed_;
  }
  if (failed) graph.fail(std::make_shared<const stream::failure>(*std::move(failed)));
  if (completed) end_input();
}

void task_control::stopped(const stream::ending& how) {
  std::vector<std::function<void(const stream::ending&)>> stops;
  std::vector<std::function<void()>> closes;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(over_, true)) return;
    stops.swap(stops_);
    closes.swap(closes_);
    graph_ = {};
    end_input_ = nullptr;
    on_ready_ = nullptr;
  }
  for (auto at = stops.rbegin(); at != stops.rend(); ++at) call_stop(*at, how);
  for (const auto& close : closes) close();
}

} // namespace cloudflow::native
