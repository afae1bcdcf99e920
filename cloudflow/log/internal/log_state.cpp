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

log_state::log_state(const clock_source& c, memory_log_options o)
    : clock(c)
    , options(o)
    , budget_(std::make_shared<spill_budget>()) {
  budget_->store = options.spill;
  budget_->bound = options.max_spilled_bytes;
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
  topics_.emplace(spec.name, std::make_shared<topic_state>(spec, next_uid_++, options.unread_records_kept, budget_,
                                                           options.metrics));
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
    topics_.erase(at);
  }
  for (const auto& [key, g] : groups) g->readings.erase(name);
  topology.fetch_add(1);
  gone->remove(wakes);
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
  (*t)->grow(total);
  topology.fetch_add(1);
  for (const auto& [key, g] : groups) {
    if (!g->readings.contains(name)) continue;
    g->add_topic(*t);
    if (!g->members.empty()) g->resize(wakes);
  }
  return {};
}

void log_state::forget_read(const reading& moved, std::int32_t partition_index) {
  if (moved.topic->shared.spec.cleanup != cleanup_policy::consumed) return;
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
  known.owner = std::make_shared<transactional_session>(*this, id, ++known.epoch, timeout);
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
    for (const auto& [id, known] : sessions_) all.push_back(known.owner);
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
