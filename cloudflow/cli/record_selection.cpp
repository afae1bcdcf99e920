#include "cloudflow/cli/record_selection.hpp"

#include "cloudflow/cli/loading.hpp"
#include "cloudflow/cli/record_reading.hpp"
#include "cloudflow/cli/record_text.hpp"

#include <charconv>

namespace cloudflow::cli {

namespace {

std::optional<std::int64_t> number_of(const std::string& text) {
  std::int64_t n = 0;
  const auto [stop, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (failed != std::errc() || stop != text.data() + text.size() || n < 0) return std::nullopt;
  return n;
}

} // namespace

void record_selection::declare(command& c) {
  c.option("--partition", "N", "Only this partition (default: one after the other)", partition)
      .option("--from", "PLACE",
              "earliest (default), latest, an offset, -N (N before the end) or a time, in each partition", from)
      .option("--count", "N", "At most so many records (default: 10)", count)
      .output(output);
}

exit_status print_records(log::topic_log& log, const log::topic_description& topic, const record_selection& which,
                          const std::string& folder, shell& sh) {
  const auto refuse = [&](const std::string& why) {
    sh.err("cloudflow: " + why + "\n");
    return exit_status::usage;
  };
  const auto from = start_place_of(which.from);
  if (!from) return refuse(from.error().message);
  const auto count = number_of(which.count);
  if (!count) return refuse("--count is a number of records, not " + shown(which.count));
  const auto partition = which.partition.empty() ? std::optional<std::int64_t>() : number_of(which.partition);
  if (!which.partition.empty() && !partition) return refuse("--partition is a number, not " + shown(which.partition));

  const auto& name = topic.spec.name.value();
  const auto partitions = static_cast<std::int64_t>(topic.partitions.size());
  if (partition && *partition >= partitions)
    return complain(sh, {errc::not_found, error_source::user, false,
                         "topic '" + name + "' has the partitions 0 to " + std::to_string(partitions - 1) + ", not " +
                             std::to_string(*partition)});
  known_schemas schemas;
  if (!folder.empty()) {
    auto project = load_project(folder, sh);
    if (!project) return complain(sh, project.error());
    schemas = known_schemas(*project);
  }
  auto left = *count;
  bool written = true;
  for (std::int64_t p = partition.value_or(0); p <= partition.value_or(partitions - 1) && left > 0 && written; ++p) {
    const topic_partition source{topic.spec.name, partition_id(static_cast<std::int32_t>(p))};
    const auto start = offset_of(log, source, *from);
    if (!start) return complain(sh, start.error());
    auto done = read_partition(log, source, *start, [&](const log::record_view& r) {
      const auto record = show(name, r, schemas);
      written = sh.out(which.output == "json" ? json_of(record) : text_of(record));
      return --left > 0 && written;
    });
    if (!done) return complain(sh, done.error());
  }
  return written ? exit_status::ok : exit_status::failure;
}

} // namespace cloudflow::cli
