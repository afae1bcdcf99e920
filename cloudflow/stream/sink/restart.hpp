#pragma once

#include "cloudflow/stream/graph/stage.hpp"
#include "cloudflow/stream/run/restart_schedule.hpp"
#include "cloudflow/stream/sink/unconfirmed.hpp"

#include <concepts>
#include <memory>
#include <optional>
#include <utility>

namespace cloudflow::stream {

/// `F` makes ports of a sink for elements that can be copied.
template <class F>
concept sink_port_factory = requires(F& make) {
  typename std::invoke_result_t<F&>::element_type::value_type;
  requires std::copyable<typename std::invoke_result_t<F&>::element_type::value_type>;
  requires std::derived_from<typename std::invoke_result_t<F&>::element_type,
                             sink_port<typename std::invoke_result_t<F&>::element_type::value_type>>;
};

namespace detail {

/// A port in front of the one that a factory made last; of none while it waits to make another.
template <sink_port_factory Factory>
class restarting_sink_port final : public sink_port<typename std::invoke_result_t<Factory&>::element_type::value_type> {
  using element = typename std::invoke_result_t<Factory&>::element_type::value_type;

  restart_schedule schedule_;
  Factory factory_;
  std::unique_ptr<sink_port<element>> port_;
  unconfirmed<element> kept_;
  std::optional<ending> end_;
  bool end_told_ = false; ///< to the port at hand
  std::shared_ptr<const failure> failed_;
  island_services* services_ = nullptr;
  std::size_t counters_begin_ = 0;
  stage_counter* restarts_ = nullptr;
  stage_counter* repeated_ = nullptr;

public:
  restarting_sink_port(restart_policy policy, Factory factory)
      : schedule_(policy)
      , factory_(std::move(factory))
      , port_(factory_()) {}
  void start(island_services& services) override {
    services_ = &services;
    restarts_ = &services.counter("restarts_total");
    repeated_ = &services.counter("repeated_total");
    schedule_.start(services);
    counters_begin_ = services.counters_begin();
    if (!port_->keeps().empty()) {
      failed_ = std::make_shared<const failure>(
          failure{"error",
                  "'" + port_->name() +
                      "' is transactional, and one that is made anew would not know what was written: let the task "
                      "fail, it is started again from what it had committed",
                  "restart_sink", std::nullopt});
      return;
    }
    port_->start(services);
  }
  std::size_t room() override {
    step();
    if (failed_) return 0;
    if (!port_) return kept_.room(); // so that a drain need not wait for the next one
    return kept_.all_given() ? std::min(port_->room(), kept_.room()) : 0;
  }
  void push(batch<element>& elements) override {
    kept_.add(elements);
    give();
  }
  void flush() override {
    step();
    if (port_) port_->flush();
  }
  bool arm(const waker& wake) override {
    kept_.wakes(wake);
    const bool news = port_ ? port_->arm(wake) : schedule_.is_due();
    return news || failed_ || kept_.any_confirmed() || (port_ && !kept_.all_given() && port_->room() > 0);
  }
  [[nodiscard]] std::chrono::nanoseconds wake_at() const override {
    if (failed_ || is_cut_off()) return std::chrono::nanoseconds::max();
    return port_ ? port_->wake_at() : schedule_.due();
  }
  void end(const ending& how) override {
    end_ = how;
    step();
    if (how.kind == end_kind::complete) return;
    if (!port_ || how.kind != end_kind::drain) kept_.abandon(); // a drain does not wait for the back-off
    tell_end();
  }
  [[nodiscard]] bool ended() override {
    step();
    if (failed_ || is_cut_off()) return true;
    return end_told_ && port_->ended();
  }
  [[nodiscard]] bool cancelled() override { return port_ && port_->cancelled(); }
  [[nodiscard]] std::shared_ptr<const failure> failed() override {
    step();
    return failed_;
  }
  void on_watermark(timestamp t) override {
    if (port_) port_->on_watermark(t);
  }
  void on_barrier(commit_id n) override {
    if (port_) port_->on_barrier(n);
  }
  [[nodiscard]] std::string name() const override { return port_ ? port_->name() : "restart_sink"; }

private:
  /// There is no port, and there will be none.
  [[nodiscard]] bool is_cut_off() const { return end_ && end_->kind != end_kind::complete && !port_; }

  void step() {
    if (failed_) return;
    kept_.forget_confirmed();
    if (port_) {
      if (auto why = port_->failed()) fall(std::move(why));
    }
    if (!port_ && !failed_ && !is_cut_off() && schedule_.is_due()) make_anew();
    if (port_) {
      give();
      tell_end();
    }
  }
  void fall(std::shared_ptr<const failure> why) {
    port_.reset();
    end_told_ = false;
    kept_.give_again();
    if (end_ && end_->kind != end_kind::complete) return kept_.abandon();
    if (!schedule_.failed()) failed_ = std::move(why);
  }
  void make_anew() {
    auto fresh = user_call("restart_sink", [&] { return factory_(); });
    port_ = std::move(fresh);
    services_->start_again(counters_begin_, [&] { port_->start(*services_); });
    restarts_->add();
    repeated_->add(kept_.size());
  }
  void give() {
    batch<element> part;
    while (port_ && !kept_.all_given()) {
      const auto room = port_->room();
      if (room == 0) return;
      kept_.next(room, part);
      port_->push(part);
      part.clear();
    }
  }
  void tell_end() {
    if (!end_ || end_told_ || !port_ || !kept_.all_given()) return;
    port_->end(*end_);
    end_told_ = true;
  }
};

} // namespace detail

/// A sink that a factory makes, and makes anew some time after it failed: `.to(sink(restart_sink(policy, make)))`.
/// Shape: n -> 0, order kept. Units: elements; processing time.
/// - Backpressures when the port at hand does, and with 4,096 elements that are not acknowledged; between two ports it
///   takes so many in. What the one that failed had not acknowledged is pushed again, counted in
///   `repeated_total`, so that nothing is lost and something may be there twice; restarts in `restarts_total`.
/// - Completes when a port has finished everything. A drain does not wait for the back-off: what is not acknowledged
///   then is read again in the next run. Cancels when the port does.
/// - Fails when there are more than `max_restarts` failures in a row, or the factory throws.
/// Errors: a transactional port (`keeps`) is refused at the start.
/// Keeps: offsets held until acknowledged. Source: Pekko Streams, `RestartSink.withBackoff`, which loses what was under
/// way.
template <sink_port_factory Factory> auto restart_sink(restart_policy policy, Factory make) {
  return std::make_unique<detail::restarting_sink_port<Factory>>(policy, std::move(make));
}

} // namespace cloudflow::stream
