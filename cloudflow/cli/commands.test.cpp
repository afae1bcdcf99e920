#include "cloudflow/cli/problem_pages.hpp"
#include "cloudflow/cli/project_name.hpp"
#include "cloudflow/cli/shell.hpp"
#include "cloudflow/cli/templates.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

using namespace cloudflow;
using namespace cloudflow::cli;
namespace fs = std::filesystem;

namespace {

// A folder of the test's own and a shell around it. "@" in arguments and expectations is that folder.
class world {
  fs::path folder_;

public:
  std::string out, err, in;
  shell sh;

  world() {
    std::string name = (fs::temp_directory_path() / "cloudflow-cli-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    sh.out = [this](std::string_view text) { return out += text, true; };
    sh.err = [this](std::string_view text) { err += text; };
    sh.in = [this] { return result<std::string>(in); };
    write("old.avsc", R"({"type":"record","name":"r","fields":[{"name":"a","type":"int"}]})");
    write("new.avsc", R"({"type":"record","name":"r","fields":[{"name":"a","type":"long"},)"
                      R"({"name":"b","type":"string","default":"x"}]})");
    write("more.avsc", R"({"type":"record","name":"r","fields":[{"name":"c","type":"int"}]})");
    write("bad.avsc", R"({"type":"rekord"})");
    write("a.conf", "a = ${HOME_OF_TEST}\nb { password = secret, c = 1 }\nb.c = 2\n");
    write("bad.conf", "a = {\nb = [\n");
    write("hanging.conf", "a = ${nowhere}\n");
    write("value.json", R"({"a":-1})");
    write("r.bin", "\x01");
    sh.variables["HOME_OF_TEST"] = "here";
  }
  ~world() { fs::remove_all(folder_); }
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  [[nodiscard]] std::string at(std::string text) const {
    for (auto i = text.find('@'); i != std::string::npos; i = text.find('@', i + folder_.string().size()))
      text.replace(i, 1, folder_.string());
    return text;
  }
  void write(const std::string& name, const std::string& text) const { std::ofstream(folder_ / name) << text; }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(folder_ / name).rdbuf();
    return text.str();
  }
  [[nodiscard]] const fs::path& folder() const { return folder_; }

  exit_status run(std::vector<std::string> arguments) {
    for (auto& a : arguments) a = at(a);
    out.clear();
    err.clear();
    return run_command_line(arguments, sh);
  }
};

struct example {
  std::vector<std::string> arguments;
  exit_status status;
  std::string out; // a part of it; empty: nothing is printed there
  std::string err;
};

void check(world& w, const example& e) {
  std::string line = "cloudflow";
  for (const auto& a : e.arguments) line += " " + a;
  CAPTURE(line);
  CHECK(w.run(e.arguments) == e.status);
  const auto fits = [&](const std::string& text, const std::string& part) {
    return part.empty() ? text.empty() : text.find(w.at(part)) != std::string::npos;
  };
  CHECK_MESSAGE(fits(w.out, e.out), w.out);
  CHECK_MESSAGE(fits(w.err, e.err), w.err);
}

} // namespace

