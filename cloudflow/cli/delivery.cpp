#include "cloudflow/cli/delivery.hpp"

namespace cloudflow::cli {

std::string delivery_text(const blueprint::delivery_paths& all, std::size_t most) {
  return all.paths.empty() ? std::string() : "Delivery\n" + blueprint::text_of(all, "  ", most);
}

void write_delivery(json_writer& json, const blueprint::delivery_paths& all) {
  json.key("delivery").begin_array();
  for (const auto& path : all.paths) {
    json.begin_object().key("path").begin_array();
    for (const auto& station : path.stations) json.value(station);
    json.end_array().member("guarantee", name_of(path.worth)).key("weakest").begin_array();
    for (const auto& link : path.weakest)
      json.begin_object().member("name", link.name).member("because", link.why).end_object();
    json.end_array().member("commits_add_ms", static_cast<std::int64_t>(path.commits_add.count())).end_object();
  }
  json.end_array();
}

} // namespace cloudflow::cli
