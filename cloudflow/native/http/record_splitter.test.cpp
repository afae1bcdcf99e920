#include "cloudflow/native/http/record_splitter.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::native;
using form = record_splitter::form;

namespace {

// "1:a|2:b" or what went wrong, with its line; a row's cells in brackets.
std::string split(form f, std::string_view text, std::size_t piece, std::size_t longest = 100) {
  record_splitter s(f, longest);
  std::string out;
  for (;;) {
    auto next = s.next();
    if (!next) return out + "!" + std::to_string(s.line()) + " " + next.error().message;
    if (!*next) {
      if (text.empty()) {
        s.end();
        next = s.next();
        if (!next) return out + "!" + std::to_string(s.line()) + " " + next.error().message;
        if (!*next) return out;
      } else {
        s.add(text.substr(0, piece));
        text.remove_prefix(std::min(piece, text.size()));
        continue;
      }
    }
    out += std::to_string((*next)->line) + ":" + (*next)->text;
    for (const auto& cell : (*next)->cells) out += "[" + cell + "]";
    out += "|";
  }
}

} // namespace

TEST_CASE("lines are records, empty ones are none, and the last needs no end") {
  for (const std::size_t piece : {1, 2, 5, 100}) {
    CHECK(split(form::lines, "a\r\n\n  \nbc\nd", piece) == "1:a|4:bc|5:d|");
    CHECK(split(form::lines, "", piece).empty());
    CHECK(split(form::lines, "\n", piece).empty());
  }
}

TEST_CASE("rows have cells, and quotes may hold commas, quotes and line ends") {
  for (const std::size_t piece : {1, 2, 5, 100}) {
    CHECK(split(form::rows, "a,b\r\n1,\n\"x,\"\"y\"\"\nz\",2\n,", piece) ==
          "1:[a][b]|2:[1][]|3:[x,\"y\"\nz][2]|5:[][]|");
  }
}

TEST_CASE("quotes out of place are refused with the line") {
  CHECK(split(form::rows, "a\n\"b", 3) == "1:[a]|!2 the quote that begins in this row does not end");
  CHECK(split(form::rows, "a\n\"b\"c\n", 3) == "1:[a]|!2 text behind a closing quote");
  CHECK(split(form::rows, "a\nb\"\"c\n", 3) == "1:[a]|!2 a quote inside a cell that does not begin with one");
}

TEST_CASE("a record beyond the limit is refused before its end") {
  CHECK(split(form::lines, "a\n" + std::string(200, 'x'), 10) == "1:a|!2 the record is larger than 100 bytes");
  CHECK(split(form::lines, std::string(100, 'x'), 10) == "1:" + std::string(100, 'x') + "|");
  CHECK(split(form::rows, "\"" + std::string(200, '\n'), 10) == "!1 the record is larger than 100 bytes");
}
