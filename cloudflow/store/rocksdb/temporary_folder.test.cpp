#include "cloudflow/store/rocksdb/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

using namespace cloudflow;
namespace fs = std::filesystem;

namespace {

struct scratch {
  fs::path path;
  scratch() {
    auto name = (fs::temp_directory_path() / "cloudflow-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~scratch() { fs::remove_all(path); }
  [[nodiscard]] int folders() const {
    int n = 0;
    for (const auto& entry : fs::directory_iterator(path)) n += entry.is_directory() ? 1 : 0;
    return n;
  }
};

} // namespace

TEST_CASE("a temporary folder goes with its object") {
  const scratch parent;
  auto folder = store::temporary_folder::make(parent.path);
  REQUIRE(folder);
  std::ofstream((*folder)->path() / "file") << "x";
  CHECK(parent.folders() == 1);
  folder->reset();
  CHECK(parent.folders() == 0);
}

TEST_CASE("a temporary folder of a dead process is swept, that of a living one and a stranger's are not") {
  const scratch parent;
  fs::create_directory(parent.path / "cloudflow-store-of-somebody-else");
  auto living = store::temporary_folder::make(parent.path);
  REQUIRE(living);
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) { // dies with its folder open
    auto left = store::temporary_folder::make(parent.path);
    ::_exit(left ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) == 0);
  CHECK(parent.folders() == 3);
  auto next = store::temporary_folder::make(parent.path);
  REQUIRE(next);
  CHECK(parent.folders() == 3); // the dead one's is gone, the new one is there
  CHECK(fs::exists((*living)->path()));
  CHECK(fs::exists(parent.path / "cloudflow-store-of-somebody-else"));
}

TEST_CASE("a temporary folder below a file is refused with the path") {
  const scratch parent;
  std::ofstream(parent.path / "file") << "x";
  const auto folder = store::temporary_folder::make(parent.path / "file");
  REQUIRE(!folder);
  CHECK(folder.error().code == errc::io_error);
  CHECK(folder.error().message.find((parent.path / "file").string()) != std::string::npos);
}
