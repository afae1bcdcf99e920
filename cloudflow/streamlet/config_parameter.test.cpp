#include "cloudflow/streamlet/config_parameter.hpp"
#include "cloudflow/config/parse.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::streamlet;
using namespace std::chrono_literals;

namespace {
config::value value_of(std::string_view text) { return *config::parse_value(text, "test"); }
} // namespace

TEST_CASE("each parameter type reads what HOCON writes") {
  CHECK(*parameter_traits<std::int32_t>::read(value_of("42")) == 42);
  CHECK(*parameter_traits<double>::read(value_of("2.5")) == 2.5);
  CHECK(*parameter_traits<bool>::read(value_of("yes")) == true);
  CHECK(*parameter_traits<std::string>::read(value_of("a b")) == "a b");
  CHECK(*parameter_traits<std::chrono::milliseconds>::read(value_of("2 minutes")) == 2min);
  CHECK(parameter_traits<memory_size>::read(value_of("2 KiB"))->bytes == 2048);
  CHECK(parameter_traits<secret>::read(value_of("x"))->text == "x");
}

TEST_CASE("a number beyond 32 bits is refused for int32") {
  CHECK(parameter_traits<std::int32_t>::read(value_of("3000000000")).error().message ==
        "3000000000 does not fit into 32 bits");
}

TEST_CASE("default values are written so that they read back") {
  CHECK(parameter_traits<std::chrono::nanoseconds>::write(90s) == "90 seconds");
  CHECK(parameter_traits<std::chrono::nanoseconds>::write(3min) == "3 minutes");
  CHECK(parameter_traits<std::chrono::nanoseconds>::write(1500us) == "1500 microseconds");
  CHECK(parameter_traits<std::chrono::nanoseconds>::write(0s) == "0 seconds");
  for (auto d : {std::chrono::nanoseconds(1), std::chrono::nanoseconds(90s), std::chrono::nanoseconds(250ms)})
    CHECK(*parameter_traits<std::chrono::nanoseconds>::read(
              value_of(parameter_traits<std::chrono::nanoseconds>::write(d))) == d);
  CHECK(parameter_traits<memory_size>::read(value_of(parameter_traits<memory_size>::write({4096})))->bytes == 4096);
}

TEST_CASE("a parameter's descriptor has type, default, pattern and secrecy") {
  const auto name = config_parameter<std::string>("name", "A name.", "x").matching("[a-z]+");
  CHECK(name.descriptor() == config_parameter_descriptor{"name", "A name.", "string", "[a-z]+", "x", false});
  CHECK(config_parameter<std::chrono::seconds>("every", "How often.", 3s).descriptor().validation_type == "duration");
  CHECK(config_parameter<secret>("key", "K.").descriptor().secret);
}

namespace acme {
struct percent {
  int value;
};
} // namespace acme
template <> struct cloudflow::streamlet::parameter_traits<acme::percent> {
  static constexpr std::string_view validation_type = "int32";
  static result<acme::percent> read(const config::value& v) {
    return parameter_traits<std::int32_t>::read(v).and_then([](int n) -> result<acme::percent> {
      if (n < 0 || n > 100) return user_error(errc::out_of_range, "a percentage lies between 0 and 100");
      return acme::percent{n};
    });
  }
  static std::string write(const acme::percent& p) { return std::to_string(p.value); }
};

TEST_CASE("a type of the user's own becomes a parameter by its traits") {
  const config_parameter<acme::percent> share("share", "How much.", {30});
  CHECK(share.descriptor().default_value == "30");
  CHECK(parameter_traits<acme::percent>::read(value_of("130")).error().message ==
        "a percentage lies between 0 and 100");
}
