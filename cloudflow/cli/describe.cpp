#include "cloudflow/cli/commands.hpp"
#include "cloudflow/cli/description.hpp"
#include "cloudflow/cli/loading.hpp"

#include <memory>

namespace cloudflow::cli {

namespace {

struct describe_options {
  project_arguments where;
  std::string output;
};

exit_status describe_project(describe_options& given, shell& sh) {
  if (auto sorted = given.where.sort_words(sh); !sorted) return sorted.error();
  auto loaded = load_project(given.where.folder.value_or("."), sh);
  if (!loaded) return complain(sh, loaded.error());
  application_description what{loaded->project.version, loaded->verified, {}};
  auto app = given.where.configure(*loaded, false, sh);
  if (!app) return complain(sh, app.error());
  what.plan = app->plan;
  what.configuration = std::move(app->streamlets);
  return print(sh, given.output == "json" ? json_of(what) : text_of(what));
}

} // namespace

void add_describe(command& root, shell& sh) {
  auto given = std::make_shared<describe_options>(); // owners: the command
  auto& c = root.add("describe", "Develop", "Say everything that is known of the application");
  given->where.declare(c);
  c.output(given->output)
      .details(
          "Streamlets with ports, schemas, parameters and volume mounts; topics with partitions, producers, consumers\n"
          "and groups; what delivery is worth. All of it under the configuration that `run` would read.")
      .example("examples/sensors", "For people")
      .example("examples/sensors -o json", "For programs")
      .runs([&sh, given] { return describe_project(*given, sh); });
}

} // namespace cloudflow::cli
