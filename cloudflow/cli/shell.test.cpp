#include "cloudflow/cli/shell.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::cli;

TEST_CASE("colour is for terminals unless the environment says otherwise") {
  struct example {
    config::environment variables;
    bool terminal;
    bool wanted;
  };
  const example examples[] = {
      {{}, false, false},
      {{}, true, true},
      {{{"NO_COLOR", "1"}}, true, false},
      {{{"NO_COLOR", ""}}, true, true},
      {{{"TERM", "dumb"}}, true, false},
      {{{"CLICOLOR_FORCE", "1"}}, false, true},
      {{{"CLICOLOR_FORCE", "0"}}, false, false},
      {{{"CLICOLOR_FORCE", "1"}, {"NO_COLOR", "1"}}, true, false},
  };
  for (const auto& e : examples) CHECK(wants_colour(e.variables, e.terminal) == e.wanted);
}

TEST_CASE("print_problems counts errors and colours the word before the code alone") {
  std::string err;
  shell sh;
  sh.err = [&](std::string_view text) { err += text; };
  print_problems({{"CF-B01", "it is error CF-B01 wrong"}, {"CF-B48", "a cycle", {}, {}, "", severity::note}}, sh);
  CHECK(err.find("\x1b") == std::string::npos);
  CHECK(err.ends_with("\n1 problem\n"));

  err.clear();
  sh.colour = true;
  print_problems({{"CF-B01", "first"}, {"CF-B02", "second"}}, sh);
  CHECK(err.find("\x1b[1;31merror\x1b[0m CF-B01") != std::string::npos);
  CHECK(err.ends_with("\n2 problems\n"));
}

TEST_CASE("print_problems says nothing when there is nothing") {
  std::string err;
  shell sh;
  sh.err = [&](std::string_view text) { err += text; };
  print_problems({}, sh);
  CHECK(err.empty());
}

TEST_CASE("complain tells an interruption from a failure") {
  std::string err;
  shell sh;
  sh.err = [&](std::string_view text) { err += text; };
  CHECK(complain(sh, {errc::io_error, error_source::system, false, "no disk"}) == exit_status::failure);
  CHECK(err == "cloudflow: no disk\n");
  CHECK(complain(sh, {errc::cancelled, error_source::user, false, "x"}) == exit_status::interrupted);
}

TEST_CASE("print fails when nobody reads") {
  shell sh;
  sh.out = [](std::string_view) { return false; };
  CHECK(print(sh, "data") == exit_status::failure);
}
