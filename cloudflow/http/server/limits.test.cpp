#include "cloudflow/http/server/server.hpp"
#include "cloudflow/http/server/test_server.hpp"

#include <doctest/doctest.h>

#include <sys/resource.h>
#include <vector>

using namespace cloudflow;
using namespace cloudflow::http;
using namespace std::chrono_literals;

namespace {

std::string post(const std::string& path, std::size_t length) {
  return "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}

} // namespace

TEST_CASE("a connection without a request is closed after 75 s, silently") {
  test_server s(echo_routes());
  auto c = s.client();
  s.until([&] { return s.count("cloudflow_http_connections") == 1; });
  s.settle();
  s.advance(74999ms);
  CHECK(s.count("cloudflow_http_connections") == 1);
  s.advance(1ms);
  CHECK(c.receive_all().empty());
}

TEST_CASE("a connection between requests is closed after 75 s") {
  test_server s(echo_routes());
  auto c = s.client();
  s.advance(60s);
  c.send(post("/echo", 1) + "a");
  c.receive("\r\n\r\na");
  s.settle();
  s.advance(74999ms);
  CHECK(s.count("cloudflow_http_connections") == 1);
  s.advance(1ms);
  CHECK(c.receive_all().empty());
}

TEST_CASE("a header block that is sent byte by byte is 408 after 10 s, whatever comes meanwhile") {
  test_server s(echo_routes());
  auto c = s.client();
  const std::string head = "GET / HTTP/1.1\r\nHost: x\r\n";
  for (std::size_t i = 0; i < 9; ++i) {
    c.send(head.substr(i, 1));
    s.until([&] { return s.count("cloudflow_http_received_bytes_total") == i + 1; });
    s.advance(1s);
  }
  s.advance(999ms);
  CHECK(s.count("cloudflow_http_refused_total") == 0);
  s.advance(1ms);
  const auto answer = c.receive_all();
  CHECK(status_of(answer) == 408);
  CHECK(answer.find("Connection: close\r\n") != std::string::npos);
  CHECK(s.count("cloudflow_http_refused_total", "408") == 1);
}

TEST_CASE("a body that is not there after 30 s is 408") {
  test_server s(echo_routes());
  auto c = s.client();
  const auto head = post("/echo", 10);
  c.send(head);
  s.until([&] { return s.count("cloudflow_http_received_bytes_total") == head.size(); });
  s.advance(29s);
  c.send("a");
  s.until([&] { return s.count("cloudflow_http_received_bytes_total") == head.size() + 1; });
  CHECK(s.count("cloudflow_http_refused_total") == 0);
  s.advance(1s);
  CHECK(status_of(c.receive_all()) == 408);
}

TEST_CASE("a streamed body may take long, but not be silent for 30 s") {
  held_requests held;
  test_server s(held.routes());
  auto c = s.client();
  const auto head = post("/stream", 100);
  c.send(head);
  auto body = held.body.get_future().get();
  std::size_t got = 0;
  bool failed = false;
  std::function<void(body_chunk)> next = [&](body_chunk chunk) {
    if (chunk.what == body_chunk::kind::failed) failed = true;
    got += chunk.data.size();
    if (chunk.what == body_chunk::kind::data) body.next(next);
  };
  body.next(next);
  for (std::size_t i = 1; i <= 5; ++i) {
    c.send("x");
    s.until([&] { return s.count("cloudflow_http_received_bytes_total") == head.size() + i; });
    s.advance(29s);
  }
  CHECK(got == 5);
  CHECK_FALSE(failed);
  s.advance(1s);
  CHECK(failed);
  CHECK(status_of(c.receive_all()) == 408);
}

TEST_CASE("time in which we ask for nothing is no silence of the client") {
  held_requests held;
  test_server s(held.routes());
  auto c = s.client();
  c.send(post("/stream", 2));
  auto body = held.body.get_future().get();
  s.advance(1h);
  std::promise<std::string> data;
  body.next([&](body_chunk chunk) { data.set_value(chunk.data); });
  c.send("x");
  CHECK(data.get_future().get() == "x");
  s.advance(1h);
  held.answer.get_future().get().respond(text_response(202, "enough"));
  const auto answer = c.receive("enough");
  CHECK(status_of(answer) == 202);
  CHECK(answer.find("Connection: close\r\n") != std::string::npos); // half of the body was not read
}

TEST_CASE("a body that says it is too large is 413 before any of it was read") {
  test_server s(echo_routes());
  auto c = s.client();
  const auto head = post("/echo", (1 << 20) + 1);
  c.send(head);
  CHECK(status_of(c.receive_all()) == 413);
  CHECK(s.count("cloudflow_http_received_bytes_total") == head.size());
  auto whole = s.client();
  whole.send(post("/echo", 1 << 20) + std::string(1 << 20, 'x'));
  CHECK(status_of(whole.receive("\r\n\r\n")) == 200);
}

TEST_CASE("a client that sends its too large body all the same can read the 413") {
  test_server s(echo_routes());
  auto c = s.client();
  c.send(post("/echo", 3 << 20) + std::string(3 << 20, 'x'));
  CHECK(status_of(c.receive_all()) == 413);
}

TEST_CASE("a chunked body that becomes too large is 413") {
  test_server s(echo_routes(), {.limits = {.body_bytes = 1000}});
  auto c = s.client();
  c.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1f4\r\n" + std::string(500, 'x') +
         "\r\n1f4\r\n" + std::string(500, 'x') + "\r\n1\r\nx\r\n0\r\n\r\n");
  CHECK(status_of(c.receive_all()) == 413);
}

