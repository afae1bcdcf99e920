#include "cloudflow/stream/run/pool.hpp"
#include "cloudflow/stream/state/value_state.hpp"
#include "cloudflow/testkit/stream/memory_task_state.hpp"
#include "cloudflow/testkit/stream/probe.hpp"

#include <doctest/doctest.h>
#include <future>

using namespace cloudflow;
using namespace cloudflow::stream;

namespace {

struct numbering {
  value_state<std::int64_t> seen{"seen"};
  auto states() { return std::tie(seen); }
  void on_element(const std::int64_t&, auto& ctx) { ctx.emit(++seen.modify()); }
};

/// Counts without end, with offsets.
class endless final : public source_port<std::int64_t> {
  std::shared_ptr<offset_tracker> tracker_; // owners: this and the test
  std::int64_t next_ = 0;
  bool draining_ = false;

public:
  explicit endless(std::shared_ptr<offset_tracker> tracker)
      : tracker_(std::move(tracker)) {}
  source_status pull(std::size_t limit, batch<std::int64_t>& out) override {
    if (draining_) return source_status::ended;
    const auto first = next_;
    for (; limit > 0; --limit) {
      out.add(next_, {record_offset(next_), no_event_time});
      ++next_;
    }
    out.cover(tracker_->run(partition_id(0), record_offset(first), record_offset(next_ - 1)));
    return source_status::more;
  }
  bool arm(const waker&) override { return true; }
  void drain() override { draining_ = true; }
  void on_barrier(commit_id n) override { tracker_->cut(n); }
  ending how_ended() const override { return {end_kind::drain, nullptr}; }
  std::string name() const override { return "endless"; }
};

} // namespace

TEST_CASE("commits on several threads agree on offsets, state and outputs") {
  const auto state = std::make_shared<testkit::memory_task_state>();
  const auto tracker = std::make_shared<offset_tracker>("in");
  collect<std::int64_t> out;
  pool_runtime rt({.workers = 3});
  const auto graph = rt.run(source(std::make_unique<endless>(tracker))
                                .async(16)
                                .key_by([](const std::int64_t& x) { return x % 4; })
                                .process<std::int64_t>(numbering())
                                .async(16)
                                .map([](std::int64_t x) { return x; })
                                .to(out),
                            {.state = state});
  std::size_t committed = 0;
  for (std::uint64_t n = 1; n <= 200; ++n) {
    std::promise<void> arrived;
    graph.barrier(commit_id(n), [&] { arrived.set_value(); });
    arrived.get_future().wait();
    const auto moved = tracker->take_progress(commit_id(n));
    if (!moved.empty()) committed = static_cast<std::size_t>(moved.front().next.value());
    REQUIRE(out.values().size() == committed);
    state->commit(commit_id(n));
    std::int64_t sum = 0; // of the numbers per key: how many elements the state has seen
    const auto tables = state->committed();
    for (const auto& [key, value] : tables.at("process-1/seen")) {
      bytes_view from = value;
      std::int64_t read = 0;
      REQUIRE((take_long(from, read) && take_long(from, read)));
      sum += read;
    }
    REQUIRE(static_cast<std::size_t>(sum) == committed);
    graph.release(commit_id(n));
  }
  graph.drain();
  CHECK(wait_for(graph).kind == end_kind::drain);
  CHECK(committed > 0);
}
