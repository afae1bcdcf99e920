#include "cloudflow/cli/data_dir.hpp"
#include "cloudflow/cli/plain_text.hpp"
#include "cloudflow/cli/shell.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <optional>

using namespace cloudflow;
using namespace cloudflow::cli;
namespace fs = std::filesystem;

namespace {

// A data folder as a run leaves it, and a shell around it.
class data_world {
  fs::path folder_;
  store::rocksdb_memory memory_{8 << 20};

public:
  std::string out, err;
  shell sh;
  std::unique_ptr<store::rocksdb_store> store;
  std::unique_ptr<log::memory_log> log;

  data_world() {
    std::string name = (fs::temp_directory_path() / "cloudflow-data-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    sh.out = [this](std::string_view text) { return out += text, true; };
    sh.err = [this](std::string_view text) { err += text; };
    open();
  }
  ~data_world() {
    close();
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  data_world(const data_world&) = delete;
  data_world& operator=(const data_world&) = delete;

  void open() {
    auto opened = store::rocksdb_store::open(folder_ / "data" / "log", memory_);
    if (!opened)
      fs::create_directories(folder_ / "data"), opened = store::rocksdb_store::open(folder_ / "data" / "log", memory_);
    REQUIRE(opened);
    store = std::move(*opened);
    auto made = log::memory_log::open(system_clock_source(), {.durable = store.get()});
    REQUIRE(made);
    log = std::move(*made);
  }
  void close() {
    log.reset();
    store.reset();
  }
  [[nodiscard]] std::string data() const { return (folder_ / "data").string(); }
  [[nodiscard]] const fs::path& folder() const { return folder_; }

  void topic(const char* name, std::int32_t partitions = 1) const {
    REQUIRE(log->create_topic({.name = topic_name(name), .partitions = partitions}));
  }
  void send(const char* topic, std::string_view value, log::header_list headers = {},
            std::string_view key = "k") const {
    auto producer = log->open_producer({});
    REQUIRE(producer);
    auto writer = (*producer)->open(topic_name(topic));
    REQUIRE(writer);
    const log::outgoing_record record{.key = as_bytes(key), .value = as_bytes(value), .headers = headers};
    REQUIRE((*writer)->send({&record, 1}));
  }
  // Reads all of a topic for a group and commits; how many there were.
  std::size_t consume(const char* topic, const char* group) const {
    log::consumer_options options;
    options.topics = {topic_name(topic)};
    options.group = group_name(group);
    auto reader = log->open_consumer(options);
    REQUIRE(reader);
    std::size_t n = 0;
    log::polled got;
    do {
      REQUIRE((*reader)->poll({}, got));
      n += got.records.size();
      std::vector<log::source_position> done;
      for (const auto& r : got.records) done.push_back({r.source, record_offset(r.offset.value() + 1)});
      for (const auto& p : done) (*reader)->commit({&p, 1});
    } while (got.more || !got.records.empty() || !got.events.empty());
    REQUIRE((*reader)->close());
    return n;
  }

  exit_status run(std::vector<std::string> arguments) {
    out.clear();
    err.clear();
    return run_command_line(arguments, sh);
  }
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE("text from outside reaches a terminal without what it would obey") {
  const std::pair<std::string, std::string> cases[] = {
      {"Grüße 漢 😀", "Grüße 漢 😀"},
      {"\x1b[2J", "\\x1b[2J"},
      {"a\nb\x7f", "a\\x0ab\\x7f"},
      {"\xc2\x9b"
       "31m",
       "\\xc2\\x9b31m"},
      {"\xe2\x80\xae", "\\xe2\\x80\\xae"},
      {"\xff\xc3", "\\xff\\xc3"},
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
      {"\xc0\xaf", "\\xc0\\xaf"},
  };
  for (const auto& [text, shown] : cases) {
    CHECK(plain(text) == shown);
    CHECK(is_plain(text) == (text == shown));
  }
  CHECK(text_or_hex(as_bytes("\x01z")) == "0x017a");
}

TEST_CASE("topics lists offsets, groups and lag, also while a run has the folder open") {
  data_world w;
  w.topic("app.in.out", 2);
  w.topic("empty");
  for (int i = 0; i < 3; ++i) w.send("app.in.out", "x");
  CHECK(w.consume("app.in.out", "app.to.in") == 3);
  w.send("app.in.out", "x");
  REQUIRE(w.log->declare_writer(topic_name("empty"), "w"));
  REQUIRE(w.log->complete_writer(topic_name("empty"), "w"));
  for (const bool open : {true, false}) {
    CAPTURE(open);
    if (!open) w.close();
    CHECK(w.run({"topics", "--data-dir", w.data()}) == exit_status::ok);
    CAPTURE(w.out);
    CHECK(has(w.out, "app.in.out  2 partitions, 4 records, retained\n"));
    CHECK(has(w.out, "  group app.to.in\n    partition  position  committed  lag\n"));
    CHECK(has(w.out, "         3          3    1\n"));
    CHECK(has(w.out, "empty  1 partition, 0 records, retained, closed\n"));
    CHECK(w.err.empty());
  }
  CHECK(w.run({"topics", "--data-dir", w.data(), "-o", "json"}) == exit_status::ok);
  CHECK(has(w.out, "\"committed\": 3,"));
  CHECK(has(w.out, "\"lag\": 1\n"));
}

TEST_CASE("commands on a data folder say what is wrong with it") {
  data_world w;
  const auto says = [&](const std::string& folder, std::string_view text) {
    CHECK(w.run({"topics", "--data-dir", folder}) == exit_status::failure);
    CHECK_MESSAGE(has(w.err, text), w.err);
    CHECK(w.out.empty());
  };
  says((w.folder() / "none").string(), "`cloudflow run --data-dir DIR` makes one");
  says(w.folder().string(), "holds no log of a run");
  std::ofstream(w.folder() / "file") << "x";
  says((w.folder() / "file").string(), "is not a folder");
  fs::create_directories(w.folder() / "foreign" / "log");
  std::ofstream(w.folder() / "foreign" / "log" / "CURRENT") << "no store\n";
  says((w.folder() / "foreign").string(), "the data folder ");
  {
    auto other = store::rocksdb_store::open(w.folder() / "foreign2" / "log", store::rocksdb_memory(8 << 20));
    if (!other) {
      fs::create_directories(w.folder() / "foreign2");
      other = store::rocksdb_store::open(w.folder() / "foreign2" / "log", store::rocksdb_memory(8 << 20));
    }
    REQUIRE(other);
  }
  says((w.folder() / "foreign2").string(), "holds no log");
  CHECK_FALSE(fs::exists(w.folder() / "none"));
  CHECK(w.run({"topics"}) == exit_status::usage);
  CHECK(has(w.err, "--data-dir"));
}

TEST_CASE("peek shows records from a place on, and nothing that a terminal would obey") {
  data_world w;
  w.topic("t");
  log::header_buffer headers;
  headers.add("note", "\x1b[2Jx").add("plain", "yes");
  for (int i = 0; i < 20; ++i) w.send("t", std::string(1, static_cast<char>(i)), headers.view());
  w.send("t", "last", {}, "\x1b]0;title\x07");
  const auto offsets = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments{"peek", "t", "--data-dir", w.data()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    CHECK(w.run(arguments) == exit_status::ok);
    CHECK_MESSAGE(w.err.empty(), w.err);
    std::string out;
    for (std::size_t at = 0; (at = w.out.find("t/0/", at)) != std::string::npos; ++at)
      out += w.out.substr(at + 4, w.out.find(' ', at) - at - 4) + " ";
    return out;
  };
  CHECK(offsets({}) == "0 1 2 3 4 5 6 7 8 9 ");
  CHECK(has(w.out, "  key k\n  note=0x1b5b324a78  plain=yes\n  0x00\n"));
  CHECK(offsets({"--from", "-2"}) == "19 20 ");
  CHECK(has(w.out, "  key 0x1b5d303b7469746c6507\n  0x6c617374\n"));
  CHECK(w.out.find('\x1b') == std::string::npos);
  CHECK(offsets({"--from", "5", "--count", "2", "--partition", "0"}) == "5 6 ");
  CHECK(offsets({"--from", "latest"}).empty());
  CHECK(offsets({"--from", "99"}).empty());
  CHECK(offsets({"--from", "2001-01-01T00:00Z", "--count", "1"}) == "0 ");
  CHECK(offsets({"--from", "2999-01-01T00:00:00Z"}).empty());
  CHECK(offsets({"--count", "0"}).empty());
  w.close();
  CHECK(w.run({"peek", "t", "--data-dir", w.data(), "--from=-1", "-o", "json"}) == exit_status::ok);
  CHECK(has(w.out, R"({"topic":"t","partition":0,"offset":20,"time":"2)"));
  CHECK(has(w.out, R"("key_hex":"1b5d303b7469746c6507","headers":[],"value_hex":"6c617374"})"));
  for (const std::string from : {"soon", "1x", "2001-02-30T00:00:00Z", "--1", "", "2001-01-01T25:00:00Z"})
    CHECK(w.run({"peek", "t", "--data-dir", w.data(), "--from=" + from}) == exit_status::usage);
  CHECK(w.run({"peek", "t", "--data-dir", w.data(), "--partition", "1"}) == exit_status::failure);
  CHECK(has(w.err, "has the partitions 0 to 0, not 1"));
  CHECK(w.run({"peek", "tt", "--data-dir", w.data()}) == exit_status::failure);
  CHECK_MESSAGE(has(w.err, "there is no topic 'tt'"), w.err);
}

TEST_CASE("replay changes nothing unless it may") {
  data_world w;
  CHECK(w.run({"replay", "a", "--from", "earliest", "--data-dir", w.data()}) == exit_status::usage);
  CHECK(has(w.err, "standard input is no terminal"));
  CHECK(w.run({"replay", "a", "--from", "sometime", "--data-dir", w.data(), "--yes"}) == exit_status::usage);
  CHECK(w.run({"replay", "a", "--from=earliest", "--data-dir", w.data(), "--keep-state", "--drop-state"}) ==
        exit_status::usage);
  CHECK(has(w.err, "exclude each other"));
  // The log is the run's: whoever changes it needs it alone.
  const auto opened = open_data_dir(w.data(), data_use::change);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == errc::conflict);
  CHECK_MESSAGE(has(opened.error().text(), "end the run first"), opened.error().text());
  w.close();
  CHECK(open_data_dir(w.data(), data_use::change));
}

TEST_CASE("dlq sends dead letters back to the topic that they name, where the inlet's group has read nothing") {
  data_world w;
  w.topic("readings");
  w.topic("app.process.in.dead");
  CHECK(w.run({"dlq", "list", "--data-dir", w.data()}) == exit_status::ok); // the topic is there with the deployment
  CHECK(w.err == "There are no dead letters.\n");
  CHECK(w.out.empty());
  log::header_buffer headers;
  headers.add("cf-dead-topic", "readings");
  w.send("app.process.in.dead", "v", headers.view());
  w.close();
  CHECK(w.run({"dlq", "redrive", "process.in", "--data-dir", w.data()}) == exit_status::ok);
  CHECK(w.err == "1 record sent back to readings\n");
}

TEST_CASE("dlq lists and shows dead letters, and sends each back once") {
  data_world w;
  const std::string dead = "app.process.in.dead";
  CHECK(w.run({"dlq", "list", "--data-dir", w.data()}) == exit_status::ok);
  CHECK(w.err == "There are no dead letters.\n");
  w.topic("app.ingress.out");
  w.topic(dead.c_str(), 2);
  w.topic("dead");
  w.topic(".x.dead");
  w.send("app.ingress.out", "x");
  CHECK(w.consume("app.ingress.out", "app.process.in") == 1);
  log::header_buffer headers;
  headers.add("why", "unreadable").add("cf-redriven", "3");
  headers.add("cf-dead-message", "no").add("cf-dead-timestamp", "86400000");
  for (const char* key : {"a", "b", "c"}) w.send(dead.c_str(), "v", headers.view(), key);
  CHECK(w.run({"dlq", "redrive", "process.in", "--data-dir", w.data()}) == exit_status::failure);
  CHECK(has(w.err, "end the run first"));
  CHECK(w.run({"dlq", "show", "process.in", "--data-dir", w.data()}) == exit_status::ok);
  CHECK(has(w.out, "  why=unreadable  cf-redriven=3  cf-dead-message=no  cf-dead-timestamp=86400000\n  0x76\n"));
  w.close();
  CHECK(w.run({"dlq", "list", "--data-dir", w.data()}) == exit_status::ok);
  CHECK(w.out == "process.in  3 records, 3 not sent back, in app.process.in.dead\n");
  CHECK(w.run({"dlq", "redrive", "process.in", "--data-dir", w.data()}) == exit_status::ok);
  CHECK(w.err == "3 records sent back to app.ingress.out\n");
  CHECK(w.run({"dlq", "redrive", "process.in", "--data-dir", w.data(), "-o", "json"}) == exit_status::ok);
  CHECK(w.out == R"({"inlet":"process.in","topic":"app.ingress.out","sent":0})"
                 "\n");
  CHECK(w.run({"dlq", "list", "--data-dir", w.data(), "-o", "json"}) == exit_status::ok);
  CHECK(has(w.out, "\"records\": 3,\n      \"waiting\": 0"));
  CHECK(w.run({"peek", "app.ingress.out", "--data-dir", w.data()}) == exit_status::ok);
  CHECK(has(w.out, "  why=unreadable  cf-redriven=4\n  0x76\n"));
  CHECK(has(w.out, "1970-01-02"));
  CHECK(has(w.out, "key c\n"));

  w.open();
  w.send(dead.c_str(), "later");
  REQUIRE(w.log->declare_writer(topic_name("app.ingress.out"), "w"));
  REQUIRE(w.log->complete_writer(topic_name("app.ingress.out"), "w"));
  w.close();
  CHECK(w.run({"dlq", "redrive", "app.process.in", "--data-dir", w.data()}) == exit_status::failure);
  CHECK_MESSAGE(has(w.err, "is closed, all its writers completed"), w.err);
  CHECK(w.run({"dlq", "redrive", "process.in", "--data-dir", w.data(), "--to", "dead"}) == exit_status::ok);
  CHECK(w.err == "1 record sent back to dead\n");
  CHECK(w.run({"dlq", "show", "proces.in", "--data-dir", w.data()}) == exit_status::failure);
  CHECK_MESSAGE(has(w.err, "did you mean 'process.in'?"), w.err);
  CHECK(w.run({"dlq"}) == exit_status::usage);
}
