#include "cloudflow/cli/loading.hpp"

#include "cloudflow/blueprint/parse.hpp"
#include "cloudflow/blueprint/verify.hpp"
#include "cloudflow/streamlet/module_file.hpp"

namespace cloudflow::cli {

expected<loaded_project, loading_failure> load_project(const std::filesystem::path& folder, shell& sh) {
  const auto talk = [&](std::string_view line) { sh.err(std::string(line) + "\n"); };
  for (const auto& e : sh.backend_errors)
    talk("cloudflow: a backend of CLOUDFLOW_BACKEND_PATH is left out: " + e.text());
  auto found = find_project(folder, talk);
  if (!found) return unexpected(loading_failure{{}, {}, found.error()});
  const auto give_up = [&](const error& why) { return unexpected(loading_failure{found->blueprint, {}, why}); };
  if (auto built = build_if_needed(*found, talk); !built) return give_up(built.error());
  auto file = streamlet::read_module_file(found->module);
  if (!file) return give_up(file.error());
  if (auto fits = streamlet::check_loadable(file->note, streamlet::note_of_core()); !fits) return give_up(fits.error());
  auto module = streamlet::module_descriptor_from_json(file->descriptor_json);
  if (!module) return give_up(module.error());

  auto plan = blueprint::parse_file(found->blueprint, sh.variables);
  if (!plan) return unexpected(loading_failure{found->blueprint, plan.error(), {}});
  blueprint::verify_options options;
  options.app_name = found->name;
  options.known_backends = sh.backends.names();
  options.descriptor_bytes = file->descriptor_json.size();
  auto verified = blueprint::verify(*plan, *module, options);
  if (!verified) return unexpected(loading_failure{found->blueprint, blueprint::to_diagnostics(verified.error()), {}});
  return loaded_project{std::move(*found), std::move(*module), std::move(*verified)};
}

exit_status complain(shell& sh, const loading_failure& failure) {
  if (failure.why) return complain(sh, *failure.why);
  print_problems(failure.problems, sh);
  return exit_status::problems;
}

void project_arguments::declare(command& c) {
  c.takes_any("[DIR] [key=value]...", "Folder of the project (default: here), and configuration", words);
  c.option_list("--conf", "FILE", "A configuration file; the last one wins, key=value wins over all", confs);
  c.flag("--no-local", "Leave out the project's local.conf, as deployment does", no_local);
}

expected<void, exit_status> project_arguments::sort_words(shell& sh) {
  for (const auto& word : words) {
    if (word.find('=') != std::string::npos) {
      key_values.push_back(word);
    } else if (folder) {
      sh.err("cloudflow: two folders are given: " + shown(*folder) + " and " + shown(word) + "\n");
      return unexpected(exit_status::usage);
    } else {
      folder = word;
    }
  }
  return {};
}

blueprint::config_sources project_arguments::sources(const std::optional<std::filesystem::path>& project,
                                                     const shell& sh) const {
  blueprint::config_sources out;
  std::error_code failed;
  if (project && !no_local && std::filesystem::exists(*project / "local.conf", failed))
    out.files.push_back(*project / "local.conf");
  for (const auto& conf : confs) out.files.emplace_back(conf);
  out.key_values = key_values;
  out.variables = sh.variables;
  return out;
}

expected<blueprint::application_config, loading_failure>
project_arguments::configure(const loaded_project& loaded, bool complete, const shell& sh) const {
  auto given = sources(loaded.project.folder, sh);
  given.complete = complete;
  auto configured = blueprint::configure(loaded.verified, given);
  if (!configured) return unexpected(loading_failure{loaded.project.blueprint, std::move(configured).error(), {}});
  return std::move(configured).value();
}

} // namespace cloudflow::cli
