#include "schema_testdata/reading.hpp"
#include "schema_testdata/reading_v2.hpp"

#include "cloudflow/native.hpp"
#include "cloudflow/testkit/streamlet/streamlet_test.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace std::chrono_literals;
using acme::sensors::reading;
using testkit::expectation_failed;
using testkit::streamlet_test;
using reading_v2 = acme::sensors::v2::reading;

namespace {

timestamp at(std::int64_t ms) { return timestamp(std::chrono::milliseconds(ms)); }
reading make(double value) { return {"s", at(0), "oil", value}; }

/// Reads, doubles, writes; throws on a value of 13.
class doubler final : public native::streamlet {
  inlet<reading> in_;
  outlet<reading> out_{"out"};

public:
  explicit doubler(inlet<reading> in = inlet<reading>("in"))
      : in_(std::move(in)) {}
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_)
        .map([](reading r) {
          if (r.value == 13) throw std::runtime_error("unlucky");
          r.value *= 2;
          return r;
        })
        .to(ctx.sink(out_));
  }
};

/// Says what it sees around each record.
class teller final : public native::streamlet {
  inlet<reading> in_{"in"};

public:
  streamlet_shape shape() const override { return shape_of(in_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.records(in_)
        .map([](const native::record<reading>& r) {
          std::string line = r.topic.value() + "/" + std::to_string(r.partition.value()) + "/" +
                             std::to_string(r.offset.value()) + " at " +
                             std::to_string(r.timestamp.time_since_epoch().count());
          line += r.key ? " key " + std::string(as_text(*r.key)) : " no key";
          line += r.value ? " value " + std::to_string(static_cast<int>(r.value->value)) : " tombstone";
          for (const auto& [name, value] : r.headers)
            if (name != native::schema_header) line += " " + name + "=" + std::string(as_text(value));
          return line;
        })
        .to(ctx.console_sink());
  }
};

class evolved final : public native::streamlet {
  inlet<reading_v2> in_ = inlet<reading_v2>("in").on_error(error_policy::skip);
  outlet<reading_v2> out_{"out"};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override { return ctx.source(in_).to(ctx.sink(out_)); }
};

} // namespace

TEST_CASE("an inlet fails at a record that it cannot decode, behind those before it") {
  streamlet_test t(doubler(inlet<reading>("in").on_error(error_policy::fail)));
  auto in = t.tap<reading>("in");
  auto out = t.probe<reading>("out");
  t.start();
  in.push(make(1));
  in.push_bytes("no reading");
  in.push(make(2));
  t.run();
  out.expect({make(2)});
  t.expect_failed("bad record");
  CHECK(t.failure()->at->text() == "in/0/1");
  CHECK(in.committed() == 1);
  CHECK(in.decode_failures() == 1);
}

TEST_CASE("an inlet that skips leaves a bad record out, counts it and moves its offset on") {
  streamlet_test t(doubler(inlet<reading>("in").on_error(error_policy::skip)));
  auto in = t.tap<reading>("in");
  auto out = t.probe<reading>("out");
  t.start();
  in.push_bytes("bad");
  in.push(make(1));
  in.push_bytes("bad");
  in.push(make(13)); // user code throws: the same policy
  t.run();
  out.expect({make(2)});
  t.expect_running();
  CHECK(in.skipped() == 3);
  CHECK(in.decode_failures() == 2);
  CHECK(in.committed() == 4);
}

TEST_CASE("an inlet obeys configuration before its own policy") {
  streamlet_test t(doubler(inlet<reading>("in").on_error(error_policy::skip)));
  auto in = t.tap<reading>("in");
  t.on_error("in", error_policy::fail);
  t.start();
  in.push_bytes("bad");
  t.run();
  t.expect_failed("bad record");
}

