#include "cloudflow/http/routes.hpp"

#include <doctest/doctest.h>

using namespace cloudflow::http;

namespace {

request to(std::string method, std::string target) {
  request r;
  r.method = std::move(method);
  r.target = std::move(target);
  return r;
}

route_table some() {
  route_table out;
  const handler none = [](request, responder) {};
  out.on("POST", "/", none).on("PUT", "/", none).on("GET", "/sensors/{id}/{gauge}", none).on("GET", "/files/*", none);
  return out;
}

} // namespace

TEST_CASE("a route is found by method and path") {
  const auto table = some();
  auto r = to("PUT", "/?x=1");
  REQUIRE(read_target(r));
  CHECK(r.path == "/");
  CHECK(r.query == "x=1");
  const auto found = table.find(r);
  REQUIRE(found.at != nullptr);
  CHECK(found.at->method == "PUT");
}

TEST_CASE("a path without a route is 404, a method without one 405 with those that are allowed") {
  const auto table = some();
  auto nowhere = to("GET", "/other");
  CHECK(table.find(nowhere).status == 404);
  auto wrong = to("DELETE", "/");
  const auto found = table.find(wrong);
  CHECK(found.status == 405);
  CHECK(found.allow == "POST, PUT");
}

TEST_CASE("a pattern's parameters are the decoded segments") {
  const auto table = some();
  auto r = to("GET", "/sensors/a%2Fb/wind%20speed");
  REQUIRE(table.find(r).at != nullptr);
  CHECK(r.parameter("id") == "a/b");
  CHECK(r.parameter("gauge") == "wind speed");
  CHECK(r.parameter("other").empty());
  auto short_one = to("GET", "/sensors/a");
  CHECK(table.find(short_one).status == 404);
  auto empty_one = to("GET", "/sensors//x");
  CHECK(table.find(empty_one).status == 404);
}

TEST_CASE("a star matches the rest of a path, and HEAD is taken by GET") {
  const auto table = some();
  auto r = to("HEAD", "/files/a/b/c");
  CHECK(table.find(r).at != nullptr);
  auto other = to("POST", "/files/a");
  CHECK(table.find(other).allow == "GET, HEAD");
}

TEST_CASE("a target that is no path of ours is refused") {
  for (const auto* bad : {"", "*", "sensors", "example.org:443", "/%", "/%4", "/%zz", "/a%00b", "ftp://x/"}) {
    CAPTURE(bad);
    auto r = to("GET", bad);
    CHECK_FALSE(read_target(r));
  }
  auto absolute = to("GET", "http://example.org/a%20b?q");
  REQUIRE(read_target(absolute));
  CHECK(absolute.path == "/a b");
  CHECK(absolute.query == "q");
  auto bare = to("GET", "http://example.org");
  REQUIRE(read_target(bare));
  CHECK(bare.path == "/");
}
