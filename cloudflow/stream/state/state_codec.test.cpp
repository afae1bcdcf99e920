#include "cloudflow/stream/state/state_codec.hpp"

#include "cloudflow/base/random.hpp"
#include "cloudflow/stream/state/accumulator_codec.hpp"

#include <doctest/doctest.h>
#include <limits>

using namespace cloudflow;
using namespace cloudflow::stream;

namespace {

enum class colour { red, green };
struct total {
  double sum = 0;
  std::int64_t count = 0;
  friend bool operator==(const total&, const total&) = default;
};

} // namespace

template <> struct cloudflow::stream::state_codec<total> : state_members<total, &total::sum, &total::count> {};

namespace {

template <class T> void round_trip(const T& value) {
  bytes out;
  state_codec<T>::encode(value, out);
  const auto decoder = state_codec<T>::decoder_for(state_codec<T>::schema());
  REQUIRE(decoder);
  bytes_view from = out;
  T read{};
  REQUIRE(decoder->decode(from, read));
  CHECK(from.empty());
  CHECK(read == value);
  for (std::size_t size = 0; size < out.size(); ++size) {
    bytes_view cut = bytes_view(out).first(size);
    T rest{};
    CHECK_FALSE((decoder->decode(cut, rest) && cut.empty() && size == out.size()));
  }
}

} // namespace

TEST_CASE("built-in codecs read what they wrote") {
  for (const std::int64_t x : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{64}, std::int64_t{-65},
                               std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()})
    round_trip(x);
  round_trip(std::uint64_t{0xffffffffffffffffU});
  round_trip(std::int8_t{-7});
  round_trip(true);
  round_trip(2.5);
  round_trip(-0.5F);
  round_trip(colour::green);
  round_trip(std::string("läuft"));
  round_trip(to_bytes("raw"));
  round_trip(timestamp(std::chrono::milliseconds(-5)));
  round_trip(std::optional<int>());
  round_trip(std::optional<int>(3));
  round_trip(std::vector<std::string>{"a", "", "b"});
  round_trip(std::tuple<int, std::string, double>{1, "x", 2.0});
  round_trip(std::pair<std::string, int>{"a", 1});
  round_trip(total{1.5, 3});
}

TEST_CASE("the bytes are Avro's") {
  bytes out;
  state_codec<std::tuple<int, std::string>>::encode({-2, "ab"}, out);
  CHECK(to_hex(out) == "03046162");
  CHECK(state_codec<std::tuple<int, std::string>>::schema() ==
        R"({"type":"record","name":"state2","fields":[{"name":"f0","type":"int"},{"name":"f1","type":"string"}]})");
}

TEST_CASE("an int that was written is read as a long, also inside of others, but not the other way round") {
  bytes out;
  state_codec<std::vector<int>>::encode({1, 2}, out);
  const auto wider = state_codec<std::vector<std::int64_t>>::decoder_for(state_codec<std::vector<int>>::schema());
  REQUIRE(wider);
  bytes_view from = out;
  std::vector<std::int64_t> read;
  REQUIRE(wider->decode(from, read));
  CHECK(read == std::vector<std::int64_t>{1, 2});
  CHECK_FALSE(state_codec<int>::decoder_for("\"long\""));
}

TEST_CASE("what cannot be read is refused with both schemas") {
  const auto refused = state_codec<std::string>::decoder_for("\"double\"");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::incompatible);
  CHECK(refused.error().message == R"(it was written as "double" and is read as "string")");
}

TEST_CASE("random octets never crash a decoder or make it take more than there is") {
  for (std::uint64_t seed = 1; seed <= 2'000; ++seed) {
    CAPTURE(seed);
    seeded_random random(seed);
    bytes noise(random.below(24));
    for (auto& each : noise) each = std::byte(random.below(256));
    bytes_view from = noise;
    std::vector<std::tuple<std::string, std::optional<std::int64_t>>> read;
    const auto decoder = *state_codec<decltype(read)>::decoder_for(state_codec<decltype(read)>::schema());
    static_cast<void>(decoder.decode(from, read));
    CHECK(from.size() <= noise.size());
    CHECK(read.size() <= noise.size());
  }
}
