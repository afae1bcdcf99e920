#pragma once

#include "cloudflow/log/topic_log.hpp"
#include "cloudflow/testkit/log/crash_points.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace cloudflow::testkit {

/// Rules that are broken on purpose, at the log, so that a test can show that it would notice. For whoever uses the log
/// it looks as if it had done so itself.
struct broken_rules {
  bool commits_at_read = false;        ///< a position counts as committed as soon as it was polled
  bool early_changelog = false;        ///< records of `changelog` topics count although their transaction does not
  bool drain_completes = false;        ///< instead of a drain, inputs end: see `counting_log::end_inputs`
  std::string changelog = "changelog"; ///< what the name of such a topic contains
};

/// The log as one life of a process sees it: every call that changes something, and every poll, is a point at which it
/// may die. Also lets readers fall behind. The log below survives it. Confined to the test's thread.
class counting_log final : public log::topic_log {
  class counted_producer;
  class counted_writer;
  class counted_consumer;
  friend class counted_consumer;

  log::topic_log& below_;
  std::shared_ptr<crash_points> life_; // owners: all ports of the life
  broken_rules broken_;
  std::vector<counted_consumer*> readers_; // they take themselves out
  std::map<group_name, std::vector<topic_name>> joined_;
  bool inputs_end_ = false;

public:
  counting_log(log::topic_log& below, std::shared_ptr<crash_points> life, broken_rules broken = {});
  counting_log(const counting_log&) = delete;
  counting_log& operator=(const counting_log&) = delete;
  ~counting_log() override;

  // for the test
  /// Members of groups that read now.
  [[nodiscard]] std::size_t readers() const { return readers_.size(); }
  /// The reader number `i` gets nothing until `let_go`.
  void hold_back(std::size_t i);
  void let_go();
  /// Groups that were joined in this life, and what they read.
  [[nodiscard]] const std::map<group_name, std::vector<topic_name>>& joined() const { return joined_; }
  /// Every reader is told that its input is complete, though it is not; topics are not closed by that.
  void end_inputs();

  // the port
  [[nodiscard]] log::log_capabilities capabilities() const override { return below_.capabilities(); }
  [[nodiscard]] std::string describe() const override { return below_.describe(); }
  result<void> create_topic(const log::topic_spec& spec) override;
  result<log::topic_description> describe_topic(const topic_name& topic) const override;
  result<void> remove_topic(const topic_name& topic) override;
  result<void> add_partitions(const topic_name& topic, std::int32_t total) override;
  result<log::partition_offsets> offsets(const topic_partition& of) const override;
  result<std::optional<record_offset>> offset_at(const topic_partition& of, timestamp time) const override;
  [[nodiscard]] result<std::vector<topic_name>> topics() const override;
  result<std::unique_ptr<log::producer>> open_producer(log::producer_options options) override;
  result<std::unique_ptr<log::consumer>> open_consumer(log::consumer_options options) override;
  result<log::group_description> describe_group(const group_name& group) const override;
  [[nodiscard]] result<std::vector<group_name>> groups() const override;
  result<void> reset_group(const group_name& group, const topic_partition& source, record_offset to) override;
  result<void> declare_reader(const group_name& group, std::span<const topic_name> topics) override;
  result<void> declare_writer(const topic_name& topic, std::string_view writer) override;
  result<void> complete_writer(const topic_name& topic, std::string_view writer) override;
  result<std::unique_ptr<log::backlog_watch>> watch_backlog(std::vector<log::topic_reading> readings,
                                                            std::uint64_t bound_bytes,
                                                            std::function<void()> on_sunk) override;
};

} // namespace cloudflow::testkit
