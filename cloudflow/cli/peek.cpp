#include "cloudflow/cli/commands.hpp"
#include "cloudflow/cli/data_dir.hpp"
#include "cloudflow/cli/record_reading.hpp"
#include "cloudflow/cli/record_text.hpp"

#include <charconv>
#include <memory>

namespace cloudflow::cli {

namespace {

struct peek_options {
  std::string topic;
  std::string folder;
  std::string data;
  std::string partition;
  std::string from = "earliest";
  std::string count = "10";
  std::string output;
};

std::optional<std::int64_t> number_of(const std::string& text) {
  std::int64_t n = 0;
  const auto [stop, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (failed != std::errc() || stop != text.data() + text.size() || n < 0) return std::nullopt;
  return n;
}

exit_status peek(const peek_options& given, shell& sh) {
  const auto refuse = [&](const std::string& why) {
    sh.err("cloudflow peek: " + why + "\n");
    return exit_status::usage;
  };
  const auto from = start_place_of(given.from);
  if (!from) return refuse(from.error().message);
  const auto count = number_of(given.count);
  if (!count) return refuse("--count is a number of records, not " + shown(given.count));
  const auto partition = given.partition.empty() ? std::optional<std::int64_t>() : number_of(given.partition);
  if (!given.partition.empty() && !partition) return refuse("--partition is a number, not " + shown(given.partition));

  auto data = open_data_dir(given.data, data_use::look);
  if (!data) return complain(sh, data.error());
  const auto topic = find_topic(*data->log, given.topic);
  if (!topic) return complain(sh, topic.error());
  const auto partitions = static_cast<std::int64_t>(topic->partitions.size());
  if (partition && *partition >= partitions)
    return complain(sh, user_error(errc::not_found, "topic '" + given.topic + "' has the partitions 0 to " +
                                                        std::to_string(partitions - 1) + ", not " +
                                                        std::to_string(*partition))
                            .error());
  known_schemas schemas;
  if (!given.folder.empty()) {
    auto project = load_project(given.folder, sh);
    if (!project) return complain(sh, project.error());
    schemas = known_schemas(*project);
  }

  auto left = *count;
  bool written = true;
  for (std::int64_t p = partition.value_or(0); p <= partition.value_or(partitions - 1) && left > 0 && written; ++p) {
    const topic_partition source{topic->spec.name, partition_id(static_cast<std::int32_t>(p))};
    const auto start = offset_of(*data->log, source, *from);
    if (!start) return complain(sh, start.error());
    auto done = read_partition(*data->log, source, *start, [&](const log::record_view& r) {
      const auto record = show(given.topic, r, schemas);
      written = sh.out(given.output == "json" ? json_of(record) : text_of(record));
      return --left > 0 && written;
    });
    if (!done) return complain(sh, done.error());
  }
  return written ? exit_status::ok : exit_status::failure;
}

} // namespace

void add_peek(command& root, shell& sh) {
  auto given = std::make_shared<peek_options>(); // owners: the command
  root.add("peek", "Data of a run", "Show records of a topic of a data folder, decoded")
      .needs("TOPIC", "Name of the topic, as `cloudflow topics` prints it", given->topic)
      .takes("DIR", "Folder of the project whose schemas decode the values; without it they are hexadecimal",
             given->folder)
      .needs_option("--data-dir", "DIR", "The data folder of `cloudflow run --data-dir`", given->data)
      .option("--partition", "N", "Only this partition (default: one after the other)", given->partition)
      .option("--from", "PLACE",
              "earliest (default), latest, an offset, -N (N before the end) or a time, in each partition", given->from)
      .option("--count", "N", "At most so many records (default: 10)", given->count)
      .output(given->output)
      .details(
          "Looks on, also while a run has the folder open: records as they were committed when the command began;\n"
          "no group's position moves. A value is decoded by the schema that its header cf-schema names, if the\n"
          "project's module knows it; without that header by what the blueprint says of the topic, else by its\n"
          "reader's own. Control characters are shown as \\xNN. With -o json a record is one line.")
      .example("sensors.ingress.out examples/sensors --data-dir data", "The first ten records")
      .example("sensors.ingress.out --data-dir data --partition 0 --from -5", "The last five of a partition, undecoded")
      .example("sensors.ingress.out . --data-dir data --from 2026-11-22T21:05:00Z --count 1000 -o json", "For programs")
      .runs([&sh, given] { return peek(*given, sh); });
}

} // namespace cloudflow::cli
