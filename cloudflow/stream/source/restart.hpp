#pragma once

#include "cloudflow/stream/run/restart_schedule.hpp"
#include "cloudflow/stream/source/port.hpp"

#include <concepts>

namespace cloudflow::stream {

/// `F` makes ports of a source.
template <class F>
concept port_factory = requires(F& make) {
  typename std::invoke_result_t<F&>::element_type::value_type;
  requires std::derived_from<typename std::invoke_result_t<F&>::element_type,
                             source_port<typename std::invoke_result_t<F&>::element_type::value_type>>;
};

namespace detail {

/// A port in front of the one that a factory made last; of none while it waits to make another.
template <port_factory Factory>
class restarting_port final : public source_port<typename std::invoke_result_t<Factory&>::element_type::value_type> {
  using element = typename std::invoke_result_t<Factory&>::element_type::value_type;

  restart_schedule schedule_;
  Factory factory_;
  std::unique_ptr<source_port<element>> port_;
  bool draining_ = false;
  std::optional<ending> ended_;
  island_services* services_ = nullptr;
  std::size_t counters_begin_ = 0;
  stage_counter* restarts_ = nullptr;

public:
  restarting_port(restart_policy policy, Factory factory)
      : schedule_(policy)
      , factory_(std::move(factory))
      , port_(factory_()) {}
  void start(island_services& services) override {
    services_ = &services;
    restarts_ = &services.counter("restarts_total");
    schedule_.start(services);
    counters_begin_ = services.counters_begin();
    port_->start(services);
  }
  source_status pull(std::size_t limit, batch<element>& out) override {
    if (ended_) return source_status::ended;
    if (port_ && !port_->keeps().empty()) return refuse();
    if (!port_) {
      if (draining_) {
        ended_ = ending{end_kind::drain, nullptr};
        return source_status::ended;
      }
      if (!schedule_.is_due()) return source_status::empty;
      make_anew();
    }
    const auto status = port_->pull(limit, out);
    if (status != source_status::ended) return status;
    ended_ = port_->how_ended();
    if (ended_->kind != end_kind::fail || draining_ || !schedule_.failed()) return source_status::ended;
    ended_.reset();
    port_.reset();
    return out.empty() ? source_status::empty : source_status::more;
  }
  bool arm(const waker& wake) override {
    if (ended_ || (!port_ && (draining_ || schedule_.is_due()))) return true;
    return port_ && port_->arm(wake);
  }
  [[nodiscard]] std::chrono::nanoseconds wake_at() const override { return port_ ? port_->wake_at() : schedule_.due(); }
  void drain() override {
    draining_ = true;
    if (port_) port_->drain();
  }
  void cancel() override {
    if (port_) port_->cancel();
  }
  void on_barrier(commit_id n) override {
    if (port_) port_->on_barrier(n);
  }
  [[nodiscard]] ending how_ended() const override { return ended_.value_or(ending{end_kind::drain, nullptr}); }
  failure_decision on_failure(const failure& why, element& again) override {
    return port_ ? port_->on_failure(why, again) : failure_decision::fail;
  }
  [[nodiscard]] std::string name() const override { return port_ ? port_->name() : "restart_source"; }

private:
  source_status refuse() {
    failure why{"error",
                "'" + port_->name() +
                    "' keeps its position durably, and a port that is made anew would not go on from "
                    "there: let the task fail, it is started again from what it had committed",
                "restart_source", std::nullopt};
    ended_ = ending{end_kind::fail, std::make_shared<const failure>(std::move(why))};
    return source_status::ended;
  }
  void make_anew() {
    auto fresh = user_call("restart_source", [&] { return factory_(); });
    port_ = std::move(fresh);
    services_->start_again(counters_begin_, [&] { port_->start(*services_); });
    restarts_->add();
  }
};

} // namespace detail

/// A source that a factory makes, and makes anew some time after it failed: `source(restart_source(policy, make))`.
/// Shape: 0 -> n. Units: processing time.
/// - Emits what the port at hand does. Completes and drains when it does; a drain does not wait for the back-off.
/// - Fails when there are more than `max_restarts` failures in a row, or the factory throws.
/// Errors: a port that keeps its position durably (a seekable file) is refused when it is pulled.
/// Keeps: nothing to keep. Where the next port begins is up to the factory; a port whose offsets are committed by
/// others (an inlet) is restarted with its task instead. Source: Pekko Streams, `RestartSource.onFailuresWithBackoff`.
template <port_factory Factory> auto restart_source(restart_policy policy, Factory make) {
  return std::make_unique<detail::restarting_port<Factory>>(policy, std::move(make));
}

} // namespace cloudflow::stream