TEST_CASE("an inlet obeys configuration before its own handler") {
  const auto handler = [](const bad_record&) -> std::optional<reading> { return make(100); };
  streamlet_test t(doubler(inlet<reading>("in").on_error(handler)));
  auto in = t.tap<reading>("in");
  auto out = t.probe<reading>("out");
  t.on_error("in", error_policy::skip);
  t.start();
  in.push_bytes("bad");
  in.push_all({make(1), make(13)});
  t.run();
  out.expect({make(2)});
  CHECK(in.skipped() == 2);
}

TEST_CASE("an inlet without a policy makes dead letters of bad records") {
  bytes encoded;
  schema::codec<reading>::encode(make(13), encoded);
  streamlet_test t(doubler(inlet<reading>("in").event_time([](const reading& r) -> timestamp {
    if (r.value == 7) throw std::range_error("no time");
    return at(5);
  })));
  auto in = t.tap<reading>("in");
  auto out = t.probe<reading>("out");
  t.start();
  in.push_bytes("bad");
  in.push_all({make(1), make(13), make(7), make(2)});
  t.run();
  out.expect({make(2), make(4)});
  t.expect_running();
  const auto& dead = t.dead_letters("in");
  REQUIRE(dead.size() == 3);
  CHECK(as_text(dead[0].value.value()) == "bad");
  CHECK(dead[0].said("error") == "bad record");
  CHECK(dead[0].said("where") == "inlet in");
  CHECK(dead[1].value == encoded);
  CHECK(dead[1].said("where") == "map");
  CHECK(dead[1].said("offset") == "2");
  CHECK(dead[1].said("attempts") == "1");
  CHECK(dead[2].said("where") == "event_time");
  CHECK(dead[2].said("message") == "no time");
  CHECK(in.skipped() == 0);
  CHECK(in.decode_failures() == 2);
  CHECK(in.committed() == 5);
}

TEST_CASE("an inlet tries a record again before its policy acts, decoded anew") {
  int calls = 0;
  streamlet_test t(doubler(inlet<reading>("in").event_time([&calls](const reading& r) -> timestamp {
    if (r.value == 7 && ++calls < 3) throw std::range_error("not yet");
    return at(5);
  })));
  auto in = t.tap<reading>("in");
  auto out = t.probe<reading>("out");
  t.retries("in", 2);
  t.start();
  in.push_all({make(7), make(13)});
  in.push_bytes("bad");
  t.run();
  out.expect({make(14)});
  REQUIRE(t.dead_letters("in").size() == 2);
  CHECK(t.dead_letters("in")[0].said("attempts") == "3");
  CHECK(t.dead_letters("in")[1].said("attempts") == "3");
  CHECK(in.decode_failures() == 1);
}

TEST_CASE("an inlet's handler puts a value in a bad record's place, or skips it") {
  std::vector<std::string> seen;
  streamlet_test t(doubler(inlet<reading>("in").on_error([&](const bad_record& bad) -> std::optional<reading> {
    seen.push_back(bad.partition.text() + "/" + std::to_string(bad.offset.value()) + " " +
                   std::string(as_text(bad.value)));
    if (as_text(bad.value) == "skip") return std::nullopt;
    return make(100);
  })));
  auto in = t.tap<reading>("in");
  auto out = t.probe<reading>("out");
  t.start();
  in.push_bytes("skip");
  in.push_bytes("replace");
  in.push(make(1));
  t.run();
  out.expect({make(200), make(2)});
  CHECK(seen == std::vector<std::string>{"in/0/0 skip", "in/0/1 replace"});
  CHECK(in.skipped() == 1);
  CHECK(in.committed() == 3);
}

