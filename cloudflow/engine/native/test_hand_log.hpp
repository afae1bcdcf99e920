#pragma once

#include "cloudflow/log/memory_log.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cloudflow::engine {

/// For tests: a consumer that the test gives partitions, asks them back from, or takes them away as a cluster does.
/// What it reads is real. One topic; confined to the test's thread.
class hand_consumer final : public log::consumer {
  std::unique_ptr<log::consumer> inner_; // reads all partitions; those that are not given are paused
  std::function<void()> wake_;
  std::deque<log::consumer_event> news_;
  std::set<log::source_partition> owned_;
  std::set<log::source_partition> revoking_;

public:
  std::map<partition_id, record_offset> done; ///< committed; survives the loss of a partition, as the group's does
  std::vector<partition_id> released;

  hand_consumer(std::unique_ptr<log::consumer> inner, std::function<void()> wake)
      : inner_(std::move(inner))
      , wake_(std::move(wake)) {
    log::polled first;
    (void)inner_->poll({}, first);
    const auto all = inner_->assignment();
    (void)inner_->pause(all);
  }

  // for the test
  void assign(int partition) {
    const log::source_partition source{0, partition_id(partition)};
    const auto at = done.contains(source.partition) ? done.at(source.partition) : record_offset(0);
    owned_.insert(source);
    (void)inner_->seek(source, at);
    (void)inner_->resume({&source, 1});
    tell(log::consumer_event_kind::assigned, source, at);
  }
  void ask_back(int partition) {
    const log::source_partition source{0, partition_id(partition)};
    revoking_.insert(source);
    (void)inner_->pause({&source, 1});
    tell(log::consumer_event_kind::revoking, source, record_offset(0));
  }
  void take_away(int partition) {
    const log::source_partition source{0, partition_id(partition)};
    owned_.erase(source);
    (void)inner_->pause({&source, 1});
    tell(log::consumer_event_kind::lost, source, record_offset(0));
  }

  // the port
  result<void> poll(log::poll_limits limits, log::polled& into) override {
    auto outcome = inner_->poll(limits, into);
    into.events.insert(into.events.begin(), news_.begin(), news_.end());
    news_.clear();
    return outcome;
  }
  [[nodiscard]] bool ready() const noexcept override { return !news_.empty() || inner_->ready(); }
  result<void> release(std::span<const log::source_partition> sources) override {
    for (const auto& s : sources) {
      if (revoking_.erase(s) == 0) return user_error(errc::invalid_argument, "nobody asked for it");
      owned_.erase(s);
      released.push_back(s.partition);
    }
    return {};
  }
  void commit(std::span<const log::source_position> positions, log::commit_callback tell_done) override {
    result<void> outcome;
    for (const auto& p : positions)
      if (!owned_.contains(p.source)) outcome = system_error(errc::fenced, "not its own");
    if (outcome)
      for (const auto& p : positions) done[p.source.partition] = p.next;
    if (tell_done) tell_done(outcome);
  }
  result<record_offset> position(log::source_partition s) const override { return inner_->position(s); }
  result<std::optional<record_offset>> committed(log::source_partition s) const override {
    const auto at = done.find(s.partition);
    return at == done.end() ? std::optional<record_offset>() : std::optional(at->second);
  }
  result<std::uint64_t> lag(log::source_partition s) const override { return inner_->lag(s); }
  result<void> seek(log::source_partition s, record_offset to) override { return inner_->seek(s, to); }
  result<void> seek(log::source_partition s, timestamp to) override { return inner_->seek(s, to); }
  result<void> pause(std::span<const log::source_partition> s) override { return inner_->pause(s); }
  result<void> resume(std::span<const log::source_partition> s) override { return inner_->resume(s); }
  [[nodiscard]] std::vector<log::source_partition> assignment() const override {
    return {owned_.begin(), owned_.end()};
  }
  [[nodiscard]] log::group_token token() const override { return inner_->token(); }
  result<void> close() override { return inner_->close(); }

private:
  void tell(log::consumer_event_kind kind, log::source_partition source, record_offset at) {
    news_.push_back({kind, {{source, at}}});
    if (wake_) wake_();
  }
};

/// For tests: a log whose groups the test rules. The rest is the log beneath.
class hand_log final : public log::topic_log {
  log::topic_log& beneath_;

public:
  std::map<group_name, hand_consumer*> members; ///< while their owner lives

  explicit hand_log(log::topic_log& beneath)
      : beneath_(beneath) {}
  result<std::unique_ptr<log::consumer>> open_consumer(log::consumer_options options) override {
    if (options.membership != log::membership::group) return beneath_.open_consumer(std::move(options));
    const auto group = options.group;
    auto wake = options.on_available;
    options.membership = log::membership::all_partitions;
    options.group = group_name();
    auto inner = beneath_.open_consumer(std::move(options));
    if (!inner) return unexpected(inner.error());
    auto made = std::make_unique<hand_consumer>(std::move(*inner), std::move(wake));
    members[group] = made.get();
    return std::unique_ptr<log::consumer>(std::move(made));
  }

  log::log_capabilities capabilities() const override { return beneath_.capabilities(); }
  std::string describe() const override { return beneath_.describe(); }
  result<void> create_topic(const log::topic_spec& spec) override { return beneath_.create_topic(spec); }
  result<log::topic_description> describe_topic(const topic_name& t) const override {
    return beneath_.describe_topic(t);
  }
  result<void> remove_topic(const topic_name& t) override { return beneath_.remove_topic(t); }
  result<void> add_partitions(const topic_name& t, std::int32_t n) override { return beneath_.add_partitions(t, n); }
  result<log::partition_offsets> offsets(const topic_partition& of) const override { return beneath_.offsets(of); }
  result<std::optional<record_offset>> offset_at(const topic_partition& of, timestamp time) const override {
    return beneath_.offset_at(of, time);
  }
  result<std::vector<topic_name>> topics() const override { return beneath_.topics(); }
  result<std::unique_ptr<log::producer>> open_producer(log::producer_options o) override {
    return beneath_.open_producer(std::move(o));
  }
  result<log::group_description> describe_group(const group_name& g) const override {
    return beneath_.describe_group(g);
  }
  result<std::vector<group_name>> groups() const override { return beneath_.groups(); }
  result<void> reset_group(const group_name& g, const topic_partition& s, record_offset to) override {
    return beneath_.reset_group(g, s, to);
  }
  result<void> declare_reader(const group_name& g, std::span<const topic_name> t) override {
    return beneath_.declare_reader(g, t);
  }
  result<void> declare_writer(const topic_name& t, std::string_view w) override {
    return beneath_.declare_writer(t, w);
  }
  result<void> complete_writer(const topic_name& t, std::string_view w) override {
    return beneath_.complete_writer(t, w);
  }
  result<std::unique_ptr<log::backlog_watch>> watch_backlog(std::vector<log::topic_reading> r, std::uint64_t bound,
                                                            std::function<void()> on_sunk) override {
    return beneath_.watch_backlog(std::move(r), bound, std::move(on_sunk));
  }
};

} // namespace cloudflow::engine
