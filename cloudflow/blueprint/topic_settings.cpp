#include "cloudflow/blueprint/topic_settings.hpp"

#include "cloudflow/blueprint/internal/topic_settings_reader.hpp"
#include "cloudflow/config/read.hpp"

#include <algorithm>

namespace cloudflow::blueprint {

topic_settings topic_settings::over(const topic_settings& lower) const {
  topic_settings out = *this;
  const auto fill = [](auto& upper, const auto& from) {
    if (!upper) upper = from;
  };
  fill(out.name, lower.name);
  fill(out.partitions, lower.partitions);
  fill(out.replicas, lower.replicas);
  fill(out.cluster, lower.cluster);
  fill(out.managed, lower.managed);
  fill(out.schema, lower.schema);
  fill(out.bootstrap_servers, lower.bootstrap_servers);
  out.topic.insert(lower.topic.begin(), lower.topic.end());
  out.connection.insert(lower.connection.begin(), lower.connection.end());
  out.producer.insert(lower.producer.begin(), lower.producer.end());
  out.consumer.insert(lower.consumer.begin(), lower.consumer.end());
  return out;
}

namespace internal {

namespace {

class reader {
  const settings_listener& listener_;

public:
  explicit reader(const settings_listener& listener)
      : listener_(listener) {}

  void text(std::optional<located<std::string>>& into, const std::string& key, const config::value& v) {
    if (const auto read = config::as_string(v); read) {
      into = located<std::string>{*read, v.where()};
    } else {
      listener_.bad(key, read.error().message, v.where());
    }
  }

  void flag(std::optional<located<bool>>& into, const std::string& key, const config::value& v) {
    if (const auto read = config::as_bool(v); read) {
      into = located<bool>{*read, v.where()};
    } else {
      listener_.bad(key, read.error().message, v.where());
    }
  }

  void count(std::optional<located<std::int32_t>>& into, const std::string& key, const config::value& v,
             std::int64_t limit) {
    const auto read = config::as_int(v);
    if (!read) {
      listener_.bad(key, read.error().message, v.where());
    } else if (*read < 1 || *read > limit) {
      listener_.bad(key, "it is a number from 1 to " + std::to_string(limit), v.where());
    } else if (into && into->value != *read) {
      listener_.bad(key, "it is given twice, as " + std::to_string(into->value) + " and " + std::to_string(*read),
                    v.where());
    } else {
      into = located<std::int32_t>{static_cast<std::int32_t>(*read), v.where()};
    }
  }

  // Kafka's names have dots, which HOCON reads as nested objects.
  void properties(topic_settings::properties& into, const std::string& prefix, const config::value& object) {
    if (!object.is_object()) return listener_.bad(prefix, "an object is wanted: { name = value, ... }", object.where());
    flatten(into, prefix, {}, object);
  }

  void flatten(topic_settings::properties& into, const std::string& prefix, const std::string& path,
               const config::value& object) {
    for (const auto& [key, key_where, v] : object.members()) {
      const std::string name = path.empty() ? std::string(key) : path + "." + std::string(key);
      property(into, prefix, name, v);
    }
  }

  void property(topic_settings::properties& into, const std::string& prefix, const std::string& name,
                const config::value& v) {
    if (v.is_object()) return flatten(into, prefix, name, v);
    if (v.is_null()) return;
    if (!v.is_array()) {
      into[name] = {std::string(v.text()), v.where()};
      return;
    }
    std::string list;
    for (const auto& item : v.elements()) {
      if (item.is_array() || item.is_object())
        return listener_.bad(prefix + "." + name, "a list of plain values is wanted", item.where());
      list += (list.empty() ? "" : ",") + std::string(item.text());
    }
    into[name] = {list, v.where()};
  }

  void topic(topic_settings& out, const config::value& object) {
    if (!object.is_object()) return listener_.bad("topic", "an object is wanted: { name = ..., ... }", object.where());
    for (const auto& [key, key_where, v] : object.members()) {
      if (v.is_null()) continue;
      if (key == "name") {
        text(out.name, "topic.name", v);
      } else if (key == "partitions") {
        count(out.partitions, "topic.partitions", v, partitions_limit);
      } else if (key == "replicas") {
        count(out.replicas, "topic.replicas", v, 1'000);
      } else {
        property(out.topic, "topic", std::string(key), v);
      }
    }
  }

  void bootstrap(topic_settings& out, const config::value& v, const origin& key_where) {
    if (!v.is_object()) return listener_.unknown("bootstrap", key_where, topic_setting_keys());
    for (const auto& [key, where, child] : v.members()) {
      if (key == "servers") {
        text(out.bootstrap_servers, "bootstrap.servers", child);
      } else {
        listener_.unknown("bootstrap." + std::string(key), where, topic_setting_keys());
      }
    }
  }
};

} // namespace

const std::vector<std::string>& topic_setting_keys() {
  static const std::vector<std::string> keys = {
      "bootstrap.servers", "cluster",         "connection-config", "consumer-config", "managed",
      "partitions",        "producer-config", "replicas",          "schema",          "topic"};
  return keys;
}

topic_settings read_topic_settings(const config::value& object, const std::vector<std::string>& also,
                                   const settings_listener& listener) {
  topic_settings out;
  reader read(listener);
  for (const auto& [key, key_where, v] : object.members()) {
    if (v.is_null() || std::find(also.begin(), also.end(), key) != also.end()) continue;
    if (key == "cluster") {
      read.text(out.cluster, "cluster", v);
    } else if (key == "managed") {
      read.flag(out.managed, "managed", v);
    } else if (key == "schema") {
      read.text(out.schema, "schema", v);
    } else if (key == "partitions") {
      read.count(out.partitions, "partitions", v, partitions_limit);
    } else if (key == "replicas") {
      read.count(out.replicas, "replicas", v, 1'000);
    } else if (key == "topic") {
      read.topic(out, v);
    } else if (key == "bootstrap") {
      read.bootstrap(out, v, key_where);
    } else if (key == "bootstrap.servers") {
      read.text(out.bootstrap_servers, "bootstrap.servers", v);
    } else if (key == "connection-config") {
      read.properties(out.connection, "connection-config", v);
    } else if (key == "producer-config") {
      read.properties(out.producer, "producer-config", v);
    } else if (key == "consumer-config") {
      read.properties(out.consumer, "consumer-config", v);
    } else {
      auto known = topic_setting_keys();
      known.insert(known.end(), also.begin(), also.end());
      listener.unknown(std::string(key), key_where, known);
    }
  }
  return out;
}

} // namespace internal

} // namespace cloudflow::blueprint
