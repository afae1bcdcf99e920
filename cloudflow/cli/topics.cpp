#include "cloudflow/base/json_writer.hpp"
#include "cloudflow/cli/commands.hpp"
#include "cloudflow/cli/data_dir.hpp"
#include "cloudflow/cli/loading.hpp"
#include "cloudflow/cli/plain_text.hpp"

#include <algorithm>
#include <map>
#include <memory>

namespace cloudflow::cli {

namespace {

struct topics_options {
  std::string folder;
  std::string data;
  std::string output;
};

struct group_row {
  std::string name;
  std::vector<log::group_progress> progress; // of this topic, by partition
};

struct topic_row {
  log::topic_description what;
  std::vector<group_row> groups;
  const blueprint::verified_topic* in_plan = nullptr;
};

result<std::vector<topic_row>> read_topics(const log::topic_log& log) {
  auto names = log.topics();
  if (!names) return unexpected(names.error());
  std::sort(names->begin(), names->end());
  std::vector<topic_row> out;
  std::map<std::string, std::size_t> place;
  for (const auto& name : *names) {
    auto described = log.describe_topic(name);
    if (!described) return unexpected(described.error());
    place[name.value()] = out.size();
    out.push_back({std::move(*described), {}, nullptr});
  }
  auto groups = log.groups();
  if (!groups) return unexpected(groups.error());
  std::sort(groups->begin(), groups->end());
  for (const auto& name : *groups) {
    auto group = log.describe_group(name);
    if (!group) return unexpected(group.error());
    for (auto& p : group->progress) {
      const auto at = place.find(p.source.topic.value());
      if (at == place.end()) continue;
      auto& rows = out[at->second].groups;
      if (rows.empty() || rows.back().name != name.value()) rows.push_back({name.value(), {}});
      rows.back().progress.push_back(std::move(p));
    }
  }
  for (auto& t : out)
    for (auto& g : t.groups)
      std::sort(g.progress.begin(), g.progress.end(),
                [](const auto& a, const auto& b) { return a.source.partition < b.source.partition; });
  return out;
}

const char* name_of(log::cleanup_policy cleanup) {
  switch (cleanup) {
  case log::cleanup_policy::consumed: return "consumed";
  case log::cleanup_policy::retain: return "retained";
  default: return "compacted";
  }
}

std::int64_t records_of(const log::partition_offsets& p) { return p.next.value() - p.first.value(); }

std::string ports(const std::vector<port_path>& list) {
  std::vector<std::string> names;
  for (const auto& p : list) names.push_back(p.text());
  return names.empty() ? "nobody" : listed(names);
}

// Columns as wide as what is in them; the first two words of a line are indented by what is before them.
std::string columns(const std::vector<std::vector<std::string>>& rows, const std::string& indent) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) {
    out += indent;
    for (std::size_t i = 0; i < row.size(); ++i)
      out += (i == 0 ? "" : "  ") + std::string(widths[i] - row[i].size(), ' ') + row[i];
    out += "\n";
  }
  return out;
}

std::string text_of(const topic_row& t) {
  std::int64_t records = 0;
  std::vector<std::vector<std::string>> rows{{"partition", "first", "next", "records"}};
  for (std::size_t i = 0; i < t.what.partitions.size(); ++i) {
    const auto& p = t.what.partitions[i];
    records += records_of(p);
    rows.push_back({std::to_string(i), std::to_string(p.first.value()), std::to_string(p.next.value()),
                    std::to_string(records_of(p))});
  }
  const auto n = t.what.partitions.size();
  std::string out = plain(t.what.spec.name.value()) + "  " + std::to_string(n) +
                    (n == 1 ? " partition, " : " partitions, ") + std::to_string(records) +
                    (records == 1 ? " record, " : " records, ") + name_of(t.what.spec.cleanup) +
                    (t.what.closed ? ", closed\n" : "\n");
  if (t.in_plan != nullptr)
    out += "  written by " + ports(t.in_plan->producers) + ", read by " + ports(t.in_plan->consumers) + "\n";
  out += columns(rows, "  ");
  for (const auto& g : t.groups) {
    out += "  group " + plain(g.name) + "\n";
    rows = {{"partition", "position", "committed", "lag"}};
    for (const auto& p : g.progress)
      rows.push_back({std::to_string(p.source.partition.value()), std::to_string(p.position.value()),
                      p.committed ? std::to_string(p.committed->value()) : "-", std::to_string(p.unread.records)});
    out += columns(rows, "    ");
  }
  return out;
}

