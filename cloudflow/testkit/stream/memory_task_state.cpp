#include "cloudflow/testkit/stream/memory_task_state.hpp"

#include "cloudflow/stream/state/table_schemas.hpp"

#include <mutex>
#include <vector>

namespace cloudflow::testkit {

struct memory_task_state::contents {
  struct sealed_batch {
    stream::commit_id n;
    store::write_batch changes;
  };
  struct table {
    stream::table_schemas schemas;
    entries committed;
    std::vector<sealed_batch> sealed;
    bool open = false;

    static void apply(const store::write_batch& changes, entries& to) {
      changes.for_each([&](bytes_view key, std::optional<bytes_view> value) {
        bytes owned(key.begin(), key.end());
        if (value)
          to[std::move(owned)] = bytes(value->begin(), value->end());
        else
          to.erase(owned);
      });
    }
  };
  mutable std::mutex mutex;
  std::map<std::string, table> tables;
  std::size_t sealed = 0;
  std::size_t wanted = 0;
};

namespace {

template <class Contents> class open_table_port final : public stream::state_table_port {
  std::shared_ptr<Contents> contents_; // owners: the task state and its open tables
  std::string name_;

public:
  open_table_port(std::shared_ptr<Contents> contents, std::string name)
      : contents_(std::move(contents))
      , name_(std::move(name)) {}
  result<void> restore(const std::function<void(bytes_view, bytes_view)>& each) override {
    const std::lock_guard lock(contents_->mutex);
    for (const auto& [key, value] : contents_->tables.at(name_).committed) each(key, value);
    return {};
  }
  result<bool> get(bytes_view key, bytes& value) override {
    const std::lock_guard lock(contents_->mutex);
    auto& table = contents_->tables.at(name_);
    auto now = table.committed;
    for (const auto& batch : table.sealed) table.apply(batch.changes, now);
    const auto found = now.find(bytes(key.begin(), key.end()));
    if (found == now.end()) return false;
    value = found->second;
    return true;
  }
  void seal(stream::commit_id n, store::write_batch changes) override {
    const std::lock_guard lock(contents_->mutex);
    contents_->sealed += changes.count();
    contents_->tables.at(name_).sealed.push_back({n, std::move(changes)});
  }
};

} // namespace

memory_task_state::memory_task_state()
    : contents_(std::make_shared<contents>()) {}

result<stream::opened_table> memory_task_state::open_table(const stream::table_spec& spec) {
  const std::lock_guard lock(contents_->mutex);
  auto& table = contents_->tables[spec.name];
  if (table.open) return user_error(errc::already_exists, "table '" + spec.name + "' is open");
  if (!table.schemas.can_open(spec)) return user_error(errc::incompatible, table.schemas.refusal(spec));
  table.open = true;
  auto out = table.schemas.open(spec);
  out.port = std::make_unique<open_table_port<contents>>(contents_, spec.name);
  return out;
}

void memory_task_state::wants_commit() {
  const std::lock_guard lock(contents_->mutex);
  ++contents_->wanted;
}

void memory_task_state::commit(stream::commit_id n) {
  const std::lock_guard lock(contents_->mutex);
  for (auto& [name, table] : contents_->tables) {
    for (const auto& batch : table.sealed) {
      if (batch.n <= n) contents::table::apply(batch.changes, table.committed);
    }
    std::erase_if(table.sealed, [&](const auto& batch) { return batch.n <= n; });
  }
}

void memory_task_state::crash() {
  const std::lock_guard lock(contents_->mutex);
  for (auto& [name, table] : contents_->tables) {
    table.sealed.clear();
    table.open = false;
  }
}

std::map<std::string, memory_task_state::entries> memory_task_state::committed() const {
  const std::lock_guard lock(contents_->mutex);
  std::map<std::string, entries> out;
  for (const auto& [name, table] : contents_->tables) out.emplace(name, table.committed);
  return out;
}

std::size_t memory_task_state::size() const {
  const std::lock_guard lock(contents_->mutex);
  std::size_t all = 0;
  for (const auto& [name, table] : contents_->tables) all += table.committed.size();
  return all;
}

std::size_t memory_task_state::sealed() const {
  const std::lock_guard lock(contents_->mutex);
  return contents_->sealed;
}

std::size_t memory_task_state::commits_wanted() const {
  const std::lock_guard lock(contents_->mutex);
  return contents_->wanted;
}

} // namespace cloudflow::testkit
