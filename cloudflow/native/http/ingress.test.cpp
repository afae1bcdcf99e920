#include "schema_testdata/reading.hpp"

#include "cloudflow/native.hpp"
#include "cloudflow/testkit/streamlet/streamlet_test.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace std::chrono_literals;
using acme::sensors::reading;
using testkit::streamlet_test;

namespace {

class ingress final : public native::http_server_streamlet {
  outlet<reading> out_{"out", partition_by(&reading::src)};

public:
  streamlet_shape shape() const override { return serving(shape_of(out_)); }
  stream::runnable serve(const native::context& ctx, native::http_service& http) const override {
    auto in = http.entrance<reading>();
    http.take_record("/", in).take_stream("/stream", in);
    http.routes().on("GET", "/twice/{gauge}", [in](http::request r, http::responder answer) {
      const auto how =
          in.offer({"custom", {}, std::string(r.parameter("gauge")), 2.0}, [answer](native::entry_outcome o) {
            answer.respond(http::text_response(o == native::entry_outcome::acknowledged ? 200 : 500, "seen"));
          });
      if (how != native::offer_outcome::taken) answer.respond(http::error_response(503, "busy"));
    });
    return http.source(in)
        .filter([](const reading& r) {
          if (r.value < 0) throw std::runtime_error("negative");
          return r.value != 13;
        })
        .to(ctx.sink(out_));
  }
};

// Each record twice.
class doubling final : public native::http_server_streamlet {
  outlet<reading> out_{"out"};

public:
  streamlet_shape shape() const override { return serving(shape_of(out_)); }
  stream::runnable serve(const native::context& ctx, native::http_service& http) const override {
    auto in = http.entrance<reading>();
    http.take_record("/", in);
    return http.source(in).flat_map([](reading r) { return std::vector<reading>{r, r}; }).to(ctx.sink(out_));
  }
};

class events final : public native::http_server_streamlet {
  inlet<reading> in_{"in"};

public:
  streamlet_shape shape() const override { return serving(shape_of(in_)); }
  stream::runnable serve(const native::context& ctx, native::http_service& http) const override {
    return ctx.source(in_).map([](const reading& r) { return r.src; }).to(http.events("/events"));
  }
};

const char* const good = R"({"src":"a","timestamp":1,"gauge":"oil","value":2.5})";
std::string line(int value) {
  return R"({"src":"a","timestamp":1,"gauge":"oil","value":)" + std::to_string(value) + "}\n";
}
reading made(double value) { return {"a", timestamp(1ms), "oil", value}; }

struct running_ingress : streamlet_test<ingress> {
  testkit::http_probe client = http();
  testkit::outlet_probe<reading> out = probe<reading>("out");
  running_ingress() {
    start();
    run();
  }
};

const http::header_list csv{{"Content-Type", "text/csv; charset=utf-8"}};

} // namespace

TEST_CASE("a record that is posted or put is 202 when it is in the log, not before") {
  for (const auto* method : {"POST", "PUT"}) {
    running_ingress t;
    t.out.hold_acknowledgements();
    auto answer = t.client.send(method, "/", good, {{"Content-Type", "application/json; charset=utf-8"}});
    t.run();
    t.out.expect({made(2.5)});
    CHECK_FALSE(answer.there());
    t.out.acknowledge();
    t.run();
    CHECK(answer.status() == 202);
    CHECK(answer.body().empty());
  }
}

TEST_CASE("a body that is no record is 400 with reason and position") {
  running_ingress t;
  auto answer = t.client.send("POST", "/", "{\"src\":\"a\",\n \"timestamp\":true,\"gauge\":\"oil\",\"value\":1}");
  CHECK(answer.status() == 400);
  CHECK(answer.body() ==
        "{\"error\":\"a value of type long should be a whole number in its range\",\"line\":2,\"column\":14}\n");
  CHECK(t.client.send("POST", "/", "").status() == 400);
  CHECK(t.client.send("POST", "/", "{").status() == 400);
  CHECK(t.client.send("POST", "/", std::string(good) + good).status() == 400);
  t.run();
  t.out.expect_nothing();
}

