#include "cloudflow/config/read.hpp"

#include "cloudflow/config/parse.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::config;
using namespace std::chrono_literals;

namespace {

value of(std::string_view text) { return parse_value(text, "test").value(); }

} // namespace

TEST_CASE("Durations take typesafe-config's units, milliseconds if there is none") {
  struct row {
    const char* text;
    std::chrono::nanoseconds expected;
  };
  for (const auto& [text, expected] :
       {row{"10", 10ms}, row{"\"10\"", 10ms}, row{"10 ms", 10ms}, row{"10ns", 10ns}, row{"3 us", 3us},
        row{"1.5 s", 1500ms}, row{"1 second", 1s}, row{"2 minutes", 2min}, row{"2m", 2min}, row{"1h", 1h},
        row{"1 hour", 1h}, row{"1 day", 24h}, row{"-3 s", -3s}, row{"0.5d", 12h}, row{"7 nano", 7ns},
        row{"\"  5  millis  \"", 5ms}}) {
    CAPTURE(text);
    auto read = as_duration(of(text));
    REQUIRE(read);
    CHECK(*read == expected);
  }
  for (const auto* text : {"s", "\"\"", "1 S", "1 week", "1 1 s", "true", "1e300 d", "99999999 d", "0x10 s", "nan s"}) {
    CAPTURE(text);
    CHECK_FALSE(as_duration(of(text)));
  }
}

TEST_CASE("Sizes know powers of 1000 and of 1024") {
  struct row {
    const char* text;
    std::uint64_t expected;
  };
  for (const auto& [text, expected] :
       {row{"10", 10}, row{"10 B", 10}, row{"1 kB", 1000}, row{"1 K", 1024}, row{"1k", 1024}, row{"1 KiB", 1024},
        row{"1Ki", 1024}, row{"2 MB", 2'000'000}, row{"2m", 2'097'152}, row{"1 mebibyte", 1'048'576},
        row{"3 kilobytes", 3000}, row{"1.5 KiB", 1536}, row{"1 GiB", 1'073'741'824}, row{"1 EB", 1000000000000000000},
        row{"0 YiB", 0}}) {
    CAPTURE(text);
    auto read = as_size(of(text));
    REQUIRE(read);
    CHECK(*read == expected);
  }
  for (const auto* text : {"kB", "1 KB", "1 kb", "-1 B", "1 YiB", "x", "[1]", "1e30 kB"}) {
    CAPTURE(text);
    CHECK_FALSE(as_size(of(text)));
  }
}

TEST_CASE("Scalars convert as in typesafe-config, null never") {
  CHECK(*as_string(of("1.50")) == "1.50");
  CHECK(*as_string(of("true")) == "true");
  CHECK(*as_int(of("\"42\"")) == 42);
  CHECK(*as_int(of("1e3")) == 1000);
  CHECK(*as_double(of("\"1.5\"")) == 1.5);
  CHECK(*as_bool(of("yes")));
  CHECK_FALSE(*as_bool(of("off")));
  CHECK_FALSE(as_bool(of("1")));
  CHECK_FALSE(as_string(of("null")));
  CHECK_FALSE(as_string(of("[1]")));
  CHECK_FALSE(as_int(of("1e30")));
  CHECK_FALSE(as_int(of("x")));
  CHECK(as_list(of("{ \"1\" = b, \"0\" = a, x = c }"))->size() == 2);
  CHECK_FALSE(as_list(of("{}")));
}

TEST_CASE("A wrong value is reported at its token, with its path") {
  auto parsed = parse_text("a {\n  rate = fast\n n = null }", "test.conf");
  REQUIRE(parsed);
  auto read = get_int(*parsed, "a.rate");
  REQUIRE_FALSE(read);
  CHECK(read.error().code == "CF-C14");
  CHECK(read.error().where->text() == "test.conf:2:10");
  CHECK(read.error().message == "a.rate: this must be a whole number but is string 'fast'");
  CHECK(get_int(*parsed, "a.speed").error().code == "CF-C15");
  CHECK(get_int(*parsed, "a.n").error().code == "CF-C15");
}
