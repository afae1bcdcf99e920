#pragma once

#include "cloudflow/log/topic_log.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudflow::testkit {

/// A log to be tested, and how to wait for it: an implementation behind a network needs time, the in-process one does
/// not. One object per test case.
class log_fixture {
public:
  virtual ~log_fixture() = default;
  virtual log::topic_log& log() = 0;
  /// Lets the log work until the condition holds; false if it did not in good time. Calls it at least once.
  virtual bool eventually(const std::function<bool()>& condition) = 0;
  /// The time that the log stamps with, about.
  [[nodiscard]] virtual timestamp now() const = 0;
  /// Returns when that much time has passed for the log.
  virtual void pass(std::chrono::milliseconds span) = 0;
  /// A name that nothing else in the log has.
  [[nodiscard]] virtual std::string unique(std::string_view stem) const { return std::string(stem); }
};

/// An owned copy of a record.
struct read_record {
  log::source_partition source;
  std::int64_t offset = 0;
  timestamp time;
  std::optional<std::string> key, value;
};

/// Reads through a consumer and keeps what it saw. A revoked partition is released at once, after `on_revoking`.
class log_probe {
  log_fixture& fixture_;
  std::unique_ptr<log::consumer> consumer_;
  log::polled polled_;

public:
  std::vector<read_record> records;
  std::vector<log::consumer_event> events;
  std::optional<error> failure; ///< of the last poll
  std::function<void(const log::consumer_event&)> on_revoking;
  bool releases = true; ///< false: keeps what is being revoked

  log_probe(log_fixture& fixture, log::consumer_options options);
  log::consumer& consumer() { return *consumer_; }
  /// One poll; true if it gave records.
  bool poll(log::poll_limits limits = {});
  /// Polls until `n` more records were seen than before the call.
  bool take(std::size_t n);
  /// Polls until that many partitions (of all topics) are assigned.
  bool own(std::size_t sources);
  /// Polls until each assigned partition has been read to its present end.
  bool read_to_end();
  /// Commits what was read last of each assigned partition.
  result<void> commit_all();
  [[nodiscard]] std::size_t count(log::consumer_event_kind kind) const;
  [[nodiscard]] std::vector<std::string> values() const;
  void crash() { consumer_.reset(); }
};

struct sent_record {
  std::optional<std::string> key{};
  std::optional<std::string> value{};
  std::optional<std::int32_t> partition{};
  std::optional<timestamp> time{};
};

/// A transactional producer that waits for its answers.
class transaction_probe {
  log_fixture& fixture_;
  std::unique_ptr<log::producer> producer_;
  std::map<topic_name, std::unique_ptr<log::topic_writer>> writers_;

  result<void> wait(void (log::producer::*end)(log::completion_callback));

public:
  transaction_probe(log_fixture& fixture, std::string id,
                    std::chrono::milliseconds timeout = std::chrono::milliseconds(10'000));
  log::producer& producer() { return *producer_; }
  result<void> begin() { return producer_->begin(); }
  result<void> send(const topic_name& topic, const std::vector<sent_record>& records);
  /// What the reader has read of each of its partitions.
  result<void> send_offsets(log_probe& reader);
  result<void> flush() { return wait(&log::producer::flush); }
  result<void> commit() { return wait(&log::producer::commit); }
  result<void> abort() { return wait(&log::producer::abort); }
  /// Ends without a word, as a process that is killed does.
  void crash();
};

/// Creates a topic of the spec under a unique name, which it gives.
topic_name make_topic(log_fixture& fixture, log::topic_spec spec);
/// Options for a member of a group, or, without a group, for a reader of its own.
log::consumer_options reading(std::vector<topic_name> topics, std::string_view group = "");

/// Appends and waits for the acknowledgement.
result<std::vector<log::delivered>> append(log_fixture& fixture, const topic_name& topic,
                                           const std::vector<sent_record>& records);
/// Appends records "0", "1", ... to partition 0.
void append_numbers(log_fixture& fixture, const topic_name& topic, int count, int first = 0);

} // namespace cloudflow::testkit
