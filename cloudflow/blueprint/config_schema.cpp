#include "cloudflow/blueprint/config_schema.hpp"

#include "cloudflow/base/suggest.hpp"
#include "cloudflow/config/path.hpp"

#include <algorithm>
#include <array>

namespace cloudflow::blueprint {

namespace {

using id = setting_id;
using type = setting_type;

constexpr std::string_view deliveries = "exactly-once at-least-once at-most-once";
constexpr std::string_view policies = "fail skip dead-letter";

constexpr std::array table = {
    setting{
        "cloudflow.streamlets.<streamlet>.config-parameters.<parameter>",
        id::parameter,
        type::any,
        {},
        {},
        "A config parameter of the streamlet's class. Its type, pattern and default stand in the class; one without "
        "a default needs a value. `<parameter>.file = PATH` takes the value from a file, and nothing prints it.",
        "cloudflow.streamlets.egress.config-parameters.path = /tmp/out.csv"},
    setting{
        "cloudflow.streamlets.<streamlet>.volume-mounts.<mount>",
        id::volume_mount,
        type::text,
        {},
        {},
        "Sandbox: the local folder behind a volume mount of the class, relative to the file that says it. Without it a "
        "temporary folder is used.",
        "cloudflow.streamlets.ingress.volume-mounts.data = ./data"},
    setting{"cloudflow.streamlets.<streamlet>.config.delivery", id::delivery, type::choice, deliveries, "exactly-once",
            "What a record must be worth when a process dies. exactly-once: results, state and positions are one "
            "transaction, and results are seen with its commit. It holds between topics.",
            "cloudflow.streamlets.process.config.delivery = at-most-once"},
    setting{"cloudflow.streamlets.<streamlet>.config.state", id::state, type::choice, "memory rocksdb", "memory",
            "Where keyed state lies. rocksdb is not there yet.", "cloudflow.streamlets.process.config.state = memory"},
    setting{"cloudflow.streamlets.<streamlet>.config.commit-interval",
            id::commit_interval,
            type::duration,
            {},
            "100 ms",
            "How long results may wait for the commit of their offsets. From 1 ms to 1 h.",
            "cloudflow.streamlets.process.config.commit-interval = 1 s"},
    setting{
        "cloudflow.streamlets.<streamlet>.config.inlets.<inlet>.on-error", id::on_error, type::choice, policies,
        "what the class says, else dead-letter",
        "What happens to a record that cannot be decoded, or at which code throws. dead-letter: it goes to the topic "
        "`<app>.<streamlet>.<inlet>.dead`. skip: it is counted. fail: the streamlet fails, once what came before is "
        "committed. It wins over what the class says, its handler too.",
        "cloudflow.streamlets.process.config.inlets.in.on-error = skip"},
    setting{"cloudflow.streamlets.<streamlet>.config.inlets.<inlet>.retries",
            id::retries,
            type::count,
            {},
            "0",
            "How often a bad record is tried again, at once, before on-error holds. From 0 to 1000.",
            "cloudflow.streamlets.process.config.inlets.in.retries = 2"},
    setting{"cloudflow.streamlets.<streamlet>.config.repartitions.<repartition>.partitions",
            id::repartition_partitions,
            type::count,
            {},
            "as many as the first inlet's topic, else 3",
            "How many partitions the internal topic behind a repartition has, from 1 to 10000. It feeds keyed state, "
            "so it cannot grow.",
            "cloudflow.streamlets.process.config.repartitions.by-gauge.partitions = 8"},
    setting{"cloudflow.streamlets.<streamlet>.config.<setting>",
            id::runtime_setting,
            type::any,
            {},
            {},
            "Settings of the streamlet's engine, passed on as they are. Runtime native has only those above.",
            "cloudflow.streamlets.average.config.spark.sql.shuffle.partitions = 4"},
    setting{"cloudflow.streamlets.<streamlet>.kubernetes",
            id::kubernetes,
            type::object,
            {},
            {},
            "Not there yet: settings of the streamlet's pods.",
            ""},
    setting{"cloudflow.runtimes.<runtime>.config.delivery", id::delivery, type::choice, deliveries, "exactly-once",
            "The same for all streamlets of a runtime; a streamlet's own setting wins.",
            "cloudflow.runtimes.native.config.delivery = at-least-once"},
    setting{"cloudflow.runtimes.<runtime>.config.state", id::state, type::choice, "memory rocksdb", "memory",
            "The same for all streamlets of a runtime.", "cloudflow.runtimes.native.config.state = memory"},
    setting{"cloudflow.runtimes.<runtime>.config.commit-interval",
            id::commit_interval,
            type::duration,
            {},
            "100 ms",
            "The same for all streamlets of a runtime.",
            "cloudflow.runtimes.native.config.commit-interval = 250 ms"},
    setting{"cloudflow.runtimes.<runtime>.config.inlets.<inlet>.on-error", id::on_error, type::choice, policies,
            "what the class says, else dead-letter", "The same for all inlets of that name.",
            "cloudflow.runtimes.native.config.inlets.in.on-error = skip"},
    setting{"cloudflow.runtimes.<runtime>.config.inlets.<inlet>.retries",
            id::retries,
            type::count,
            {},
            "0",
            "The same for all inlets of that name.",
            "cloudflow.runtimes.native.config.inlets.in.retries = 2"},
    setting{"cloudflow.runtimes.<runtime>.config.<setting>",
            id::runtime_setting,
            type::any,
            {},
            {},
            "Settings of the engine for all its streamlets, passed on as they are.",
            "cloudflow.runtimes.spark.config.spark.sql.shuffle.partitions = 4"},
    setting{"cloudflow.runtimes.<runtime>.kubernetes",
            id::kubernetes,
            type::object,
            {},
            {},
            "Not there yet: settings of the pods of a runtime.",
            ""},
    setting{"cloudflow.topics.<topic>.partitions",
            id::topic_setting,
            type::count,
            {},
            "3",
            "How many partitions the topic has, from 1 to 10000; `topic.partitions` is the same. Checked again against "
            "keys and joins.",
            "cloudflow.topics.ingress-out.partitions = 8"},
    setting{"cloudflow.topics.<topic>.replicas",
            id::topic_setting,
            type::count,
            {},
            {},
            "How many brokers hold it; `topic.replicas` is the same. The in-process log has one copy.",
            "cloudflow.topics.ingress-out.replicas = 3"},
    setting{"cloudflow.topics.<topic>.topic.name",
            id::topic_setting,
            type::text,
            {},
            {},
            "Its name in the log. Without it: the id for a topic of section `topics`, `<app>.<streamlet>.<outlet>` for "
            "one of `connections`.",
            "cloudflow.topics.ingress-out.topic.name = readings"},
    setting{"cloudflow.topics.<topic>.topic.<property>",
            id::topic_setting,
            type::any,
            {},
            {},
            "Any further property of a Kafka topic, by Kafka's name.",
            "cloudflow.topics.ingress-out.topic.retention.ms = 3600000"},
    setting{"cloudflow.topics.<topic>.managed",
            id::topic_setting,
            type::boolean,
            {},
            "true",
            "Whether the platform creates the topic.",
            "cloudflow.topics.orders.managed = false"},
    setting{"cloudflow.topics.<topic>.cluster",
            id::topic_setting,
            type::text,
            {},
            {},
            "The named Kafka cluster that holds it.",
            "cloudflow.topics.orders.cluster = legacy"},
    setting{"cloudflow.topics.<topic>.schema",
            id::topic_setting,
            type::text,
            {},
            {},
            "The schema of records that do not name theirs: a file with an Avro schema, beside the text that names it. "
            "Each reader of the topic must be able to read it. Without it such records are read with the reader's own.",
            "cloudflow.topics.orders.schema = schemas/order.avsc"},
    setting{"cloudflow.topics.<topic>.bootstrap.servers",
            id::topic_setting,
            type::text,
            {},
            {},
            "The brokers that hold it, instead of a named cluster.",
            "cloudflow.topics.orders.bootstrap.servers = \"kafka-1:9092\""},
    setting{"cloudflow.topics.<topic>.connection-config",
            id::topic_setting,
            type::object,
            {},
            {},
            "Client properties for readers and writers, by Kafka's names.",
            "cloudflow.topics.orders.connection-config.security.protocol = SSL"},
    setting{"cloudflow.topics.<topic>.producer-config",
            id::topic_setting,
            type::object,
            {},
            {},
            "Client properties for writers.",
            "cloudflow.topics.orders.producer-config.linger.ms = 5"},
    setting{"cloudflow.topics.<topic>.consumer-config",
            id::topic_setting,
            type::object,
            {},
            {},
            "Client properties for readers.",
            "cloudflow.topics.orders.consumer-config.fetch.min.bytes = 1024"},
    setting{"cloudflow.topics.<topic>.producers",
            id::topic_setting,
            type::list,
            {},
            {},
            "Has no effect here: wiring stands in the blueprint. Allowed, so that a topic's section can be copied.",
            ""},
    setting{"cloudflow.topics.<topic>.consumers",
            id::topic_setting,
            type::list,
            {},
            {},
            "Has no effect here, as `producers`.",
            ""},
};

std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> out;
  while (true) {
    const auto dot = path.find('.');
    out.push_back(path.substr(0, dot));
    if (dot == std::string_view::npos) return out;
    path.remove_prefix(dot + 1);
  }
}

bool is_name(std::string_view segment) { return !segment.empty() && segment.front() == '<'; }

// How many leading segments fit; a literal must be equal, a name takes anything.
std::size_t fitting(const std::vector<std::string_view>& pattern, const std::vector<std::string>& keys) {
  std::size_t n = 0;
  while (n < pattern.size() && n < keys.size() && (pattern[n] == keys[n] || is_name(pattern[n]))) ++n;
  return n;
}

// Literals before names: "config.delivery" is not the engine's setting "delivery".
std::size_t literals(const std::vector<std::string_view>& pattern) {
  return static_cast<std::size_t>(std::count_if(pattern.begin(), pattern.end(), [](auto s) { return !is_name(s); }));
}

bool takes_more(const setting& s) {
  return s.type == type::object || s.type == type::any; // what lies below belongs to it
}

std::string text_of(const setting& s) {
  std::string out(s.path);
  out += "\n  " + std::string(s.summary) + "\n  type     " + std::string(name_of(s.type));
  if (!s.choices.empty()) out += ": " + std::string(s.choices);
  if (!s.fallback.empty()) out += "\n  default  " + std::string(s.fallback);
  if (!s.example.empty()) out += "\n  example  " + std::string(s.example);
  return out + "\n";
}

} // namespace