TEST_CASE("other methods are 405 and other media types 415") {
  running_ingress t;
  auto wrong = t.client.send("DELETE", "/");
  CHECK(wrong.status() == 405);
  CHECK(wrong.header("Allow") == "POST, PUT");
  CHECK(t.client.send("POST", "/", good, {{"Content-Type", "application/x-www-form-urlencoded"}}).status() == 415);
  CHECK(t.client.send("POST", "/", good, {{"Content-Encoding", "gzip"}}).status() == 415);
  CHECK(t.client.send("POST", "/stream", good, {{"Content-Type", "text/html"}}).status() == 415);
}

TEST_CASE("a record is 503 with Retry-After while the log pushes back, and an upload waits") {
  running_ingress t;
  t.hold_back();
  auto refused = t.client.send("POST", "/", good);
  CHECK(refused.status() == 503);
  CHECK(refused.header("Retry-After") == "1");
  auto upload = t.client.send("POST", "/stream", line(1) + line(2));
  t.run();
  CHECK_FALSE(upload.there());
  t.out.expect_nothing();
  t.hold_back(false);
  t.run();
  CHECK(upload.status() == 202);
  t.out.expect({made(1), made(2)});
}

TEST_CASE("a record that the graph leaves out is accepted, one at which it throws is 500, and it goes on") {
  running_ingress t;
  auto dropped = t.client.send("POST", "/", line(13));
  auto poison = t.client.send("POST", "/", line(-1));
  auto next = t.client.send("POST", "/", line(2));
  t.run();
  CHECK(dropped.status() == 202);
  CHECK(poison.status() == 500);
  CHECK(next.status() == 202);
  t.out.expect({made(2)});
  t.expect_running();
}

TEST_CASE("lines of a body are records, and the answer counts them") {
  running_ingress t;
  auto answer =
      t.client.send_pieces("POST", "/stream", {line(1) + line(2).substr(0, 9), line(2).substr(9) + "\n", line(3)},
                           {{"Content-Type", "application/x-ndjson"}});
  t.run();
  CHECK(answer.status() == 202);
  CHECK(answer.body() == "{\"accepted\":3}\n");
  t.out.expect({made(1), made(2), made(3)});
}

TEST_CASE("the first bad line ends an upload: what is before it is in the log") {
  running_ingress t;
  auto answer = t.client.send("PUT", "/stream", line(1) + "\n" + line(2) + "{\"src\":1}\n" + line(3));
  t.run();
  CHECK(answer.status() == 400);
  CHECK(
      answer.body() ==
      "{\"accepted\":2,\"error\":{\"line\":4,\"reason\":\"a value of type string should be a string (column 8)\"}}\n");
  t.out.expect({made(1), made(2)});
}

TEST_CASE("rows of a body are records by the columns of its header") {
  running_ingress t;
  auto answer = t.client.send("POST", "/stream", "value,gauge,src,timestamp\r\n1,oil,a,1\r\n2,oil,a,1", csv);
  t.run();
  CHECK(answer.status() == 202);
  CHECK(answer.body() == "{\"accepted\":2}\n");
  t.out.expect({made(1), made(2)});
  auto bad = t.client.send("POST", "/stream", "value,gauge,src,timestamp\n1,oil,a,1\nx,oil,a,1\n", csv);
  t.run();
  CHECK(bad.status() == 400);
  CHECK(bad.body().find("\"accepted\":1,\"error\":{\"line\":3,\"reason\":\"the cell of column 'value'") !=
        std::string::npos);
  CHECK(t.client.send("POST", "/stream", "value,gauge\n1,oil\n", csv).body().find("\"line\":1") != std::string::npos);
}

TEST_CASE("a record above 1 MiB is 413 with its line") {
  running_ingress t;
  auto answer = t.client.send("POST", "/stream", line(1) + std::string((1 << 20) + 1, 'x'));
  t.run();
  CHECK(answer.status() == 413);
  CHECK(answer.body().find("\"accepted\":1,\"error\":{\"line\":2") != std::string::npos);
}

