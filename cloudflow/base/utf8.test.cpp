#include "cloudflow/base/utf8.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;

TEST_CASE("every code point but surrogates is written and read back") {
  for (char32_t c = 0; c <= 0x10FFFF; c += c < 0x3000 ? 1 : 97) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::string text = "x";
    append_utf8(text, c);
    text += 'y';
    std::size_t size = 0;
    CAPTURE(static_cast<std::uint32_t>(c));
    REQUIRE(decode_utf8(text, 1, size) == c);
    REQUIRE(size == text.size() - 2);
    REQUIRE(code_points(text) == 3);
  }
}

TEST_CASE("bytes that are not UTF-8 are told from those that are") {
  for (const std::string_view text :
       {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2x", "\xE0\x9F\xBF", "\xE1\x80", "\xED\xA0\x80",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"}) {
    CAPTURE(text);
    std::size_t size = 0;
    CHECK(decode_utf8(text, 0, size) == not_utf8);
    CHECK(size == 1);
    CHECK(utf8_length(text, 0) == 0);
  }
  CHECK(utf8_length("\xC3\xA9", 0) == 2);
  CHECK(utf8_length("\xF4\x8F\xBF\xBF", 0) == 4);
}