std::string_view name_of(setting_type t) {
  switch (t) {
  case type::any: return "any";
  case type::text: return "text";
  case type::boolean: return "true or false";
  case type::count: return "whole number";
  case type::duration: return "duration";
  case type::choice: return "one of";
  case type::list: return "list";
  case type::object: return "object";
  }
  return "any";
}

std::span<const setting> settings() { return table; }

const setting* find_setting(std::string_view path) {
  const auto keys = config::parse_path(path);
  if (!keys) return nullptr;
  const setting* best = nullptr;
  std::size_t best_literals = 0;
  for (const auto& s : table) {
    const auto pattern = segments(s.path);
    const auto n = fitting(pattern, *keys);
    if (n != pattern.size() || (n != keys->size() && !takes_more(s))) continue;
    if (best == nullptr || literals(pattern) > best_literals) {
      best = &s;
      best_literals = literals(pattern);
    }
  }
  return best;
}

std::optional<std::string> explain(std::string_view path) {
  std::string out;
  for (const auto& s : table)
    if (s.path == path) return text_of(s);
  if (const auto* s = find_setting(path)) return text_of(*s);
  // A prefix: everything below it.
  const auto prefix = segments(path);
  const std::vector<std::string> keys(prefix.begin(), prefix.end());
  for (const auto& s : table) {
    const auto pattern = segments(s.path);
    if (pattern.size() > keys.size() && fitting(pattern, keys) == keys.size())
      out += (out.empty() ? "" : "\n") + text_of(s);
  }
  return out.empty() ? std::nullopt : std::optional(out);
}