TEST_CASE("an inlet's handler sees the bytes of a record at which user code threw") {
  bytes encoded;
  schema::codec<reading>::encode(make(13), encoded);
  std::vector<bytes> seen;
  streamlet_test t(doubler(inlet<reading>("in").on_error([&](const bad_record& bad) -> std::optional<reading> {
    seen.emplace_back(bad.value.begin(), bad.value.end());
    CHECK(bad.reason.find("unlucky") != std::string_view::npos);
    return std::nullopt;
  })));
  auto in = t.tap<reading>("in");
  auto out = t.probe<reading>("out");
  t.start();
  in.push_all({make(1), make(13), make(2)});
  t.run();
  out.expect({make(2), make(4)});
  CHECK(seen == std::vector<bytes>{encoded});
  CHECK(in.committed() == 3);
}

TEST_CASE("an inlet fails when its handler throws") {
  const auto handler = [](const bad_record&) -> std::optional<reading> { throw std::runtime_error("handler broke"); };
  SUBCASE("at a record that cannot be decoded") {
    streamlet_test t(doubler(inlet<reading>("in").on_error(handler)));
    auto in = t.tap<reading>("in");
    t.start();
    in.push_bytes("bad");
    t.run();
    t.expect_failed("handler broke");
  }
  SUBCASE("at a record at which user code threw") {
    streamlet_test t(doubler(inlet<reading>("in").on_error(handler)));
    auto in = t.tap<reading>("in");
    t.start();
    in.push(make(13));
    t.run();
    t.expect_failed("handler broke");
  }
}

TEST_CASE("an inlet fails with operator, text and position when user code throws") {
  streamlet_test t(doubler(inlet<reading>("in").on_error(error_policy::fail)));
  auto in = t.tap<reading>("in");
  auto out = t.probe<reading>("out");
  t.start();
  in.push_all({make(1), make(2), make(13), make(3)});
  t.run();
  t.expect_failed("unlucky");
  CHECK(t.failure()->op == "map");
  CHECK(t.failure()->at->text() == "in/0/2");
  out.expect({make(2), make(4)});
  CHECK(in.committed() == 2);
}

TEST_CASE("an inlet treats a throw of its event time as a bad record") {
  auto make_inlet = [](error_policy policy) {
    return inlet<reading>("in").on_error(policy).event_time([](const reading& r) -> timestamp {
      if (r.value == 7) throw std::range_error("no time");
      return at(5);
    });
  };
  streamlet_test skips(doubler(make_inlet(error_policy::skip)));
  auto in = skips.tap<reading>("in");
  auto out = skips.probe<reading>("out");
  skips.start();
  in.push_all({make(7), make(1)});
  skips.run();
  const auto records = out.take_records();
  REQUIRE(records.size() == 1);
  CHECK(records[0].time == at(5));
  CHECK(in.committed() == 2);

  streamlet_test fails(doubler(make_inlet(error_policy::fail)));
  auto other = fails.tap<reading>("in");
  fails.start();
  other.push(make(7));
  fails.run();
  fails.expect_failed("no time");
}

TEST_CASE("an inlet leaves tombstones out and counts them") {
  streamlet_test t{doubler{}};
  auto in = t.tap<reading>("in");
  auto out = t.probe<reading>("out");
  t.start();
  in.push_record({.value = std::nullopt, .key = "k"});
  t.run();
  out.expect_nothing();
  CHECK(in.tombstones() == 1);
  CHECK(in.committed() == 1);
}

TEST_CASE("records() gives key, headers, place and time, and tombstones as records without a value") {
  streamlet_test t{teller{}};
  auto in = t.tap<reading>("in");
  t.start();
  in.push_record({.value = make(4), .key = "k", .time = at(77), .headers = {{"trace", "abc"}}, .partition = 2});
  in.push_record({.value = std::nullopt, .key = "k", .time = at(78), .partition = 2});
  in.push_at(at(79), make(5));
  t.run();
  CHECK(t.console() == std::vector<std::string>{"in/2/0 at 77 key k value 4 trace=abc", "in/2/1 at 78 key k tombstone",
                                                "in/0/0 at 79 no key value 5"});
  CHECK(in.committed(2) == 2);
  CHECK(in.committed(0) == 1);
}

