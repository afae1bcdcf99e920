#include "cloudflow/cli/commands.hpp"
#include "cloudflow/cli/data_dir.hpp"
#include "cloudflow/cli/loading.hpp"
#include "cloudflow/cli/replay_plan.hpp"

#include <memory>

namespace cloudflow::cli {

namespace {

struct replay_options {
  std::string target;
  std::string folder = ".";
  std::string data;
  std::string from;
  bool keep_state = false;
  bool drop_state = false;
  bool yes = false;
  std::string output;
};

result<bool> asked(shell& sh, const std::string& question) {
  sh.err(question);
  auto answer = sh.line();
  if (!answer) return unexpected(answer.error());
  return *answer == "y" || *answer == "Y" || *answer == "yes";
}

exit_status replay(const replay_options& given, shell& sh) {
  const auto refuse = [&](const std::string& why) {
    sh.err("cloudflow replay: " + why + "\n");
    return exit_status::usage;
  };
  if (given.keep_state && given.drop_state) return refuse("--keep-state and --drop-state exclude each other");
  const auto from = start_place_of(given.from);
  if (!from) return refuse(from.error().message);
  if (!given.yes && !sh.in_is_terminal)
    return refuse("standard input is no terminal that could be asked: give --yes, and --keep-state or --drop-state for "
                  "a streamlet that has state");

  auto project = load_project(given.folder, sh);
  if (!project) return complain(sh, project.error());
  auto data = open_data_dir(given.data, data_use::change);
  if (!data) return complain(sh, data.error());
  auto plan = plan_replay(project->verified, *data->log, given.target, *from);
  if (!plan) return complain(sh, plan.error());

  sh.err(text_of(*plan));
  plan->drop_state = given.drop_state;
  const bool told = given.keep_state || given.drop_state;
  if (plan->changelog && !told) {
    if (!sh.in_is_terminal || given.yes)
      return refuse("streamlet '" + plan->streamlet.value() +
                    "' has state: say --keep-state (records count into it again) or --drop-state (it begins empty)");
    auto drop = asked(sh, "Drop the state, so that it is made again from the records? Else they count into it once "
                          "more. [y/N] ");
    if (!drop) return complain(sh, drop.error());
    plan->drop_state = *drop;
  }
  if (!given.yes) {
    auto go = asked(sh, "Go on? [y/N] ");
    if (!go) return complain(sh, go.error());
    if (!*go) {
      sh.err("Nothing was changed.\n");
      return exit_status::failure;
    }
  }
  if (auto done = carry_out(*plan, *data->log); !done)
    return complain(sh, done.error().wrap("not everything was set; the same command again does the rest"));
  if (given.output == "json") return print(sh, json_of(*plan));
  sh.err("Done. The next `cloudflow run --data-dir` reads from there.\n");
  return exit_status::ok;
}

} // namespace

void add_replay(command& root, shell& sh) {
  auto given = std::make_shared<replay_options>(); // owners: the command
  root.add("replay", "Data of a run", "Let a streamlet read its records again")
      .needs("STREAMLET[.INLET]", "Whose positions are set; without INLET those of all its inlets", given->target)
      .takes("DIR", "Folder of the project (default: here)", given->folder)
      .needs_option("--from", "PLACE",
                    "earliest, latest, an offset, -N (N before the end) or a time as 2026-11-22T21:05:00Z", given->from)
      .needs_option("--data-dir", "DIR", "The data folder of `cloudflow run --data-dir`", given->data)
      .flag("--keep-state", "The streamlet's state stays: records count into it again", given->keep_state)
      .flag("--drop-state", "The streamlet's state is removed: it begins empty", given->drop_state)
      .flag("--yes", "Do not ask", given->yes)
      .output(given->output)
      .details(
          "Needs the run stopped. Says first which positions move, what state there is, and which streamlets behind\n"
          "it see results twice: what was written before stays in its topics. Then it asks; without a terminal it\n"
          "does nothing unless --yes is given.")
      .example("process --from earliest --data-dir data", "Everything that is still there, once more")
      .example("process.in examples/sensors --from 2026-11-22T21:05:00Z --data-dir data --drop-state --yes",
               "In a script")
      .runs([&sh, given] { return replay(*given, sh); });
}

} // namespace cloudflow::cli
