#include "cloudflow/cli/arguments.hpp"

#include "cloudflow/base/suggest.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

namespace cloudflow::cli {

namespace {

// The parser's library takes "[a,b]" among positional arguments for a list in brackets: a mark in front hides it.
constexpr char bracket_mark = '\x1f';

std::vector<std::string> for_parser(const std::vector<std::string>& arguments) {
  std::vector<std::string> out(arguments.rbegin(), arguments.rend()); // which it wants from the back
  for (auto& a : out)
    if (a.starts_with('[')) a.insert(a.begin(), bracket_mark);
  return out;
}

void unmark(std::string& text) {
  if (!text.empty() && text.front() == bracket_mark) text.erase(0, 1);
}

std::string left_column(const std::string& names, const std::string& type) {
  std::string out;
  for (char c : names) {
    out += c;
    if (c == ',') out += ' ';
  }
  return type.empty() ? out : out + " " + type;
}

std::string meant(std::string_view typed, const std::vector<std::string>& known) {
  const auto near = nearest(typed, known);
  return near ? "; did you mean '" + *near + "'?" : std::string();
}

} // namespace

struct command::state {
  std::unique_ptr<CLI::App> owned;        // of the root
  CLI::App* app = nullptr;                // owned by the root's
  std::unique_ptr<command_page> own_page; // of the root
  command_page* page = nullptr;           // owned by the page above
  action run{};
  std::vector<std::string*> strings{};
  std::vector<std::vector<std::string>*> lists{};
  struct choosing {
    std::string option;
    std::vector<std::string> choices;
    std::string* into;
  };
  std::vector<choosing> choices{};
  std::vector<std::unique_ptr<command>> commands{};

