#include "cloudflow/http/sse.hpp"

#include <doctest/doctest.h>

using namespace cloudflow::http;

TEST_CASE("an event is its data, one field a line, and an empty line") {
  CHECK(to_text({"{\"a\":1}"}) == "data: {\"a\":1}\n\n");
  CHECK(to_text({"one\ntwo\r\nthree\rfour"}) == "data: one\ndata: two\ndata: three\ndata: four\n\n");
  CHECK(to_text({"", "tick", "7"}) == "event: tick\nid: 7\ndata: \n\n");
}

TEST_CASE("a name or id cannot forge fields") {
  CHECK(to_text({"x", "a\ndata: forged", "1\r\n2"}) == "event: adata: forged\nid: 12\ndata: x\n\n");
}
