#include "cloudflow/log/memory_log.hpp"

#include "cloudflow/base/assert.hpp"
#include "cloudflow/log/internal/log_state.hpp"

#include <algorithm>

namespace cloudflow::log {

class memory_log::state : public internal::log_state {
public:
  using log_state::log_state;
};

namespace {

class memory_watch final : public backlog_watch {
  std::shared_ptr<internal::log_state> log_;     // owners: the log, its producers, consumers, watches
  std::shared_ptr<internal::watch_state> watch_; // owners: the log and this

public:
  memory_watch(std::shared_ptr<internal::log_state> log, std::shared_ptr<internal::watch_state> watch)
      : log_(std::move(log))
      , watch_(std::move(watch)) {
    log_->add_watch(watch_);
  }
  ~memory_watch() override {
    log_->remove_watch(watch_);
    watch_->wake->disarm();
  }
  [[nodiscard]] bool exceeded() override { return watch_->exceeded(); }
  [[nodiscard]] backlog unread() const override { return watch_->unread(); }
};

unexpected<error> no_group(const group_name& group) {
  return user_error(errc::not_found, "no group '" + group.value() + "'");
}

result<partition_id> checked(const internal::topic_state& topic, partition_id partition) {
  if (partition.value() >= 0 && partition.value() < topic.count()) return partition;
  return user_error(errc::not_found,
                    "topic " + topic.name().value() + " has no partition " + std::to_string(partition.value()));
}

partition_offsets offsets_of(const internal::partition& p) {
  const auto first = p.first(); // before the end, so that it is never behind it
  const auto stable = p.last_stable();
  const record_offset next(p.next());
  return {record_offset(first), next, record_offset(std::max(first, stable))};
}

} // namespace

memory_log::memory_log(const clock_source& clock, memory_log_options options)
    : state_(std::make_shared<state>(clock, options)) {
  CLOUDFLOW_ASSERT(options.durable == nullptr, "a durable log is made by memory_log::open");
}
memory_log::memory_log(std::shared_ptr<state> opened)
    : state_(std::move(opened)) {}

result<std::unique_ptr<memory_log>> memory_log::open(const clock_source& clock, memory_log_options options) {
  std::unique_ptr<internal::journal> journal;
  if (options.durable != nullptr) {
    auto opened = internal::journal::open(*options.durable, options.sync, options.read_only);
    if (!opened) return unexpected(std::move(opened).error());
    journal = std::move(*opened);
  }
  auto made = std::make_shared<state>(clock, options, std::move(journal));
  if (made->journal)
    if (auto found = made->recover(); !found) return unexpected(std::move(found).error());
  return std::unique_ptr<memory_log>(new memory_log(std::move(made))); // NOLINT: private constructor
}

memory_log::~memory_log() = default;

log_capabilities memory_log::capabilities() const {
  return {.transactions = true, .durable = state_->journal != nullptr, .closing = true};
}

std::string memory_log::describe() const {
  if (state_->journal)
    return std::string("in-process log: memory, and all of it in a data folder; transactions; survives ") +
           (state_->journal->syncs() ? "kill -9 and loss of power" : "kill -9");
  return state_->options.spill != nullptr
             ? "in-process log: memory, then a temporary store; transactions; ends with the process"
             : "in-process log: memory; transactions; ends with the process";
}

result<void> memory_log::create_topic(const topic_spec& spec) { return state_->create(spec); }

result<topic_description> memory_log::describe_topic(const topic_name& topic) const {
  auto t = state_->topic(topic);
  if (!t) return unexpected(std::move(t).error());
  topic_description d{(*t)->shared.spec, {}, (*t)->closed()};
  d.spec.partitions = (*t)->count();
  (*t)->for_each_partition([&](const internal::partition& p) { d.partitions.push_back(offsets_of(p)); });
  return d;
}

result<void> memory_log::remove_topic(const topic_name& topic) { return state_->remove(topic); }

result<void> memory_log::add_partitions(const topic_name& topic, std::int32_t total) {
  return state_->add_partitions(topic, total);
}

result<partition_offsets> memory_log::offsets(const topic_partition& of) const {
  auto t = state_->topic(of.topic);
  if (!t) return unexpected(std::move(t).error());
  auto p = checked(**t, of.partition);
  if (!p) return unexpected(std::move(p).error());
  return offsets_of((*t)->at(p->value()));
}

result<std::optional<record_offset>> memory_log::offset_at(const topic_partition& of, timestamp time) const {
  auto t = state_->topic(of.topic);
  if (!t) return unexpected(std::move(t).error());
  auto p = checked(**t, of.partition);
  if (!p) return unexpected(std::move(p).error());
  auto at = (*t)->at(p->value()).offset_at(time.time_since_epoch().count());
  if (!at) return unexpected(std::move(at).error());
  if (!*at) return std::optional<record_offset>();
  return std::optional(record_offset(**at));
}

result<std::vector<topic_name>> memory_log::topics() const {
  std::vector<topic_name> names;
  for (const auto& t : state_->topics()) names.push_back(t->name());
  return names;
}

result<std::unique_ptr<producer>> memory_log::open_producer(producer_options options) {
  return internal::open_producer(state_, std::move(options));
}

result<std::unique_ptr<consumer>> memory_log::open_consumer(consumer_options options) {
  return internal::open_consumer(state_, std::move(options));
}

result<group_description> memory_log::describe_group(const group_name& group) const {
  const std::lock_guard lock(state_->groups_mutex);
  const auto at = state_->groups.find(group);
  if (at == state_->groups.end()) return no_group(group);
  const auto& g = *at->second;
  group_description d{group, {}, {}};
  for (const auto& [id, m] : g.members) d.members.push_back(m->client);
  for (const auto& [topic, list] : g.readings)
    for (std::size_t i = 0; i < list.size(); ++i) {
      const auto& r = *list[i];
      const auto unit = static_cast<std::int32_t>(i);
      group_progress p{{topic, partition_id(unit)}, "", record_offset(r.position.load()), {}, {}};
      if (const auto owner = g.owner_of(unit)) p.owner = owner->client;
      if (r.committed >= 0) p.committed = record_offset(r.committed);
      const auto ahead = r.part->last_stable() - p.position.value();
      p.unread = {ahead > 0 ? static_cast<std::uint64_t>(ahead) : 0, r.unread_bytes()};
      d.progress.push_back(std::move(p));
    }
  return d;
}

result<std::vector<group_name>> memory_log::groups() const {
  const std::lock_guard lock(state_->groups_mutex);
  std::vector<group_name> names;
  for (const auto& [name, g] : state_->groups)
    if (!g->observer) names.push_back(name);
  return names;
}

result<void> memory_log::reset_group(const group_name& group, const topic_partition& source, record_offset to) {
  auto t = state_->topic(source.topic);
  if (!t) return unexpected(std::move(t).error());
  auto p = checked(**t, source.partition);
  if (!p) return unexpected(std::move(p).error());
  if (to.value() < 0) return user_error(errc::invalid_argument, "reset to offset " + std::to_string(to.value()));
  const std::lock_guard lock(state_->groups_mutex);
  const auto at = state_->groups.find(group);
  if (at == state_->groups.end()) return no_group(group);
  if (!at->second->members.empty())
    return user_error(errc::conflict,
                      "group " + group.value() + " has members: stop them before its positions are set");
  at->second->add_topic(*t);
  auto& r = *at->second->readings[source.topic][static_cast<std::size_t>(p->value())];
  if (state_->journal) {
    const internal::log_state::noted_position noted{&r, p->value(), to.value()};
    store::write_batch batch;
    state_->note_positions(group, {&noted, 1}, batch);
    if (auto written = state_->journal->write(batch); !written) return written;
  }
  r.committed = r.hold = to.value();
  r.position = to.value();
  if (const auto bytes = r.part->cumulated_before(to.value())) r.cumulated = *bytes;
  return {};
}

result<void> memory_log::declare_reader(const group_name& group, std::span<const topic_name> topics) {
  std::vector<std::shared_ptr<internal::topic_state>> found;
  for (const auto& name : topics) {
    auto t = state_->topic(name);
    if (!t) return unexpected(std::move(t).error());
    found.push_back(*t);
  }
  const std::lock_guard lock(state_->groups_mutex);
  if (state_->journal) {
    store::write_batch batch;
    for (const auto& t : found) batch.put(internal::keys::reader(t->shared.uid, group.value()), {});
    if (!batch.empty())
      if (auto written = state_->journal->write(batch); !written) return written;
  }
  auto& g = state_->groups[group];
  if (!g) {
    g = std::make_shared<internal::group>();
    g->name = group;
  }
  for (const auto& t : found) g->add_topic(t);
  state_->topology.fetch_add(1);
  return {};
}

result<void> memory_log::declare_writer(const topic_name& topic, std::string_view writer) {
  auto t = state_->topic(topic);
  if (!t) return unexpected(std::move(t).error());
  return (*t)->declare_writer(writer);
}

result<void> memory_log::complete_writer(const topic_name& topic, std::string_view writer) {
  internal::wake_list wakes;
  auto t = state_->topic(topic);
  if (!t) return unexpected(std::move(t).error());
  return (*t)->complete_writer(writer, wakes);
}

result<std::unique_ptr<backlog_watch>> memory_log::watch_backlog(std::vector<topic_reading> readings,
                                                                 std::uint64_t bound_bytes,
                                                                 std::function<void()> on_sunk) {
  auto watch = std::make_shared<internal::watch_state>(*state_, std::move(readings), bound_bytes, std::move(on_sunk));
  return std::unique_ptr<backlog_watch>(std::make_unique<memory_watch>(state_, std::move(watch)));
}

void memory_log::maintain() {
  state_->expire_transactions();
  internal::wake_list wakes;
  for (const auto& t : state_->topics()) t->maintain(state_->clock.wall_now());
  state_->note_room(wakes);
}

} // namespace cloudflow::log
