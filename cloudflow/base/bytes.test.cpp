#include "cloudflow/base/bytes.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;

TEST_CASE("hexadecimal text reads back to the same bytes") {
  const auto data = to_bytes(std::string("\x00\xff\x10z", 4));
  CHECK(to_hex(data) == "00ff107a");
  CHECK(*from_hex("00FF107a") == data);
}

TEST_CASE("from_hex names the position of what is no digit") {
  CHECK(from_hex("abc").error().message == "hexadecimal text has an odd number of digits");
  CHECK(from_hex("ab0g").error().message == "not a hexadecimal digit at position 3");
}

TEST_CASE("base64 pads to four characters") {
  CHECK(to_base64(as_bytes("")) == "");
  CHECK(to_base64(as_bytes("f")) == "Zg==");
  CHECK(to_base64(as_bytes("fo")) == "Zm8=");
  CHECK(to_base64(as_bytes("foobar")) == "Zm9vYmFy");
}
