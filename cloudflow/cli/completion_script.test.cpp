#include "cloudflow/cli/completion_script.hpp"

#include "cloudflow/cli/project.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::cli;

namespace {

std::string script_for(const std::string& shell_name, exit_status expected = exit_status::ok) {
  std::string out;
  shell sh;
  sh.out = [&](std::string_view text) { return out += text, true; };
  sh.err = [](std::string_view) {};
  CHECK(run_command_line({"completion", shell_name}, sh) == expected);
  return out;
}

// What bash offers for a line whose last word is being typed, one a line.
std::string offered(const std::string& words) {
  static constexpr const char* ask = "\nCOMP_WORDS=($1 \"$2\"); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _cloudflow; "
                                     "printf '%s ' \"${COMPREPLY[@]}\"";
  const auto at = words.rfind(' ');
  const auto end =
      run_program({"bash", "-c", script_for("bash") + ask, "bash", words.substr(0, at), words.substr(at + 1)});
  REQUIRE(end);
  CHECK_MESSAGE(end->status == 0, end->output);
  return end->output;
}

} // namespace

TEST_CASE("bash completes commands, options and values by the commands' declarations") {
  CHECK(offered("cloudflow ver") == "verify version ");
  CHECK(offered("cloudflow schema f") == "fingerprint ");
  CHECK(offered("cloudflow dlq ") == "list show redrive -h --help ");
  CHECK(offered("cloudflow topics --data-dir x -o ") == "text json ");
  CHECK(offered("cloudflow topics --output j") == "json ");
  CHECK(offered("cloudflow replay --dr") == "--drop-state ");
  CHECK(offered("cloudflow completion z") == "zsh ");
  CHECK(offered("cloudflow nothing-known --v") == " "); // the root has no such option
  CHECK(offered("cloudflow peek --count ") == " ");
  // A word that happens to be a command's name, further down.
  CHECK(offered("cloudflow peek schema --par") == "--partition ");
}

TEST_CASE("completion knows zsh and fish, and no other shell") {
  CHECK(script_for("zsh").starts_with("#compdef cloudflow\n"));
  const auto fish = script_for("fish");
  CHECK(fish.find("complete -c cloudflow -n '__fish_use_subcommand' -a verify -d ") != std::string::npos);
  CHECK(fish.find("complete -c cloudflow -n '__fish_seen_subcommand_from schema; and __fish_seen_subcommand_from "
                  "fingerprint' -s o -l output -x -a 'text json' ") != std::string::npos);
  CHECK(script_for("tcsh", exit_status::usage).empty());
}
