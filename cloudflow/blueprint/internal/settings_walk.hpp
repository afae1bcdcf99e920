#pragma once

#include "cloudflow/blueprint/config_schema.hpp"
#include "cloudflow/blueprint/problem.hpp"
#include "cloudflow/config/path.hpp"
#include "cloudflow/config/value.hpp"

#include <string>
#include <vector>

/// Reads configuration by the table of settings: what is known, what is not.
namespace cloudflow::blueprint::internal {

/// A setting that was given.
struct given {
  const setting* what;
  config::path keys;
  origin key_where;
  config::value value;
};

/// "a", "b" of "a b".
[[nodiscard]] std::vector<std::string> split(std::string_view text, char at);

/// True for an object; else reports what is neither object nor null.
bool object_at(const config::value& v, const config::path& keys, std::vector<problem>& out);

/// Reports a value of the wrong type, with the setting's example.
void report_wrong_type(const given& g, const std::string& reason, std::vector<problem>& out);

/// Reports the last of `keys`, with the nearest of what is known there.
void unknown_among(const config::path& keys, const origin& where, std::vector<std::string> known,
                   std::vector<problem>& out);

/// The settings in `cloudflow.<scope>.<name>`, which is `section`; unknown keys are reported.
[[nodiscard]] std::vector<given> settings_below(std::string_view scope, const std::string& name,
                                                const config::value& section, std::vector<problem>& out);

} // namespace cloudflow::blueprint::internal