  void unmark_all() const {
    for (auto* s : strings) unmark(*s);
    for (auto* list : lists)
      for (auto& s : *list) unmark(s);
  }
  const state& deepest() const {
    for (const auto& c : commands)
      if (c->state_->app->parsed()) return c->state_->deepest();
    return *this;
  }
  CLI::Option* positional(const std::string& name, const std::string& help, std::string& into) {
    strings.push_back(&into);
    page->arguments.emplace_back(name, help);
    return app->add_option(name, into, help);
  }
  CLI::Option* one_value(const std::string& names, const std::string& type, const std::string& help,
                         std::string& into) {
    strings.push_back(&into);
    page->options.emplace_back(left_column(names, type), help);
    return app->add_option(names, into, help)->type_name(type);
  }
};

command::command(std::string program, std::string summary)
    : state_(std::make_unique<state>()) {
  state_->owned = std::make_unique<CLI::App>(summary, program);
  state_->app = state_->owned.get();
  state_->app->require_subcommand(0, 1);
  state_->own_page = std::make_unique<command_page>();
  state_->page = state_->own_page.get();
  state_->page->words = std::move(program);
  state_->page->summary = std::move(summary);
  state_->page->usage = "COMMAND";
}

command::command(std::unique_ptr<state> below)
    : state_(std::move(below)) {}
command::~command() = default;

command& command::add(std::string name, std::string group, std::string summary) {
  auto below = std::make_unique<state>();
  below->app = state_->app->add_subcommand(name, summary);
  state_->app->require_subcommand(0, 1);
  auto& page = state_->page->commands.emplace_back(std::make_unique<command_page>());
  page->words = state_->page->words + " " + name;
  page->group = std::move(group);
  page->summary = std::move(summary);
  page->options.emplace_back("-h, --help", "Print this and end");
  below->page = page.get();
  state_->page->usage = "COMMAND";
  state_->commands.push_back(std::unique_ptr<command>(new command(std::move(below))));
  return *state_->commands.back();
}

command& command::details(std::string text) { return state_->page->details = std::move(text), *this; }

command& command::example(std::string arguments, std::string does) {
  state_->page->examples.emplace_back(std::move(arguments), std::move(does));
  return *this;
}

command& command::needs(std::string name, std::string help, std::string& into) {
  state_->positional(name, help, into)->required();
  state_->page->usage += (state_->page->usage.empty() ? "" : " ") + name;
  return *this;
}

command& command::takes(std::string name, std::string help, std::string& into) {
  state_->positional(name, help, into);
  state_->page->usage += (state_->page->usage.empty() ? "[" : " [") + name + "]";
  return *this;
}

command& command::takes_any(std::string name, std::string help, std::vector<std::string>& into) {
  state_->lists.push_back(&into);
  state_->app->add_option("arguments", into, help);
  state_->page->usage += (state_->page->usage.empty() ? "" : " ") + name;
  state_->page->arguments.emplace_back(std::move(name), std::move(help));
  return *this;
}

command& command::option(std::string names, std::string type, std::string help, std::string& into) {
  state_->one_value(names, type, help, into);
  return *this;
}

command& command::needs_option(std::string names, std::string type, std::string help, std::string& into) {
  state_->one_value(names, type, help, into)->required();
  state_->page->usage += (state_->page->usage.empty() ? "" : " ") + names + " " + type;
  return *this;
}

command& command::option_list(std::string names, std::string type, std::string help, std::vector<std::string>& into) {
  state_->lists.push_back(&into);
  // One value each time: else it takes the positional arguments behind it, too.
  state_->app->add_option(names, into, help)->type_name(type)->allow_extra_args(false);
  state_->page->options.emplace_back(left_column(names, type), std::move(help));
  return *this;
}

command& command::option_if_any(std::string names, std::string type, std::string help, bool& given, std::string& into) {
  state_->app
      ->add_option_function<std::vector<std::string>>(names,
                                                      [&given, &into](const std::vector<std::string>& values) {
                                                        given = true;
                                                        if (!values.empty()) into = values.front();
                                                        unmark(into);
                                                      })
      ->expected(0, 1)
      ->allow_extra_args(false);
  state_->page->options.emplace_back(left_column(names, "[" + type + "]"), std::move(help));
  return *this;
}

command& command::choice(std::string names, std::vector<std::string> choices, std::string help, std::string& into) {
  std::string type;
  for (const auto& c : choices) type += (type.empty() ? "" : "|") + c;
  if (into.empty()) into = choices.front();
  state_->one_value(names, type, help + " (default: " + into + ")", into);
  state_->choices.push_back({names.substr(names.rfind(',') + 1), std::move(choices), &into});
  return *this;
}

command& command::flag(std::string names, std::string help, bool& into) {
  state_->app->add_flag(names, into, help);
  state_->page->options.emplace_back(left_column(names, ""), std::move(help));
  return *this;
}

command& command::runs(action what) {
  state_->run = std::move(what);
  return *this;
}

const command_page& command::page() const { return *state_->page; }

exit_status command::parse_and_run(const std::vector<std::string>& arguments, shell& sh) {
  const auto refuse = [&](const state& where, const std::string& why) {
    sh.err(where.page->words + ": " + why + "\nTry '" + where.page->words + " --help'.\n");
    return exit_status::usage;
  };
  const auto unexpected_argument = [&](const state& where, const std::string& argument) {
    if (argument.starts_with("-") && argument != "-") {
      std::vector<std::string> known;
      for (const auto* o : where.app->get_options())
        for (const auto& name : o->get_lnames()) known.push_back("--" + name);
      const auto name = argument.substr(0, argument.find('='));
      return refuse(where, "there is no option " + shown(name) + meant(name, known));
    }
    if (where.commands.empty()) return refuse(where, "one argument too many: " + shown(argument));
    std::vector<std::string> known;
    for (const auto& c : where.commands) known.push_back(c->state_->app->get_name());
    return refuse(where, "there is no command " + shown(argument) + meant(argument, known));
  };
  try {
    state_->app->parse(for_parser(arguments));
  } catch (const CLI::CallForHelp&) {
    return sh.out(help_text(*state_->deepest().page)) ? exit_status::ok : exit_status::failure;
  } catch (const CLI::ExtrasError&) {
    const auto& where = state_->deepest();
    auto left = where.app->remaining();
    if (left.empty()) left = state_->app->remaining(true);
    if (left.empty()) return refuse(where, "arguments that it does not take");
    unmark(left.front());
    return unexpected_argument(where, left.front());
  } catch (const CLI::RequiredError& e) {
    return refuse(state_->deepest(), e.what());
  } catch (const CLI::ParseError& e) {
    auto text = shown(e.what());
    return refuse(state_->deepest(), text.substr(1, text.size() - 2));
  }
  const auto& found = state_->deepest();
  found.unmark_all();
  for (const auto& c : found.choices)
    if (std::find(c.choices.begin(), c.choices.end(), *c.into) == c.choices.end()) {
      std::string list;
      for (const auto& known : c.choices) list += (list.empty() ? "" : " or ") + known;
      return refuse(found, c.option + " is " + list + ", not " + shown(*c.into));
    }
  if (found.run) return found.run();
  sh.err(help_text(*found.page));
  return exit_status::usage;
}

std::string shown(std::string_view text) {
  std::string out = "'";
  for (const char c : text.substr(0, 200)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      out += c;
    } else {
      static constexpr char digits[] = "0123456789abcdef";
      out += {'\\', 'x', digits[byte >> 4U], digits[byte & 15U]};
    }
  }
  return out + (text.size() > 200 ? "...'" : "'");
}

} // namespace cloudflow::cli
