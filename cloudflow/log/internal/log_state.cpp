#include "cloudflow/log/internal/log_state.hpp"

#include <algorithm>

namespace cloudflow::log::internal {

namespace {

constexpr std::int32_t most_partitions = 10'000;
constexpr std::uint64_t largest_record = 1 << 30;

// Kafka's rule, so that a name that works here works there.
bool is_topic_name(const std::string& name) {
  return !name.empty() && name.size() <= 249 && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
                  c == '-';
         });
}

} // namespace

log_state::log_state(const clock_source& c, memory_log_options o, std::unique_ptr<internal::journal> j)
    : clock(c)
    , options(o)
    , journal(std::move(j))
    , budget_(std::make_shared<spill_budget>()) {
  budget_->store = options.spill;
  budget_->bound = options.max_spilled_bytes;
  if (journal) ids_.store(journal->run() << 40); // numbers of transactions stay in the store
}

result<std::shared_ptr<topic_state>> log_state::topic(const topic_name& name) const {
  const std::shared_lock lock(topics_mutex_);
  const auto at = topics_.find(name);
  if (at == topics_.end()) return user_error(errc::not_found, "no topic '" + name.value() + "'");
  return at->second;
}

std::vector<std::shared_ptr<topic_state>> log_state::topics() const {
  const std::shared_lock lock(topics_mutex_);
  std::vector<std::shared_ptr<topic_state>> all;
  for (const auto& [name, t] : topics_) all.push_back(t);
  return all;
}

result<void> log_state::create(const topic_spec& spec) {
  const auto& name = spec.name.value();
  if (!is_topic_name(name))
    return user_error(errc::invalid_argument, "'" + name + "' is no name for a topic: 1 to 249 of a-z A-Z 0-9 . _ -");
  if (spec.partitions < 1 || spec.partitions > most_partitions)
    return user_error(errc::invalid_argument, "topic " + name + " cannot have " + std::to_string(spec.partitions) +
                                                  " partitions: 1 to " + std::to_string(most_partitions));
  if (spec.max_record_bytes > largest_record)
    return user_error(errc::invalid_argument, "topic " + name + ": records cannot be larger than 1 GiB");
  const std::unique_lock lock(topics_mutex_);
  if (topics_.contains(spec.name)) return user_error(errc::already_exists, "topic '" + name + "' exists already");
  const auto uid = next_uid_++;
  if (journal) {
    store::write_batch batch;
    batch.put(keys::topic(uid), pack(spec)).put(keys::next_uid(), packer().u32(next_uid_).view());
    if (auto written = journal->write(batch); !written) return written;
  }
  topics_.emplace(spec.name, std::make_shared<topic_state>(spec, uid, options.unread_records_kept, budget_,
                                                           options.metrics, journal.get()));
  topology.fetch_add(1);
  return {};
}

result<void> log_state::remove(const topic_name& name) {
  wake_list wakes;
  const std::lock_guard groups_lock(groups_mutex);
  std::shared_ptr<topic_state> gone;
  {
    const std::unique_lock lock(topics_mutex_);
    const auto at = topics_.find(name);
    if (at == topics_.end()) return user_error(errc::not_found, "no topic '" + name.value() + "'");
    gone = at->second;
    if (journal) {
      store::write_batch batch;
      batch.remove(keys::topic(gone->shared.uid)).put(keys::removed(gone->shared.uid), {});
      if (auto written = journal->write(batch); !written) return written;
    }
    topics_.erase(at);
  }
  for (const auto& [key, g] : groups) g->readings.erase(name);
  topology.fetch_add(1);
  gone->remove(wakes);
  if (journal) return erase_topic(gone->shared.uid);
  return {};
}

result<void> log_state::add_partitions(const topic_name& name, std::int32_t total) {
  wake_list wakes;
  auto t = topic(name);
  if (!t) return unexpected(t.error());
  const std::lock_guard lock(groups_mutex);
  const auto have = (*t)->count();
  if (total < have || total > most_partitions)
    return user_error(errc::invalid_argument, "topic " + name.value() + " has " + std::to_string(have) +
                                                  " partitions and cannot get " + std::to_string(total) +
                                                  ": they are only added, up to " + std::to_string(most_partitions));
  if (journal) {
    auto grown = (*t)->shared.spec;
    grown.partitions = total;
    if (auto put = journal->put(keys::topic((*t)->shared.uid), pack(grown)); !put) return put;
  }
  (*t)->grow(total);
  topology.fetch_add(1);
  for (const auto& [key, g] : groups) {
    if (!g->readings.contains(name)) continue;
    g->add_topic(*t);
    if (!g->members.empty()) g->resize(wakes);
  }
  return {};
}

result<void> log_state::erase_topic(std::uint32_t uid) {
  for (const char kind : {'r', 'i', 'p', 'o', 'a', 'c', 'd', 'w'})
    if (auto gone = journal->remove(keys::all(kind, uid)); !gone) return gone;
  store::write_batch batch;
  batch.remove(keys::removed(uid));
  return journal->write(batch);
}

