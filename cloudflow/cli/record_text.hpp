#pragma once

#include "cloudflow/cli/loading.hpp"
#include "cloudflow/log/record.hpp"
#include "cloudflow/schema/avro_schema.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace cloudflow::cli {

/// The schemas by which a project's records are read: those of its module, by the fingerprint that a record carries in
/// the header `cf-schema`, and what its topics say of records without one. Empty without a project.
class known_schemas {
  std::map<std::uint64_t, schema::avro_schema> by_fingerprint_;
  std::map<std::string, schema::avro_schema> by_topic_;

public:
  known_schemas() = default;
  explicit known_schemas(const loaded_project& project);
  /// How a record of the topic is read; nullptr: nobody knows.
  [[nodiscard]] const schema::avro_schema* find(const std::string& topic, const log::header_list& headers) const;
};

/// A record as it is shown: everything decoded that can be.
struct shown_record {
  topic_partition source;
  log::record_view record;
  const schema::avro_schema* schema = nullptr;
  std::optional<std::string> json{}; ///< the value in Avro's JSON form
  std::string undecoded{};           ///< why there is none; empty for a tombstone
};

shown_record show(const std::string& topic, const log::record_view& record, const known_schemas& schemas);

/// For people: a line of place, time and key, one of headers, one of the value; nothing that a terminal would obey.
std::string text_of(const shown_record& shown);
/// For programs: one line. Bytes that are no text are hexadecimal, in members named `..._hex`.
std::string json_of(const shown_record& shown);

/// "2026-11-22T21:05:33.250Z"
std::string text_of(timestamp time);
/// The same read back, seconds and their fraction optional; nothing on anything else.
std::optional<timestamp> timestamp_of(const std::string& text);

} // namespace cloudflow::cli