TEST_CASE("schema commands print data, or problems with exit status 3") {
  world w;
  const auto ok = exit_status::ok;
  const auto failure = exit_status::failure;
  const auto problems = exit_status::problems;
  const example examples[] = {
      {{"schema", "canonical", "@/old.avsc"},
       ok,
       R"({"name":"r","type":"record","fields":[{"name":"a","type":"int"}]})"
       "\n",
       ""},
      {{"schema", "canonical", "@/bad.avsc"}, problems, "", "@/bad.avsc:1:"},
      {{"schema", "canonical", "@"}, failure, "", "cannot read '@': Is a directory"},
      {{"schema", "canonical", "@/none"}, failure, "", "cannot open '@/none': No such file"},
      {{"schema", "fingerprint", "@/old.avsc"}, ok, "CRC-64-AVRO  ", ""},
      {{"schema", "fingerprint", "@/old.avsc", "-o", "json"}, ok, "\"sha256\": \"", ""},
      {{"schema", "check", "--writer", "@/old.avsc", "--reader", "@/new.avsc"}, ok, "reads everything", ""},
      {{"schema", "check", "--writer", "@/old.avsc", "--reader", "@/more.avsc"}, problems, "", "because  "},
      {{"schema", "check", "--writer", "@/old.avsc", "--reader", "@/more.avsc", "-o", "json"},
       problems,
       "\"compatible\": false",
       ""},
      {{"schema", "check", "--writer", "@/old.avsc"}, exit_status::usage, "", "--reader is required"},
      {{"schema", "encode", "--schema", "@/old.avsc", "--hex", "@/value.json"}, ok, "01\n", ""},
      {{"schema", "encode", "--schema", "@/old.avsc", "@/r.bin"}, problems, "", "@/r.bin:1:1"},
      {{"schema", "decode", "--schema", "@/old.avsc", "@/r.bin"}, ok, "{\"a\":-1}\n", ""},
      {{"schema", "decode", "--schema", "@/new.avsc", "--writer", "@/old.avsc", "@/r.bin"},
       ok,
       R"({"a":-1,"b":"x"})"
       "\n",
       ""},
      {{"schema", "decode", "--schema", "@/new.avsc", "@/r.bin"}, problems, "", "cloudflow: "},
      {{"schema", "decode", "--schema", "@/more.avsc", "--writer", "@/old.avsc", "@/r.bin"},
       problems,
       "",
       "the schemas do not fit"},
      {{"schema", "decode", "--schema", "@/old.avsc", "--hex", "@/value.json"}, problems, "", "cloudflow: "},
  };
  for (const auto& e : examples) check(w, e);
}

TEST_CASE("schema decode gives back what encode wrote, through standard input") {
  world w;
  w.in = R"({"a":12345,"b":"Grüße"})";
  REQUIRE(w.run({"schema", "encode", "--schema", "@/new.avsc"}) == exit_status::ok);
  w.in = w.out;
  REQUIRE(w.run({"schema", "decode", "--schema", "@/new.avsc", "-"}) == exit_status::ok);
  CHECK(w.out == R"({"a":12345,"b":"Grüße"})"
                 "\n");

  w.in = "00 04\n7879";
  REQUIRE(w.run({"schema", "decode", "--schema", "@/new.avsc", "--hex"}) == exit_status::ok);
  CHECK(w.out == R"({"a":0,"b":"xy"})"
                 "\n");
}

TEST_CASE("config commands print data, or problems with exit status 3") {
  world w;
  const auto ok = exit_status::ok;
  const example examples[] = {
      // Unmasked and with the environment resolved: this command alone.
      {{"config", "render", "@/a.conf"},
       ok,
       "{\n  \"a\": \"here\",\n  \"b\": {\n    \"c\": 2,\n    \"password\": \"secret\"\n  }\n}\n",
       ""},
      {{"config", "render", "@/bad.conf"}, exit_status::problems, "", "@/bad.conf:"},
      {{"config", "render", "@/hanging.conf"}, exit_status::problems, "", "@/hanging.conf:1:"},
      {{"config", "render", "@/none.conf"}, exit_status::failure, "", "cannot open '@/none.conf'"},
      {{"config", "render", "@"}, exit_status::failure, "", "Is a directory"},
      {{"config", "render"}, exit_status::usage, "", "FILE is required"},
      {{"config", "explain"}, ok, "cloudflow.streamlets.<streamlet>.config-parameters.<parameter>\n", ""},
      {{"config", "explain", "cloudflow.streamlets.x.config.delivery"}, ok, "default  exactly-once", ""},
      {{"config", "explain", "cloudflow.streamlets.x.config.delivery",
        "cloudflow.streamlets.x.config.delivery=at-most-once"},
       ok,
       "In force: at-most-once\n  from command line",
       ""},
      {{"config", "explain", "b.c", "--conf", "@/a.conf"},
       ok,
       "In force: 2\n  from @/a.conf:3:7\n  over 1 from @/a.conf:2:",
       ""},
      {{"config", "explain", "b.password", "--conf", "@/a.conf"}, ok, "In force: ***\n", ""},
      {{"config", "explain", "b.password", "--conf", "@/a.conf", "-o", "json"}, ok, "\"value\": \"***\"", ""},
      {{"config", "explain", "b", "--conf", "@/a.conf"}, ok, R"("password":"***")", ""},
      {{"config", "explain", "cloudflow.streamlts.x.config.delivery"},
       exit_status::failure,
       "",
       "did you mean 'cloudflow.streamlets.x.config.delivery'?"},
      {{"config", "explain", "a..b\"", "--conf", "@/a.conf"}, exit_status::failure, "", "there is no key"},
      {{"config", "explain", "a", "--conf", "@/none.conf"}, exit_status::problems, "", "@/none.conf"},
  };
  for (const auto& e : examples) check(w, e);
}

