#include "schema_testdata/reading.hpp"

#include "cloudflow/native/state_codec.hpp"
#include "cloudflow/stream/fluent.hpp"
#include "cloudflow/testkit/stream/memory_task_state.hpp"
#include "cloudflow/testkit/stream/probe.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::stream;
using acme::sensors::reading;
using codec_of_reading = state_codec<reading>;

static_assert(storable<reading>);
static_assert(storable<std::vector<reading>>);

namespace {
reading make(double value) { return {"s", timestamp(std::chrono::milliseconds(5)), "oil", value}; }
} // namespace

TEST_CASE("a generated record is durable, alone and among others") {
  const std::vector<reading> values{make(1), make(2.5)};
  bytes out;
  state_codec<std::vector<reading>>::encode(values, out);
  const auto decoder = state_codec<std::vector<reading>>::decoder_for(state_codec<std::vector<reading>>::schema());
  REQUIRE(decoder);
  bytes_view from = out;
  std::vector<reading> read;
  REQUIRE(decoder->decode(from, read));
  CHECK(from.empty());
  CHECK(read == values);
}

TEST_CASE("state of another version of a record is read by resolution") {
  const auto* const written =
      R"({"type":"record","name":"reading","namespace":"acme.sensors","fields":[{"name":"value","type":"float"},)"
      R"({"name":"gauge","type":"string"},{"name":"old","type":"long"},{"name":"src","type":"string"},)"
      R"({"name":"timestamp","type":{"type":"long","logicalType":"timestamp-millis"}}]})";
  bytes out;
  state_codec<float>::encode(2.5F, out);
  state_codec<std::string>::encode("oil", out);
  state_codec<std::int64_t>::encode(77, out);
  state_codec<std::string>::encode("s", out);
  state_codec<std::int64_t>::encode(5, out);
  const auto decoder = codec_of_reading::decoder_for(written);
  REQUIRE(decoder);
  bytes_view from = out;
  reading read;
  REQUIRE(decoder->decode(from, read));
  CHECK(from.empty());
  CHECK(read == make(2.5));
}

TEST_CASE("state that no version can read is refused with Avro's reason") {
  const auto refused = codec_of_reading::decoder_for(
      R"({"type":"record","name":"reading","namespace":"acme.sensors","fields":[{"name":"src","type":"string"}]})");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::incompatible);
  CHECK(refused.error().message.find("timestamp") != std::string::npos);
}

TEST_CASE("windows that collect generated records are durable") {
  const auto state = std::make_shared<testkit::memory_task_state>();
  for (const bool first : {true, false}) {
    testkit::manual_runtime rt;
    auto [in, out, graph] = testkit::probes(
        rt, flow<reading>().key_by(&reading::src).window(tumbling(std::chrono::minutes(1))).aggregate(all()),
        {.state = state});
    out.request(10);
    in.push_at(timestamp(std::chrono::milliseconds(5)), make(first ? 1 : 2));
    if (first) {
      graph.drain();
      rt.settle();
      state->commit(commit_id(1));
      state->crash();
      continue;
    }
    in.complete();
    const auto seen = out.take();
    REQUIRE(seen.size() == 1);
    CHECK(seen[0].value == std::vector<reading>{make(1), make(2)});
  }
}
