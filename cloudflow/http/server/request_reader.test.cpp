#include "cloudflow/http/server/request_reader.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace cloudflow::http;
using step = request_reader::step;

namespace {

struct reading {
  std::vector<request> requests;
  std::vector<std::string> bodies;
  refusal why;
  step last = step::need_bytes;
};

// Feeds the text in pieces of `piece` bytes, then the end.
reading read(const std::string& text, std::size_t piece, std::size_t header_bytes = 16384) {
  reading out;
  request_reader reader(header_bytes);
  std::size_t at = 0;
  for (;;) {
    switch (out.last = reader.next()) {
    case step::need_bytes: {
      const auto n = std::min(piece, text.size() - at);
      if (n == 0) {
        reader.closed();
        break;
      }
      auto room = reader.room(n);
      std::copy_n(text.data() + at, n, room.data());
      reader.filled(n);
      at += n;
      break;
    }
    case step::head:
      out.requests.push_back(reader.head());
      out.bodies.emplace_back();
      break;
    case step::body:
      out.bodies.back() += reader.body();
      reader.body().clear();
      break;
    case step::end: reader.restart(); break;
    case step::over: return out;
    case step::failed: out.why = reader.why(); return out;
    }
  }
}

constexpr std::size_t pieces[] = {1, 2, 3, 7, 1 << 20};

} // namespace

TEST_CASE("requests are read whole, however their bytes are cut") {
  const std::string text = "POST /a?b HTTP/1.1\r\nHost: x\r\nX-A:  b \r\nContent-Length: 5\r\n\r\nhello"
                           "\r\nPUT /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                           "3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nTrailer: dropped\r\n\r\n"
                           "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
  for (const auto piece : pieces) {
    CAPTURE(piece);
    const auto got = read(text, piece);
    CHECK(got.last == step::over);
    REQUIRE(got.requests.size() == 3);
    CHECK(got.requests[0].method == "POST");
    CHECK(got.requests[0].target == "/a?b");
    CHECK(*got.requests[0].headers.find("x-a") == "b");
    CHECK(got.bodies == std::vector<std::string>{"hello", "abcdefg", ""});
    CHECK(got.requests[1].headers.find("Trailer") == nullptr);
  }
}

TEST_CASE("what servers could read in two ways is refused") {
  struct {
    const char* name;
    const char* text;
    int status;
  } const cases[] = {
      {"bare LF", "GET / HTTP/1.1\nHost: x\r\n\r\n", 400},
      {"bare LF in a field", "GET / HTTP/1.1\r\nHost: x\r\nA: b\nC: d\r\n\r\n", 400},
      {"bare CR", "GET / HTTP/1.1\r\nHost: x\r\nA: b\rC: d\r\n\r\n", 400},
      {"folded line", "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", 400},
      {"folded with tab", "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\tc\r\n\r\n", 400},
      {"space before the request", " GET / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"space before the colon", "GET / HTTP/1.1\r\nHost: x\r\nContent-Length : 1\r\n\r\na", 400},
      {"NUL in a value", "GET / HTTP/1.1\r\nHost: x\r\nA: \x01\r\n\r\n", 400},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400},
      {"no Host", "GET / HTTP/1.1\r\nA: b\r\n\r\n", 400},
      {"coding and length", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\na",
       400},
      {"length and coding", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na",
       400},
      {"two codings", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"another coding", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
      {"coding of the old version", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"two equal lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", 400},
      {"a list of lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\na", 400},
      {"a negative length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\na", 400},
      {"a signed length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\na", 400},
      {"a length beyond 64 bits", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 18446744073709551616\r\n\r\na", 400},
      {"a chunk of no size", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400},
      {"a chunk beyond 64 bits",
       "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n11112222333344445\r\n", 400},
      {"a chunk without its end", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", 400},
      {"version 2", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505},
      {"no HTTP", "hello\r\n\r\n", 400},
      {"TLS", "\x16\x03\x01\x02", 400},
      {"unknown expectation", "GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n", 417},
      {"end inside the header", "GET / HTTP/1.1\r\nHost", 400},
      {"end inside the body", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na", 400},
      {"end inside a chunk", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", 400},
  };
  for (const auto& c : cases)
    for (const auto piece : pieces) {
      CAPTURE(c.name);
      CAPTURE(piece);
      const auto got = read(c.text, piece);
      CHECK(got.last == step::failed);
      CHECK(got.why.status == c.status);
      CHECK_FALSE(got.why.reason.empty());
    }
}

TEST_CASE("a header block beyond its limit is refused before its end") {
  const std::string start = "GET / HTTP/1.1\r\nHost: x\r\nA: ";
  for (const auto piece : pieces) {
    CHECK(read(start + std::string(1000, 'a'), piece, 256).why.status == 431);
    const auto rest = 256 - start.size() - 4;
    CHECK(read(start + std::string(rest, 'a') + "\r\n\r\n", piece, 256).last == step::over);
    CHECK(read(start + std::string(rest + 1, 'a') + "\r\n\r\n", piece, 256).why.status == 431);
  }
}

TEST_CASE("a chunk's header without end is refused") {
  const std::string start = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;";
  CHECK(read(start + std::string(20000, 'a'), 4096).why.status == 400);
  const std::string last = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: ";
  CHECK(read(last + std::string(20000, 'a'), 4096).why.status == 400);
}

TEST_CASE("trailers that are none are read, or refused, and never assert") {
  const std::string start = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
  for (const auto piece : pieces) {
    CHECK(read(start + "abc\r\n49xTP/1.1\r\nHo:x sHTTP/1.1\r\nHost: x\t\r\n\rH", piece).why.status == 400);
    CHECK(read(start + "A: b\r\n folded\r\n\r\n", piece).why.status == 400);
    CHECK(read(start + "A: b\nC: d\r\n\r\n", piece).why.status == 400);
    CHECK(read(start + "A: b\r\nC: d\r\n\r\n", piece).last == step::over);
  }
}

TEST_CASE("what came of a body before its fault is the same, wherever bytes are cut") {
  const std::string text = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndefX";
  for (const auto piece : pieces) {
    const auto got = read(text, piece);
    CHECK(got.why.status == 400);
    CHECK(got.bodies == std::vector<std::string>{"abcdef"});
  }
}

TEST_CASE("the old version needs no Host, and keeps no connection unless it asks") {
  request_reader reader(1024);
  const std::string text = "GET / HTTP/1.0\r\n\r\n";
  std::copy(text.begin(), text.end(), reader.room(text.size()).data());
  reader.filled(text.size());
  REQUIRE(reader.next() == step::head);
  CHECK(reader.old_version());
  CHECK_FALSE(reader.keep_alive());
  CHECK(reader.next() == step::end);
}
