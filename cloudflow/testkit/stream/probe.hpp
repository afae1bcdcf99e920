#pragma once

#include "cloudflow/stream/fluent.hpp"
#include "cloudflow/stream/offset/tracker.hpp"
#include "cloudflow/testkit/stream/manual_runtime.hpp"

#include <deque>
#include <functional>
#include <sstream>
#include <stdexcept>

namespace cloudflow::testkit {

/// A probe saw something else than was expected. Any test framework reports it with its text.
class expectation_failed : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

namespace detail {

template <class T> std::string show(const T& value) {
  if constexpr (requires(std::ostream& out) { out << value; }) {
    std::ostringstream out;
    out << value;
    return out.str();
  } else if constexpr (std::ranges::range<T>) {
    std::string out = "[";
    for (const auto& each : value) out += (out.size() > 1 ? ", " : "") + show(each);
    return out + "]";
  } else {
    return "(a value that cannot be printed)";
  }
}

} // namespace detail

/// The test's end of a source: what it pushes is offered to the graph, every element with an offset of its own in
/// partition 0. Confined to the test's thread.
template <class T> class in_probe {
  struct state {
    stream::offset_tracker tracker{"probe"};
    std::deque<std::pair<T, timestamp>> queued;
    std::int64_t next_offset = 0;
    timestamp watermark = stream::no_event_time;
    std::optional<stream::ending> ending;
    bool drained = false;
    bool cancelled = false;
    std::size_t pulled = 0;
    std::size_t skipped = 0;
    std::function<stream::failure_decision(const stream::failure&, T&)> on_failure;
    bool stopped = false;
    stream::waker wake;
  };

  class port final : public stream::source_port<T> {
    std::shared_ptr<state> state_;

  public:
    explicit port(std::shared_ptr<state> s)
        : state_(std::move(s)) {}
    stream::source_status pull(std::size_t limit, stream::batch<T>& out) override {
      auto& s = *state_;
      if (s.stopped) return s.ending ? stream::source_status::ended : stream::source_status::empty;
      while (limit-- > 0 && !s.queued.empty() && !s.drained) {
        const record_offset offset(s.next_offset++);
        out.add(std::move(s.queued.front().first), {offset, s.queued.front().second});
        s.queued.pop_front();
        out.cover(s.tracker.run(partition_id(0), offset, offset));
        ++s.pulled;
      }
      if (s.drained) return stream::source_status::ended;
      if (!s.queued.empty()) return stream::source_status::more;
      out.watermark = s.watermark;
      if (s.ending) return stream::source_status::ended;
      return out.empty() ? stream::source_status::empty : stream::source_status::more;
    }
    bool arm(const stream::waker& wake) override {
      state_->wake = wake;
      return !state_->queued.empty() || state_->ending || state_->drained;
    }
    void drain() override { state_->drained = true; }
    void on_barrier(stream::commit_id n) override { state_->tracker.cut(n); }
    void cancel() override { state_->cancelled = true; }
    stream::ending how_ended() const override {
      if (state_->ending && state_->queued.empty()) return *state_->ending;
      return {stream::end_kind::drain, nullptr};
    }
    stream::failure_decision on_failure(const stream::failure& why, T& again) override {
      if (!state_->on_failure) return stream::failure_decision::fail;
      const auto decision = state_->on_failure(why, again);
      if (decision == stream::failure_decision::skip) ++state_->skipped;
      if (decision == stream::failure_decision::stop) {
        state_->stopped = true;
        state_->tracker.take_back(partition_id(0), why.at->offset);
      }
      return decision;
    }
    std::string name() const override { return "probe"; }
  };

  manual_runtime* runtime_;
  std::shared_ptr<state> state_ = std::make_shared<state>(); ///< owners: the probe and its port

  void go() {
    state_->wake.wake();
    runtime_->settle();
  }

public:
  /// Its first element has the offset `first`.
  explicit in_probe(manual_runtime& rt, std::int64_t first = 0)
      : runtime_(&rt) {
    state_->next_offset = first;
  }
  [[nodiscard]] std::unique_ptr<stream::source_port<T>> make_port() { return std::make_unique<port>(state_); }

  template <class... V> void push(V... values) {
    (state_->queued.emplace_back(T(std::move(values)), stream::no_event_time), ...);
    go();
  }
  void push_at(timestamp time, T value) {
    state_->queued.emplace_back(std::move(value), time);
    go();
  }
  /// Puts an element down and wakes the graph, without giving it a turn.
  void offer(T value, timestamp time = stream::no_event_time) {
    state_->queued.emplace_back(std::move(value), time);
    state_->wake.wake();
  }
  /// Says how the input ends, without giving the graph a turn.
  void end(stream::ending how) {
    state_->ending = std::move(how);
    state_->wake.wake();
  }
  /// Puts an element down without letting the graph run.
  void queue(T value, timestamp time = stream::no_event_time) { state_->queued.emplace_back(std::move(value), time); }
  void watermark(timestamp t) {
    state_->watermark = t;
    go();
  }
  void complete() {
    state_->ending = stream::ending{stream::end_kind::complete, nullptr};
    go();
  }
  void fail(std::string text) {
    stream::failure why{"error", std::move(text), "probe", std::nullopt};
    state_->ending = stream::ending{stream::end_kind::fail, std::make_shared<const stream::failure>(std::move(why))};
    go();
  }
  /// Elements whose processing throws are skipped, as an inlet with the policy `skip` does.
  void skip_failures() {
    on_failure([](const auto&, auto&) { return stream::failure_decision::skip; });
  }
  /// Asked when the processing of an element throws. After `stop` nothing more is given, and `end` says how it ends.
  void on_failure(std::function<stream::failure_decision(const stream::failure&, T& again)> decide) {
    state_->on_failure = std::move(decide);
  }
  [[nodiscard]] std::size_t skipped() const { return state_->skipped; }
  [[nodiscard]] bool cancelled() const { return state_->cancelled; }
  /// Elements that the graph has taken.
  [[nodiscard]] std::size_t pulled() const { return state_->pulled; }
  /// Elements that may be committed: everything that came of them is acknowledged.
  [[nodiscard]] std::int64_t committed() const {
    const auto at = state_->tracker.position_of(partition_id(0));
    return at ? at->value() : 0;
  }
  /// The offset behind the elements that the commit `n` covers; nothing if it did not move since the last one.
  [[nodiscard]] std::optional<std::int64_t> take_progress(stream::commit_id n) {
    const auto moved = state_->tracker.take_progress(n);
    if (moved.empty()) return std::nullopt;
    return moved.front().next.value();
  }
  /// The same at the end of a run.
  [[nodiscard]] std::optional<std::int64_t> take_progress() {
    const auto moved = state_->tracker.take_progress();
    if (moved.empty()) return std::nullopt;
    return moved.front().next.value();
  }
  /// Elements whose offset is still held somewhere.
  [[nodiscard]] std::size_t held() const { return state_->tracker.outstanding(); }
};

/// The test's end of a sink: takes as many elements as were requested. Confined to the test's thread.
template <class T> class out_probe {
  struct state {
    std::size_t requested = 0;
    std::deque<T> received;
    std::deque<stream::element_meta> meta;
    std::vector<stream::token_ref> tokens;
    bool hold_tokens = false;
    bool cancelled = false;
    std::optional<stream::ending> ending;
    timestamp watermark = stream::no_event_time;
    stream::commit_id barrier = stream::no_commit;
    std::size_t before_barrier = 0;
    std::size_t total = 0;
    bool overrun = false;
    std::shared_ptr<const stream::failure> failed;
    stream::waker wake;
  };

  class port final : public stream::sink_port<T> {
    std::shared_ptr<state> state_;

  public:
    explicit port(std::shared_ptr<state> s)
        : state_(std::move(s)) {}
    std::size_t room() override { return state_->requested; }
    void push(stream::batch<T>& elements) override {
      auto& s = *state_;
      if (elements.size() > s.requested || s.ending) s.overrun = true;
      s.requested -= std::min(s.requested, elements.size());
      s.total += elements.size();
      for (auto& value : elements.values) s.received.push_back(std::move(value));
      for (const auto& each : elements.meta) s.meta.push_back(each);
      for (auto& run : elements.runs) {
        if (s.hold_tokens)
          s.tokens.push_back(std::move(run.token));
        else
          run.token.acknowledge();
      }
    }
    bool arm(const stream::waker& wake) override {
      state_->wake = wake;
      return state_->requested > 0 || state_->cancelled || state_->failed;
    }
    void end(const stream::ending& how) override { state_->ending = how; }
    bool ended() override { return true; }
    bool cancelled() override { return state_->cancelled; }
    std::shared_ptr<const stream::failure> failed() override { return state_->failed; }
    void on_watermark(timestamp t) override { state_->watermark = t; }
    void on_barrier(stream::commit_id n) override {
      state_->barrier = n;
      state_->before_barrier = state_->total;
    }
    std::string name() const override { return "probe"; }
  };

  manual_runtime* runtime_;
  std::shared_ptr<state> state_ = std::make_shared<state>(); ///< owners: the probe and its port

  void go() {
    state_->wake.wake();
    runtime_->settle();
  }

public:
  explicit out_probe(manual_runtime& rt)
      : runtime_(&rt) {}
  [[nodiscard]] std::unique_ptr<stream::sink_port<T>> make_port() { return std::make_unique<port>(state_); }

  void request(std::size_t n) {
    state_->requested += n;
    go();
  }
  /// Requests and wakes the graph, without giving it a turn.
  void grant(std::size_t n) {
    state_->requested += n;
    state_->wake.wake();
  }
  /// Gives up, as a sink whose disk is full does.
  void fail(std::string text) {
    state_->failed =
        std::make_shared<const stream::failure>(stream::failure{"error", std::move(text), "probe", std::nullopt});
    go();
  }
  void cancel() {
    state_->cancelled = true;
    go();
  }
  /// From now on elements are not acknowledged until `acknowledge`.
  void hold_tokens() { state_->hold_tokens = true; }
  void acknowledge() {
    for (auto& token : state_->tokens) token.acknowledge();
    state_->tokens.clear();
  }
  /// Takes what arrived.
  [[nodiscard]] std::vector<T> take() {
    std::vector<T> out(std::make_move_iterator(state_->received.begin()),
                       std::make_move_iterator(state_->received.end()));
    state_->received.clear();
    state_->meta.clear();
    return out;
  }
  void expect(const std::vector<T>& wanted) {
    auto seen = take();
    if (!(seen == wanted)) throw expectation_failed("expected " + detail::show(wanted) + ", saw " + detail::show(seen));
  }
  void expect_nothing() { expect({}); }
  void expect_complete() { expect_ending(stream::end_kind::complete); }
  void expect_ending(stream::end_kind wanted) {
    if (!state_->ending)
      throw expectation_failed("expected the end (" + std::string(name_of(wanted)) + "), still open");
    if (state_->ending->kind != wanted)
      throw expectation_failed("expected the end to be " + std::string(name_of(wanted)) + ", it is " +
                               std::string(name_of(state_->ending->kind)));
  }
  [[nodiscard]] const std::optional<stream::ending>& ending() const { return state_->ending; }
  [[nodiscard]] timestamp watermark() const { return state_->watermark; }
  [[nodiscard]] std::size_t total() const { return state_->total; }
  /// The last barrier that arrived, and how many elements before it.
  [[nodiscard]] stream::commit_id barrier() const { return state_->barrier; }
  [[nodiscard]] std::size_t before_barrier() const { return state_->before_barrier; }
  [[nodiscard]] bool cancelled() const { return state_->cancelled; }
  /// More arrived than was requested, or something after the end.
  [[nodiscard]] bool overrun() const { return state_->overrun; }
  [[nodiscard]] const std::deque<stream::element_meta>& meta() const { return state_->meta; }
};

/// A flow under test between two probes: `auto [in, out, graph] = probes(rt, flow<int>().map(f));`
template <class In, class Out> struct probed_flow {
  in_probe<In> in;
  out_probe<Out> out;
  stream::running graph;
};
template <class In, class Flow>
auto probes(manual_runtime& rt, stream::flow<In, Flow> under_test, stream::run_options options = {}) {
  using out_type = typename stream::flow<In, Flow>::value_type;
  in_probe<In> in(rt);
  out_probe<out_type> out(rt);
  auto graph = rt.start(stream::source(in.make_port()).via(std::move(under_test)).to(stream::sink(out.make_port())),
                        std::move(options));
  return probed_flow<In, out_type>{std::move(in), std::move(out), std::move(graph)};
}

} // namespace cloudflow::testkit