TEST_CASE("commands for a project say what is wrong with its folder") {
  world w;
  for (const std::string name : {"verify", "describe", "graph", "run", "test"}) {
    check(w, {{name, "@/nowhere"}, exit_status::failure, "", "there is no folder '@/nowhere'"});
    check(w, {{name, "@/a.conf"}, exit_status::failure, "", "'@/a.conf' is not a folder"});
    check(w, {{name, "@"}, exit_status::failure, "", "`cloudflow new NAME` makes one"});
    check(
        w,
        {{name, "@", "@"}, exit_status::usage, "", name == "test" ? "one argument too many" : "two folders are given"});
  }
  check(w, {{"verify", "@/nowhere", "-o", "json"}, exit_status::failure, "\"verified\": false", "there is no folder"});
  check(w, {{"run", "--duration", "soon", "@"}, exit_status::usage, "", "not 'soon'"});
}

TEST_CASE("commands for a project tell which backends could not be loaded") {
  world w;
  w.sh.backend_errors.push_back({errc::io_error, error_source::user, false, "libecho.so: no such symbol"});
  check(w, {{"verify", "@"}, exit_status::failure, "", "is left out: libecho.so: no such symbol"});
  check(w, {{"version"}, exit_status::ok, "cloudflow 0.", ""});
}

TEST_CASE("explain prints the page of a problem's code") {
  world w;
  check(w, {{"explain", "CF-B07"}, exit_status::ok, "CF-B07: Incompatible schema\n", ""});
  check(w, {{"explain", "cf-s07"}, exit_status::ok, "\nExample:\n  [\"int\", \"int\"]\n", ""});
  check(w, {{"explain", "CF-C11", "-o", "json"}, exit_status::ok, "\"code\": \"CF-C11\"", ""});
  check(w, {{"explain"}, exit_status::ok, "CF-C01  Malformed document\n", ""});
  check(w, {{"explain", "-o", "json"}, exit_status::ok, "\"title\": \"Malformed document\"", ""});
  check(w, {{"explain", "CF-Q07"}, exit_status::failure, "", "there is no code 'CF-Q07'; did you mean CF-"});
  check(w, {{"explain", "nothing"}, exit_status::failure, "", "`cloudflow explain` lists them all"});
}

TEST_CASE("each problem code has one page, which says what the code says") {
  const fs::path pages = fs::path(CLOUDFLOW_TEST_DATA) / "../../docs/reference/problems";
  std::set<std::string> names;
  for (const auto& room : room_catalogs())
    for (const auto& page : room.pages) {
      CAPTURE(page.code);
      const auto name = std::string(page.code) + ".md";
      CHECK(names.insert(name).second);
      CHECK_FALSE(page.title.empty());
      CHECK_FALSE(page.meaning.empty());
      CHECK_FALSE(page.remedy.empty());
      if (std::getenv("CLOUDFLOW_WRITE_REFERENCE") != nullptr)
        std::ofstream(pages / name) << render(page, room.made_from);
      std::ostringstream text;
      text << std::ifstream(pages / name).rdbuf();
      CHECK_MESSAGE(text.str() == render(page, room.made_from), "run scripts/gen_reference.py");
    }
  for (const auto& entry : fs::directory_iterator(pages)) {
    CAPTURE(entry.path());
    CHECK(names.contains(entry.path().filename().string())); // no page of a code that is gone
  }
}

TEST_CASE("version says with what modules must be built") {
  world w;
  check(w, {{"version"}, exit_status::ok, "cloudflow 0.", ""});
  check(w, {{"--version"}, exit_status::ok, "cloudflow 0.", ""});
  check(w, {{"version", "--output=json"}, exit_status::ok, "\"module_abi\": ", ""});
}

