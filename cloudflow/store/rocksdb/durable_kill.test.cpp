#include "cloudflow/base/random.hpp"
#include "cloudflow/store/rocksdb/rocksdb_store.hpp"
#include "cloudflow/testkit/log/memory_log_fixture.hpp"

#include <doctest/doctest.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <sys/wait.h>
#include <unistd.h>

// A process that writes to a durable log is killed with SIGKILL, again and again, by this one, which started it and
// then looks whether all is there that was acknowledged, and nothing half. CLOUDFLOW_KILLS says how often.

using namespace cloudflow;
namespace fs = std::filesystem;

namespace {

constexpr std::int32_t partitions = 3;
const topic_name in("in"), out("out");

struct opened_log {
  store::rocksdb_memory memory{8 << 20};
  std::unique_ptr<store::rocksdb_store> store;
  std::unique_ptr<log::memory_log> log;

  explicit opened_log(const fs::path& folder) {
    auto s = store::rocksdb_store::open(folder, memory);
    if (!s) FAIL(s.error().text());
    store = std::move(*s);
    auto l = log::memory_log::open(system_clock_source(), {.durable = store.get()});
    if (!l) FAIL(l.error().text());
    log = std::move(*l);
  }
  // Numbers of a topic by partition; fails if they are not 0, 1, 2 ...
  std::array<std::int64_t, partitions> count(const topic_name& t) const {
    std::array<std::int64_t, partitions> n{};
    auto c = log->open_consumer({.topics = {t}, .membership = log::membership::all_partitions});
    if (!c) return n; // killed before it was made
    log::polled got;
    for (int idle = 0; idle < 3;) {
      REQUIRE((*c)->poll({}, got));
      idle = got.records.empty() && !got.more ? idle + 1 : 0;
      for (const auto& r : got.records) {
        auto& next = n[static_cast<std::size_t>(r.source.partition.value())];
        const auto text = std::string(as_text(*r.value));
        REQUIRE(text.substr(0, text.find('.')) == std::to_string(next));
        ++next;
      }
    }
    return n;
  }
};

// What the child says when something was acknowledged.
struct said {
  std::int32_t kind; // 0: sent to `in`, 1: copied and committed
  std::int32_t partition;
  std::int64_t next;
};

class child {
  opened_log l_;
  seeded_random random_;
  int pipe_;
  std::array<std::int64_t, partitions> sent_{};
  std::unique_ptr<log::producer> plain_, copier_;
  std::unique_ptr<log::topic_writer> to_in_, to_out_;
  std::unique_ptr<log::consumer> reader_;
  log::polled got_;

  void say(said what) { REQUIRE(::write(pipe_, &what, sizeof what) == sizeof what); }
  void send() {
    const auto p = random_.below(partitions);
    const auto value = std::to_string(sent_[p]) + std::string(random_.below(2'000), '.');
    const log::outgoing_record r{.value = as_bytes(value), .partition = partition_id(static_cast<std::int32_t>(p))};
    REQUIRE(to_in_->send({&r, 1}));
    say({0, static_cast<std::int32_t>(p), ++sent_[p]});
  }
  void copy() {
    REQUIRE(copier_->begin());
    std::array<std::int64_t, partitions> next{};
    next.fill(-1);
    for (auto n = 1 + random_.below(4); n > 0; --n) {
      REQUIRE(reader_->poll({.max_records = 1 + random_.below(30)}, got_));
      for (const auto& r : got_.records) {
        const log::outgoing_record o{.value = r.value, .partition = r.source.partition};
        REQUIRE(to_out_->send({&o, 1}));
        next[static_cast<std::size_t>(r.source.partition.value())] = r.offset.value() + 1;
      }
    }
    std::vector<log::source_position> positions;
    for (std::int32_t p = 0; p < partitions; ++p)
      if (next[static_cast<std::size_t>(p)] >= 0)
        positions.push_back({{0, partition_id(p)}, record_offset(next[static_cast<std::size_t>(p)])});
    REQUIRE(copier_->send_offsets(reader_->token(), positions));
    if (random_.below(5) == 0) {
      copier_->abort([](const auto& done) { REQUIRE(done); });
      for (const auto& p : positions)
        REQUIRE(reader_->seek(p.source, (*reader_->committed(p.source)).value_or(record_offset(0))));
      return;
    }
    copier_->commit([](const auto& done) { REQUIRE(done); });
    for (const auto& p : positions) say({1, p.source.partition.value(), p.next.value()});
  }

public:
  child(const fs::path& folder, std::uint64_t seed, int pipe)
      : l_(folder)
      , random_(seed)
      , pipe_(pipe) {
    for (const auto& t : {in, out}) { // small: records of open transactions go to the store before the commit
      const auto made = l_.log->create_topic({.name = t, .partitions = partitions, .max_memory_bytes = 16 << 10});
      REQUIRE((made || made.error().code == errc::already_exists));
    }
    sent_ = l_.count(in);
    plain_ = std::move(*l_.log->open_producer({}));
    copier_ = std::move(*l_.log->open_producer({.transactional_id = "copier"}));
    to_in_ = std::move(*plain_->open(in));
    to_out_ = std::move(*copier_->open(out));
    reader_ = std::move(*l_.log->open_consumer({.topics = {in}, .group = group_name("copier")}));
    REQUIRE(reader_->poll({}, got_));
  }
  [[noreturn]] void run() {
    for (;;)
      if (random_.below(4) == 0)
        copy();
      else
        send();
  }
};

// Starts this program again as the child and gives the reading end of what it says.
pid_t start_child(const fs::path& folder, std::uint64_t seed, int& from_child) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const auto seed_text = std::to_string(seed), pipe_text = std::to_string(ends[1]);
  const auto filter = std::string("--test-case=") + "the process that is killed*";
  const auto pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    ::close(ends[0]);
    ::setenv("CLOUDFLOW_KILL_FOLDER", folder.c_str(), 1);
    ::setenv("CLOUDFLOW_KILL_SEED", seed_text.c_str(), 1);
    ::setenv("CLOUDFLOW_KILL_PIPE", pipe_text.c_str(), 1);
    ::execl("/proc/self/exe", "durable_kill", filter.c_str(), "--no-skip", static_cast<char*>(nullptr));
    ::_exit(127);
  }
  ::close(ends[1]);
  from_child = ends[0];
  return pid;
}

} // namespace

