// The reading {src, timestamp, gauge, value}: generated code beside code that was written by hand for this one record.
// Ratios of one run count; machines differ. Bounds: decode <= 1.25, encode into a reused buffer <= 1.3.
#include "schema_testdata/reading.hpp"
#include "schema_testdata/reading_v2.hpp"

#include <benchmark/benchmark.h>

#include <cstring>

namespace {

using namespace cloudflow;
using acme::sensors::reading;
using acme::sensors::reading_view;
using schema::codec;

constexpr std::size_t records = 1'024;

std::vector<reading> readings() {
  std::vector<reading> out;
  for (std::size_t i = 0; i < records; ++i) {
    out.push_back(
        {.src = "sensor-" + std::to_string(i % 97),
         .timestamp = timestamp(std::chrono::milliseconds(1'700'000'000'000 + 250 * static_cast<std::int64_t>(i))),
         .gauge = i % 3 == 0 ? "temperature" : "wind",
         .value = 0.25 * static_cast<double>(i)});
  }
  return out;
}

std::vector<bytes> encoded() {
  std::vector<bytes> out;
  for (const auto& r : readings()) codec<reading>::encode(r, out.emplace_back());
  return out;
}

// What an engineer would write for this record alone, with the checks that bad bytes need.
namespace by_hand {

bool number(const std::byte*& at, const std::byte* end, std::int64_t& out) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (at == end) return false;
    const auto b = static_cast<std::uint64_t>(*at++);
    value |= (b & 0x7f) << shift;
    if (b < 0x80) {
      out = static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
      return true;
    }
  }
  return false;
}

template <class Text> bool text(const std::byte*& at, const std::byte* end, Text& out) {
  std::int64_t size = 0;
  if (!number(at, end, size) || static_cast<std::uint64_t>(size) > static_cast<std::uint64_t>(end - at)) return false;
  const auto* begin = reinterpret_cast<const char*>(at);
  if constexpr (std::is_same_v<Text, std::string>) {
    out.assign(begin, static_cast<std::size_t>(size));
  } else {
    out = Text(begin, static_cast<std::size_t>(size));
  }
  at += size;
  return true;
}

template <class Record> bool decode(bytes_view data, Record& out) {
  const auto* at = data.data();
  const auto* end = at + data.size();
  std::int64_t millis = 0;
  if (!text(at, end, out.src) || !number(at, end, millis) || !text(at, end, out.gauge) || end - at != 8) return false;
  out.timestamp = timestamp(std::chrono::milliseconds(millis));
  std::memcpy(&out.value, at, 8);
  return true;
}

std::byte* number(std::byte* at, std::int64_t value) {
  auto raw = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
  for (; raw >= 0x80; raw >>= 7) *at++ = static_cast<std::byte>(raw | 0x80);
  *at++ = static_cast<std::byte>(raw);
  return at;
}

std::byte* text(std::byte* at, const std::string& value) {
  at = number(at, static_cast<std::int64_t>(value.size()));
  std::memcpy(at, value.data(), value.size());
  return at + value.size();
}

/// Into a buffer that is large enough.
std::size_t encode(const reading& value, std::byte* begin) {
  auto* at = text(begin, value.src);
  at = number(at, value.timestamp.time_since_epoch().count());
  at = text(at, value.gauge);
  std::memcpy(at, &value.value, 8);
  return static_cast<std::size_t>(at + 8 - begin);
}

} // namespace by_hand

template <class Use> void each(benchmark::State& state, std::size_t count, Use use) {
  std::size_t i = 0;
  for (auto _ : state) {
    use(i);
    if (++i == count) i = 0;
  }
  state.SetItemsProcessed(state.iterations());
}

template <class Record> void decode_by_hand(benchmark::State& state) {
  const auto data = encoded();
  Record out;
  each(state, data.size(), [&](std::size_t i) {
    if (!by_hand::decode(data[i], out)) state.SkipWithError("no reading");
    benchmark::DoNotOptimize(out);
  });
}

template <class Record> void decode_generated(benchmark::State& state) {
  const auto data = encoded();
  const auto decoder = codec<reading>::decoder_for(codec<reading>::definition()).value();
  Record out;
  each(state, data.size(), [&](std::size_t i) {
    if (!decoder.decode(data[i], out)) state.SkipWithError("no reading");
    benchmark::DoNotOptimize(out);
  });
}

void decode_planned(benchmark::State& state) {
  const auto data = encoded();
  const auto decoder = codec<acme::sensors::v2::reading>::decoder_for(codec<reading>::definition()).value();
  acme::sensors::v2::reading out;
  each(state, data.size(), [&](std::size_t i) {
    if (!decoder.decode(data[i], out)) state.SkipWithError("no reading");
    benchmark::DoNotOptimize(out);
  });
}

void encode_by_hand(benchmark::State& state) {
  const auto values = readings();
  std::vector<std::byte> room(1'024);
  each(state, values.size(), [&](std::size_t i) {
    auto size = by_hand::encode(values[i], room.data());
    benchmark::DoNotOptimize(size);
    benchmark::ClobberMemory();
  });
}

void encode_by_hand_into_bytes(benchmark::State& state) {
  const auto values = readings();
  bytes out;
  each(state, values.size(), [&](std::size_t i) {
    out.resize(values[i].src.size() + values[i].gauge.size() + 38);
    out.resize(by_hand::encode(values[i], out.data()));
    benchmark::DoNotOptimize(out);
    benchmark::ClobberMemory();
  });
}

template <class Buffer> void encode_generated(benchmark::State& state) {
  const auto values = readings();
  Buffer out;
  each(state, values.size(), [&](std::size_t i) {
    out.clear();
    codec<reading>::encode(values[i], out);
    benchmark::DoNotOptimize(out);
    benchmark::ClobberMemory();
  });
}

BENCHMARK(decode_by_hand<reading>);
BENCHMARK(decode_generated<reading>);
BENCHMARK(decode_by_hand<reading_view>);
BENCHMARK(decode_generated<reading_view>);
BENCHMARK(decode_planned);
BENCHMARK(encode_by_hand);
BENCHMARK(encode_generated<schema::encode_buffer>);
BENCHMARK(encode_by_hand_into_bytes);
BENCHMARK(encode_generated<bytes>);

} // namespace
