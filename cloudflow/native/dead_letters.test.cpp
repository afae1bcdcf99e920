#include "cloudflow/native/dead_letters.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::native;
using stream::commit_id;

namespace {

dead_letter letter(std::int64_t n, std::size_t size = 0) {
  dead_letter out;
  out.partition = partition_id(0);
  out.value.emplace(size);
  out.time = timestamp(std::chrono::milliseconds(n));
  return out;
}

std::vector<std::int64_t> numbers(const std::vector<dead_letter>& letters) {
  std::vector<std::int64_t> out;
  for (const auto& l : letters) out.push_back(l.time.time_since_epoch().count());
  return out;
}

using list = std::vector<std::int64_t>;

} // namespace

TEST_CASE("a commit takes the dead letters before its cut, and the next one the rest") {
  dead_letter_box box({});
  box.post(letter(1));
  box.post(letter(2));
  box.cut(commit_id(1));
  box.post(letter(3));
  CHECK(numbers(box.take(commit_id(1))) == list{1, 2});
  CHECK(box.take(commit_id(1)).empty());
  box.cut(commit_id(2));
  CHECK(numbers(box.take(commit_id(2))) == list{3});
}

TEST_CASE("a commit takes all dead letters of a source that had ended before its barrier came") {
  dead_letter_box box({});
  box.post(letter(1));
  box.cut(commit_id(1));
  (void)box.take(commit_id(1));
  box.post(letter(2));
  CHECK(numbers(box.take(commit_id(2))) == list{2});
}

TEST_CASE("a box that is full asks for a commit once, and has room again behind it") {
  int asked = 0;
  dead_letter_box box([&] { ++asked; });
  SUBCASE("by number") {
    for (std::size_t i = 0; i + 1 < dead_letter_box::bound; ++i) box.post(letter(0));
    CHECK(!box.full());
    CHECK(asked == 0);
    box.post(letter(0));
  }
  SUBCASE("by size") { box.post(letter(0, dead_letter_box::bound_bytes)); }
  box.post(letter(0));
  CHECK(asked == 1);
  CHECK(box.full());
  CHECK(!box.arm({}));
  (void)box.take();
  CHECK(!box.full());
  CHECK(box.arm({}));
}

TEST_CASE("the breaker trips once, when more than half of the last 1,000 records are dead letters") {
  SUBCASE("not at half of them, however they lie in the batches") {
    breaker b;
    for (int n = 0; n < 40; ++n) {
      const auto first = b.reading(250);
      for (std::uint64_t i = n % 2; i < 250; i += 2) CHECK(!b.dead(first + i));
    }
  }
  SUBCASE("at one more") {
    breaker b;
    const auto first = b.reading(1000);
    for (std::uint64_t i = 0; i < 500; ++i) CHECK(!b.dead(first + i));
    CHECK(!b.dead(first + 499)); // the same record counts once
    CHECK(b.dead(first + 500));
    CHECK(!b.dead(first + 501));
  }
  SUBCASE("not for what lies further back") {
    breaker b;
    for (std::uint64_t i = 0; i < 500; ++i) CHECK(!b.dead(b.reading(1)));
    (void)b.reading(600);
    for (std::uint64_t i = 0; i < 400; ++i) CHECK(!b.dead(b.reading(1)));
    for (std::uint64_t i = 0; i < 100; ++i) CHECK(!b.dead(b.reading(1)));
    CHECK(b.dead(b.reading(1)));
  }
}

TEST_CASE("a dead letter keeps key, value and headers, and says where it comes from and why") {
  streamlet::instance_settings settings;
  settings.app_id = "app";
  settings.app_version = "7";
  settings.name = streamlet_name("process");
  settings.ports[port_name("in")].topic = topic_name("readings");
  const streamlet::streamlet_context ctx(settings);
  const dead_letter_origin from(ctx, port_name("in"));
  log::header_buffer headers;
  headers.add("trace", std::string_view("t1"));
  headers.add("cf-dead-offset", std::string_view("of an earlier death"));
  log::record_view r{};
  r.source.partition = partition_id(2);
  r.offset = record_offset(17);
  r.time = timestamp(std::chrono::milliseconds(5));
  r.key = as_bytes("k");
  r.value = as_bytes("v");
  r.headers = headers.view();
  stream::failure why{"std::range_error", std::string(1023, 'x') + "ä", "map", std::nullopt};
  const auto made = from.make(r, why, 3, timestamp(std::chrono::milliseconds(9)));
  const auto out = made.outgoing();
  CHECK(as_text(out.key.value()) == "k");
  CHECK(as_text(out.value.value()) == "v");
  CHECK(out.partition == partition_id(2));
  CHECK(out.time == timestamp(std::chrono::milliseconds(9)));
  std::string text;
  for (const auto [name, value] : out.headers) text += std::string(name) + "=" + std::string(as_text(value)) + "\n";
  CHECK(text == "trace=t1\ncf-dead-topic=readings\ncf-dead-partition=2\ncf-dead-offset=17\ncf-dead-timestamp=5\n"
                "cf-dead-app=app\ncf-dead-app-version=7\ncf-dead-streamlet=process\ncf-dead-inlet=in\n"
                "cf-dead-where=map\ncf-dead-error=std::range_error\ncf-dead-message=" +
                    std::string(1023, 'x') + "\ncf-dead-attempts=3\ncf-dead-time=9\n");
}
