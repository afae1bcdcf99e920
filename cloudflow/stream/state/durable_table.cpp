#include "cloudflow/stream/state/durable_table.hpp"

namespace cloudflow::stream {

result<void> durable_bytes::open(task_state& task, const table_spec& spec,
                                 const std::function<result<void>(std::string_view)>& add_decoder,
                                 const std::function<bool(bytes_view, bytes_view, std::size_t)>& read) {
  name_ = spec.name;
  auto opened = task.open_table(spec);
  if (!opened) return unexpected(opened.error().wrap("state '" + name_ + "' cannot be opened"));
  for (const auto& written : opened->value_schemas) {
    if (auto added = add_decoder(written); !added)
      return unexpected(added.error().wrap("state '" + name_ + "' cannot be read"));
  }
  schema_number_ = opened->current;
  port_ = std::move(opened->port);
  bool good = true;
  auto done = port_->restore([&](bytes_view key, bytes_view value) {
    std::int64_t schema = 0;
    good = good && take_long(value, schema) && schema >= 0 && read(key, value, static_cast<std::size_t>(schema));
  });
  if (!done) return unexpected(done.error().wrap("state '" + name_ + "' cannot be restored"));
  if (!good) return system_error(errc::corrupt, "state '" + name_ + "' holds an entry that cannot be decoded");
  return {};
}

void durable_bytes::seal(commit_id n) {
  if (port_ == nullptr || changes_.empty()) return;
  port_->seal(n, std::move(changes_));
  changes_ = store::write_batch();
}

} // namespace cloudflow::stream