void log_state::note_positions(const group_name& group, std::span<const noted_position> positions,
                               store::write_batch& into) const {
  for (const auto& p : positions)
    into.put(keys::committed(p.of->topic->shared.uid, p.partition, group.value()), packer().i64(p.next).view());
}

result<void> log_state::recover() {
  if (auto done = recover_topics(); !done) return done;
  if (auto done = recover_groups(); !done) return done;
  return journal->scan(keys::all('x'), [&](unpacker key, bytes_view value) {
    unpacker v(value);
    sessions_[std::string(key.rest())].epoch = v.u64();
    return v.done();
  });
}

result<void> log_state::recover_topics() {
  auto uid = journal->get(keys::next_uid());
  if (!uid) return unexpected(std::move(uid).error());
  if (*uid) next_uid_ = unpacker(**uid).u32();
  auto done = journal->scan(keys::all('t'), [&](unpacker key, bytes_view value) {
    const auto number = key.u32();
    auto spec = unpack_spec(value);
    if (!key.done() || !spec) return false;
    auto name = spec->name;
    next_uid_ = std::max(next_uid_, number + 1);
    topics_.emplace(std::move(name),
                    std::make_shared<topic_state>(std::move(*spec), number, options.unread_records_kept, budget_,
                                                  options.metrics, journal.get()));
    return true;
  });
  if (!done) return done;
  std::vector<std::uint32_t> half_removed;
  done = journal->scan(keys::all('z'), [&](unpacker key, bytes_view) {
    half_removed.push_back(key.u32());
    return key.done();
  });
  if (!done) return done;
  if (!journal->read_only())
    for (const auto number : half_removed)
      if (auto gone = erase_topic(number); !gone) return gone;
  for (const auto& [name, t] : topics_)
    if (auto found = t->recover(); !found) return found;
  return {};
}

result<void> log_state::recover_groups() {
  for (const auto& [name, t] : topics_) {
    const auto group_of = [&](std::string_view text) {
      auto& g = groups[group_name(std::string(text))];
      if (!g) {
        g = std::make_shared<group>();
        g->name = group_name(std::string(text));
      }
      return g;
    };
    auto done = journal->scan(keys::all('d', t->shared.uid), [&](unpacker key, bytes_view) {
      key.u32();
      group_of(key.rest())->add_topic(t);
      return key.done();
    });
    if (!done) return done;
    done = journal->scan(keys::all('c', t->shared.uid), [&](unpacker key, bytes_view value) {
      key.u32();
      const auto index = key.u32();
      const auto g = group_of(key.rest());
      unpacker v(value);
      const auto next = v.i64();
      if (!key.done() || !v.done() || next < 0 || index >= static_cast<std::uint32_t>(t->count())) return false;
      g->add_topic(t);
      auto& r = *g->readings[name][index];
      r.part->raise_next(next);
      r.committed = r.hold = next;
      r.position = next;
      return true;
    });
    if (!done) return done;
  }
  for (const auto& [name, g] : groups)
    for (const auto& [topic, list] : g->readings)
      for (const auto& r : list) {
        const auto before = r->part->cumulated_before(r->position);
        if (!before) return unexpected(before.error());
        r->cumulated = *before;
      }
  return {};
}

void log_state::forget_read(const reading& moved, std::int32_t partition_index) {
  if (moved.topic->shared.cleanup != cleanup_policy::consumed) return;
  auto least = moved.hold;
  for (const auto& [name, g] : groups) {
    const auto at = g->readings.find(moved.topic->name());
    if (at == g->readings.end() || static_cast<std::size_t>(partition_index) >= at->second.size()) continue;
    least = std::min(least, at->second[static_cast<std::size_t>(partition_index)]->hold);
  }
  moved.part->forget_before(least);
}

void log_state::forget_observer(const group& g) {
  topology.fetch_add(1);
  groups.erase(group_name(g.name));
}

void log_state::note_refusal(const std::shared_ptr<waker>& w) {
  const std::lock_guard lock(refused_mutex_);
  w->lower();
  if (std::find(refused_.begin(), refused_.end(), w) == refused_.end()) refused_.push_back(w);
  released_at_refusal_ = budget_->released.load(std::memory_order_seq_cst);
  any_refused_.store(true, std::memory_order_seq_cst);
}

void log_state::note_room(wake_list& wakes) {
  if (!any_refused_.load(std::memory_order_seq_cst)) return;
  const std::lock_guard lock(refused_mutex_);
  if (budget_->released.load(std::memory_order_seq_cst) == released_at_refusal_) return;
  any_refused_.store(false, std::memory_order_seq_cst);
  for (const auto& w : refused_) wakes.signal(w);
  refused_.clear();
}