namespace {

// Opened by a commit, though the log pushes back.
struct committing_gate final : native::pressure_gate {
  bool pushed_back = false;
  bool closed() override { return false; }
  bool holds_back() override { return pushed_back; }
  bool arm(const stream::waker&) override { return true; }
};

struct receipt_of final : native::entry_receipt {
  bool waits;
  std::optional<native::entry_outcome> told{};
  explicit receipt_of(bool is_patient)
      : waits(is_patient) {}
  void settled(native::entry_outcome how) noexcept override { told = how; }
  bool patient() const noexcept override { return waits; }
};

} // namespace

TEST_CASE("a log that pushes back takes nothing new, and tells those that do not wait, also while a commit goes on") {
  const auto gate = std::make_shared<committing_gate>();
  native::record_entrance entrance(gate);
  const auto client = std::make_shared<receipt_of>(false);
  const auto upload = std::make_shared<receipt_of>(true);
  bytes value(1);
  CHECK(entrance.offer(value, client) == native::offer_outcome::taken);
  CHECK(entrance.offer(value, upload) == native::offer_outcome::taken);
  gate->pushed_back = true;
  CHECK(entrance.offer(value, client) == native::offer_outcome::full);
  std::vector<native::record_entrance::item> taken;
  entrance.take(10, taken);
  CHECK(taken.empty());
  CHECK(client->told == native::entry_outcome::pushed_back);
  CHECK_FALSE(upload->told);
  CHECK_FALSE(entrance.arm({}));
  gate->pushed_back = false;
  entrance.take(10, taken);
  CHECK(taken.size() == 1);
}

TEST_CASE("uploads together hold no more than 32 MiB of records that are not whole") {
  native::record_entrance entrance(nullptr);
  std::size_t one = 0;
  std::size_t other = 0;
  CHECK(entrance.hold(std::size_t{20} << 20U, one));
  CHECK(entrance.hold(std::size_t{12} << 20U, other));
  CHECK_FALSE(entrance.hold(one + 1, one));
  CHECK(one == std::size_t{20} << 20U);
  CHECK(entrance.hold(0, other));
  CHECK(entrance.hold(std::size_t{32} << 20U, one));
}

TEST_CASE("an empty upload is 202 with nothing accepted") {
  running_ingress t;
  CHECK(t.client.send("POST", "/stream").body() == "{\"accepted\":0}\n");
}

TEST_CASE("an upload asks for no more while 1,024 of its records are on their way") {
  running_ingress t;
  t.out.hold_acknowledgements();
  std::string many;
  for (int i = 0; i < 3000; ++i) many += line(i == 13 ? 0 : i);
  auto answer = t.client.send("POST", "/stream", many);
  t.run();
  CHECK(t.out.size() == 1024);
  for (int i = 0; i < 10 && !answer.there(); ++i) {
    t.out.acknowledge();
    t.run();
  }
  CHECK(answer.body() == "{\"accepted\":3000}\n");
}

TEST_CASE("a route of one's own writes records and answers when they are in the log") {
  running_ingress t;
  auto answer = t.client.send("GET", "/twice/wind");
  t.run();
  CHECK(answer.status() == 200);
  t.out.expect({{"custom", {}, "wind", 2.0}});
}

// The `Idempotency-Key` of each record that was written.
static std::vector<std::string> keys_of(testkit::outlet_probe<reading>& out) {
  std::vector<std::string> keys;
  for (const auto& r : out.take_records()) keys.push_back(r.headers.empty() ? "" : r.headers.front().second);
  return keys;
}

TEST_CASE("the key of a request travels along in a header of its record") {
  running_ingress t;
  auto with = t.client.send("POST", "/", good, {{"Idempotency-Key", "order 7"}});
  auto without = t.client.send("POST", "/", good);
  t.run();
  CHECK(with.status() == 202);
  const auto written = t.out.take_records();
  REQUIRE(written.size() == 2);
  CHECK(written[0].headers == std::vector<std::pair<std::string, std::string>>{{"Idempotency-Key", "order 7"}});
  CHECK(written[1].headers.empty());
}

