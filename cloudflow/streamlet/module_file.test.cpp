#include "cloudflow/streamlet/module_file.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <unistd.h>

using namespace cloudflow;
using namespace cloudflow::streamlet;

namespace {

class temporary_file {
  std::filesystem::path path_;

public:
  explicit temporary_file(std::string_view content) {
    std::string name = (std::filesystem::temp_directory_path() / "cloudflow-module-XXXXXX").string();
    ::close(::mkstemp(name.data()));
    path_ = name;
    std::ofstream(path_, std::ios::binary) << content;
  }
  temporary_file(const temporary_file&) = delete;
  temporary_file& operator=(const temporary_file&) = delete;
  ~temporary_file() { std::filesystem::remove(path_); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
};

std::string own_program() {
  std::ifstream in("/proc/self/exe", std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace

TEST_CASE("a file that is no ELF file is told apart from one that is no module") {
  CHECK(read_module_file("/no/such/module.so").error().code == errc::io_error);
  CHECK(read_module_file(std::filesystem::temp_directory_path()).error().code == errc::io_error);
  CHECK(read_module_file(temporary_file("").path()).error().code == errc::corrupt);
  CHECK(read_module_file(temporary_file("#!/bin/sh\n").path()).error().code == errc::corrupt);
}

TEST_CASE("an ELF file without our note is no module") {
  const temporary_file program(own_program());
  const auto read = read_module_file(program.path());
  REQUIRE_FALSE(read);
  CHECK(read.error().code == errc::invalid_argument);
}

TEST_CASE("no truncated or damaged ELF header is read beyond its end") {
  const auto whole = own_program();
  for (std::size_t n : {4U, 16U, 63U, 64U, 65U, 200U, 4096U})
    CHECK_FALSE(read_module_file(temporary_file(whole.substr(0, n)).path()));
  for (std::size_t at = 16; at < 64; ++at) {
    auto damaged = whole.substr(0, 8192);
    damaged[at] = '\xff';
    CHECK_FALSE(read_module_file(temporary_file(damaged).path()));
  }
}

TEST_CASE("a module of another ABI or sanitizer is refused with both sides named") {
  auto note = note_of_core();
  CHECK(check_loadable(note, note_of_core()));
  note.abi += 1;
  CHECK(check_loadable(note, note_of_core()).error().message.find("module ABI '2'") != std::string::npos);
  note = note_of_core();
  note.sanitizers = "thread!";
  CHECK(check_loadable(note, note_of_core()).error().code == errc::incompatible);
}
