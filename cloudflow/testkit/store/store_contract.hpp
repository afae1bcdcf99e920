#pragma once

#include "cloudflow/store/byte_store.hpp"

#include <doctest/doctest.h>

/// What every `byte_store` must do, one case a sentence.
namespace cloudflow::testkit::store_contract {

void put_get_remove(store::byte_store& s);
void order_of_keys(store::byte_store& s);
void batch_is_atomic(store::byte_store& s);
void last_write_wins(store::byte_store& s);
void scan_is_a_snapshot(store::byte_store& s);
void ranges(store::byte_store& s);
void prefixes(store::byte_store& s);
void any_bytes(store::byte_store& s);
void like_a_map(store::byte_store& s);

} // namespace cloudflow::testkit::store_contract

#define CLOUDFLOW_STORE_CASE(Fixture, sentence, function)                                                              \
  TEST_CASE(sentence) {                                                                                                \
    Fixture fixture;                                                                                                   \
    ::cloudflow::testkit::store_contract::function(fixture.store());                                                   \
  }

/// Registers all cases for a store. `Fixture`: made without arguments, `store()` gives an empty `byte_store&`.
#define CLOUDFLOW_STORE_CONTRACT(Fixture, name)                                                                        \
  CLOUDFLOW_STORE_CASE(Fixture, name " gives back what was put, and nothing after a removal", put_get_remove)          \
  CLOUDFLOW_STORE_CASE(Fixture, name " orders keys as unsigned bytes", order_of_keys)                                  \
  CLOUDFLOW_STORE_CASE(Fixture, name " applies a batch as a whole", batch_is_atomic)                                   \
  CLOUDFLOW_STORE_CASE(Fixture, name " keeps the last write of a key in a batch", last_write_wins)                     \
  CLOUDFLOW_STORE_CASE(Fixture, name " scans what was there when the scan began", scan_is_a_snapshot)                  \
  CLOUDFLOW_STORE_CASE(Fixture, name " scans and removes half-open ranges", ranges)                                    \
  CLOUDFLOW_STORE_CASE(Fixture, name " finds the keys of a prefix", prefixes)                                          \
  CLOUDFLOW_STORE_CASE(Fixture, name " takes empty keys, empty and large values, and any bytes", any_bytes)            \
  CLOUDFLOW_STORE_CASE(Fixture, name " does what a map does, over random operations", like_a_map)
