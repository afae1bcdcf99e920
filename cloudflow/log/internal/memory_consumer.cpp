#include "cloudflow/log/internal/log_state.hpp"

#include <algorithm>

namespace cloudflow::log::internal {

namespace {

constexpr std::int64_t from_reset = -1; // a cursor that starts where `reset` says

// One assigned partition as its consumer sees it.
struct input {
  source_partition source;
  std::shared_ptr<reading> progress; // owners: the group and its readers
  read_cursor cursor;
  bool fresh = true; // assigned by the present poll: its records come with the next one
  bool paused = false;
  bool revoking = false;
  bool out_of_range = false; // `offset_reset::fail`: until a seek
  bool end_told = false;
  bool completed = false;
};

class memory_consumer final : public consumer {
  std::shared_ptr<log_state> log_; // owners: the log, producers, writers, consumers
  const consumer_options options_;
  std::shared_ptr<group> group_;   // owners: the log and its members
  std::shared_ptr<member> member_; // owners: the group and this
  std::vector<std::shared_ptr<topic_state>> topics_;
  std::vector<input> inputs_;
  std::size_t turn_ = 0;
  bool closed_ = false;

public:
  memory_consumer(std::shared_ptr<log_state> log, consumer_options options, std::shared_ptr<group> g,
                  std::shared_ptr<member> m, std::vector<std::shared_ptr<topic_state>> topics)
      : log_(std::move(log))
      , options_(std::move(options))
      , group_(std::move(g))
      , member_(std::move(m))
      , topics_(std::move(topics)) {}
  ~memory_consumer() override {
    if (!closed_) leave();
  }

  result<void> poll(poll_limits limits, polled& into) override {
    into.clear();
    if (closed_) return user_error(errc::closed, "poll of a consumer that was closed");
    member_->wake->lower();
    for (auto& in : inputs_) in.fresh = false;
    if (member_->news.exchange(false, std::memory_order_seq_cst)) take_news(into);
    lose_removed(into);
    auto records_left = std::max<std::size_t>(1, limits.max_records);
    auto bytes_left = std::max<std::size_t>(1, limits.max_bytes);
    result<void> outcome;
    std::vector<source_position> ended, completed;
    bool held = false; // by a transaction that is open
    const auto count = inputs_.size();
    if (count != 0) turn_ = (turn_ + 1) % count;
    for (std::size_t i = 0; i < count; ++i) {
      auto& in = inputs_[(turn_ + i) % count];
      if (in.paused || in.revoking || in.completed) continue;
      if (in.fresh) {
        into.more = true;
        continue;
      }
      const bool was_closed = topics_[in.source.topic]->closed(); // before the look at the end
      auto got = read(in, records_left, bytes_left, into.records);
      if (!got) {
        if (outcome) outcome = unexpected(std::move(got).error());
        continue;
      }
      if (*got == fetched::more) into.more = true;
      held = held || *got == fetched::held;
      if (*got != fetched::at_end && *got != fetched::held) continue;
      const source_position here{in.source, record_offset(in.cursor.next)};
      if (was_closed) {
        in.completed = true;
        completed.push_back(here);
      } else if (!in.end_told) {
        in.end_told = true;
        ended.push_back(here);
      }
    }
    if (!ended.empty()) into.events.push_back({consumer_event_kind::end_of_partition, std::move(ended)});
    if (!completed.empty()) into.events.push_back({consumer_event_kind::completed, std::move(completed)});
    if (into.more) member_->wake->raise();
    if (held) log_->expire_transactions();
    wake_list wakes;
    if (!shared()) let_go(wakes);
    log_->check_watches(wakes);
    return outcome;
  }

  [[nodiscard]] bool ready() const noexcept override { return member_->wake->ready(); }

  result<void> release(std::span<const source_partition> sources) override {
    for (const auto& s : sources) {
      const auto* in = find(s);
      if (in == nullptr || !in->revoking) return not_assigned(s, "is not being revoked");
    }
    wake_list wakes;
    const std::lock_guard lock(log_->groups_mutex);
    for (const auto& s : sources) {
      drop_input(s);
      const auto unit = s.partition.value();
      const bool rest = std::any_of(inputs_.begin(), inputs_.end(),
                                    [&](const input& in) { return in.source.partition.value() == unit; });
      if (!rest) group_->release(member_->id, unit, wakes);
    }
    return {};
  }

  void commit(std::span<const source_position> positions, commit_callback done) override {
    auto outcome = remember(positions);
    if (done) done(outcome);
  }