TEST_CASE("new writes every template with nothing left to fill in") {
  world w;
  check(w, {{"new", "@/my-app"}, exit_status::ok, "", "cd @/my-app"});
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(w.folder() / "my-app")) {
    if (!entry.is_regular_file()) continue;
    ++files;
    const auto text = w.read(fs::relative(entry.path(), w.folder()).string());
    CAPTURE(entry.path());
    CHECK_FALSE(text.empty());
    CHECK(text.find('@') == std::string::npos);
  }
  CHECK(files == project_templates().size());
  CHECK(fs::exists(w.folder() / "my-app" / ".gitignore"));
  CHECK(w.read("my-app/CMakeLists.txt").find("cloudflow_add_application(my-app ") != std::string::npos);
  CHECK(w.read("my-app/alarm.cpp").find("namespace my_app {") != std::string::npos);
}

TEST_CASE("new takes an empty folder and leaves every other thing alone") {
  world w;
  fs::create_directory(w.folder() / "empty");
  check(w, {{"new", "@/empty/"}, exit_status::ok, "", "Made "});
  check(w, {{"new", "@/empty"}, exit_status::failure, "", "already and not empty; nothing was written"});
  check(w, {{"new", "@/a.conf"}, exit_status::usage, "", "is no name for an application"});
  w.write("file", "mine");
  check(w, {{"new", "@/file"}, exit_status::failure, "", "and no folder"});
  check(w, {{"new", "@/file/app"}, exit_status::failure, "", "cannot make the folder"});
  CHECK(w.read("file") == "mine");
}

TEST_CASE("names of projects become targets, namespaces and class names that compilers take") {
  struct row {
    std::string name, space, klass;
  };
  const row good[] = {{"sensors", "sensors_app", "sensors"},
                      {"my-app", "my_app", "my-app"},
                      {"time", "time_app", "time"},
                      {"double", "double_app", "double"},
                      {"2go", "app_2go_app", "app-2go"},
                      {"a--b", "a_b_app", "a--b"},
                      {"run", "run_app", "run"}};
  for (const auto& r : good) {
    CAPTURE(r.name);
    const auto names = names_of_project(r.name);
    REQUIRE(names.has_value());
    CHECK(names->name == r.name);
    CHECK(names->space == r.space);
    CHECK(names->klass == r.klass);
  }
  const std::pair<std::string, std::string> bad[] = {
      {"", "try 'my-app'"},
      {"Sensors", "try 'sensors'"},
      {"my_app", "try 'my-app'"},
      {"-a", "try 'a'"},
      {"a.b", "try 'a-b'"},
      {"test", "try 'test-app'"},
      {"..", "try 'my-app'"},
      {std::string(64, 'x'), "try 'xxx"},
      {"a b\n", "'a b\\x0a' is no name"},
  };
  for (const auto& [name, says] : bad) {
    CAPTURE(name);
    const auto names = names_of_project(name);
    REQUIRE_FALSE(names.has_value());
    CHECK_MESSAGE(names.error().message.find(says) != std::string::npos, names.error().message);
  }
}

TEST_CASE("docs/reference/cli.md says what the commands' help says") {
  const fs::path page = fs::path(CLOUDFLOW_TEST_DATA) / "../../docs/reference/cli.md";
  if (std::getenv("CLOUDFLOW_WRITE_REFERENCE") != nullptr) std::ofstream(page) << command_line_reference();
  std::ostringstream text;
  text << std::ifstream(page).rdbuf();
  CHECK(text.str() == command_line_reference());
  for (const char* command : {"new",
                              "verify",
                              "run",
                              "test",
                              "describe",
                              "graph",
                              "config render",
                              "config explain",
                              "schema canonical",
                              "topics",
                              "peek",
                              "dlq list",
                              "dlq show",
                              "dlq redrive",
                              "replay",
                              "schema fingerprint",
                              "schema check",
                              "schema decode",
                              "schema encode",
                              "explain",
                              "completion",
                              "version"})
    CHECK(text.str().find("\n## cloudflow " + std::string(command) + "\n") != std::string::npos);
}
