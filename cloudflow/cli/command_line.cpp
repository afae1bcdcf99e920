#include "cloudflow/cli/commands.hpp"

namespace cloudflow::cli {

namespace {
constexpr const char* program = "cloudflow";
constexpr const char* summary = "Develop, compose, verify, test and run typed streaming applications.";
} // namespace

void add_commands(command& root, shell& sh) {
  root.details("A first application:\n"
               "  cloudflow new sensors && cd sensors\n"
               "  cloudflow verify && cloudflow test && cloudflow run");
  add_new(root, sh);
  add_verify(root, sh);
  add_run(root, sh);
  add_test(root, sh);
  add_describe(root, sh);
  add_graph(root, sh);
  auto& config = root.add("config", "Tools", "Look into configuration: render, explain");
  add_config_render(config, sh);
  add_config_explain(config, sh);
  auto& schema =
      root.add("schema", "Tools", "Look into Avro schemas and data: canonical, fingerprint, check, decode, encode");
  add_schema_canonical(schema, sh);
  add_schema_fingerprint(schema, sh);
  add_schema_check(schema, sh);
  add_schema_decode(schema, sh);
  add_schema_encode(schema, sh);
  add_topics(root, sh);
  add_peek(root, sh);
  auto& dlq = root.add("dlq", "Data of a run", "Look at dead letters and send them back: list, show, redrive");
  add_dlq_list(dlq, sh);
  add_dlq_show(dlq, sh);
  add_dlq_redrive(dlq, sh);
  add_replay(root, sh);
  add_explain(root, sh);
  add_completion(root, sh);
  add_version(root, sh);
}

exit_status run_command_line(const std::vector<std::string>& arguments, shell& sh) {
  if (arguments.size() == 1 && arguments.front() == "--version") return run_command_line({"version"}, sh);
  command root(program, summary);
  add_commands(root, sh);
  return root.parse_and_run(arguments, sh);
}

std::string command_line_reference() {
  shell nobody;
  command root(program, summary);
  add_commands(root, nobody);
  return reference_page(root.page());
}

} // namespace cloudflow::cli
