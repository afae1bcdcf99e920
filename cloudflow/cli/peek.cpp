#include "cloudflow/cli/commands.hpp"
#include "cloudflow/cli/data_dir.hpp"
#include "cloudflow/cli/record_selection.hpp"

#include <memory>

namespace cloudflow::cli {

namespace {

struct peek_options {
  std::string topic;
  std::string folder;
  std::string data;
  record_selection records;
};

exit_status peek(const peek_options& given, shell& sh) {
  auto data = open_data_dir(given.data, data_use::look);
  if (!data) return complain(sh, data.error());
  const auto topic = find_topic(*data->log, given.topic);
  if (!topic) return complain(sh, topic.error());
  return print_records(*data->log, *topic, given.records, given.folder, sh);
}

} // namespace

void add_peek(command& root, shell& sh) {
  auto given = std::make_shared<peek_options>(); // owners: the command
  auto& c = root.add("peek", "Data of a run", "Show records of a topic of a data folder, decoded");
  c.needs("TOPIC", "Name of the topic, as `cloudflow topics` prints it", given->topic)
      .takes("DIR", "Folder of the project whose schemas decode the values; without it they are hexadecimal",
             given->folder)
      .needs_option("--data-dir", "DIR", "The data folder of `cloudflow run --data-dir`", given->data);
  given->records.declare(c);
  c.details("Looks on, also while a run has the folder open: records as they were committed when the command began;\n"
            "no group's position moves. A value is decoded by the schema that its header cf-schema names, if the\n"
            "project's module knows it; without that header by what the blueprint says of the topic, else by its\n"
            "reader's own. Control characters are shown as \\xNN. With -o json a record is one line.")
      .example("sensors.ingress.out examples/sensors --data-dir data", "The first ten records")
      .example("sensors.ingress.out --data-dir data --partition 0 --from -5", "The last five of a partition, undecoded")
      .example("sensors.ingress.out . --data-dir data --from 2026-11-22T21:05:00Z --count 1000 -o json", "For programs")
      .runs([&sh, given] { return peek(*given, sh); });
}

} // namespace cloudflow::cli
