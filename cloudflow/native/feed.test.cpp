#include "cloudflow/native/feed.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

using namespace cloudflow;
using namespace cloudflow::native;

namespace {

// A run of one record of that size, the next of its partition.
feed_item record_of(std::size_t size, std::int64_t offset) {
  const auto memory = std::make_shared<bytes>(size);
  auto batch = std::make_shared<log::record_batch>();
  batch->add({{}, record_offset(offset), {}, std::nullopt, bytes_view(*memory), {}});
  batch->keep_alive(memory);
  return {batch, {{}, 0, 1}};
}

} // namespace

TEST_CASE("a feed is full by the bytes that wait in it, and has room again when half of them are read") {
  int told = 0;
  record_feed feed("in", topic_name("t"), [&] { ++told; });
  constexpr std::size_t quarter = record_feed::bound_bytes / 4;
  for (int i = 0; i < 3; ++i) feed.push(record_of(quarter, i));
  CHECK_FALSE(feed.full());
  feed.push(record_of(quarter, 3));
  CHECK(feed.full());
  CHECK(feed.pop());
  CHECK(feed.full());
  CHECK(told == 0);
  CHECK(feed.pop());
  CHECK_FALSE(feed.full());
  CHECK(told == 1);
}

TEST_CASE("a feed is full by the records that wait in it, however small they are") {
  record_feed feed("in", topic_name("t"), [] {});
  for (std::size_t i = 0; i + 1 < record_feed::bound; ++i) feed.push(record_of(1, static_cast<std::int64_t>(i)));
  CHECK_FALSE(feed.full());
  feed.push(record_of(1, record_feed::bound - 1));
  CHECK(feed.full());
}
