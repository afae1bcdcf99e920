#include "cloudflow/config/parse.hpp"

#include "cloudflow/config/internal/parse_session.hpp"

namespace cloudflow::config {

using detail::parse_session;

namespace {

bool is_json(const parse_options& options, std::string_view name) {
  if (options.syntax == syntax::by_name) return name.ends_with(".json");
  return options.syntax == syntax::json;
}

parsed finish(parse_session& s, detail::node_ptr root) {
  if (!s.problems.empty() || !root) {
    sort_and_unique(s.problems);
    return unexpected(std::move(s.problems));
  }
  return value(std::move(root));
}

} // namespace

parsed parse_text(std::string_view text, std::string name, const parse_options& options) {
  parse_session s{options};
  detail::document_place at;
  at.json = is_json(options, name);
  auto root = detail::parse_document(s, text, std::make_shared<const std::string>(std::move(name)), at);
  return finish(s, std::move(root));
}

parsed parse_file(const std::filesystem::path& file, const parse_options& options) {
  auto text = options.reader(file, {});
  if (text && *text) return parse_text(**text, file.generic_string(), options);
  return unexpected(std::vector{
      diagnostic{"CF-C19",
                 "'" + file.generic_string() + "' " + (text ? "does not exist" : "cannot be read: " + text.error()),
                 origin::of(file.generic_string()),
                 {},
                 "check the path"}});
}

parsed parse_json(std::string_view text, std::string name) {
  parse_options options;
  options.syntax = syntax::json;
  options.any_root = true;
  return parse_text(text, std::move(name), options);
}

parsed parse_value(std::string_view text, std::string name) {
  parse_options options;
  options.reader = read_nothing();
  parse_session s{options};
  auto root = detail::parse_single_value(s, text, std::make_shared<const std::string>(std::move(name)));
  return finish(s, std::move(root));
}

} // namespace cloudflow::config
