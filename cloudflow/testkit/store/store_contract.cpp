#include "cloudflow/testkit/store/store_contract.hpp"

#include "cloudflow/base/random.hpp"

#include <map>
#include <string>
#include <vector>

namespace cloudflow::testkit::store_contract {

using namespace store;

namespace {

std::optional<std::string> read(const byte_store& s, std::string_view key) {
  bytes value;
  const auto found = s.get(as_bytes(key), value);
  REQUIRE(found);
  if (!*found) return std::nullopt;
  return std::string(as_text(value));
}

void put(byte_store& s, std::string_view key, std::string_view value) {
  REQUIRE(s.put(as_bytes(key), as_bytes(value)));
}

std::vector<std::pair<std::string, std::string>> pairs(cursor& c) {
  std::vector<std::pair<std::string, std::string>> all;
  for (auto more = c.next(); more && *more; more = c.next()) all.emplace_back(as_text(c.key()), as_text(c.value()));
  return all;
}

std::string keys(const byte_store& s, const key_range& range) {
  std::string all;
  for (const auto& [key, value] : pairs(*s.scan(range))) all += key + " ";
  return all;
}

key_range range(std::string_view first, std::string_view last) { return {to_bytes(first), to_bytes(last)}; }

} // namespace

void put_get_remove(byte_store& s) {
  CHECK(!read(s, "k"));
  put(s, "k", "v");
  CHECK(read(s, "k") == "v");
  put(s, "k", "w");
  CHECK(read(s, "k") == "w");
  REQUIRE(s.remove(as_bytes("k")));
  CHECK(!read(s, "k"));
  REQUIRE(s.remove(as_bytes("never there")));
  CHECK(s.sync());
}

void order_of_keys(byte_store& s) {
  for (const auto* key : {"b", "a", "\x7f", "\xff", "ab", "\x80"}) put(s, key, "");
  CHECK(keys(s, {}) == "a ab b \x7f \x80 \xff ");
}

void batch_is_atomic(byte_store& s) {
  put(s, "old", "1");
  write_batch batch;
  batch.put(as_bytes("a"), as_bytes("1")).put(as_bytes("b"), as_bytes("2")).remove(as_bytes("old"));
  CHECK(batch.count() == 3);
  REQUIRE(s.write(batch));
  CHECK(keys(s, {}) == "a b ");
  batch.clear();
  CHECK(batch.empty());
  REQUIRE(s.write(batch));
  CHECK(keys(s, {}) == "a b ");
}

void last_write_wins(byte_store& s) {
  write_batch batch;
  batch.put(as_bytes("a"), as_bytes("1")).remove(as_bytes("a")).put(as_bytes("a"), as_bytes("2"));
  batch.put(as_bytes("b"), as_bytes("1")).remove(as_bytes("b"));
  REQUIRE(s.write(batch));
  CHECK(read(s, "a") == "2");
  CHECK(!read(s, "b"));
}

void scan_is_a_snapshot(byte_store& s) {
  put(s, "a", "1");
  put(s, "c", "1");
  auto before = s.scan({});
  put(s, "a", "2");
  put(s, "b", "2");
  REQUIRE(s.remove(as_bytes("c")));
  CHECK(pairs(*before) == std::vector<std::pair<std::string, std::string>>{{"a", "1"}, {"c", "1"}});
  CHECK(pairs(*s.scan({})) == std::vector<std::pair<std::string, std::string>>{{"a", "2"}, {"b", "2"}});
}

void ranges(byte_store& s) {
  for (const auto* key : {"a", "b", "c", "d", "e"}) put(s, key, "");
  CHECK(keys(s, range("b", "d")) == "b c ");
  CHECK(keys(s, {to_bytes("d"), {}}) == "d e ");
  CHECK(keys(s, range("d", "b")) == "");
  CHECK(keys(s, range("b", "b")) == "");
  REQUIRE(s.remove_range(range("d", "b")));
  CHECK(keys(s, {}) == "a b c d e ");
  REQUIRE(s.remove_range(range("b", "d")));
  CHECK(keys(s, {}) == "a d e ");
  REQUIRE(s.remove_range({to_bytes("d"), {}}));
  CHECK(keys(s, {}) == "a ");
  REQUIRE(s.remove_range({}));
  REQUIRE(s.remove_range({}));
  CHECK(keys(s, {}) == "");
}

void prefixes(byte_store& s) {
  for (const auto* key : {"a", "ab", "ab\xff", "ac", "\xff", "\xff\xff"}) put(s, key, "");
  CHECK(keys(s, keys_with_prefix(as_bytes("ab"))) == "ab ab\xff ");
  CHECK(keys(s, keys_with_prefix(as_bytes("\xff"))) == "\xff \xff\xff ");
  CHECK(keys(s, keys_with_prefix({})) == "a ab ab\xff ac \xff \xff\xff ");
}

void any_bytes(byte_store& s) {
  put(s, "", "empty key");
  const std::string zeros(3, '\0'), large(2'000'000, '\x80');
  put(s, zeros, "");
  put(s, "large", large);
  CHECK(read(s, "") == "empty key");
  CHECK(read(s, zeros) == "");
  CHECK(read(s, "large") == large);
  CHECK(!read(s, std::string(2, '\0')));
}

void like_a_map(byte_store& s) {
  const std::uint64_t seed = 20260601;
  CAPTURE(seed);
  seeded_random random(seed);
  std::map<std::string, std::string> model;
  const auto key = [&] { return "k" + std::to_string(random.below(60)); };
  for (int step = 0; step < 2'000; ++step) {
    write_batch batch;
    for (auto n = random.below(4); n > 0; --n) {
      const auto k = key();
      if (random.below(3) == 0) {
        batch.remove(as_bytes(k));
        model.erase(k);
      } else {
        model[k] = std::to_string(step);
        batch.put(as_bytes(k), as_bytes(model[k]));
      }
    }
    REQUIRE(s.write(batch));
    if (random.below(200) == 0) {
      auto first = key(), last = key();
      REQUIRE(s.remove_range(range(first, last)));
      if (first < last) model.erase(model.lower_bound(first), model.lower_bound(last));
    }
  }
  CHECK(pairs(*s.scan({})) == std::vector<std::pair<std::string, std::string>>(model.begin(), model.end()));
}

} // namespace cloudflow::testkit::store_contract