std::string log_state::slowest_reader(const topic_state& of) {
  const std::lock_guard lock(groups_mutex);
  std::string slowest = "nobody reads it";
  std::uint64_t most = 0;
  for (const auto& [name, g] : groups) {
    const auto at = g->readings.find(of.name());
    if (at == g->readings.end()) continue;
    std::uint64_t unread = 0;
    for (const auto& r : at->second) unread += r->unread_bytes();
    if (unread < most) continue;
    most = unread;
    slowest = "group " + name.value() + " has " + std::to_string(unread) + " bytes unread";
  }
  return slowest;
}

result<std::shared_ptr<transactional_session>> log_state::open_session(const std::string& id,
                                                                       std::chrono::milliseconds timeout) {
  if (timeout <= std::chrono::milliseconds(0))
    return user_error(errc::invalid_argument, "transactional id " + id + ": a transaction needs time, not " +
                                                  std::to_string(timeout.count()) + " ms");
  wake_list wakes;
  const std::lock_guard lock(sessions_mutex_);
  auto& known = sessions_[id];
  if (known.owner) known.owner->finish("a newer producer has it", wakes);
  ++known.epoch;
  known.owner = nullptr;
  if (journal)
    if (auto put = journal->put(keys::id(id), packer().u64(known.epoch).view()); !put) return unexpected(put.error());
  known.owner = std::make_shared<transactional_session>(*this, id, known.epoch, timeout);
  return known.owner;
}

void log_state::note_deadline(std::chrono::nanoseconds deadline) noexcept {
  auto first = deadline_.load(std::memory_order_relaxed);
  while (deadline.count() < first && !deadline_.compare_exchange_weak(first, deadline.count())) {
  }
}

void log_state::expire_transactions() {
  if (deadline_.load(std::memory_order_relaxed) == INT64_MAX) return;
  const auto now = clock.steady_now();
  if (now.count() < deadline_.load()) return;
  wake_list wakes;
  deadline_.store(INT64_MAX); // first, so that a transaction that begins now is not missed
  std::vector<std::shared_ptr<transactional_session>> all;
  {
    const std::lock_guard lock(sessions_mutex_);
    for (const auto& [id, known] : sessions_)
      if (known.owner) all.push_back(known.owner);
  }
  for (const auto& s : all)
    if (const auto next = s->expire(now, wakes)) note_deadline(*next);
}

void log_state::add_watch(const std::shared_ptr<watch_state>& w) {
  const std::lock_guard lock(watches_mutex_);
  watches_.push_back(w);
}

void log_state::remove_watch(const std::shared_ptr<watch_state>& w) {
  {
    const std::lock_guard lock(watches_mutex_);
    std::erase(watches_, w);
  }
  w->disarm();
}

void log_state::check_watches(wake_list& wakes) {
  if (armed_watches.load(std::memory_order_seq_cst) == 0) return;
  std::vector<std::shared_ptr<watch_state>> all;
  {
    const std::lock_guard lock(watches_mutex_);
    all = watches_;
  }
  for (const auto& w : all) w->check(wakes);
}

void watch_state::find() {
  const auto now = log_.topology.load(std::memory_order_seq_cst);
  if (now == topology_) return;
  found_.clear();
  const std::lock_guard lock(log_.groups_mutex);
  for (const auto& [topic, name] : wanted_) {
    const auto g = log_.groups.find(name);
    if (g == log_.groups.end()) continue;
    const auto list = g->second->readings.find(topic);
    if (list != g->second->readings.end()) found_.insert(found_.end(), list->second.begin(), list->second.end());
  }
  topology_ = now;
}

backlog watch_state::unread() {
  const std::lock_guard lock(mutex_);
  find();
  backlog sum;
  for (const auto& r : found_) {
    sum.bytes += r->unread_bytes();
    sum.records += static_cast<std::uint64_t>(
        std::max<std::int64_t>(0, r->part->next() - r->position.load(std::memory_order_relaxed)));
  }
  return sum;
}

bool watch_state::exceeded() {
  if (unread().bytes <= bound_) return false;
  wake->lower();
  if (!armed_.exchange(true, std::memory_order_seq_cst)) log_.armed_watches.fetch_add(1, std::memory_order_seq_cst);
  if (unread().bytes > bound_) return true; // readers that move from now on see that it is armed
  disarm();
  return false;
}

void watch_state::check(wake_list& wakes) {
  if (!armed_.load(std::memory_order_seq_cst) || unread().bytes > bound_) return;
  if (!armed_.exchange(false, std::memory_order_seq_cst)) return;
  log_.armed_watches.fetch_sub(1, std::memory_order_seq_cst);
  wakes.signal(wake);
}

void watch_state::disarm() {
  if (armed_.exchange(false, std::memory_order_seq_cst)) log_.armed_watches.fetch_sub(1, std::memory_order_seq_cst);
}

} // namespace cloudflow::log::internal
