#include "cloudflow/cli/loading.hpp"

#include "cloudflow/blueprint/parse.hpp"
#include "cloudflow/blueprint/verify.hpp"
#include "cloudflow/streamlet/module_file.hpp"

#include <algorithm>

namespace cloudflow::cli {

void print_problems(const std::vector<diagnostic>& problems, shell& sh) {
  for (const auto& p : problems) sh.err(render(p));
  const auto errors = static_cast<std::size_t>(
      std::count_if(problems.begin(), problems.end(), [](const auto& p) { return p.level == severity::error; }));
  if (errors > 0) sh.err(std::to_string(errors) + (errors == 1 ? " problem\n" : " problems\n"));
}

expected<loaded_project, exit_status> load_project(const std::filesystem::path& folder, shell& sh) {
  auto talk = [&](std::string_view line) { sh.err(std::string(line) + "\n"); };
  auto give_up = [&](const error& why) {
    talk("cloudflow: " + why.text());
    return unexpected(exit_status::failure);
  };
  auto found = find_project(folder, talk);
  if (!found) return give_up(found.error());
  if (auto built = build_if_needed(*found, talk); !built) return give_up(built.error());
  auto file = streamlet::read_module_file(found->module);
  if (!file) return give_up(file.error());
  if (auto fits = streamlet::check_loadable(file->note, streamlet::note_of_core()); !fits) return give_up(fits.error());
  auto module = streamlet::module_descriptor_from_json(file->descriptor_json);
  if (!module) return give_up(module.error());

  auto plan = blueprint::parse_file(found->blueprint, sh.variables);
  if (!plan) {
    print_problems(plan.error(), sh);
    return unexpected(exit_status::problems);
  }
  blueprint::verify_options options;
  options.app_name = found->name;
  options.known_backends = sh.backends.names();
  options.descriptor_bytes = file->descriptor_json.size();
  auto verified = blueprint::verify(*plan, *module, options);
  if (!verified) {
    print_problems(blueprint::to_diagnostics(verified.error()), sh);
    return unexpected(exit_status::problems);
  }
  return loaded_project{std::move(*found), std::move(*module), std::move(*verified)};
}

} // namespace cloudflow::cli