  result<record_offset> position(source_partition source) const override {
    const auto* in = find(source);
    if (in == nullptr) return not_assigned(source, "is not assigned");
    return record_offset(start_of(*in));
  }

  result<std::optional<record_offset>> committed(source_partition source) const override {
    const auto* in = find(source);
    if (in == nullptr) return not_assigned(source, "is not assigned");
    const std::lock_guard lock(log_->groups_mutex);
    if (in->progress->committed < 0) return std::optional<record_offset>();
    return std::optional(record_offset(in->progress->committed));
  }

  result<std::uint64_t> lag(source_partition source) const override {
    const auto* in = find(source);
    if (in == nullptr) return not_assigned(source, "is not assigned");
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, end_of(*in) - start_of(*in)));
  }

  result<void> seek(source_partition source, record_offset to) override {
    auto* in = find(source);
    if (in == nullptr) return not_assigned(source, "is not assigned");
    if (to.value() < 0) return user_error(errc::invalid_argument, "seek to offset " + std::to_string(to.value()));
    in->cursor.jump(to.value());
    in->out_of_range = in->end_told = in->completed = false;
    member_->wake->raise();
    return {};
  }

  result<void> seek(source_partition source, timestamp to) override {
    auto* in = find(source);
    if (in == nullptr) return not_assigned(source, "is not assigned");
    auto at = in->progress->part->offset_at(to.time_since_epoch().count());
    if (!at) return unexpected(std::move(at).error());
    return seek(source, record_offset(at->value_or(end_of(*in))));
  }

  result<void> pause(std::span<const source_partition> sources) override { return set_paused(sources, true); }
  result<void> resume(std::span<const source_partition> sources) override {
    member_->wake->raise();
    return set_paused(sources, false);
  }

  [[nodiscard]] std::vector<source_partition> assignment() const override {
    std::vector<source_partition> all;
    for (const auto& in : inputs_) all.push_back(in.source);
    return all;
  }

  [[nodiscard]] group_token token() const override {
    const std::lock_guard lock(log_->groups_mutex);
    group_token token{
        group_->name, options_.topics, options_.client_id + "#" + std::to_string(member_->id), member_->seen, {}};
    const auto* id = reinterpret_cast<const std::byte*>(&member_->id);
    token.opaque.assign(id, id + sizeof member_->id);
    return token;
  }

  result<void> close() override {
    if (!closed_) leave();
    return {};
  }

private:
  [[nodiscard]] bool shared() const noexcept { return options_.membership == membership::group; }
  static unexpected<error> refused(const input& in, const char* why) {
    return user_error(errc::out_of_range, "no place to read topic " + in.progress->topic->name().value() + "/" +
                                              std::to_string(in.source.partition.value()) + " from: " + why +
                                              "; the log has offsets " + std::to_string(in.progress->part->first()) +
                                              " to " + std::to_string(in.progress->part->next()) +
                                              "; seek, or read with earliest or latest");
  }
  [[nodiscard]] unexpected<error> not_assigned(source_partition s, const char* what) const {
    const auto topic = s.topic < topics_.size() ? topics_[s.topic]->name().value() : std::to_string(s.topic);
    return user_error(errc::invalid_argument,
                      "topic " + topic + "/" + std::to_string(s.partition.value()) + " " + what + " here");
  }
  [[nodiscard]] const input* find(source_partition s) const {
    const auto at = std::find_if(inputs_.begin(), inputs_.end(), [&](const input& in) { return in.source == s; });
    return at == inputs_.end() ? nullptr : &*at;
  }
  input* find(source_partition s) { return const_cast<input*>(std::as_const(*this).find(s)); }

  // Where reading (re)starts, before the first poll has decided it.
  [[nodiscard]] std::int64_t start_of(const input& in) const {
    if (in.cursor.next != from_reset) return in.cursor.next;
    return options_.reset == offset_reset::earliest ? in.progress->part->first() : end_of(in);
  }
  [[nodiscard]] std::int64_t end_of(const input& in) const { return in.progress->part->end_for(options_.isolation); }

