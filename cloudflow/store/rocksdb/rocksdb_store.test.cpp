#include "cloudflow/store/rocksdb/rocksdb_store.hpp"

#include "cloudflow/testkit/store/store_contract.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

using namespace cloudflow;
namespace fs = std::filesystem;

namespace {

// A folder for one test.
struct scratch {
  fs::path path;
  scratch() {
    auto name = (fs::temp_directory_path() / "cloudflow-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~scratch() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  [[nodiscard]] int folders() const {
    int n = 0;
    for (const auto& entry : fs::directory_iterator(path)) n += entry.is_directory() ? 1 : 0;
    return n;
  }
};

struct kept_fixture {
  scratch folder;
  store::rocksdb_memory memory{8 << 20};
  std::unique_ptr<store::rocksdb_store> opened;
  store::byte_store& store() {
    auto made = store::rocksdb_store::open(folder.path / "db", memory);
    REQUIRE(made);
    opened = std::move(*made);
    return *opened;
  }
};

struct temporary_fixture {
  scratch folder;
  store::rocksdb_memory memory{8 << 20};
  std::unique_ptr<store::rocksdb_store> opened;
  store::byte_store& store() {
    auto made = store::rocksdb_store::open_temporary(folder.path, memory);
    REQUIRE(made);
    opened = std::move(*made);
    return *opened;
  }
};

} // namespace

CLOUDFLOW_STORE_CONTRACT(kept_fixture, "the RocksDB store")
CLOUDFLOW_STORE_CONTRACT(temporary_fixture, "the temporary RocksDB store")

TEST_CASE("a kept RocksDB store has its content when it is opened again") {
  const scratch folder;
  const store::rocksdb_memory memory(8 << 20);
  {
    auto first = store::rocksdb_store::open(folder.path, memory);
    REQUIRE(first);
    REQUIRE((*first)->put(as_bytes("k"), as_bytes("v")));
    REQUIRE((*first)->sync());
    CHECK(store::rocksdb_store::open(folder.path, memory).error().code == errc::conflict);
  }
  auto second = store::rocksdb_store::open(folder.path, memory);
  REQUIRE(second);
  bytes value;
  REQUIRE(*(*second)->get(as_bytes("k"), value));
  CHECK(as_text(value) == "v");
}

TEST_CASE("a store that cannot be opened names its folder") {
  const scratch folder;
  std::ofstream(folder.path / "file") << "not a folder";
  const auto opened = store::rocksdb_store::open(folder.path / "file" / "db", store::rocksdb_memory(8 << 20));
  REQUIRE(!opened);
  CHECK(opened.error().code == errc::io_error);
  CHECK(opened.error().message.find((folder.path / "file" / "db").string()) != std::string::npos);
  CHECK(store::rocksdb_store::open_temporary(folder.path / "file", store::rocksdb_memory(8 << 20)).error().code ==
        errc::io_error);
}

TEST_CASE("a temporary store takes its folder along, and only its own") {
  const scratch folder;
  const store::rocksdb_memory memory(8 << 20);
  auto a = store::rocksdb_store::open_temporary(folder.path, memory);
  auto b = store::rocksdb_store::open_temporary(folder.path, memory);
  REQUIRE(a);
  REQUIRE(b);
  CHECK(folder.folders() == 2);
  REQUIRE((*a)->put(as_bytes("k"), as_bytes("v")));
  b->reset();
  CHECK(folder.folders() == 1);
  bytes value;
  CHECK(*(*a)->get(as_bytes("k"), value));
  a->reset();
  CHECK(folder.folders() == 0);
}

TEST_CASE("a store in a folder that holds something else is refused, and nothing in it is touched") {
  const scratch folder;
  std::ofstream(folder.path / "thesis.txt") << "work of years";
  const auto opened = store::rocksdb_store::open(folder.path, store::rocksdb_memory(8 << 20));
  REQUIRE(!opened);
  CHECK(opened.error().code == errc::incompatible);
  CHECK(opened.error().message.find("thesis.txt") != std::string::npos);
  int files = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder.path)) ++files;
  CHECK(files == 1);
}

TEST_CASE("a store whose maker was killed before it was complete is made anew") {
  const scratch folder;
  for (const auto* name : {"LOCK", "LOG", "MANIFEST-000001", "000001.dbtmp"}) std::ofstream(folder.path / name);
  const auto opened = store::rocksdb_store::open(folder.path, store::rocksdb_memory(8 << 20));
  if (!opened) FAIL(opened.error().text());
}

TEST_CASE("a store that is opened to read only shows what another one has written, and changes nothing") {
  const scratch folder;
  const store::rocksdb_memory memory(8 << 20);
  CHECK(store::rocksdb_store::open_read_only(folder.path, memory).error().code == errc::not_found);
  auto writer = store::rocksdb_store::open(folder.path, memory);
  REQUIRE(writer);
  REQUIRE((*writer)->put(as_bytes("k"), as_bytes("v")));
  auto look = store::rocksdb_store::open_read_only(folder.path, memory);
  REQUIRE(look);
  bytes value;
  REQUIRE(*(*look)->get(as_bytes("k"), value));
  CHECK(as_text(value) == "v");
  CHECK((*look)->put(as_bytes("k"), as_bytes("w")).error().code == errc::unsupported);
  CHECK((*look)->remove_range({}).error().code == errc::unsupported);
  REQUIRE((*writer)->put(as_bytes("k"), as_bytes("w"))); // the writer is not disturbed
}