TEST_CASE("the process that is killed, started by the test beside it" * doctest::skip()) {
  const auto* folder = std::getenv("CLOUDFLOW_KILL_FOLDER");
  if (folder == nullptr) return; // nobody to be killed by
  child(folder, std::strtoull(std::getenv("CLOUDFLOW_KILL_SEED"), nullptr, 10),
        std::atoi(std::getenv("CLOUDFLOW_KILL_PIPE")))
      .run();
}

TEST_CASE("a log on RocksDB has all that was acknowledged, and no half transaction, after kill -9 at random points") {
  const auto* wanted = std::getenv("CLOUDFLOW_KILLS");
  const int kills = wanted == nullptr ? 20 : std::atoi(wanted);
  const std::uint64_t seed = 20261122;
  CAPTURE(seed);
  seeded_random random(seed);
  auto name = (fs::temp_directory_path() / "cloudflow-test-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  std::array<std::int64_t, partitions> sent{}, committed{};
  int missing = 0, half = 0;
  std::int64_t all = 0;
  for (int kill = 0; kill < kills; ++kill) {
    CAPTURE(kill);
    const auto folder = fs::path(name) / ("data-" + std::to_string(kill / 10)); // ten deaths of each
    if (kill % 10 == 0) {
      sent = {};
      committed = {};
    }
    int from_child = -1;
    const auto pid = start_child(folder, random.below(1'000'000), from_child);
    // As many words of it, then the end: wherever it is by then. Some die while they open.
    const auto words = kill % 7 == 3 ? 0 : random.below(600);
    said what{};
    for (std::uint64_t n = 0; n < words && ::read(from_child, &what, sizeof what) == sizeof what; ++n)
      (what.kind == 0 ? sent : committed)[static_cast<std::size_t>(what.partition)] = what.next;
    REQUIRE(::kill(pid, SIGKILL) == 0);
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    REQUIRE(WIFSIGNALED(status));                                 // not by an error of its own
    while (::read(from_child, &what, sizeof what) == sizeof what) // said before it died
      (what.kind == 0 ? sent : committed)[static_cast<std::size_t>(what.partition)] = what.next;
    ::close(from_child);

    const opened_log l(folder);
    const auto written = l.count(in), copied = l.count(out);
    std::array<std::int64_t, partitions> positions{};
    if (const auto g = l.log->describe_group(group_name("copier")))
      for (const auto& p : g->progress)
        positions[static_cast<std::size_t>(p.source.partition.value())] =
            p.committed.value_or(record_offset(0)).value();
    for (std::size_t p = 0; p < partitions; ++p) {
      missing += written[p] < sent[p] || copied[p] < committed[p] ? 1 : 0;
      half += copied[p] != positions[p] || copied[p] > written[p] ? 1 : 0;
    }
    all += written[0] + written[1] + written[2];
  }
  std::error_code ignored;
  fs::remove_all(name, ignored);
  MESSAGE("kills " << kills << " missing " << missing << " half " << half << " (" << all << " records looked at)");
  CHECK(missing == 0);
  CHECK(half == 0);
  CHECK(all > 100 * kills);
}