std::string json_of(const std::vector<topic_row>& topics) {
  json_writer json(2);
  json.begin_object().key("topics").begin_array();
  for (const auto& t : topics) {
    json.begin_object().member("name", t.what.spec.name.value()).member("closed", t.what.closed);
    json.member("cleanup", name_of(t.what.spec.cleanup));
    if (t.in_plan != nullptr) {
      json.member("id", t.in_plan->id.value()).key("producers").begin_array();
      for (const auto& p : t.in_plan->producers) json.value(p.text());
      json.end_array().key("consumers").begin_array();
      for (const auto& p : t.in_plan->consumers) json.value(p.text());
      json.end_array();
    }
    json.key("partitions").begin_array();
    for (std::size_t i = 0; i < t.what.partitions.size(); ++i) {
      const auto& p = t.what.partitions[i];
      json.begin_object().member("partition", static_cast<std::uint64_t>(i)).member("first", p.first.value());
      json.member("next", p.next.value()).member("records", records_of(p)).end_object();
    }
    json.end_array().key("groups").begin_array();
    for (const auto& g : t.groups) {
      json.begin_object().member("name", g.name).key("partitions").begin_array();
      for (const auto& p : g.progress) {
        json.begin_object().member("partition", p.source.partition.value()).member("position", p.position.value());
        json.key("committed");
        if (p.committed)
          json.value(p.committed->value());
        else
          json.null();
        json.member("lag", p.unread.records).end_object();
      }
      json.end_array().end_object();
    }
    json.end_array().end_object();
  }
  json.end_array().end_object();
  return std::move(json).text() + "\n";
}

exit_status print_topics(const topics_options& given, shell& sh) {
  auto data = open_data_dir(given.data, data_use::look);
  if (!data) return complain(sh, data.error());
  auto topics = read_topics(*data->log);
  if (!topics) return complain(sh, topics.error());
  std::optional<loaded_project> project;
  if (!given.folder.empty()) {
    auto loaded = load_project(given.folder, sh);
    if (!loaded) return complain(sh, loaded.error());
    project = std::move(*loaded);
    for (auto& t : *topics)
      for (const auto& known : project->verified.topics)
        if (known.name == t.what.spec.name) t.in_plan = &known;
  }
  if (given.output == "json") return print(sh, json_of(*topics));
  if (topics->empty()) sh.err("The log has no topics yet.\n");
  std::string out;
  for (const auto& t : *topics) out += (out.empty() ? "" : "\n") + text_of(t);
  return print(sh, out);
}

} // namespace

void add_topics(command& root, shell& sh) {
  auto given = std::make_shared<topics_options>(); // owners: the command
  root.add("topics", "Data of a run", "List the topics of a data folder: offsets, groups, lag")
      .takes("DIR", "Folder of the project, to say who writes and reads each topic", given->folder)
      .needs_option("--data-dir", "DIR", "The data folder of `cloudflow run --data-dir`", given->data)
      .output(given->output)
      .details("Looks on, also while a run has the folder open: everything is as it was when the command began.\n"
               "`records` counts offsets from the first to the next one; where transactions ended and where a\n"
               "compacted topic has lost records there are offsets without a record.")
      .example("--data-dir data", "Offsets, positions and lag of every topic")
      .example("examples/sensors --data-dir data -o json", "For programs, with the ports of each topic")
      .runs([&sh, given] { return print_topics(*given, sh); });
}

} // namespace cloudflow::cli
