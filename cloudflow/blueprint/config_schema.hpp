#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The keys of an application's configuration, declared once: `configure` parses by this table, `config explain` and
/// the page docs/reference/configuration.md print it.
namespace cloudflow::blueprint {

/// What a key means; names the member of the result that it fills.
enum class setting_id {
  parameter,
  volume_mount,
  delivery,
  state,
  commit_interval,
  on_error,
  retries,
  repartition_partitions,
  runtime_setting, ///< passed to the engine as it is
  kubernetes,
  topic_setting ///< read by the same code as in the blueprint
};

enum class setting_type { any, text, boolean, count, duration, choice, list, object };
[[nodiscard]] std::string_view name_of(setting_type type);

/// One key. `<name>` in its path stands for a name of the application's.
struct setting {
  std::string_view path; ///< "cloudflow.streamlets.<streamlet>.config.delivery"
  setting_id id;
  setting_type type;
  std::string_view choices{};  ///< of `choice`, separated by blanks
  std::string_view fallback{}; ///< the value that holds if nobody gives one, as it would be written; empty: none
  std::string_view summary;
  std::string_view example{};
};

/// All of them, in the order of the page.
[[nodiscard]] std::span<const setting> settings();

/// The setting that a whole path with names filled in belongs to; nullptr if there is none.
[[nodiscard]] const setting* find_setting(std::string_view path);

/// What `cloudflow config explain KEY` prints: for a path with names or placeholders, also for a prefix. nullopt if
/// there is no such key; `nearest_setting` may know what was meant.
[[nodiscard]] std::optional<std::string> explain(std::string_view path);
[[nodiscard]] std::optional<std::string> nearest_setting(std::string_view path);

/// The page docs/reference/configuration.md.
[[nodiscard]] std::string render_settings_page();

} // namespace cloudflow::blueprint
