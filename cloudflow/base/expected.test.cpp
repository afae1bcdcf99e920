#include "cloudflow/base/error.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;

TEST_CASE("an expected holds its value or its error") {
  const result<int> good = 7;
  const result<int> bad = user_error(errc::not_found, "no such thing");
  REQUIRE(good);
  CHECK(*good == 7);
  REQUIRE_FALSE(bad);
  CHECK(bad.error().code == errc::not_found);
  CHECK(bad.value_or(3) == 3);
}

TEST_CASE("transform maps the value and keeps the error") {
  CHECK(*result<int>(2).transform([](int v) { return v * 2.5; }) == 5.0);
  CHECK(result<int>(user_error(errc::closed, "shut")).transform([](int v) { return v; }).error().message == "shut");
}

TEST_CASE("and_then stops at the first error") {
  auto half = [](int v) -> result<int> {
    if (v % 2 != 0) return user_error(errc::invalid_argument, "odd");
    return v / 2;
  };
  CHECK(*result<int>(8).and_then(half).and_then(half) == 2);
  CHECK(result<int>(6).and_then(half).and_then(half).error().message == "odd");
}

TEST_CASE("an error tells its place and its cause") {
  error inner{errc::io_error, error_source::system, true, "disk full", origin::of("a.conf", 3, 4)};
  const auto outer = inner.wrap("cannot commit");
  CHECK(outer.text() == "cannot commit: disk full (at a.conf:3:4)");
  CHECK(outer.retriable);
}
