#include "cloudflow/config/internal/node.hpp"
#include "cloudflow/config/parse.hpp"

#include <algorithm>

namespace cloudflow::config {

expected<value, diagnostic> parse_override(std::string_view key_and_value, std::string name) {
  const auto equals = key_and_value.find('=');
  const auto where = origin::of(name, 1, 1, static_cast<std::uint32_t>(std::min(equals, key_and_value.size())));
  if (equals == std::string_view::npos || equals == 0) {
    return unexpected<diagnostic>(diagnostic{"CF-C20",
                                             "'" + std::string(key_and_value) + "' is not key=value",
                                             where,
                                             {},
                                             "write a path, '=' and a value: cloudflow.streamlets.x.config.y=5"});
  }
  auto keys = parse_path(key_and_value.substr(0, equals));
  if (!keys) {
    auto problem = std::move(keys).error();
    problem.code = "CF-C20";
    problem.where = where;
    return unexpected<diagnostic>(std::move(problem));
  }
  const auto text = key_and_value.substr(equals + 1);
  auto parsed_value = parse_value(text, name);
  origin value_where = where;
  value_where.column += where.length + 1;
  value_where.length = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(text.size()));
  auto child = parsed_value ? *parsed_value : value::of(text, value_where);
  if (child.node()->count == 0 && child.resolved()) {
    auto moved = std::make_shared<detail::node>(*child.node());
    moved->where = value_where;
    child = value(std::move(moved));
  }
  return value::empty_object(where).with(*keys, child, where);
}

} // namespace cloudflow::config
