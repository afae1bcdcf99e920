#include "cloudflow/cli/completion_script.hpp"

#include <algorithm>
#include <vector>

namespace cloudflow::cli {

namespace {

// An option or an argument as its help row names it: "-o, --output text|json".
struct word {
  std::vector<std::string> names;   // none: a positional argument
  std::vector<std::string> choices; // of its value
  bool takes_value = false;
  bool folder = false;
  bool file = false;
  std::string help;
};

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> out(1);
  for (const char c : text)
    if (c == at)
      out.emplace_back();
    else
      out.back() += c;
  return out;
}

void read_type(const std::string& type, word& into) {
  if (type.find('|') != std::string::npos) into.choices = split(type, '|');
  into.folder = type.find("DIR") != std::string::npos;
  into.file = type.find("FILE") != std::string::npos;
}

word option_of(const std::pair<std::string, std::string>& row) {
  word out;
  out.help = row.second;
  for (auto part : split(row.first, ' ')) {
    if (part.ends_with(',')) part.pop_back();
    if (part.starts_with('-')) {
      out.names.push_back(part);
    } else {
      out.takes_value = true;
      read_type(part, out);
    }
  }
  return out;
}

word argument_of(const std::pair<std::string, std::string>& row) {
  word out;
  read_type(row.first, out);
  return out;
}

std::string last_word(const std::string& words) { return words.substr(words.rfind(' ') + 1); }

std::string joined(const std::vector<std::string>& list, const char* between = " ") {
  std::string out;
  for (const auto& w : list) out += (out.empty() ? "" : between) + w;
  return out;
}

std::string below(const command_page& page) {
  std::vector<std::string> names;
  for (const auto& c : page.commands) names.push_back(last_word(c->words));
  return joined(names);
}

template <class F> void for_each_page(const command_page& page, const F& f) {
  f(page);
  for (const auto& c : page.commands) for_each_page(*c, f);
}

// In single quotes, as all three shells read them once ' is taken out.
std::string quoted(std::string text) {
  std::erase(text, '\'');
  std::erase(text, '\\');
  return "'" + text + "'";
}

// "command words" of the shell's cases: what is offered, and what kind of file.
struct offer {
  std::string words;
  bool folder = false;
  bool file = false;
};

offer offer_of(const command_page& page) {
  offer out;
  for (const auto& row : page.options)
    for (const auto& name : option_of(row).names) out.words += " " + name;
  out.words = below(page) + out.words;
  for (const auto& row : page.arguments) {
    const auto argument = argument_of(row);
    if (!argument.choices.empty()) out.words += " " + joined(argument.choices);
    out.folder = out.folder || argument.folder;
    out.file = out.file || argument.file;
  }
  return out;
}

std::string bash_reply(const std::string& words, bool folder, bool file) {
  const std::string action = file ? " -f" : folder ? " -d" : "";
  return "COMPREPLY=($(compgen" + action + " -W '" + words + "' -- \"$current\"))";
}

} // namespace

std::string bash_completion(const command_page& root) {
  std::string commands;
  std::string values;
  std::string offers;
  for_each_page(root, [&](const command_page& page) {
    for (const auto& c : page.commands) commands += (commands.empty() ? "" : "|") + quoted(c->words);
    for (const auto& row : page.options) {
      const auto o = option_of(row);
      if (!o.takes_value) continue;
      for (const auto& name : o.names)
        values += "    '" + page.words + " " + name + "') " + bash_reply(joined(o.choices), o.folder, o.file) +
                  "; return ;;\n";
    }
    const auto o = offer_of(page);
    offers += "    '" + page.words + "') " + bash_reply(o.words, o.folder, o.file) + " ;;\n";
  });
  const auto function = "_" + root.words;
  return "# Completion of `" + root.words + "` for bash: source <(" + root.words + " completion bash)\n" + function +
         "() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command=" +
         root.words +
         " i\n"
         "  COMPREPLY=()\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    case \"$command ${COMP_WORDS[i]}\" in\n"
         "    " +
         commands +
         ") command+=\" ${COMP_WORDS[i]}\" ;;\n"
         "    esac\n"
         "  done\n"
         "  case \"$command $previous\" in\n" +
         values +
         "  esac\n"
         "  case \"$command\" in\n" +
         offers + "  esac\n}\ncomplete -o filenames -F " + function + " " + root.words + "\n";
}

std::string zsh_completion(const command_page& root) {
  // zsh runs bash's functions: one script less that could differ.
  return "#compdef " + root.words + "\n# Completion of `" + root.words + "` for zsh: source <(" + root.words +
         " completion zsh)\nautoload -U +X bashcompinit && bashcompinit\n" + bash_completion(root);
}

std::string fish_completion(const command_page& root) {
  std::string out = "# Completion of `" + root.words + "` for fish: " + root.words + " completion fish | source\n" +
                    "complete -c " + root.words + " -f\n";
  for_each_page(root, [&](const command_page& page) {
    const auto path = split(page.words, ' ');
    std::string when;
    for (std::size_t i = 1; i < path.size(); ++i)
      when += (when.empty() ? "" : "; and ") + std::string("__fish_seen_subcommand_from ") + path[i];
    const auto names = below(page);
    std::string here = path.size() == 1 ? "__fish_use_subcommand" : when;
    if (path.size() > 1 && !names.empty()) here += "; and not __fish_seen_subcommand_from " + names;
    const auto line = "complete -c " + root.words + " -n " + quoted(here);
    for (const auto& c : page.commands) out += line + " -a " + last_word(c->words) + " -d " + quoted(c->summary) + "\n";
    for (const auto& row : page.options) {
      const auto o = option_of(row);
      out += line;
      for (const auto& name : o.names)
        out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      if (!o.choices.empty()) out += " -x -a " + quoted(joined(o.choices));
      if (o.folder) out += " -x -a '(__fish_complete_directories)'";
      if (o.file) out += " -r -F";
      if (o.takes_value && o.choices.empty() && !o.folder && !o.file) out += " -x";
      out += " -d " + quoted(o.help) + "\n";
    }
    for (const auto& row : page.arguments) {
      const auto a = argument_of(row);
      if (!a.choices.empty()) out += line + " -a " + quoted(joined(a.choices)) + "\n";
      if (a.folder) out += line + " -a '(__fish_complete_directories)'\n";
      if (a.file) out += line + " -F\n";
    }
  });
  return out;
}

} // namespace cloudflow::cli
