#include "cloudflow/cli/record_text.hpp"

#include "cloudflow/base/json_writer.hpp"
#include "cloudflow/cli/plain_text.hpp"
#include "cloudflow/native/inlet_port.hpp"
#include "cloudflow/schema/generic_value.hpp"
#include "cloudflow/schema/schema_cache.hpp"

#include <array>
#include <cstdio>

namespace cloudflow::cli {

namespace {

std::optional<schema::avro_schema> parsed(const streamlet::schema_descriptor& of) {
  if (of.format != "avro") return std::nullopt;
  auto schema = schema::avro_schema::parse(of.text, of.name);
  if (!schema) return std::nullopt;
  return std::move(*schema);
}

} // namespace

known_schemas::known_schemas(const loaded_project& project) {
  const auto learn = [&](const streamlet::schema_descriptor& of) {
    if (auto schema = parsed(of)) by_fingerprint_.emplace(schema->ids().crc64, std::move(*schema));
  };
  for (const auto& s : project.module.streamlets) {
    for (const auto& port : s.inlets) learn(port.schema);
    for (const auto& port : s.outlets) learn(port.schema);
  }
  for (const auto& topic : project.verified.topics) {
    std::optional<schema::avro_schema> schema;
    if (topic.schema) {
      schema = parsed(*topic.schema);
    } else if (!topic.consumers.empty()) {
      const auto& reader = topic.consumers.front();
      const auto* streamlet = project.verified.find(reader.streamlet);
      const auto* inlet = streamlet == nullptr ? nullptr : streamlet->descriptor.find_inlet(reader.port);
      if (inlet != nullptr) schema = parsed(inlet->schema);
    }
    if (schema) by_topic_.emplace(topic.name.value(), std::move(*schema));
  }
}

const schema::avro_schema* known_schemas::find(const std::string& topic, const log::header_list& headers) const {
  if (const auto header = headers.find(native::schema_header)) {
    const auto crc = schema::fingerprint_of(*header);
    const auto at = crc ? by_fingerprint_.find(*crc) : by_fingerprint_.end();
    return at == by_fingerprint_.end() ? nullptr : &at->second;
  }
  const auto at = by_topic_.find(topic);
  return at == by_topic_.end() ? nullptr : &at->second;
}

shown_record show(const std::string& topic, const log::record_view& record, const known_schemas& schemas) {
  shown_record out{{topic_name(topic), record.source.partition}, record, schemas.find(topic, record.headers), {}, {}};
  if (!record.value) return out;
  if (out.schema == nullptr) {
    out.undecoded = record.headers.find(native::schema_header) ? "its schema is not in the project's module" : "";
    return out;
  }
  if (auto value = schema::decode_generic(*out.schema, *record.value))
    out.json = schema::to_json(*out.schema, *value);
  else
    out.undecoded = value.error().text();
  return out;
}

std::string text_of(const shown_record& shown) {
  const auto& r = shown.record;
  std::string out = plain(shown.source.text()) + "/" + std::to_string(r.offset.value()) + "  " + text_of(r.time) +
                    "  key " + (r.key ? text_or_hex(*r.key) : "none") + "\n";
  std::string headers;
  for (const auto [name, value] : r.headers)
    headers += (headers.empty() ? "" : "  ") + plain(name) + "=" +
               (name == native::schema_header && shown.schema != nullptr ? plain(schema::describe(shown.schema->root()))
                                                                         : text_or_hex(value));
  if (!headers.empty()) out += "  " + headers + "\n";
  if (!r.value) return out + "  tombstone\n";
  if (!shown.undecoded.empty()) out += "  (not decoded: " + plain(shown.undecoded) + ")\n";
  return out + "  " + (shown.json ? plain(*shown.json) : "0x" + to_hex(*r.value)) + "\n";
}

std::string json_of(const shown_record& shown) {
  const auto& r = shown.record;
  json_writer json;
  const auto bytes_member = [&](const std::string& name, const std::optional<bytes_view>& value) {
    if (!value)
      json.key(name).null();
    else if (is_plain(as_text(*value)))
      json.member(name, as_text(*value));
    else
      json.member(name + "_hex", to_hex(*value));
  };
  json.begin_object().member("topic", shown.source.topic.value()).member("partition", shown.source.partition.value());
  json.member("offset", r.offset.value()).member("time", text_of(r.time));
  bytes_member("key", r.key);
  json.key("headers").begin_array();
  for (const auto [name, value] : r.headers) {
    json.begin_object().member("name", name);
    bytes_member("value", value);
    json.end_object();
  }
  json.end_array();
  if (shown.schema != nullptr) json.member("schema", schema::describe(shown.schema->root()));
  if (!r.value)
    json.key("value").null();
  else if (shown.json)
    json.key("value").raw(*shown.json);
  else
    json.member("value_hex", to_hex(*r.value));
  if (!shown.undecoded.empty()) json.member("not_decoded", shown.undecoded);
  json.end_object();
  return std::move(json).text() + "\n";
}

std::string text_of(timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text.data();
}

std::optional<timestamp> timestamp_of(const std::string& text) {
  // 0123-56-89T12:45:78.012Z
  std::string pattern = "dddd-dd-ddTdd:dd:dd.ddd";
  std::string given = text.ends_with('Z') ? text.substr(0, text.size() - 1) : std::string();
  if (given.size() == 16) given += ":00";
  if (given.size() == 19) given += ".000";
  if (given.size() != pattern.size()) return std::nullopt;
  for (std::size_t i = 0; i < given.size(); ++i)
    if (pattern[i] == 'd' ? given[i] < '0' || given[i] > '9' : given[i] != pattern[i]) return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t digits) { return std::stoi(given.substr(at, digits)); };
  const std::chrono::year_month_day date(std::chrono::year(number(0, 4)),
                                         std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                         std::chrono::day(static_cast<unsigned>(number(8, 2))));
  if (!date.ok() || number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 59) return std::nullopt;
  return timestamp(std::chrono::sys_days(date)) + std::chrono::hours(number(11, 2)) +
         std::chrono::minutes(number(14, 2)) + std::chrono::seconds(number(17, 2)) +
         std::chrono::milliseconds(number(20, 3));
}

} // namespace cloudflow::cli
