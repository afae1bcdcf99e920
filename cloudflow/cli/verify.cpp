#include "cloudflow/base/json_writer.hpp"
#include "cloudflow/cli/commands.hpp"
#include "cloudflow/cli/delivery.hpp"
#include "cloudflow/cli/loading.hpp"

#include <memory>
#include <set>

namespace cloudflow::cli {

namespace {

constexpr std::size_t paths_at_a_glance = 8; // `describe` lists them all

struct verify_options {
  project_arguments where;
  std::string output;
};

std::set<std::string> classes_of(const loaded_project& loaded) {
  std::set<std::string> out;
  for (const auto& s : loaded.verified.streamlets) out.insert(s.class_name);
  return out;
}

std::string text_of(const loaded_project& loaded, const blueprint::delivery_paths& paths) {
  std::string out;
  for (const auto& name : classes_of(loaded)) out += "Streamlet '" + name + "' found\n";
  return out + delivery_text(paths, paths_at_a_glance) + loaded.project.blueprint.string() + " verified.\n";
}

void write_all(json_writer& json, std::string_view key, const std::vector<diagnostic>& items) {
  json.key(key).begin_array();
  for (const auto& d : items) json.raw(to_json(d));
  json.end_array();
}

std::string json_of(const loaded_project& loaded, const blueprint::delivery_paths& paths) {
  json_writer json(2);
  json.begin_object().member("verified", true).member("blueprint", loaded.project.blueprint.string());
  json.key("streamlets").begin_array();
  for (const auto& name : classes_of(loaded)) json.value(name);
  json.end_array().key("problems").begin_array().end_array();
  write_all(json, "notes", loaded.verified.notes);
  write_delivery(json, paths);
  json.end_object();
  return std::move(json).text() + "\n";
}

std::string json_of(const loading_failure& failure) {
  json_writer json(2);
  json.begin_object().member("verified", false);
  if (!failure.blueprint.empty()) json.member("blueprint", failure.blueprint.string());
  if (failure.why) json.member("error", failure.why->text());
  write_all(json, "problems", failure.problems);
  json.end_object();
  return std::move(json).text() + "\n";
}

exit_status verify_project(verify_options& given, shell& sh) {
  if (auto sorted = given.where.sort_words(sh); !sorted) return sorted.error();
  const auto refuse = [&](const loading_failure& failure) {
    const auto status = failure.why ? complain(sh, failure) : exit_status::problems;
    if (given.output == "json")
      print(sh, json_of(failure));
    else if (!failure.why)
      complain(sh, failure);
    return status;
  };
  auto loaded = load_project(given.where.folder.value_or("."), sh);
  if (!loaded) return refuse(loaded.error());
  // What nobody gave yet may still come; but who gives configuration wants to know whether it suffices.
  const auto app = given.where.configure(*loaded, given.where.configures(), sh);
  if (!app) return refuse(app.error());
  const auto paths = blueprint::find_delivery_paths(app->plan, app->streamlets);
  if (given.output == "json") return print(sh, json_of(*loaded, paths));
  print_problems(loaded->verified.notes, sh);
  return print(sh, text_of(*loaded, paths));
}

} // namespace

void add_verify(command& root, shell& sh) {
  auto given = std::make_shared<verify_options>(); // owners: the command
  auto& c = root.add("verify", "Develop", "Build the project and check its blueprint: every problem at once");
  given->where.declare(c);
  c.output(given->output)
      .details("Builds what changed, then checks names, ports, schemas, keys and topics. Configuration is\n"
               "checked as `run` would read it: the project's local.conf, then --conf files, then key=value. With\n"
               "--conf or key=value, required parameters that have no value are problems, too. `cloudflow explain`\n"
               "says what a problem's code means. Then says per path through the application what delivery is worth,\n"
               "which link is the weakest, and what commits cost in time.")
      .example("examples/sensors", "One line per streamlet class, then '.../blueprint.conf verified.'")
      .example("--conf prod.conf --no-local",
               "Would this do to deploy: all keys known, of the right type, none missing?")
      .example("-o json", "The list of problems for an editor or CI")
      .runs([&sh, given] { return verify_project(*given, sh); });
}

} // namespace cloudflow::cli
