#include "cloudflow/backend/assembly.hpp"
#include "cloudflow/base/json_writer.hpp"
#include "cloudflow/blueprint/application_config.hpp"
#include "cloudflow/blueprint/graph.hpp"
#include "cloudflow/cli/commands.hpp"
#include "cloudflow/cli/delivery.hpp"
#include "cloudflow/cli/loading.hpp"
#include "cloudflow/config/read.hpp"
#include "cloudflow/sandbox/data_folders.hpp"
#include "cloudflow/sandbox/log_files.hpp"
#include "cloudflow/sandbox/sandbox.hpp"

#include <cstdlib>
#include <memory>

namespace cloudflow::cli {

namespace {

struct run_options {
  project_arguments where;
  std::string duration;
  bool exit_when_complete = false;
  bool fail_fast = false;
  std::string data_dir;
  std::string output;
};

result<std::filesystem::path> make_run_folder(const std::string& app_id) {
  std::error_code failed;
  const auto temporary = std::filesystem::temp_directory_path(failed);
  std::string name = (temporary / ("cloudflow-" + app_id + "-XXXXXX")).string();
  if (failed || !::mkdtemp(name.data()))
    return system_error(errc::io_error,
                        "cannot make a folder in " + temporary.string() + " (set TMPDIR to one that can be written)");
  return std::filesystem::path(name);
}

// A mount that nobody gave a folder gets an empty one of the run's; one that was given must be there.
result<void> mount_folders(blueprint::application_config& app, const std::filesystem::path& run_folder) {
  for (std::size_t i = 0; i < app.streamlets.size(); ++i) {
    auto& chosen = app.streamlets[i];
    for (const auto& mount : app.plan.streamlets[i].descriptor.volume_mounts) {
      std::error_code failed;
      const auto at = chosen.mounts.find(mount.name);
      if (at == chosen.mounts.end()) {
        const auto made = run_folder / (chosen.name.value() + "-" + mount.name);
        std::filesystem::create_directories(made, failed);
        if (failed) return system_error(errc::io_error, "cannot make " + made.string() + ": " + failed.message());
        chosen.mounts[mount.name] = made;
      } else if (!std::filesystem::is_directory(at->second, failed)) {
        return user_error(errc::not_found, "volume mount '" + mount.name + "' of streamlet '" + chosen.name.value() +
                                               "': there is no folder " + at->second.string());
      }
    }
  }
  return {};
}

constexpr std::size_t paths_at_a_glance = 8; // `describe` lists them all

// What a run says before it begins: graph, instances, topics, configuration (DESIGN §7).
std::string introduction(const blueprint::application_config& app, const blueprint::config_sources& sources,
                         const sandbox::sandbox_options& options) {
  std::string out = blueprint::graph_text(app.plan) + "\nStreamlets\n";
  for (std::size_t i = 0; i < app.streamlets.size(); ++i) {
    const auto& s = app.plan.streamlets[i];
    out += "  " + s.name.value() + "  " + s.class_name + "\n";
    for (const auto& [name, folder] : app.streamlets[i].mounts)
      out += "    mount " + name + ": " + folder.string() + "\n";
    out += "    log   " + sandbox::log_file_of(options.folder, s.name.value()).string() + "\n";
  }
  out += "Topics\n";
  for (const auto& t : app.plan.topics)
    out += "  " + t.id.value() + "  " + t.name.value() + ", " + std::to_string(t.partitions) +
           (t.partitions == 1 ? " partition\n" : " partitions\n");
  out += "Data\n  ";
  if (options.data_dir.empty())
    out += "of this run only; --data-dir DIR keeps topics, positions and state\n";
  else
    out += "kept in " + options.data_dir.string() + ": a run that was killed goes on from there\n";
  out += "Configuration\n";
  for (const auto& file : sources.files) out += "  " + file.string() + "\n";
  if (!sources.key_values.empty())
    out += "  " + std::to_string(sources.key_values.size()) + " keys from the command line\n";
  if (sources.files.empty() && sources.key_values.empty()) out += "  defaults\n";
  return out + delivery_text(blueprint::find_delivery_paths(app.plan, app.streamlets), paths_at_a_glance) + "\n";
}

// The same for programs: the first of the run's events.
std::string started_event(const blueprint::application_config& app, const blueprint::config_sources& sources,
                          const std::filesystem::path& run_folder) {
  json_writer json;
  json.begin_object().member("event", "started").member("application", app.plan.app_id);
  json.key("streamlets").begin_array();
  for (std::size_t i = 0; i < app.streamlets.size(); ++i) {
    const auto& s = app.plan.streamlets[i];
    json.begin_object().member("name", s.name.value()).member("class", s.class_name);
    json.member("log", sandbox::log_file_of(run_folder, s.name.value()).string()).key("mounts").begin_object();
    for (const auto& [name, folder] : app.streamlets[i].mounts) json.member(name, folder.string());
    json.end_object().end_object();
  }
  json.end_array().key("topics").begin_array();
  for (const auto& t : app.plan.topics) {
    json.begin_object().member("id", t.id.value()).member("name", t.name.value());
    json.member("partitions", t.partitions).end_object();
  }
  json.end_array().key("configuration").begin_array();
  for (const auto& file : sources.files) json.value(file.string());
  json.end_array();
  write_delivery(json, blueprint::find_delivery_paths(app.plan, app.streamlets));
  json.end_object();
  return std::move(json).text() + "\n";
}

exit_status run_project(run_options& given, shell& sh) {
  const auto refuse = [&](const std::string& why) {
    sh.err("cloudflow run: " + why + "\n");
    return exit_status::usage;
  };
  if (auto sorted = given.where.sort_words(sh); !sorted) return sorted.error();
  sandbox::sandbox_options options;
  if (!given.duration.empty()) {
    auto d = config::as_duration(config::value::of(given.duration, origin::of("--duration")));
    if (!d) return refuse("--duration is a time as 10s or '5 minutes', not " + shown(given.duration));
    options.duration = *d;
  }
  auto loaded = load_project(given.where.folder.value_or("."), sh);
  if (!loaded) return complain(sh, loaded.error());

  const auto sources = given.where.sources(loaded->project.folder, sh);
  auto configured = given.where.configure(*loaded, true, sh);
  if (!configured) return complain(sh, configured.error());
  if (given.output != "json") print_problems(loaded->verified.notes, sh);

  auto folder_made = make_run_folder(loaded->verified.app_id);
  if (!folder_made) return complain(sh, folder_made.error());
  options.folder = *folder_made;
  options.data_dir = given.data_dir;
  const auto mounts = given.data_dir.empty() ? options.folder : sandbox::data_folders(options.data_dir).mounts;
  if (auto mounted = mount_folders(*configured, mounts); !mounted) return complain(sh, mounted.error());
  options.as_json = given.output == "json";
  sh.err(options.as_json ? started_event(*configured, sources, options.folder)
                         : introduction(*configured, sources, options));
  auto plan = backend::assemble(*configured, {loaded->project.module, loaded->project.version, true});
  options.exit_when_complete = given.exit_when_complete;
  options.fail_fast = given.fail_fast;
  options.live = sh.err_is_terminal && !options.as_json;
  options.enter_ends = sh.in_is_terminal;
  auto outcome = sandbox::run(std::move(plan), sh.backends, options, {sh.out, sh.err});
  if (!outcome) return complain(sh, outcome.error());
  switch (*outcome) {
  case sandbox::run_outcome::failed: return exit_status::failure;
  case sandbox::run_outcome::interrupted: return exit_status::interrupted;
  default: return exit_status::ok;
  }
}

} // namespace

void add_run(command& root, shell& sh) {
  auto given = std::make_shared<run_options>(); // owners: the command
  auto& c = root.add("run", "Develop", "Run the whole application in this process: the sandbox");
  given->where.declare(c);
  c.option("--duration", "TIME", "Drain and end after this time: 10s, '5 minutes'", given->duration)
      .flag("--exit-when-complete", "End when every streamlet completed or is degraded", given->exit_when_complete)
      .flag("--fail-fast", "End when a streamlet fails, instead of starting it again", given->fail_fast)
      .option("--data-dir", "DIR", "Keep topics, positions and state in DIR: a run that ended, or was killed, goes on",
              given->data_dir)
      .output(given->output)
      .details(
          "Builds what changed and checks the blueprint first. ENTER, Ctrl-C and SIGTERM drain. Configuration: the\n"
          "project's local.conf, then --conf files in their order, then key=value. Standard output belongs to the\n"
          "streamlets. With -o json the run's own report on standard error is one JSON object a line, once it has\n"
          "begun: `event` is started, serving, rates (every second), completed, failed, draining, given-up, crashed\n"
          "or ended.\n\n"
          "A streamlet that fails is started again from what it had committed, after 1 s, 2 s, 4 s ... 60 s, while "
          "the\n"
          "others run on; the third failure at one committed position is poison: the streamlet is degraded and stays\n"
          "down. The exit status is 1 if a streamlet is degraded or failed at the end. With --exit-when-complete the\n"
          "run ends, too, when nothing has moved for 5 s behind one that is degraded.")
      .example("examples/sensors", "Until ENTER or Ctrl-C")
      .example("--duration 10s cloudflow.streamlets.ingress.config-parameters.rate=10", "Ten seconds, slower")
      .example("examples/weather --exit-when-complete", "Until the file is read and every window written")
      .example("examples/weather --data-dir data",
               "Killed in the middle and started again, it goes on; nothing comes twice")
      .runs([&sh, given] { return run_project(*given, sh); });
}

} // namespace cloudflow::cli
