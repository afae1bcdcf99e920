#include "cloudflow/store/memory_store.hpp"

#include "cloudflow/testkit/store/store_contract.hpp"

using namespace cloudflow;

namespace {

struct memory_fixture {
  store::memory_store memory;
  store::byte_store& store() { return memory; }
};

} // namespace

CLOUDFLOW_STORE_CONTRACT(memory_fixture, "the memory store")
