// Documents that once took seconds or gigabytes, or that would. Each ends with a value or one of the limits' codes, and
// within a bound of work that is counted, not timed.

#include "cloudflow/config/parse.hpp"
#include "cloudflow/config/resolve.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <set>

using namespace cloudflow;
using namespace cloudflow::config;

namespace {

std::string lines(int count, const std::function<std::string(const std::string&)>& line) {
  std::string out;
  for (int i = 0; i < count; ++i) out += line(std::to_string(i)) + "\n";
  return out;
}

std::string times(int count, std::string_view text) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

/// "OK", or the code of the first problem. Checks the bounds.
std::string outcome(const std::string& text) {
  const auto parsed = parse_text(text, "test.conf");
  if (!parsed) {
    CHECK(parsed.error().size() <= parse_limits{}.problems);
    return parsed.error().front().code;
  }
  resolve_effort effort;
  resolve_options options;
  options.effort = &effort;
  const auto out = resolve(*parsed, {}, options);
  CHECK(effort.steps <= options.steps + text.size());
  CHECK(effort.memory <= 2 * options.memory);
  return out ? "OK" : out.error().front().code;
}

struct row {
  const char* name;
  std::string text;
  const char* wanted;
};

} // namespace

TEST_CASE("Stacks of substitutions and objects cost a bounded number of steps") {
  for (const auto& [name, text, wanted] : {
           row{"references and objects",
               lines(4'000, [](auto& i) { return "a=${b" + i + "}\na={k" + i + "=1}\nb" + i + "={x=1}"; }), "CF-C13"},
           row{"optional references and objects",
               lines(4'000, [](auto& i) { return "a=${?b" + i + "}\na={k" + i + "=1}"; }), "CF-C13"},
           row{"a few of them",
               lines(50, [](auto& i) { return "a=${b" + i + "}\na={k" + i + "=1}\nb" + i + "={x=1}"; }), "OK"},
           row{"self references and members", lines(3'000, [](auto&) { return std::string("a=${?a}{b=1}\na.c=2"); }),
               "CF-C13"},
           row{"a few self references", lines(50, [](auto&) { return std::string("a=${?a}{b=1}\na.c=2"); }), "OK"},
           row{"two that look back at each other", lines(2'000, [](auto&) { return std::string("a=${?b}\nb=${?a}"); }),
               "CF-C13"},
           row{"members of an extended object, appended to",
               "v=${base}\n" + lines(3'000, [](auto& i) { return "v.k" + i + "+=1"; }) + "base={}", "CF-C13"},
           row{"additions to one list", lines(10'000, [](auto&) { return std::string("a+=1"); }), "OK"},
       }) {
    CAPTURE(std::string(name));
    CHECK(outcome(text) == wanted);
  }
}

TEST_CASE("Values that double at each line stop at the limit") {
  const auto doubling = [](const char* first, const std::string& left, const std::string& right) {
    return std::string("a0=") + first + "\n" + lines(64, [&](auto& i) {
             return "a" + std::to_string(std::stoi(i) + 1) + "=" + left + "${a" + i + "}" + right + "${a" + i + "}" +
                    (left.empty()  ? ""
                     : left == "[" ? "]"
                                   : "}");
           });
  };
  CHECK(outcome(doubling("x", "", "")) == "CF-C13");
  CHECK(outcome(doubling("[x]", "", "")) == "CF-C13");
  CHECK(outcome(doubling("x", "[", ",")) == "CF-C13");
  CHECK(outcome(doubling("x", "{l=", ",r=")) == "CF-C13");
  CHECK(outcome("a=x\n" + times(64, "a=${a}${a}\n")) == "CF-C13");
  CHECK(outcome("a=[x]\n" + times(64, "a=${a}${a}\n")) == "CF-C13");
}

TEST_CASE("Long runs of one thing give a value or one clear problem") {
  for (const auto& [name, text, wanted] : {
           row{"arrays side by side", "a=" + times(20'000, "[1]"), "OK"},
           row{"arrays behind a reference", "b=[0]\na=${b}" + times(20'000, "[1]"), "OK"},
           row{"references side by side", "b=[1]\na=" + times(20'000, "${b}"), "OK"},
           row{"objects side by side", "a=" + times(20'000, "{a=1}"), "OK"},
           row{"open brackets", "a=" + times(65'536, "["), "CF-C06"},
           row{"open braces", "a=" + times(65'536, "{"), "CF-C01"},
           row{"nested keys", times(30'000, "{a"), "CF-C06"},
           row{"open substitutions", "a=" + times(32'768, "${"), "CF-C04"},
           row{"closing brackets", times(65'536, "]"), "CF-C01"},
           row{"closing braces", times(65'536, "}"), "CF-C01"},
           row{"quotes", "a=" + times(60'001, "\""), "OK"},
           row{"a long key", times(1'000'000, "k") + "=1", "OK"},
           row{"a long path", times(30'000, "k.") + "k=1", "CF-C06"},
           row{"one key, many times", lines(10'000, [](auto&) { return std::string("a=1"); }), "OK"},
           row{"one object, many times", lines(10'000, [](auto& i) { return "a={b=" + i + "}"; }), "OK"},
           row{"a chain",
               lines(5'000, [](auto& i) { return "a" + i + "=${a" + std::to_string(std::stoi(i) + 1) + "}"; }),
               "CF-C13"},
           row{"unknown paths", lines(20'000, [](auto& i) { return "a=${nope" + i + "}"; }), "CF-C11"},
       }) {
    CAPTURE(std::string(name));
    CHECK(outcome(text) == wanted);
  }
}

TEST_CASE("Files that include themselves or each other stop at the depth or the number of includes") {
  parse_options options;
  int read = 0;
  options.reader = [&](const std::filesystem::path&,
                       const std::filesystem::path&) -> expected<std::optional<std::string>, std::string> {
    ++read;
    return std::optional<std::string>("include \"b.conf\"\ninclude \"b.conf\"\nk=1");
  };
  const auto parsed = parse_text("include \"b.conf\"\ninclude \"b.conf\"", "a.conf", options);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().front().code == "CF-C09");
  CHECK(read <= 1'000);
}

TEST_CASE("What could not be resolved for lack of budget is one problem, not one for each value") {
  const auto parsed =
      parse_text(times(64, "a=${a}${a}\n") + lines(100, [](auto& i) { return "k" + i + "=${a}"; }), "test.conf");
  REQUIRE(parsed);
  resolve_options options;
  options.steps = 50;
  const auto out = resolve(*parsed, {}, options);
  REQUIRE_FALSE(out);
  std::set<std::string> codes;
  for (const auto& p : out.error()) codes.insert(p.code);
  CHECK(codes.contains("CF-C13"));
  CHECK_FALSE(codes.contains("CF-C11"));
}
