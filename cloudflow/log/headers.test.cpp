#include "cloudflow/log/headers.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;

TEST_CASE("headers read back in order, with repeats and empty values") {
  log::header_buffer buffer;
  buffer.add("a", "1").add("", "").add("a", "22").add("cf-schema", std::string(8, '\0'));
  std::string seen;
  for (const auto h : buffer.view()) seen += std::string(h.name) + "=" + std::to_string(h.value.size()) + ";";
  CHECK(seen == "a=1;=0;a=2;cf-schema=8;");
  CHECK(buffer.view().size() == 4);
}

TEST_CASE("a header list finds the last header of a name") {
  log::header_buffer buffer;
  CHECK(!buffer.view().find("a"));
  buffer.add("a", "1").add("b", "x").add("a", "2");
  CHECK(as_text(*buffer.view().find("a")) == "2");
  CHECK(!buffer.view().find("c"));
}