  result<fetched> read(input& in, std::size_t& records_left, std::size_t& bytes_left, record_batch& into) {
    const auto before = in.cursor.next;
    auto& part = *in.progress->part;
    auto got = in.out_of_range ? result<fetched>(fetched::out_of_range)
                               : part.fetch(in.cursor, in.source, options_.isolation, records_left, bytes_left, into);
    if (got && *got == fetched::out_of_range) {
      if (options_.reset == offset_reset::fail) {
        in.out_of_range = true;
        return in.cursor.next == from_reset ? refused(in, "the group has committed nothing")
                                            : refused(in, "the offset is not in the log");
      }
      in.cursor.jump(options_.reset == offset_reset::earliest ? part.first() : end_of(in));
      got = part.fetch(in.cursor, in.source, options_.isolation, records_left, bytes_left, into);
      if (got && *got == fetched::out_of_range) got = fetched::more; // forgotten between the two: next poll
    }
    if (in.cursor.next != before) {
      in.end_told = false;
      in.progress->position.store(in.cursor.next, std::memory_order_relaxed);
      in.progress->cumulated.store(in.cursor.cumulated, std::memory_order_seq_cst);
    }
    return got;
  }

  void take_news(polled& into) {
    const std::lock_guard lock(log_->groups_mutex);
    member_->seen = group_->generation;
    consumer_event revoked{consumer_event_kind::revoking, {}}, assigned{consumer_event_kind::assigned, {}};
    for (const auto unit : member_->to_revoke)
      for (auto& in : inputs_)
        if (in.source.partition.value() == unit) {
          in.revoking = true;
          revoked.positions.push_back({in.source, record_offset(start_of(in))});
        }
    for (const auto unit : member_->to_assign)
      for (std::uint32_t t = 0; t < topics_.size(); ++t) {
        const auto list = group_->readings.find(topics_[t]->name());
        if (list == group_->readings.end() || static_cast<std::size_t>(unit) >= list->second.size()) continue;
        input in;
        in.source = {t, partition_id(unit)};
        in.progress = list->second[static_cast<std::size_t>(unit)];
        in.cursor.jump(in.progress->committed >= 0 ? in.progress->committed : from_reset);
        if (in.cursor.next == from_reset && options_.reset == offset_reset::latest) in.cursor.jump(end_of(in));
        in.progress->position.store(start_of(in), std::memory_order_relaxed);
        if (const auto bytes = in.progress->part->cumulated_before(start_of(in)))
          in.progress->cumulated.store(*bytes, std::memory_order_seq_cst);
        in.progress->part->add_waker(member_->wake);
        assigned.positions.push_back({in.source, record_offset(start_of(in))});
        inputs_.push_back(std::move(in));
      }
    member_->to_revoke.clear();
    member_->to_assign.clear();
    if (!revoked.positions.empty()) into.events.push_back(std::move(revoked));
    if (!assigned.positions.empty()) into.events.push_back(std::move(assigned));
  }

  void lose_removed(polled& into) {
    if (std::none_of(topics_.begin(), topics_.end(), [](const auto& t) { return t->removed(); })) return;
    consumer_event lost{consumer_event_kind::lost, {}};
    for (const auto& in : std::vector<input>(inputs_))
      if (topics_[in.source.topic]->removed()) {
        lost.positions.push_back({in.source, record_offset(start_of(in))});
        drop_input(in.source);
      }
    if (!lost.positions.empty()) into.events.push_back(std::move(lost));
  }

  void drop_input(source_partition s) {
    const auto at = std::find_if(inputs_.begin(), inputs_.end(), [&](const input& in) { return in.source == s; });
    if (at == inputs_.end()) return;
    at->progress->part->remove_waker(member_->wake);
    inputs_.erase(at);
  }

  result<void> remember(std::span<const source_position> positions) {
    if (!shared())
      return user_error(errc::unsupported, "a reader without a group commits nothing (" + options_.client_id + ")");
    wake_list wakes;
    const std::lock_guard lock(log_->groups_mutex);
    for (const auto& p : positions) {
      if (closed_ || p.source.topic >= topics_.size() || !group_->owns(member_->id, p.source.partition.value()) ||
          find(p.source) == nullptr)
        return fail(errc::fenced, error_source::system,
                    not_assigned(p.source, "belongs to another member now: its position is not committed from")
                        .error()
                        .message);
      if (p.next.value() < 0) return user_error(errc::invalid_argument, "commit of a negative offset");
    }
    if (log_->journal) {
      std::vector<log_state::noted_position> noted;
      for (const auto& p : positions)
        noted.push_back({find(p.source)->progress.get(), p.source.partition.value(), p.next.value()});
      store::write_batch batch;
      log_->note_positions(group_->name, noted, batch);
      if (!batch.empty())
        if (auto written = log_->journal->write(batch); !written) return written;
    }
    for (const auto& p : positions) {
      auto& r = *find(p.source)->progress;
      r.committed = r.hold = p.next.value();
      log_->forget_read(r, p.source.partition.value());
    }
    log_->note_room(wakes);
    return {};
  }

