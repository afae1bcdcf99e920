#include "cloudflow/cli/arguments.hpp"

#include "cloudflow/base/random.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::cli;

namespace {

// A program with one command of everything that can be declared.
struct program {
  std::string out, err, name, one, choice, maybe;
  std::vector<std::string> rest, confs;
  bool flag = false, with_maybe = false, ran = false;
  shell sh;

  exit_status operator()(const std::vector<std::string>& arguments) {
    sh.out = [this](std::string_view text) { return out += text, true; };
    sh.err = [this](std::string_view text) { err += text; };
    command root("prog", "Does things.");
    auto& group = root.add("group", "Tools", "Further commands");
    group.add("inner", "Tools", "A command below a command").runs([] { return exit_status::failure; });
    root.add("go", "Develop", "Goes.")
        .needs("NAME", "Who goes", name)
        .takes_any("[DIR]...", "Where to", rest)
        .option("--one", "X", "One value", one)
        .option_list("--conf", "FILE", "Many values", confs)
        .option_if_any("--maybe", "FILE", "A value or none", with_maybe, maybe)
        .choice("-o,--output", {"text", "json"}, "How", choice)
        .flag("--flag", "Yes or no", flag)
        .example("bob", "Bob goes")
        .runs([this] {
          ran = true;
          return exit_status::ok;
        });
    return root.parse_and_run(arguments, sh);
  }
};

} // namespace

TEST_CASE("a command line fills in what a command declared") {
  program p;
  CHECK(p({"go", "bob", "a", "--conf", "1.conf", "b", "--conf=2.conf", "--one", "x", "--flag", "-o", "json"}) ==
        exit_status::ok);
  CHECK(p.name == "bob");
  CHECK(p.rest == std::vector<std::string>{"a", "b"}); // not taken by the --conf before it
  CHECK(p.confs == std::vector<std::string>{"1.conf", "2.conf"});
  CHECK(p.one == "x");
  CHECK(p.flag);
  CHECK(p.choice == "json");
  CHECK(p.ran);
}

TEST_CASE("an option whose value may be left out says that it was there") {
  program without;
  CHECK(without({"go", "bob"}) == exit_status::ok);
  CHECK_FALSE(without.with_maybe);
  program bare;
  CHECK(bare({"go", "bob", "--maybe"}) == exit_status::ok);
  CHECK(bare.with_maybe);
  CHECK(bare.maybe.empty());
  program valued;
  CHECK(valued({"go", "bob", "--maybe=f"}) == exit_status::ok);
  CHECK(valued.with_maybe);
  CHECK(valued.maybe == "f");
}

TEST_CASE("arguments in brackets, of blanks or of strange bytes arrive as they are") {
  for (const std::string word : {"[a,b]", "[", "[]", " ", "-", "a=[1,2]", "{}", "%%", "\xff\xfe", "go", "group"}) {
    CAPTURE(word);
    program p;
    CHECK(p({"go", word, word, "--conf", word}) == exit_status::ok);
    CHECK(p.name == word);
    CHECK(p.rest == std::vector{word});
    CHECK(p.confs == std::vector{word});
  }
}

TEST_CASE("a wrong command line is exit status 2 and says what may be meant") {
  struct example {
    std::vector<std::string> arguments;
    std::string says;
  };
  const example examples[] = {
      {{}, "Usage: prog COMMAND"},
      {{"og"}, "prog: there is no command 'og'; did you mean 'go'?"},
      {{"zzzzzz"}, "prog: there is no command 'zzzzzz'\n"},
      {{"group"}, "Usage: prog group COMMAND"},
      {{"group", "iner"}, "prog group: there is no command 'iner'; did you mean 'inner'?"},
      {{"go"}, "prog go: NAME is required"},
      {{"go", "bob", "--cnof"}, "prog go: there is no option '--cnof'; did you mean '--conf'?"},
      {{"go", "bob", "-x"}, "prog go: there is no option '-x'"},
      {{"--conf"}, "prog: there is no option '--conf'"},
      {{"go", "bob", "--one"}, "prog go: --one"},
      {{"go", "bob", "-o", "jsn"}, "prog go: --output is text or json, not 'jsn'"},
      {{"group", "inner", "more"}, "prog group inner: one argument too many: 'more'"},
      {{"\x1b[31mred"}, "there is no command '\\x1b[31mred'"}, // a terminal does not obey it
  };
  for (const auto& e : examples) {
    CAPTURE(e.says);
    program p;
    CHECK(p(e.arguments) == exit_status::usage);
    CHECK_MESSAGE(p.err.find(e.says) != std::string::npos, p.err);
    CHECK(p.out.empty());
    CHECK_FALSE(p.ran);
  }
}

TEST_CASE("help that was asked for is data, exit status 0") {
  program p;
  CHECK(p({"go", "--help"}) == exit_status::ok);
  CHECK(p.err.empty());
  for (const char* part : {"Goes.", "Usage: prog go NAME [DIR]... [options]", "--conf FILE", "--maybe [FILE]",
                           "-o, --output text|json", "Examples:\n  prog go bob\n      Bob goes"})
    CHECK_MESSAGE(p.out.find(part) != std::string::npos, part);
  program root;
  CHECK(root({"-h"}) == exit_status::ok);
  for (const char* part : {"Develop:\n  go  Goes.", "Tools:\n  group", "Exit status:", "130"})
    CHECK_MESSAGE(root.out.find(part) != std::string::npos, part);
}

TEST_CASE("any command line ends with an exit status") {
  const std::uint64_t seed = 20260731;
  CAPTURE(seed);
  auto random = seeded_random(seed);
  const std::string words[] = {"go",  "group", "inner", "bob",  "--conf", "--maybe", "-o", "--", "-",  "",  "=",
                               "--=", "-=",    "---",   "json", "--help", "--one=",  "[",  "]",  "\"", "\\"};
  for (int round = 0; round < 5000; ++round) {
    std::vector<std::string> arguments;
    for (auto n = random.below(6); n > 0; --n) {
      if (random.below(4) != 0) {
        arguments.push_back(words[random.below(std::size(words))]);
        continue;
      }
      auto& bytes = arguments.emplace_back();
      for (auto length = random.below(8); length > 0; --length) bytes += static_cast<char>(1 + random.below(255));
    }
    program p;
    const auto status = p(arguments);
    const bool known = status == exit_status::ok || status == exit_status::usage || status == exit_status::failure;
    CHECK(known);
    const bool silent = p.err.empty() && p.out.empty() && !p.ran && status != exit_status::failure;
    CHECK_FALSE(silent);
  }
}
