#include "cloudflow/testkit/log/counting_log.hpp"

#include <algorithm>

namespace cloudflow::testkit {

namespace {

// An answer that does not reach a dead process.
template <class... Args>
std::function<void(Args...)> while_alive(const std::shared_ptr<crash_points>& life, std::function<void(Args...)> tell) {
  if (!tell) return {};
  return [life, tell = std::move(tell)](Args... args) {
    if (life->hears()) tell(args...);
  };
}

} // namespace

class counting_log::counted_writer final : public log::topic_writer {
  std::unique_ptr<log::topic_writer> below_;
  std::shared_ptr<crash_points> life_;

public:
  counted_writer(std::unique_ptr<log::topic_writer> below, std::shared_ptr<crash_points> life)
      : below_(std::move(below))
      , life_(std::move(life)) {}

  result<void> send(std::span<const log::outgoing_record> records, log::delivery_callback done) override {
    return life_->call("writer.send", [&] {
      for (const auto& r : records) life_->note(r.value ? r.value->size() : 0);
      return below_->send(records, while_alive(life_, std::move(done)));
    });
  }
  [[nodiscard]] std::int32_t partitions() const override { return below_->partitions(); }
};

class counting_log::counted_producer final : public log::producer {
  std::unique_ptr<log::producer> loose_; // with early_changelog: what it sends counts at once
  std::unique_ptr<log::producer> below_;
  std::shared_ptr<crash_points> life_;
  const broken_rules broken_;

public:
  counted_producer(std::unique_ptr<log::producer> below, std::unique_ptr<log::producer> loose,
                   std::shared_ptr<crash_points> life, broken_rules broken)
      : loose_(std::move(loose))
      , below_(std::move(below))
      , life_(std::move(life))
      , broken_(std::move(broken)) {}

  result<std::unique_ptr<log::topic_writer>> open(const topic_name& topic) override {
    return life_->call("producer.open", [&]() -> result<std::unique_ptr<log::topic_writer>> {
      const bool early = loose_ && topic.value().find(broken_.changelog) != std::string::npos;
      auto writer = (early ? *loose_ : *below_).open(topic);
      if (!writer) return unexpected(writer.error());
      return std::unique_ptr<log::topic_writer>(std::make_unique<counted_writer>(std::move(*writer), life_));
    });
  }
  void flush(log::completion_callback done) override {
    life_->tell("producer.flush", [&] { below_->flush(while_alive(life_, std::move(done))); });
  }
  result<void> begin() override {
    return life_->call("producer.begin", [&] { return below_->begin(); });
  }
  result<void> send_offsets(const log::group_token& owner, std::span<const log::source_position> positions) override {
    return life_->call("producer.send_offsets", [&] {
      for (const auto& p : positions) life_->note(static_cast<std::uint64_t>(p.next.value()));
      return below_->send_offsets(owner, positions);
    });
  }
  void commit(log::completion_callback done) override {
    life_->tell("producer.commit", [&] { below_->commit(while_alive(life_, std::move(done))); });
  }
  void abort(log::completion_callback done) override {
    life_->tell("producer.abort", [&] { below_->abort(while_alive(life_, std::move(done))); });
  }
};

class counting_log::counted_consumer final : public log::consumer {
  counting_log& log_;
  std::unique_ptr<log::consumer> below_;
  std::shared_ptr<crash_points> life_;
  std::function<void()> on_available_;
  bool held_ = false;
  bool ended_ = false;

public:
  counted_consumer(counting_log& log, std::unique_ptr<log::consumer> below, std::function<void()> on_available)
      : log_(log)
      , below_(std::move(below))
      , life_(log.life_)
      , on_available_(std::move(on_available)) {
    log_.readers_.push_back(this);
  }
  counted_consumer(const counted_consumer&) = delete;
  counted_consumer& operator=(const counted_consumer&) = delete;
  ~counted_consumer() override { std::erase(log_.readers_, this); }

  void hold_back() { held_ = true; }
  void let_go() {
    if (std::exchange(held_, false) && on_available_) on_available_();
  }
  void inputs_end() {
    held_ = false;
    if (on_available_) on_available_();
  }