  // A reader that commits nothing holds what it has not read.
  void let_go(wake_list& wakes) {
    if (group_->observer) return;
    const bool any = std::any_of(inputs_.begin(), inputs_.end(), [](const input& in) {
      return in.progress->topic->shared.cleanup == cleanup_policy::consumed;
    });
    if (!any) return;
    const std::lock_guard lock(log_->groups_mutex);
    for (const auto& in : inputs_) {
      in.progress->hold = start_of(in);
      log_->forget_read(*in.progress, in.source.partition.value());
    }
    log_->note_room(wakes);
  }

  result<void> set_paused(std::span<const source_partition> sources, bool paused) {
    for (const auto& s : sources)
      if (find(s) == nullptr) return not_assigned(s, "is not assigned");
    for (const auto& s : sources) find(s)->paused = paused;
    return {};
  }

  void leave() {
    member_->wake->disarm();
    wake_list wakes;
    const std::lock_guard lock(log_->groups_mutex);
    for (const auto& in : inputs_) in.progress->part->remove_waker(member_->wake);
    inputs_.clear();
    group_->leave(member_->id, wakes);
    if (group_->observer) log_->forget_observer(*group_);
    closed_ = true;
  }
};

// The group of a reader of its own: under the name it was declared by, if nobody uses that, else under one of its own.
std::shared_ptr<group> own_group(log_state& log, const consumer_options& options) {
  auto g = std::make_shared<group>();
  if (!options.group.value().empty()) {
    auto& known = log.groups[options.group];
    if (!known) {
      known = g;
      g->name = options.group;
    }
    if (known->members.empty()) return known;
  }
  g->name = group_name("reader-" + std::to_string(log.new_id()));
  g->observer = true;
  log.groups[g->name] = g;
  return g;
}

} // namespace

result<std::unique_ptr<consumer>> open_consumer(std::shared_ptr<log_state> log, consumer_options options) {
  if (options.topics.empty()) return user_error(errc::invalid_argument, "a consumer needs a topic to read");
  const bool shared = options.membership == membership::group;
  if (shared && options.group.value().empty())
    return user_error(errc::invalid_argument, "a consumer of topic " + options.topics.front().value() +
                                                  " needs a group, or membership all_partitions");
  std::vector<std::shared_ptr<topic_state>> topics;
  for (const auto& name : options.topics) {
    auto t = log->topic(name);
    if (!t) return unexpected(std::move(t).error());
    if (std::find(topics.begin(), topics.end(), *t) != topics.end())
      return user_error(errc::invalid_argument, "topic " + name.value() + " is named twice");
    if (!topics.empty() && topics.front()->count() != (*t)->count())
      return user_error(errc::incompatible, "topics " + options.topics.front().value() + " (" +
                                                std::to_string(topics.front()->count()) + " partitions) and " +
                                                name.value() + " (" + std::to_string((*t)->count()) +
                                                ") are read together and need equal partition counts");
    topics.push_back(*t);
  }
  for (const auto& p : options.partitions)
    if (p.value() < 0 || p.value() >= topics.front()->count())
      return user_error(errc::invalid_argument,
                        "topic " + options.topics.front().value() + " has no partition " + std::to_string(p.value()));
  if (options.membership == membership::chosen && options.partitions.empty())
    return user_error(errc::invalid_argument, "membership chosen needs partitions");

  wake_list wakes;
  const std::lock_guard lock(log->groups_mutex);
  std::shared_ptr<group> g;
  if (shared) {
    auto& known = log->groups[options.group];
    if (!known) {
      known = std::make_shared<group>();
      known->name = options.group;
    }
    g = known;
    if (!g->members.empty() && (!g->shared || g->topics != topics))
      return user_error(errc::conflict, "group " + options.group.value() +
                                            " reads other topics: its members must name the same topics in one order");
  } else {
    g = own_group(*log, options);
  }
  g->shared = shared;
  g->topics = topics;
  g->chosen.clear();
  if (options.membership == membership::chosen)
    for (const auto& p : options.partitions) g->chosen.insert(p.value());
  auto m = std::make_shared<member>();
  m->id = log->new_id();
  m->client = options.client_id;
  m->wake = std::make_shared<waker>(options.on_available);
  g->join(m, wakes);
  log->topology.fetch_add(1);
  return std::unique_ptr<consumer>(
      std::make_unique<memory_consumer>(log, std::move(options), g, std::move(m), std::move(topics)));
}

} // namespace cloudflow::log::internal
