#include "cloudflow/engine/native/test_instance_rig.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using backend::instance_phase;
using engine::instance_rig;
using strings = std::vector<std::string>;

namespace {

bytes joined(const std::vector<bytes>& parts) {
  std::string out;
  for (const auto& p : parts) out += (out.empty() ? "" : "+") + std::string(as_text(p));
  const auto view = as_bytes(out);
  return {view.begin(), view.end()};
}

// Copies `a`; writes `b` in pairs, so it holds every other record.
class two_inputs final : public native::streamlet {
  inlet<bytes> a_{"a"};
  inlet<bytes> b_{"b"};
  outlet<bytes> copies_{"copies"};
  outlet<bytes> pairs_{"pairs"};

public:
  streamlet_shape shape() const override { return shape_of(a_, b_, copies_, pairs_); }
  stream::runnable build(const native::context& ctx) const override {
    return stream::together(ctx.source(a_).to(ctx.sink(copies_)),
                            ctx.source(b_).grouped(2).map(joined).to(ctx.sink(pairs_)));
  }
};

class one_input final : public native::streamlet {
  inlet<bytes> in_{"in"};
  outlet<bytes> pairs_{"pairs"};

public:
  streamlet_shape shape() const override { return shape_of(in_, pairs_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_).grouped(2).map(joined).to(ctx.sink(pairs_));
  }
};

constexpr auto commit_interval = std::chrono::milliseconds(200);

} // namespace

TEST_CASE("a lost partition drops its task without a commit, and given again it gets a fresh one") {
  instance_rig<one_input> rig;
  rig.start(true);
  auto& in = rig.member("in");
  in.assign(0);
  rig.write("in", 0, {"1", "2", "3"});
  rig.runtime.settle();
  REQUIRE(rig.values("pairs") == strings{"1+2"});
  in.take_away(0);
  rig.runtime.advance(commit_interval);
  CHECK(in.done.empty());
  CHECK(rig.running->describe().empty());
  CHECK(rig.running->phase() == instance_phase::ready);

  in.assign(0);
  rig.runtime.settle();
  CHECK(rig.running->describe().size() == 1);
  rig.write("in", 0, {"4"});
  rig.runtime.advance(commit_interval);
  CHECK(rig.values("pairs") == strings{"1+2", "1+2", "3+4"}); // nobody had committed: all of it once more
  CHECK(in.done.at(partition_id(0)) == record_offset(4));
}

TEST_CASE("a partition that is lost and given again at once still gets a fresh task") {
  instance_rig<one_input> rig;
  rig.start(true);
  auto& in = rig.member("in");
  in.assign(0);
  rig.write("in", 0, {"1"});
  rig.runtime.settle();
  in.take_away(0);
  in.assign(0);
  rig.write("in", 0, {"2"});
  rig.runtime.advance(commit_interval);
  CHECK(rig.values("pairs") == strings{"1+2"});
  CHECK(in.done.at(partition_id(0)) == record_offset(2));
}

TEST_CASE("a partition that is asked back is released behind its last commit, and nothing held is emitted") {
  instance_rig<one_input> rig;
  rig.start(true);
  auto& in = rig.member("in");
  in.assign(0);
  rig.write("in", 0, {"1", "2"});
  rig.runtime.settle(); // a run of records is committed as a whole
  rig.write("in", 0, {"3"});
  rig.runtime.settle();
  in.ask_back(0);
  rig.runtime.settle();
  CHECK(in.released == std::vector{partition_id(0)});
  CHECK(in.done.at(partition_id(0)) == record_offset(2));
  CHECK(rig.values("pairs") == strings{"1+2"});

  in.assign(0);
  rig.write("in", 0, {"4"});
  rig.runtime.settle();
  CHECK(rig.values("pairs") == strings{"1+2", "3+4"});
}

TEST_CASE("asking back one inlet's partition leaves the others their task") {
  instance_rig<two_inputs> rig;
  rig.start(true);
  auto& a = rig.member("a");
  auto& b = rig.member("b");
  a.assign(0);
  b.assign(0);
  rig.write("a", 0, {"x"});
  rig.write("b", 0, {"1", "2"});
  rig.runtime.settle(); // a run of records is committed as a whole
  rig.write("b", 0, {"3"});
  rig.runtime.settle();
  a.ask_back(0);
  rig.runtime.settle();
  CHECK(a.released == std::vector{partition_id(0)});
  CHECK(a.done.at(partition_id(0)) == record_offset(1));
  CHECK(b.released.empty());
  CHECK(rig.values("pairs") == strings{"1+2"}); // the half pair was not emitted

  rig.write("a", 0, {"elsewhere"});
  rig.write("b", 0, {"4"});
  rig.runtime.advance(commit_interval);
  CHECK(rig.values("copies") == strings{"x"});
  CHECK(rig.values("pairs") == strings{"1+2", "3+4"});
  CHECK(b.done.at(partition_id(0)) == record_offset(4));

  a.assign(0);
  rig.runtime.settle();
  CHECK(rig.values("copies") == strings{"x", "elsewhere"});
  CHECK(rig.running->phase() == instance_phase::ready);
}

TEST_CASE("losing one inlet's partition commits nothing of it and what the others had finished") {
  instance_rig<two_inputs> rig;
  rig.start(true);
  auto& a = rig.member("a");
  auto& b = rig.member("b");
  a.assign(0);
  b.assign(0);
  rig.write("a", 0, {"x"});
  rig.write("b", 0, {"1", "2"});
  rig.runtime.settle(); // a run of records is committed as a whole
  rig.write("b", 0, {"3"});
  rig.runtime.settle();
  a.take_away(0);
  rig.runtime.settle();
  CHECK(a.done.empty());
  CHECK(b.done.at(partition_id(0)) == record_offset(2));
  rig.write("b", 0, {"4"});
  rig.runtime.settle();
  CHECK(rig.values("pairs") == strings{"1+2", "3+4"});

  a.assign(0);
  rig.runtime.advance(commit_interval);
  CHECK(rig.values("copies") == strings{"x", "x"});
  CHECK(a.done.at(partition_id(0)) == record_offset(1));
}

TEST_CASE("losing one partition leaves the tasks of the others alone") {
  instance_rig<one_input> rig(2);
  rig.start(true);
  auto& in = rig.member("in");
  in.assign(0);
  in.assign(1);
  rig.write("in", 0, {"1"});
  rig.write("in", 1, {"a"});
  rig.runtime.settle();
  in.take_away(1);
  rig.write("in", 0, {"2"});
  rig.runtime.advance(commit_interval);
  CHECK(rig.values("pairs") == strings{"1+2"});
  CHECK(in.done == std::map<partition_id, record_offset>{{partition_id(0), record_offset(2)}});
}