  result<void> poll(log::poll_limits limits, log::polled& into) override {
    into.clear();
    if (held_) return {};
    return life_->call("consumer.poll", [&]() -> result<void> {
      if (log_.inputs_end_) return tell_end(into);
      auto outcome = below_->poll(limits, into);
      for (const auto& r : into.records) life_->note(static_cast<std::uint64_t>(r.offset.value()));
      if (outcome && log_.broken_.commits_at_read) commit_read(into);
      return outcome;
    });
  }
  [[nodiscard]] bool ready() const noexcept override {
    return !held_ && (below_->ready() || (log_.inputs_end_ && !ended_));
  }
  result<void> release(std::span<const log::source_partition> sources) override {
    return life_->call("consumer.release", [&] { return below_->release(sources); });
  }
  void commit(std::span<const log::source_position> positions, log::commit_callback done) override {
    life_->tell("consumer.commit", [&] {
      for (const auto& p : positions) life_->note(static_cast<std::uint64_t>(p.next.value()));
      below_->commit(positions, while_alive(life_, std::move(done)));
    });
  }
  result<record_offset> position(log::source_partition s) const override { return below_->position(s); }
  result<std::optional<record_offset>> committed(log::source_partition s) const override {
    return below_->committed(s);
  }
  result<std::uint64_t> lag(log::source_partition s) const override { return below_->lag(s); }
  result<void> seek(log::source_partition s, record_offset to) override { return below_->seek(s, to); }
  result<void> seek(log::source_partition s, timestamp to) override { return below_->seek(s, to); }
  result<void> pause(std::span<const log::source_partition> s) override { return below_->pause(s); }
  result<void> resume(std::span<const log::source_partition> s) override { return below_->resume(s); }
  [[nodiscard]] std::vector<log::source_partition> assignment() const override { return below_->assignment(); }
  [[nodiscard]] log::group_token token() const override { return below_->token(); }
  result<void> close() override {
    return life_->call("consumer.close", [&] { return below_->close(); });
  }

private:
  result<void> tell_end(log::polled& into) {
    if (std::exchange(ended_, true)) return {};
    log::consumer_event end{log::consumer_event_kind::completed, {}};
    for (const auto& source : below_->assignment())
      if (const auto at = below_->position(source)) end.positions.push_back({source, *at});
    if (!end.positions.empty()) into.events.push_back(std::move(end));
    return {};
  }
  void commit_read(const log::polled& read) {
    std::vector<log::source_position> done;
    for (const auto& r : read.records) done.push_back({r.source, record_offset(r.offset.value() + 1)});
    if (!done.empty()) below_->commit(done, {});
  }
};

counting_log::counting_log(log::topic_log& below, std::shared_ptr<crash_points> life, broken_rules broken)
    : below_(below)
    , life_(std::move(life))
    , broken_(std::move(broken)) {}
counting_log::~counting_log() = default;

void counting_log::hold_back(std::size_t i) { readers_.at(i)->hold_back(); }
void counting_log::let_go() {
  for (auto* each : readers_) each->let_go();
}
void counting_log::end_inputs() {
  inputs_end_ = true;
  for (auto* each : readers_) each->inputs_end();
}

result<std::unique_ptr<log::producer>> counting_log::open_producer(log::producer_options options) {
  return life_->call("log.open_producer", [&]() -> result<std::unique_ptr<log::producer>> {
    options.on_room = while_alive(life_, std::move(options.on_room));
    std::unique_ptr<log::producer> loose;
    if (broken_.early_changelog && !options.transactional_id.empty()) {
      auto opened = below_.open_producer({});
      if (!opened) return opened;
      loose = std::move(*opened);
    }
    auto opened = below_.open_producer(std::move(options));
    if (!opened) return opened;
    return std::unique_ptr<log::producer>(
        std::make_unique<counted_producer>(std::move(*opened), std::move(loose), life_, broken_));
  });
}

result<std::unique_ptr<log::consumer>> counting_log::open_consumer(log::consumer_options options) {
  return life_->call("log.open_consumer", [&]() -> result<std::unique_ptr<log::consumer>> {
    options.on_available = while_alive(life_, std::move(options.on_available));
    if (options.membership != log::membership::group) return below_.open_consumer(std::move(options));
    joined_[options.group] = options.topics;
    auto wake = options.on_available;
    auto opened = below_.open_consumer(std::move(options));
    if (!opened) return opened;
    return std::unique_ptr<log::consumer>(
        std::make_unique<counted_consumer>(*this, std::move(*opened), std::move(wake)));
  });
}

result<void> counting_log::create_topic(const log::topic_spec& spec) {
  return life_->call("log.create_topic", [&] { return below_.create_topic(spec); });
}
result<void> counting_log::remove_topic(const topic_name& topic) {
  return life_->call("log.remove_topic", [&] { return below_.remove_topic(topic); });
}
result<void> counting_log::add_partitions(const topic_name& topic, std::int32_t total) {
  return life_->call("log.add_partitions", [&] { return below_.add_partitions(topic, total); });
}
result<void> counting_log::reset_group(const group_name& group, const topic_partition& source, record_offset to) {
  return life_->call("log.reset_group", [&] { return below_.reset_group(group, source, to); });
}
result<void> counting_log::declare_reader(const group_name& group, std::span<const topic_name> topics) {
  return life_->call("log.declare_reader", [&] { return below_.declare_reader(group, topics); });
}
result<void> counting_log::declare_writer(const topic_name& topic, std::string_view writer) {
  return life_->call("log.declare_writer", [&] { return below_.declare_writer(topic, writer); });
}
result<void> counting_log::complete_writer(const topic_name& topic, std::string_view writer) {
  if (inputs_end_) return {}; // the input was not over: it only looked so
  return life_->call("log.complete_writer", [&] { return below_.complete_writer(topic, writer); });
}

// Questions change nothing, so dying at one is dying at the next call.
result<log::topic_description> counting_log::describe_topic(const topic_name& topic) const {
  return below_.describe_topic(topic);
}
result<log::partition_offsets> counting_log::offsets(const topic_partition& of) const { return below_.offsets(of); }
result<std::optional<record_offset>> counting_log::offset_at(const topic_partition& of, timestamp time) const {
  return below_.offset_at(of, time);
}
result<std::vector<topic_name>> counting_log::topics() const { return below_.topics(); }
result<log::group_description> counting_log::describe_group(const group_name& group) const {
  return below_.describe_group(group);
}
result<std::vector<group_name>> counting_log::groups() const { return below_.groups(); }
result<std::unique_ptr<log::backlog_watch>> counting_log::watch_backlog(std::vector<log::topic_reading> readings,
                                                                        std::uint64_t bound_bytes,
                                                                        std::function<void()> on_sunk) {
  return below_.watch_backlog(std::move(readings), bound_bytes, while_alive(life_, std::move(on_sunk)));
}

} // namespace cloudflow::testkit
