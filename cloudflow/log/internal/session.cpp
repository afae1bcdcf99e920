#include "cloudflow/log/internal/session.hpp"

#include "cloudflow/log/internal/log_state.hpp"

#include <algorithm>

namespace cloudflow::log::internal {

namespace {

// The transaction has to be aborted, but its producer may go on.
unexpected<error> refused(std::string message) {
  return unexpected(error{errc::fenced, error_source::system, true, std::move(message)});
}

} // namespace

transactional_session::transactional_session(log_state& log, std::string id, std::uint64_t epoch,
                                             std::chrono::milliseconds timeout)
    : log_(log)
    , id_(std::move(id))
    , epoch_(epoch)
    , timeout_(timeout) {}

result<void> transactional_session::alive() const {
  if (!finished_) return {};
  return fail(errc::fenced, error_source::system,
              "transactional id " + id_ + " (epoch " + std::to_string(epoch_) + "): " + *finished_);
}

result<void> transactional_session::is_open(const char* what) const {
  if (auto ok = alive(); !ok) return ok;
  if (stage_ == stage::open) return {};
  return user_error(errc::conflict, "transactional id " + id_ + ": cannot " + what +
                                        (stage_ == stage::idle ? ": no transaction is open, begin one"
                                                               : ": the transaction has failed, abort it"));
}

result<transactional_session::stay> transactional_session::enter() {
  std::unique_lock lock(mutex_);
  if (auto ok = is_open("send"); !ok) return unexpected(std::move(ok).error());
  return stay(std::move(lock), *this);
}

bool transactional_session::stay::touch(const std::shared_ptr<topic_state>& topic, partition& part) {
  auto& s = session_;
  if (std::find(s.topics_.begin(), s.topics_.end(), topic) == s.topics_.end()) {
    if (!topic->enter_transaction()) return false;
    s.topics_.push_back(topic);
  }
  if (std::none_of(s.partitions_.begin(), s.partitions_.end(), [&](const auto& p) { return p.at == &part; }))
    s.partitions_.push_back({&part, topic.get()});
  return true;
}

result<void> transactional_session::begin() {
  const std::lock_guard lock(mutex_);
  if (auto ok = alive(); !ok) return ok;
  if (stage_ != stage::idle)
    return user_error(errc::conflict, "transactional id " + id_ + ": a transaction is open already");
  stage_ = stage::open;
  number_ = log_.new_id();
  deadline_ = log_.clock.steady_now() + timeout_;
  log_.note_deadline(deadline_);
  return {};
}

result<void> transactional_session::add_offsets(const group_token& owner, std::span<const source_position> positions) {
  const std::lock_guard lock(mutex_);
  if (auto ok = is_open("add offsets"); !ok) return ok;
  offsets wanted{owner, 0, {positions.begin(), positions.end()}};
  if (owner.opaque.size() != sizeof wanted.member)
    return user_error(errc::invalid_argument,
                      "the token of group '" + owner.group.value() + "' is not from a consumer of this log");
  std::memcpy(&wanted.member, owner.opaque.data(), sizeof wanted.member);
  for (const auto& p : positions)
    if (p.source.topic >= owner.topics.size() || p.next.value() < 0)
      return user_error(errc::invalid_argument,
                        "a position of group '" + owner.group.value() + "' names no topic of it, or a negative offset");
  offsets_.push_back(std::move(wanted));
  return {};
}

result<void> transactional_session::check(const offsets& wanted) const {
  const auto& name = wanted.owner.group;
  const auto g = log_.groups.find(name);
  if (g == log_.groups.end() || !g->second->members.contains(wanted.member))
    return refused("member " + wanted.owner.member + " is not in group " + name.value() + " any more");
  if (!g->second->shared)
    return user_error(errc::unsupported, "a reader without a group commits nothing (" + wanted.owner.member + ")");
  for (const auto& p : wanted.positions) {
    const auto& topic = wanted.owner.topics[p.source.topic];
    const auto unit = p.source.partition.value();
    const auto list = g->second->readings.find(topic);
    if (list == g->second->readings.end() || static_cast<std::size_t>(unit) >= list->second.size() ||
        !g->second->owns_since(wanted.member, unit, wanted.owner.generation))
      return refused("topic " + topic.value() + "/" + std::to_string(unit) + " belongs to another member of group " +
                     name.value() + " now: its position is not committed from " + wanted.owner.member);
  }
  return {};
}

void transactional_session::apply(const offsets& checked) {
  auto& readings = log_.groups.find(checked.owner.group)->second->readings;
  for (const auto& p : checked.positions) {
    const auto unit = p.source.partition.value();
    auto& r = *readings[checked.owner.topics[p.source.topic]][static_cast<std::size_t>(unit)];
    r.committed = r.hold = p.next.value();
    log_.forget_read(r, unit);
  }
}

result<void> transactional_session::end_in_journal(bool committed, wake_list& wakes) {
  auto& list = partitions_;
  std::erase_if(list, [](const part& p) { return p.topic->removed(); }); // the journal has forgotten it
  std::sort(list.begin(), list.end(), [](const part& a, const part& b) { return a.at->order() < b.at->order(); });
  std::vector<std::unique_lock<std::mutex>> held;
  store::write_batch batch;
  for (const auto& p : list) {
    held.push_back(p.at->hold());
    p.at->prepare_end(number_, committed, batch);
  }
  if (committed)
    for (const auto& o : offsets_) {
      std::vector<log_state::noted_position> noted;
      const auto& readings = log_.groups.find(o.owner.group)->second->readings;
      for (const auto& p : o.positions) {
        const auto unit = p.source.partition.value();
        const auto& of = readings.find(o.owner.topics[p.source.topic])->second[static_cast<std::size_t>(unit)];
        noted.push_back({of.get(), unit, p.next.value()});
      }
      log_.note_positions(o.owner.group, noted, batch);
    }
  auto written = batch.empty() ? result<void>() : log_.journal->write(batch);
  if (!written && committed) return written;
  // An abort that could not be noted is one all the same: who opens the store aborts what is open in it.
  for (const auto& p : list) p.at->apply_end(number_, committed, wakes);
  return {};
}

result<void> transactional_session::end_partitions(bool committed, wake_list& wakes) {
  if (log_.journal) {
    if (auto ended = end_in_journal(committed, wakes); !ended) return ended;
  } else {
    for (const auto& p : partitions_) p.at->end_transaction(number_, committed, wakes);
  }
  if (committed)
    for (const auto& o : offsets_) apply(o);
  for (const auto& t : topics_) t->leave_transaction(wakes);
  partitions_.clear();
  topics_.clear();
  offsets_.clear();
  stage_ = stage::idle;
  return {};
}

void transactional_session::roll_back(wake_list& wakes) {
  if (!log_.journal) return static_cast<void>(end_partitions(false, wakes));
  const std::lock_guard groups_lock(log_.groups_mutex); // no topic is removed meanwhile
  static_cast<void>(end_partitions(false, wakes));
}

result<void> transactional_session::commit() {
  wake_list wakes;
  const std::lock_guard lock(mutex_);
  if (auto ok = is_open("commit"); !ok) return ok;
  // Held to the end, so that who looks at a group sees its positions with the records, or neither.
  const std::lock_guard groups_lock(log_.groups_mutex);
  for (const auto& o : offsets_)
    if (auto ok = check(o); !ok) {
      stage_ = stage::failed;
      return ok;
    }
  if (auto ended = end_partitions(true, wakes); !ended) {
    stage_ = stage::failed;
    if (ended.error().retriable) return ended;
    // Nobody knows whether it is in the store: only a restart tells.
    finished_ = "its commit failed: " + ended.error().message;
    return ended;
  }
  log_.note_room(wakes);
  return {};
}

result<void> transactional_session::abort() {
  wake_list wakes;
  const std::lock_guard lock(mutex_);
  if (auto ok = alive(); !ok) return ok;
  if (stage_ == stage::idle)
    return user_error(errc::conflict, "transactional id " + id_ + ": cannot abort: no transaction is open");
  roll_back(wakes);
  return {};
}

void transactional_session::finish(std::string why, wake_list& wakes) {
  const std::lock_guard lock(mutex_);
  if (finished_) return;
  if (stage_ != stage::idle) roll_back(wakes);
  finished_ = std::move(why);
}

std::optional<std::chrono::nanoseconds> transactional_session::expire(std::chrono::nanoseconds now, wake_list& wakes) {
  const std::lock_guard lock(mutex_);
  if (finished_ || stage_ == stage::idle) return std::nullopt;
  if (now < deadline_) return deadline_;
  roll_back(wakes);
  finished_ = "its transaction took longer than " + std::to_string(timeout_.count()) + " ms and was aborted";
  return std::nullopt;
}

} // namespace cloudflow::log::internal