TEST_CASE("a streaming route has no limit on its body") {
  held_requests held;
  test_server s(held.routes(), {.limits = {.body_bytes = 10}});
  auto c = s.client();
  c.send(post("/stream", 100) + std::string(100, 'x'));
  auto body = held.body.get_future().get();
  std::promise<std::size_t> total;
  std::size_t got = 0;
  std::function<void(body_chunk)> next = [&](body_chunk chunk) {
    got += chunk.data.size();
    if (chunk.what == body_chunk::kind::data) return body.next(next);
    total.set_value(got);
  };
  body.next(next);
  CHECK(total.get_future().get() == 100);
  held.answer.get_future().get().respond(text_response(202, "all"));
  CHECK(status_of(c.receive("all")) == 202);
}

TEST_CASE("a client that expects 100 Continue is told so when its body is wanted, and not when it is refused") {
  test_server s(echo_routes());
  auto c = s.client();
  c.send("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(c.receive("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  c.send("hi");
  CHECK(c.receive("\r\n\r\nhi").starts_with("HTTP/1.1 200 OK\r\n"));
  auto large = s.client();
  large.send("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2000000\r\n\r\n");
  CHECK(status_of(large.receive_all()) == 413);
  auto nowhere = s.client();
  nowhere.send("POST /other HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(status_of(nowhere.receive_all()) == 404);
}

TEST_CASE("a malformed request is 400, and the connection is closed") {
  test_server s(echo_routes());
  for (const auto* text :
       {"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
        "GET / HTTP/1.1\nHost: x\n\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"}) {
    auto c = s.client();
    c.send(text);
    const auto answer = c.receive_all(); // ends: the server closed
    CHECK(status_of(answer) == 400);
    CHECK(answer.find("HTTP/1.1", 8) == std::string::npos);
  }
  CHECK(s.count("cloudflow_http_refused_total", "400") == 4);
}

TEST_CASE("a connection beyond the limit is told 503 and when to come again") {
  test_server s(echo_routes(), {.limits = {.connections = 3}});
  std::vector<raw_client> open;
  for (int i = 0; i < 3; ++i) {
    open.push_back(s.client());
    open.back().send(post("/echo", 1) + "a");
    CHECK(status_of(open.back().receive("\r\n\r\na")) == 200);
  }
  auto fourth = s.client();
  const auto answer = fourth.receive_all();
  CHECK(status_of(answer) == 503);
  CHECK(answer.find("Retry-After: 1\r\n") != std::string::npos);
  fourth.close();
  open.pop_back();
  s.until([&] { return s.count("cloudflow_http_connections") == 2; });
  auto fifth = s.client();
  fifth.send(post("/echo", 1) + "b");
  CHECK(status_of(fifth.receive("\r\n\r\nb")) == 200);
}

TEST_CASE("1,024 connections are served at once") {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = std::max<rlim_t>(files.rlim_cur, std::min<rlim_t>(files.rlim_max, 4096));
  ::setrlimit(RLIMIT_NOFILE, &files);
  REQUIRE_MESSAGE(files.rlim_cur >= 2200, "this test wants 2,200 open files: ulimit -n");
  test_server s(echo_routes(), {.threads = 2});
  std::vector<raw_client> open;
  for (int i = 0; i < 1024; ++i) {
    open.push_back(s.client());
    REQUIRE(open.back().connected());
  }
  for (auto& c : open) c.send(post("/echo", 1) + "a");
  int answered = 0;
  for (auto& c : open) answered += status_of(c.receive("\r\n\r\na")) == 200 ? 1 : 0;
  CHECK(answered == 1024);
  CHECK(s.count("cloudflow_http_connections") == 1024);
  CHECK(status_of(s.client().receive_all()) == 503);
}

TEST_CASE("a body beyond what may be in flight is 503, until there is room") {
  held_requests held;
  test_server s(held.routes(), {.limits = {.in_flight_bytes = 1000}});
  auto first = s.client();
  first.send(post("/plain", 600) + std::string(600, 'x'));
  auto answer = held.answer.get_future().get();
  auto second = s.client();
  second.send(post("/plain", 600));
  const auto refused = second.receive_all();
  CHECK(status_of(refused) == 503);
  CHECK(refused.find("Retry-After: 1\r\n") != std::string::npos);
  auto chunked = s.client();
  chunked.send("POST /plain HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1f4\r\n" + std::string(500, 'x') +
               "\r\n0\r\n\r\n");
  CHECK(status_of(chunked.receive_all()) == 503);
  answer.respond(text_response(200, "done"));
  first.receive("done");
  s.settle();
  held.answer = {};
  auto third = s.client();
  third.send(post("/plain", 600) + std::string(600, 'x'));
  held.answer.get_future().get().respond(text_response(200, "room"));
  CHECK(status_of(third.receive("room")) == 200);
}

TEST_CASE("a reader that takes nothing for 75 s is cut off") {
  asked_server s;
  s.answer().respond(text_response(200, std::string(std::size_t{64} << 20U, 'x')));
  for (std::uint64_t before = 1, now = 0; before != now; now = s.server.count("cloudflow_http_sent_bytes_total")) {
    before = now;
    s.server.settle();
  }
  s.server.advance(75s);
  s.until_gone();
}

TEST_CASE("an event stream that is silent is kept alive, and a peer that went is noticed by it") {
  asked_server s;
  auto stream = s.answer().stream(text_response(200, "", "text/event-stream"));
  s.client.receive("\r\n\r\n");
  s.server.settle();
  s.server.advance(15s);
  CHECK(s.client.receive(":\n\n").find("3\r\n:\n\n") != std::string::npos);
  s.server.settle();
  s.client.reset();
  s.server.advance(15s);
  s.server.settle();
  s.server.advance(15s);
  s.until_gone();
}

TEST_CASE("a writer that does not wait for its reader is cut off") {
  asked_server s;
  auto stream = s.answer().stream(text_response(200, ""));
  const std::string block(1 << 16, 'x');
  for (int i = 0; i < 1024; ++i) stream.write(block);
  s.until_gone();
}
