#pragma once

#include "cloudflow/config/text_reader.hpp"
#include "cloudflow/config/value.hpp"

#include <cstdint>
#include <filesystem>

namespace cloudflow::config {

/// How a text is read. `by_name`: JSON if the text's name ends in ".json", else HOCON.
enum class syntax { by_name, hocon, json };

/// Bounds that keep any input from exhausting the process. Source: DETAILS 5.
struct parse_limits {
  std::uint32_t nesting = 256;
  std::uint32_t include_depth = 50;
  std::uint32_t includes = 1'000;            ///< files in all
  std::uint64_t text_bytes = max_text_bytes; ///< of one text
  std::uint32_t problems = 20;               ///< reported at most
};

struct parse_options {
  config::syntax syntax = config::syntax::by_name;
  text_reader reader = read_files();
  parse_limits limits{};
  bool any_root = false; ///< a root that is no object is allowed, too (JSON: any value; HOCON: an array)
};

/// A value or every problem of the text.
using parsed = expected<value, std::vector<diagnostic>>;

/// Parses a document. `name` stands in origins; its folder is where includes are looked up. The result may hold
/// substitutions. Errors: CF-C01 to CF-C10, CF-C17 to CF-C21 (docs/reference/problems). Source: HOCON specification,
/// as typesafe-config 1.4.3 reads it; deviations in docs/reference/hocon-deviations.md.
CLOUDFLOW_API parsed parse_text(std::string_view text, std::string name, const parse_options& options = {});

/// Reads and parses a file.
CLOUDFLOW_API parsed parse_file(const std::filesystem::path& file, const parse_options& options = {});

/// Parses strict JSON: any root, no duplicate keys.
CLOUDFLOW_API parsed parse_json(std::string_view text, std::string name);

/// Parses one value as it would stand behind `key =`.
CLOUDFLOW_API parsed parse_value(std::string_view text, std::string name);

/// Parses `path.expression=value` as it is given on a command line: the value is HOCON, and text that is not is taken
/// as a string. The result is an object to put over others by `with_fallback`. Errors: CF-C20.
CLOUDFLOW_API expected<value, diagnostic> parse_override(std::string_view key_and_value,
                                                         std::string name = "command line");

} // namespace cloudflow::config
