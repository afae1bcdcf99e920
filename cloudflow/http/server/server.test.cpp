#include "cloudflow/http/server/server.hpp"

#include "cloudflow/http/server/test_server.hpp"

#include <doctest/doctest.h>

#include <future>
#include <thread>

using namespace cloudflow;
using namespace cloudflow::http;

TEST_CASE("a server answers when it is there, on the port that it tells") {
  test_server s(echo_routes());
  CHECK(s->port() != 0);
  auto c = s.client();
  CHECK(c.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"));
  const auto answer = c.receive("hello");
  CHECK(answer.starts_with("HTTP/1.1 200 OK\r\nDate: "));
  CHECK(answer.find("Content-Length: 5\r\n") != std::string::npos);
  CHECK(s.count("cloudflow_http_requests_total", "2xx") == 1);
}

TEST_CASE("a connection is used for one request after the other, sent ahead or not") {
  test_server s(echo_routes());
  auto c = s.client();
  const std::string one = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n";
  c.send(one + "a" + one + "b");
  c.receive("\r\n\r\nb");
  c.send(one + "c");
  CHECK(status_of(c.receive("\r\n\r\nc")) == 200);
  c.send("GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const auto last = c.receive_all();
  CHECK(status_of(last) == 405);
  CHECK(last.find("Allow: POST\r\n") != std::string::npos);
  CHECK(last.find("Connection: close\r\n") != std::string::npos);
  CHECK(s.count("cloudflow_http_requests_total", "2xx") == 3);
}

TEST_CASE("a handler answers from any thread, and only its first answer counts") {
  asked_server s;
  std::thread([&] {
    s.answer().respond(text_response(201, "first"));
    s.answer().respond(text_response(500, "second"));
  }).join();
  CHECK(status_of(s.client.receive("first")) == 201);
}

TEST_CASE("an answer of another thread counts though the handler returns behind it") {
  route_table routes;
  routes.on("GET", "/", [](request, responder r) {
    std::thread([r = std::move(r)] { r.respond(text_response(200, "in time")); }).join();
  });
  routes.on("GET", "/stream", [](request, responder r) {
    std::thread([r = std::move(r)] {
      auto stream = r.stream(text_response(200, ""));
      stream.write("in time");
      stream.end();
    }).join();
  });
  test_server s(std::move(routes));
  auto c = s.client();
  c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(status_of(c.receive("in time")) == 200);
  c.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(c.receive("0\r\n\r\n").ends_with("in time\r\n0\r\n\r\n"));
}

TEST_CASE("a handler that forgets or throws is answered for with 500") {
  route_table routes;
  routes.on("GET", "/forgets", [](request, responder) {});
  routes.on("GET", "/throws", [](request, responder) { throw std::runtime_error("secret"); });
  test_server s(std::move(routes));
  auto c = s.client();
  c.send("GET /forgets HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(status_of(c.receive("no answer")) == 500);
  c.send("GET /throws HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto thrown = c.receive("failed\"}");
  CHECK(status_of(thrown) == 500);
  CHECK(thrown.find("secret") == std::string::npos);
}

TEST_CASE("a body is streamed as the handler asks for it, not before") {
  std::promise<body_reader> began;
  route_table routes;
  std::optional<responder> answer;
  routes.stream("POST", "/", [&](request, body_reader body, responder r) {
    answer = std::move(r);
    began.set_value(std::move(body));
  });
  test_server s(std::move(routes));
  auto c = s.client();
  c.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 67108864\r\n\r\n");
  auto body = began.get_future().get();
  // Nobody asks: the sockets fill, and that is all that is read.
  const std::string block(1 << 20, 'x');
  std::size_t sent = 0;
  for (int quiet = 0; quiet < 20;) {
    const auto n = c.send_some(block);
    sent += n;
    if (n == 0) {
      ++quiet;
      s.settle();
    }
  }
  CHECK(sent < (std::size_t{48} << 20U));
  CHECK(s.count("cloudflow_http_received_bytes_total") < 100'000);
  // Everybody asks: all of it comes.
  std::promise<std::size_t> total;
  std::size_t got = 0;
  std::function<void(body_chunk)> next = [&](body_chunk chunk) {
    if (chunk.what != body_chunk::kind::data) return total.set_value(got);
    got += chunk.data.size();
    body.next(next);
  };
  body.next(next);
  while (sent < 67108864) {
    const auto n = std::min<std::size_t>(block.size(), 67108864 - sent);
    REQUIRE(c.send(std::string_view(block).substr(0, n)));
    sent += n;
  }
  CHECK(total.get_future().get() == 67108864);
  answer->respond(text_response(202, "done"));
  CHECK(status_of(c.receive("done")) == 202);
}

TEST_CASE("an answer is streamed, in chunks, at the reader's pace") {
  asked_server s;
  auto stream = s.answer().stream(text_response(200, ""));
  CHECK(s.client.receive("\r\n\r\n").find("Transfer-Encoding: chunked\r\n") != std::string::npos);
  const std::string block(1 << 16, 'x');
  std::size_t written = 0;
  // The reader does not read: some write is not confirmed.
  for (int i = 0; i < 2000; ++i) {
    std::promise<bool> confirmed;
    auto future = confirmed.get_future();
    auto shared = std::make_shared<std::promise<bool>>(std::move(confirmed));
    stream.write(block, [shared](bool open) { shared->set_value(open); });
    written += block.size();
    for (int round = 0; round < 20 && future.wait_for(std::chrono::seconds(0)) != std::future_status::ready; ++round)
      s.server.settle();
    if (future.wait_for(std::chrono::seconds(0)) != std::future_status::ready) break;
    CHECK(future.get());
  }
  CHECK(written < (std::size_t{64} << 20U));
  stream.end();
  const auto all = s.client.receive("\r\n0\r\n\r\n");
  CHECK(all.size() > written);
}

TEST_CASE("a peer that goes is told to a stream that writes") {
  asked_server s;
  auto stream = s.answer().stream(text_response(200, ""));
  s.client.receive("\r\n\r\n");
  s.client.reset();
  std::function<void(bool)> again = [&](bool open) {
    if (open) stream.write("more", again);
  };
  stream.write("more", again);
  s.until_gone();
  s.server.until([&] { return s.server.count("cloudflow_http_connections") == 0; });
}

TEST_CASE("a half-closed client gets its answer") {
  test_server s(echo_routes());
  auto c = s.client();
  c.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
  c.end_sending();
  const auto answer = c.receive_all();
  CHECK(status_of(answer) == 200);
  CHECK(answer.ends_with("hello"));
  auto cut = s.client();
  cut.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe");
  cut.end_sending();
  CHECK(status_of(cut.receive_all()) == 400);
}

TEST_CASE("HEAD has the headers of GET and no body") {
  route_table routes;
  routes.on("GET", "/", [](request, responder r) { r.respond(text_response(200, "hello")); });
  test_server s(std::move(routes));
  auto c = s.client();
  c.send("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const auto answer = c.receive_all();
  CHECK(answer.find("Content-Length: 5\r\n") != std::string::npos);
  CHECK(answer.ends_with("\r\n\r\n"));
}

TEST_CASE("a header of an answer cannot forge others") {
  route_table routes;
  routes.on("GET", "/", [](request, responder r) {
    auto answer = text_response(200, "x");
    answer.headers.add("X-A", "b\r\nX-Forged: c");
    r.respond(std::move(answer));
  });
  test_server s(std::move(routes));
  auto c = s.client();
  c.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(c.receive_all().find("Forged") == std::string::npos);
}

TEST_CASE("two servers share no port, and the second says which is taken") {
  test_server s(echo_routes());
  metric_registry metrics;
  server_options options;
  options.port = s->port();
  const auto second = server::start({}, options, system_clock_source(), metrics);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == errc::conflict);
  CHECK(second.error().message.find(std::to_string(s->port())) != std::string::npos);
  options.address = "nowhere";
  CHECK(server::start({}, options, system_clock_source(), metrics).error().code == errc::invalid_argument);
}

TEST_CASE("a server drains: requests in flight are answered, idle connections closed, new ones refused") {
  asked_server s;
  auto idle = s.server.client();
  s.server.until([&] { return s.server.count("cloudflow_http_connections") == 2; });
  std::promise<void> drained;
  auto over = drained.get_future();
  s.server->drain(std::chrono::seconds(25), [&] { drained.set_value(); });
  CHECK(idle.receive_all().empty());
  CHECK_FALSE(s.server.client().connected());
  CHECK(over.wait_for(std::chrono::seconds(0)) != std::future_status::ready);
  s.answer().respond(text_response(200, "late"));
  const auto got = s.client.receive_all();
  CHECK(got.find("Connection: close\r\n") != std::string::npos);
  CHECK(got.ends_with("late"));
  s.client.close();
  over.get();
}

TEST_CASE("a server that drains aborts at the deadline") {
  asked_server s;
  std::promise<void> drained;
  s.server->drain(std::chrono::seconds(25), [&] { drained.set_value(); });
  s.server.advance(std::chrono::seconds(26));
  drained.get_future().get();
  CHECK(s.client.receive_all().empty());
  s.answer().respond(text_response(200, "too late")); // to nobody
}

TEST_CASE("a server ends while handlers hold requests, and their answers are ignored") {
  std::optional<responder> answer;
  {
    asked_server s({.threads = 2});
    answer = s.answer();
  }
  answer->respond(text_response(200, "nobody hears"));
  bool told = false;
  answer->stream(text_response(200, "")).write("x", [&](bool open) { told = !open; });
  CHECK(told);
}
