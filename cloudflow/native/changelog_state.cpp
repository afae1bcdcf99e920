#include "cloudflow/native/changelog_state.hpp"

#include "cloudflow/stream/state/state_codec.hpp"
#include "cloudflow/stream/state/table_schemas.hpp"

#include <map>
#include <mutex>
#include <string_view>
#include <unordered_map>

namespace cloudflow::native {

namespace {

enum class kind : std::uint8_t { entry = 'e', key_schema = 'k', value_schema = 'v' };

bytes prefix_of(std::string_view table, kind what) {
  bytes out;
  stream::put_octets(as_bytes(table), out);
  out.push_back(std::byte(what));
  return out;
}

std::string text_of(bytes_view view) { return std::string(as_text(view)); }

} // namespace

void changelog_batch::put(bytes_view table_and_kind, bytes_view key, bytes_view value) {
  erase(table_and_kind, key);
  bytes_.insert(bytes_.end(), value.begin(), value.end());
  places_.back().end = bytes_.size();
  places_.back().erased = false;
}

void changelog_batch::erase(bytes_view table_and_kind, bytes_view key) {
  const auto at = bytes_.size();
  bytes_.insert(bytes_.end(), table_and_kind.begin(), table_and_kind.end());
  bytes_.insert(bytes_.end(), key.begin(), key.end());
  places_.push_back({at, bytes_.size(), bytes_.size(), true});
}

log::outgoing_record changelog_batch::record(std::size_t i, partition_id partition) const {
  const auto& at = places_[i];
  const bytes_view all(bytes_);
  log::outgoing_record out;
  out.key = all.subspan(at.key, at.value - at.key);
  if (!at.erased) out.value = all.subspan(at.value, at.end - at.value);
  out.partition = partition;
  return out;
}

struct changelog_state::contents {
  struct sealed_batch {
    stream::commit_id n;
    store::write_batch changes;
  };
  struct table {
    stream::table_schemas schemas;
    bool key_schema_told = false; // the changelog has it
    std::size_t value_schemas_told = 0;
    std::unordered_map<std::string, bytes> restored; // until it is opened
    std::vector<sealed_batch> sealed;
    bool open = false;
  };
  std::mutex mutex;
  std::map<std::string, table, std::less<>> tables;

  static void add(const std::string& name, table& t, stream::commit_id n, changelog_batch& into);
};

// The last change of each key, in the order of the first.
void changelog_state::contents::add(const std::string& name, table& t, stream::commit_id n, changelog_batch& into) {
  std::unordered_map<std::string_view, std::size_t> number;
  std::vector<std::pair<bytes_view, std::optional<bytes_view>>> changes;
  for (const auto& batch : t.sealed) {
    if (batch.n > n) continue;
    batch.changes.for_each([&](bytes_view key, std::optional<bytes_view> value) {
      const auto [at, fresh] = number.try_emplace(as_text(key), changes.size());
      if (fresh)
        changes.emplace_back(key, value);
      else
        changes[at->second].second = value;
    });
  }
  if (changes.empty()) return;
  if (!std::exchange(t.key_schema_told, true))
    into.put(prefix_of(name, kind::key_schema), {}, as_bytes(t.schemas.keys));
  for (; t.value_schemas_told < t.schemas.values.size(); ++t.value_schemas_told) {
    bytes schema_number;
    stream::put_long(static_cast<std::int64_t>(t.value_schemas_told), schema_number);
    into.put(prefix_of(name, kind::value_schema), schema_number, as_bytes(t.schemas.values[t.value_schemas_told]));
  }
  const auto prefix = prefix_of(name, kind::entry);
  for (const auto& [key, value] : changes) {
    if (value)
      into.put(prefix, key, *value);
    else
      into.erase(prefix, key);
  }
  std::erase_if(t.sealed, [&](const auto& batch) { return batch.n <= n; });
}

namespace {

template <class Contents> class changelog_table final : public stream::state_table_port {
  std::shared_ptr<Contents> contents_; // owners: the state and its open tables
  std::string name_;

public:
  changelog_table(std::shared_ptr<Contents> contents, std::string name)
      : contents_(std::move(contents))
      , name_(std::move(name)) {}
  result<void> restore(const std::function<void(bytes_view, bytes_view)>& each) override {
    decltype(contents_->tables.begin()->second.restored) entries;
    {
      const std::lock_guard lock(contents_->mutex);
      entries.swap(contents_->tables.find(name_)->second.restored);
    }
    for (const auto& [key, value] : entries) each(as_bytes(key), value);
    return {};
  }
  result<bool> get(bytes_view, bytes&) override {
    return user_error(errc::unsupported, "state in memory is kept by its operators");
  }
  void seal(stream::commit_id n, store::write_batch changes) override {
    const std::lock_guard lock(contents_->mutex);
    contents_->tables.find(name_)->second.sealed.push_back({n, std::move(changes)});
  }
};

} // namespace

changelog_state::changelog_state(std::string streamlet, std::function<void()> wants_commit)
    : contents_(std::make_shared<contents>())
    , streamlet_(std::move(streamlet))
    , wants_commit_(std::move(wants_commit)) {}

result<void> changelog_state::restore(bytes_view key, std::optional<bytes_view> value) {
  const auto corrupt = [&] {
    return system_error(errc::corrupt, "the changelog of streamlet '" + streamlet_ + "' holds what is not its own");
  };
  bytes_view name;
  if (!stream::take_octets(key, name) || key.empty()) return corrupt();
  const auto what = static_cast<kind>(key.front());
  key = key.subspan(1);
  const std::lock_guard lock(contents_->mutex);
  auto at = contents_->tables.find(as_text(name));
  if (at == contents_->tables.end()) at = contents_->tables.try_emplace(text_of(name)).first;
  auto& table = at->second;
  if (what == kind::entry) {
    if (value)
      table.restored.insert_or_assign(text_of(key), bytes(value->begin(), value->end()));
    else
      table.restored.erase(text_of(key));
    return {};
  }
  if (!value) return corrupt();
  if (what == kind::key_schema) {
    table.schemas.keys = text_of(*value);
    table.key_schema_told = true;
    return {};
  }
  auto& schemas = table.schemas.values;
  std::int64_t number = 0;
  if (what != kind::value_schema || !stream::take_long(key, number) || std::cmp_greater(number, schemas.size()) ||
      number < 0)
    return corrupt();
  if (std::cmp_equal(number, schemas.size())) schemas.emplace_back();
  schemas[static_cast<std::size_t>(number)] = text_of(*value);
  table.value_schemas_told = schemas.size();
  return {};
}

changelog_batch changelog_state::take(stream::commit_id n) {
  changelog_batch out;
  const std::lock_guard lock(contents_->mutex);
  for (auto& [name, table] : contents_->tables) contents::add(name, table, n, out);
  return out;
}

result<stream::opened_table> changelog_state::open_table(const stream::table_spec& spec) {
  const std::lock_guard lock(contents_->mutex);
  auto& table = contents_->tables[spec.name];
  if (table.open)
    return user_error(errc::already_exists, "streamlet '" + streamlet_ + "' has table '" + spec.name + "' open");
  if (!table.schemas.can_open(spec))
    return user_error(errc::incompatible,
                      "streamlet '" + streamlet_ + "', table '" + spec.name + "': " + table.schemas.refusal(spec));
  table.open = true;
  auto out = table.schemas.open(spec);
  out.port = std::make_unique<changelog_table<contents>>(contents_, spec.name);
  return out;
}

} // namespace cloudflow::native