std::optional<std::string> nearest_setting(std::string_view path) {
  const auto typed = segments(path);
  const std::vector<std::string> keys(typed.begin(), typed.end());
  // The names that were typed are taken as they are; the rest is compared.
  std::vector<std::string> candidates;
  for (const auto& s : table) {
    std::string candidate;
    const auto pattern = segments(s.path);
    for (std::size_t i = 0; i < pattern.size(); ++i)
      candidate += (i == 0 ? "" : ".") + (is_name(pattern[i]) && i < keys.size() ? keys[i] : std::string(pattern[i]));
    candidates.push_back(std::move(candidate));
  }
  return nearest(path, candidates);
}

std::string render_settings_page() {
  std::string out =
      "# Configuration\n\n"
      "<!-- Made from cloudflow/blueprint/config_schema.cpp by scripts/gen_reference.py: do not edit. -->\n\n"
      "Given by `--conf FILE` (any number; later ones win) and by `key=value` on the command line, which wins "
      "over files.\nConfiguration wins over the blueprint, the blueprint over defaults; a streamlet's setting "
      "over its runtime's.\nRoot keys other than `cloudflow` are free, for `${...}`.\n";
  for (const auto& s : table) {
    out += "\n## `" + std::string(s.path) + "`\n\n" + std::string(s.summary) +
           "\n\n- Type: " + std::string(name_of(s.type));
    if (!s.choices.empty()) {
      std::string separator = " `";
      for (std::string_view rest = s.choices; !rest.empty();) {
        const auto blank = rest.find(' ');
        out += separator + std::string(rest.substr(0, blank)) + "`";
        separator = ", `";
        rest = blank == std::string_view::npos ? std::string_view() : rest.substr(blank + 1);
      }
    }
    out += "\n";
    if (!s.fallback.empty()) out += "- Default: " + std::string(s.fallback) + "\n";
    if (!s.example.empty()) out += "- Example: `" + std::string(s.example) + "`\n";
  }
  return out;
}

} // namespace cloudflow::blueprint
