#include "cloudflow/stream/state/keyed_state.hpp"

#include "cloudflow/stream/graph/context.hpp"

namespace cloudflow::stream {

void keyed_state::unbound() const {
  throw stage_failure({"error",
                       "state '" + name_ + "' is not bound: list it in states(), `auto states() { return std::tie(" +
                           name_ + ", ...); }`, and use it in on_element and on_..._timer only",
                       "process", std::nullopt});
}

result<void> keyed_state::open(keyed_rows& rows, task_state* task, const std::string& op) {
  rows_ = &rows;
  if (task == nullptr) return {};
  const auto table = op + "/" + name_;
  const auto key = rows.key_schema();
  const auto value = value_schema();
  if (key.empty() || value.empty())
    return user_error(errc::unsupported, "state '" + table + "' cannot be durable: its " +
                                             (key.empty() ? "key" : "value") +
                                             " has no state_codec; specialise state_codec, a struct's in one line "
                                             "with state_members<T, &T::a, &T::b>");
  auto opened = task->open_table({table, key_schema_behind(key), value});
  if (!opened) return unexpected(opened.error().wrap("state '" + table + "' cannot be opened"));
  for (const auto& written : opened->value_schemas) {
    if (auto added = add_decoder(written); !added)
      return unexpected(added.error().wrap("state '" + table + "' cannot be read"));
  }
  schema_number_ = opened->current;
  port_ = std::move(opened->port);
  if (auto done = restore(); !done) return unexpected(done.error().wrap("state '" + table + "' cannot be restored"));
  return {};
}

result<void> keyed_state::restore() {
  std::optional<error> broken;
  const auto corrupt = [&](std::string why) {
    if (!broken) broken = error{errc::corrupt, error_source::system, false, std::move(why)};
  };
  auto done = port_->restore([&](bytes_view key, bytes_view value) {
    if (broken) return;
    std::int64_t schema = 0;
    const auto row = rows_->row_of(key);
    if (!row) return corrupt(row.error().message);
    if (!take_long(value, schema) || schema < 0) return corrupt("a value without the number of its schema");
    if (!restore_entry(*row, key, value, static_cast<std::size_t>(schema))) corrupt("an entry cannot be decoded");
  });
  if (!done) return done;
  if (broken) return unexpected(*std::move(broken));
  return {};
}

void keyed_state::seal(commit_id n) {
  if (!durable()) return;
  put_dirty();
  if (changes_.empty()) return;
  port_->seal(n, std::move(changes_));
  changes_ = store::write_batch();
}

} // namespace cloudflow::stream
