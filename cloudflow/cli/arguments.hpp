#pragma once

#include "cloudflow/cli/shell.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cloudflow::cli {

/// Two columns of a help page: what is typed, and what it does.
using help_rows = std::vector<std::pair<std::string, std::string>>;

/// What is known of a command, for its help and its page in the reference. Plain data.
struct command_page {
  std::string words;   ///< "cloudflow config render"
  std::string group;   ///< the heading under which the list of commands has it
  std::string summary; ///< one line
  std::string details; ///< what else there is to know; may be empty
  std::string usage;   ///< the arguments in their order
  help_rows arguments;
  help_rows options;
  help_rows examples; ///< arguments, what that does
  std::vector<std::unique_ptr<command_page>> commands;
};

/// As `--help` prints it.
[[nodiscard]] std::string help_text(const command_page& page);
/// docs/reference/cli.md: every command's help.
[[nodiscard]] std::string reference_page(const command_page& root);

/// Declares commands and parses command lines by the declarations: one declaration gives parser, help and reference
/// page. The only place that knows the parser's library. Strings and flags given to a declaration are filled in before
/// what was given to `runs` is called; it must keep them alive. Confined to one thread.
class command {
public:
  using action = std::function<exit_status()>;

  /// The root: a program without arguments of its own.
  command(std::string program, std::string summary);
  command(const command&) = delete;
  command& operator=(const command&) = delete;
  ~command();

  /// A command below this one.
  command& add(std::string name, std::string group, std::string summary);
  command& details(std::string text);
  command& example(std::string arguments, std::string does);

  /// Positional arguments, in their order.
  command& needs(std::string name, std::string help, std::string& into);
  command& takes(std::string name, std::string help, std::string& into);
  command& takes_any(std::string name, std::string help, std::vector<std::string>& into);
  /// `names`: "-o,--output"; `type`: what stands for the value in help.
  command& option(std::string names, std::string type, std::string help, std::string& into);
  command& needs_option(std::string names, std::string type, std::string help, std::string& into);
  command& option_list(std::string names, std::string type, std::string help, std::vector<std::string>& into);
  /// An option whose value may be left out: `given` says that it was there.
  command& option_if_any(std::string names, std::string type, std::string help, bool& given, std::string& into);
  command& choice(std::string names, std::vector<std::string> choices, std::string help, std::string& into);
  command& flag(std::string names, std::string help, bool& into);
  /// `-o,--output text|json`.
  command& output(std::string& into) { return choice("-o,--output", {"text", "json"}, "How data is printed", into); }

  command& runs(action what);

  /// Parses and runs. Help that was asked for goes to `out`; what is wrong with the arguments to `err`, with the
  /// nearest word that is known, as exit status 2.
  exit_status parse_and_run(const std::vector<std::string>& arguments, shell& sh);

  [[nodiscard]] const command_page& page() const;

private:
  struct state;
  std::unique_ptr<state> state_;
  explicit command(std::unique_ptr<state> below);
};

/// Bytes of a command line as they may be shown: quoted, without what a terminal would obey.
[[nodiscard]] std::string shown(std::string_view text);

} // namespace cloudflow::cli