TEST_CASE("an inlet reads what writers of several schemas wrote, by the header of each record") {
  streamlet_test t{evolved{}};
  auto in = t.tap<reading_v2>("in");
  auto out = t.probe<reading_v2>("out");
  t.start();
  reading_v2 own;
  own.value = 2;
  own.unit = "kelvin";
  in.push_as(make(1));
  in.push(own);
  in.push_as(make(3));
  t.run();
  const auto seen = out.take();
  REQUIRE(seen.size() == 3);
  CHECK(seen[0].value == 1);
  CHECK(seen[0].unit == "celsius"); // the reader's default
  CHECK(seen[0].origin == "s");     // by its alias
  CHECK(seen[1] == own);
  CHECK(seen[2].value == 3);
}

TEST_CASE("an inlet treats a record of an unknown schema as bad, and names the fingerprint") {
  log::header_buffer unknown;
  unknown.add(native::schema_header, std::string_view("\1\2\3\4\5\6\7\10", 8));
  streamlet_test t(doubler(inlet<reading>("in").on_error(error_policy::fail)));
  auto in = t.tap<reading>("in");
  t.start();
  in.push_bytes(as_bytes("x"), unknown);
  t.run();
  t.expect_failed("0102030405060708");
}

TEST_CASE("an inlet treats a record whose writer cannot be resolved as bad, with the reason") {
  const auto text = R"({"type":"record","name":"reading","namespace":"acme.sensors","fields":[]})";
  const auto writer = schema::avro_schema::parse(text)->definition();
  streamlet_test t(doubler(inlet<reading>("in").on_error(error_policy::fail)));
  auto in = t.tap<reading>("in");
  t.know_schema(writer);
  t.start();
  in.push_bytes({}, native::detail::schema_headers(writer));
  t.run();
  t.expect_failed("src"); // the first field that the writer lacks
}

TEST_CASE("an inlet reads a record without a schema header by its own schema") {
  bytes encoded;
  schema::codec<reading>::encode(make(1), encoded);
  log::header_buffer half;
  half.add(native::schema_header, std::string_view("abc")); // not eight bytes: no fingerprint
  streamlet_test t{doubler{}};
  auto in = t.tap<reading>("in");
  auto out = t.probe<reading>("out");
  t.start();
  in.push_bytes(encoded, {});
  in.push_bytes(encoded, half);
  t.run();
  out.expect({make(2), make(2)});
}

TEST_CASE("an inlet reads no further than the streamlet has room") {
  streamlet_test t{doubler{}};
  auto in = t.tap<reading>("in");
  auto out = t.probe<reading>("out");
  out.hold_acknowledgements();
  t.start();
  const int count = 20'000;
  for (int i = 0; i < count; ++i) in.push(make(i + 100));
  t.run();
  CHECK(out.size() <= 4096 + 256);
  CHECK(in.waiting() >= count - 3 * 4096);
  CHECK(in.committed() == 0);

  out.acknowledge();
  t.run();
  CHECK(out.size() == count);
  CHECK(in.waiting() == 0);
  CHECK(in.committed() == count);
}

TEST_CASE("an inlet that is drained stops at once and commits what was written") {
  streamlet_test t{doubler{}};
  auto in = t.tap<reading>("in");
  auto out = t.probe<reading>("out");
  t.start();
  in.push_all({make(1), make(2)});
  t.run();
  in.push(make(3));
  t.drain();
  t.expect_drained();
  const auto written = static_cast<std::int64_t>(out.take().size());
  CHECK(in.committed() == written);
}

TEST_CASE("an inlet that crashed has committed no more than was acknowledged") {
  streamlet_test t{doubler{}};
  auto in = t.tap<reading>("in");
  auto out = t.probe<reading>("out");
  t.start();
  in.push(make(1));
  t.run();
  out.hold_acknowledgements();
  in.push(make(2));
  t.run();
  t.crash();
  CHECK(t.over());
  CHECK(in.committed() == 1);
}