TEST_CASE("the records of an upload have the request's key with their number") {
  running_ingress t;
  t.client.send("POST", "/stream", line(1) + "\n" + line(2) + line(3), {{"Idempotency-Key", "u"}});
  t.run();
  CHECK(keys_of(t.out) == std::vector<std::string>{"u/1", "u/2", "u/3"});
}

TEST_CASE("a key that cannot be one is 400") {
  running_ingress t;
  CHECK(t.client.send("POST", "/", good, {{"Idempotency-Key", ""}}).status() == 400);
  CHECK(t.client.send("POST", "/", good, {{"Idempotency-Key", std::string(256, 'x')}}).status() == 400);
  CHECK(t.client.send("POST", "/", good, {{"Idempotency-Key", "a"}, {"idempotency-key", "a"}}).status() == 400);
  CHECK(t.client.send("POST", "/stream", line(1), {{"Idempotency-Key", ""}}).status() == 400);
  CHECK(t.client.send("POST", "/", good, {{"Idempotency-Key", std::string(255, 'x')}}).status() == 0); // on its way
}

TEST_CASE("records that a graph makes of one have keys of their own, the same for a repeat") {
  streamlet_test<doubling> t;
  auto client = t.http();
  auto out = t.probe<reading>("out");
  t.start();
  t.run();
  for (int i = 0; i < 2; ++i) {
    client.send("POST", "/", good, {{"Idempotency-Key", "k"}});
    t.run();
    CHECK(keys_of(out) == std::vector<std::string>{"k", "k+1"});
  }
}

TEST_CASE("a drain answers what is in flight, and takes nothing new") {
  running_ingress t;
  auto before = t.client.send("POST", "/", good);
  t.drain();
  t.run();
  CHECK(before.status() == 202);
  t.expect_drained();
  auto after = t.client.send("POST", "/", good);
  CHECK(after.status() == 503);
  CHECK(after.header("Retry-After") == "1");
}

TEST_CASE("a log that fails is 503: the record may not be in it") {
  running_ingress t;
  t.out.hold_acknowledgements();
  auto answer = t.client.send("POST", "/", good);
  auto upload = t.client.send("POST", "/stream", line(1));
  t.run();
  t.out.fail("disk full");
  t.run();
  CHECK(answer.status() == 503);
  CHECK(upload.status() == 503);
  CHECK(upload.body().find("\"accepted\":0") != std::string::npos);
  t.expect_failed("disk full");
}

TEST_CASE("an event stream sends each record to everybody who listens") {
  streamlet_test<events> t;
  auto client = t.http();
  auto in = t.tap<reading>("in");
  t.start();
  t.run();
  auto first = client.send("GET", "/events");
  CHECK(first.header("Content-Type") == "text/event-stream");
  in.push(made(1));
  t.run();
  auto second = client.send("GET", "/events");
  in.push(made(2));
  t.run();
  CHECK(first.body() == "data: a\n\ndata: a\n\n");
  CHECK(second.body() == "data: a\n\n");
  first.hang_up();
  in.push(made(3));
  t.run();
  CHECK(second.body() == "data: a\n\ndata: a\n\n");
  CHECK(in.committed() == 3);
}

TEST_CASE("a port or a certificate that cannot be is refused before anything is served") {
  const auto refused = [](const char* key, const char* value, const char* part) {
    streamlet_test<ingress> t;
    t.config(key, value);
    try {
      t.start();
    } catch (const testkit::expectation_failed& e) {
      return std::string(e.what()).find(part) != std::string::npos;
    }
    return false;
  };
  CHECK(refused("port", "70000", "it should be one of 0 to 65535"));
  CHECK(refused("tls-key-file", "/keys/key.pem", "one of them is missing"));
}
