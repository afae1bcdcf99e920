#include "cloudflow/blueprint/graph.hpp"

#include "cloudflow/base/json_writer.hpp"
#include "cloudflow/cli/commands.hpp"
#include "cloudflow/cli/delivery.hpp"
#include "cloudflow/cli/loading.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

namespace cloudflow::cli {

namespace {

constexpr std::size_t paths_at_a_glance = 8; // `describe` lists them all

struct graph_options {
  project_arguments where;
  bool svg = false;
  std::string svg_file;
  std::string output;
};

std::string json_of(const blueprint::verified_blueprint& plan, const blueprint::delivery_paths& paths) {
  json_writer json(2);
  json.begin_object().member("application", plan.app_id).key("nodes").begin_array();
  for (const auto& s : plan.streamlets)
    json.begin_object().member("id", s.name.value()).member("kind", "streamlet").end_object();
  for (const auto& t : plan.topics) json.begin_object().member("id", t.id.value()).member("kind", "topic").end_object();
  json.end_array().key("edges").begin_array();
  const auto edge = [&](const std::string& from, const std::string& to, const port_path& port) {
    json.begin_object().member("from", from).member("to", to).member("port", port.text()).end_object();
  };
  for (const auto& t : plan.topics) {
    for (const auto& p : t.producers) edge(p.streamlet.value(), t.id.value(), p);
    for (const auto& c : t.consumers) edge(t.id.value(), c.streamlet.value(), c);
  }
  json.end_array();
  write_delivery(json, paths);
  json.end_object();
  return std::move(json).text() + "\n";
}

exit_status write_svg(const std::string& file, const std::string& text, shell& sh) {
  if (file.empty() || file == "-") return print(sh, text);
  std::ofstream out(file, std::ios::binary);
  if (out << text; !out.flush())
    return complain(
        sh, {errc::io_error, error_source::user, false, "cannot write " + shown(file) + ": " + std::strerror(errno)});
  sh.err("wrote " + file + "\n");
  return exit_status::ok;
}

exit_status draw(graph_options& given, shell& sh) {
  if (auto sorted = given.where.sort_words(sh); !sorted) return sorted.error();
  // `graph --svg DIR` means the folder, not a file of its name.
  std::error_code failed;
  if (!given.where.folder && std::filesystem::is_directory(given.svg_file, failed))
    given.where.folder = std::exchange(given.svg_file, {});
  auto loaded = load_project(given.where.folder.value_or("."), sh);
  if (!loaded) return complain(sh, loaded.error());
  const auto app = given.where.configure(*loaded, false, sh);
  if (!app) return complain(sh, app.error());
  const auto& plan = app->plan;
  const auto paths = blueprint::find_delivery_paths(plan, app->streamlets);
  if (given.svg) return write_svg(given.svg_file, blueprint::graph_svg(plan, name_of(blueprint::worth_of(paths))), sh);
  if (given.output == "json") return print(sh, json_of(plan, paths));
  return print(sh, blueprint::graph_text(plan) + "\n" + delivery_text(paths, paths_at_a_glance));
}

} // namespace

void add_graph(command& root, shell& sh) {
  auto given = std::make_shared<graph_options>(); // owners: the command
  auto& c = root.add("graph", "Develop", "Draw the application: streamlets and the topics between them");
  given->where.declare(c);
  c.option_if_any("--svg", "FILE", "Write an SVG picture, to standard output without FILE", given->svg, given->svg_file)
      .output(given->output)
      .example("examples/sensors", "As text, in the order in which records walk")
      .example("examples/sensors --svg sensors.svg", "A picture that needs nothing from outside")
      .runs([&sh, given] { return draw(*given, sh); });
}

} // namespace cloudflow::cli
