#include "cloudflow/stream/state/key_guard.hpp"
#include "cloudflow/testkit/stream/probe.hpp"

#include <doctest/doctest.h>
#include <set>
#include <string>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;
using namespace std::chrono_literals;

namespace {

// Keeps what was claimed; refuses what it was told to.
class noting_guard final : public key_guard {
public:
  std::vector<std::uint64_t> claimed;
  std::vector<std::int64_t> offsets;
  bool refuses = false;
  std::optional<std::string> claim(std::uint64_t hash, const element_context& at) override {
    claimed.push_back(hash);
    offsets.push_back(at.offset.value());
    if (refuses) return "it is someone else's";
    return std::nullopt;
  }
};

struct word {
  std::string text;
};
// A hash that tells nothing apart.
struct opaque_id {
  int id;
  friend bool operator==(const opaque_id&, const opaque_id&) = default;
};

template <class Flow> auto guarded(manual_runtime& rt, const std::shared_ptr<key_guard>& guard, Flow under_test) {
  using in_type = typename Flow::input_type;
  using out_type = typename Flow::value_type;
  in_probe<in_type> in(rt);
  out_probe<out_type> out(rt);
  auto graph = rt.start(source(in.make_port()).via(std::move(under_test)).to(sink(out.make_port())), {.guard = guard});
  out.request(1000);
  return probed_flow<in_type, out_type>{std::move(in), std::move(out), std::move(graph)};
}

timestamp at(std::chrono::milliseconds t) { return timestamp(t); }

auto word_counts() { return flow<word>().key_by(&word::text).window(tumbling(1s)).aggregate(count()); }

} // namespace
template <> struct std::hash<opaque_id> {
  std::size_t operator()(const opaque_id&) const noexcept { return 1; }
};

TEST_CASE("key_guard is asked once per new key, with the element that brought it") {
  for (const bool windowed : {true, false}) {
    manual_runtime rt;
    const auto guard = std::make_shared<noting_guard>();
    const auto feed = [&](auto probed) {
      probed.in.push_at(at(1ms), {"a"});
      probed.in.push_at(at(2ms), {"b"});
      probed.in.push_at(at(3ms), {"a"});
      probed.in.push_at(at(4ms), {"b"});
      probed.in.push_at(at(5ms), {"c"});
      CHECK(guard->offsets == std::vector<std::int64_t>{0, 1, 4});
    };
    if (windowed)
      feed(guarded(rt, guard, word_counts()));
    else
      feed(guarded(rt, guard, flow<word>().key_by(&word::text).aggregate(count())));
  }
}

TEST_CASE("key_guard hears of a key again when the stage had forgotten it") {
  manual_runtime rt;
  const auto guard = std::make_shared<noting_guard>();
  auto [in, out, graph] = guarded(rt, guard, word_counts());
  in.push_at(at(1ms), {"a"});
  in.watermark(at(5s));
  in.push_at(at(6s), {"a"});
  REQUIRE(guard->claimed.size() == 2);
  CHECK(guard->claimed[0] == guard->claimed[1]);
}

TEST_CASE("key_guard gives keys one hash in every graph of one description") {
  std::set<std::vector<std::uint64_t>> seen;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    manual_runtime rt(seed);
    const auto guard = std::make_shared<noting_guard>();
    auto [in, out, graph] =
        guarded(rt, guard, flow<word>().map([](word w) { return w; }).async(4).key_by(&word::text).aggregate(count()));
    in.push(word{"a"}, word{"b"}, word{"c"});
    seen.insert(guard->claimed);
  }
  CHECK(seen.size() == 1);
}

TEST_CASE("key_guard tells keyed stages of one graph apart") {
  manual_runtime rt;
  const auto guard = std::make_shared<noting_guard>();
  auto [in, out, graph] = guarded(rt, guard,
                                  flow<word>()
                                      .key_by(&word::text)
                                      .aggregate(count())
                                      .key_by(&keyed<std::string, std::uint64_t>::key)
                                      .aggregate(count())
                                      .async(4)
                                      .key_by(&keyed<std::string, std::uint64_t>::key)
                                      .aggregate(count()));
  in.push(word{"a"}, word{"a"});
  in.complete();
  out.expect_complete();
  CHECK(guard->claimed.size() == 3);
  CHECK(std::set<std::uint64_t>(guard->claimed.begin(), guard->claimed.end()).size() == 3);
}

TEST_CASE("a key that the guard refuses fails the graph as key_by, whatever the inlet's policy") {
  for (const bool windowed : {true, false}) {
    manual_runtime rt;
    const auto guard = std::make_shared<noting_guard>();
    const auto feed = [&](auto probed) {
      probed.in.skip_failures();
      probed.in.push_at(at(1ms), {"a"});
      guard->refuses = true;
      probed.in.push_at(at(2ms), {"a"}); // known: nobody is asked
      CHECK_FALSE(probed.out.ending());
      probed.in.push_at(at(3ms), {"b"});
      probed.out.expect_ending(end_kind::fail);
      CHECK(probed.out.ending()->why->message() == "key_by failed: it is someone else's (at probe/0/2)");
      CHECK(probed.in.committed() == 0);
    };
    if (windowed)
      feed(guarded(rt, guard, word_counts()));
    else
      feed(guarded(rt, guard, flow<word>().key_by(&word::text).aggregate(count())));
  }
}

TEST_CASE("keys with a hash of the user's own are not guarded") {
  manual_runtime rt;
  const auto guard = std::make_shared<noting_guard>();
  auto [in, out, graph] = guarded(rt, guard, flow<int>().key_by([](int x) { return opaque_id{x}; }).aggregate(count()));
  in.push(1, 2, 3);
  CHECK(guard->claimed.empty());
}

TEST_CASE("a million small numbers and short names have hashes of their own") {
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 500'000; ++i) {
    seen.insert(key_hash(i));
    seen.insert(key_hash("sensor-" + std::to_string(i)));
  }
  CHECK(seen.size() == 1'000'000);
}
