#pragma once

#include "cloudflow/log/headers.hpp"
#include "cloudflow/native/feed.hpp"
#include "cloudflow/native/inlet_port.hpp"
#include "cloudflow/native/outlet_port.hpp"
#include "cloudflow/schema/codec.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cloudflow::testkit {

/// A record as a test pushes it, with what stands around its value. What is left out is as a writer leaves it.
template <class T> struct pushed {
  std::optional<T> value{};
  std::optional<std::string> key{};
  std::optional<timestamp> time{}; ///< none: the test's wall clock
  std::vector<std::pair<std::string, std::string>> headers{};
  std::int32_t partition = 0;
};

namespace detail {

/// The half of a tap that does not depend on its type: fills a feed as the engine's reader does, and no further than it
/// has room. Confined to the test's thread.
class tap_core : public std::enable_shared_from_this<tap_core> {
public:
  struct item {
    std::optional<bytes> value{};
    std::optional<std::string> key{};
    log::header_buffer headers{};
    std::optional<timestamp> time{};
    partition_id partition{};
  };

  using publish_schema = std::function<void(const schema::schema_definition&)>;
  tap_core(port_name inlet, topic_name topic, const clock_source& clock, const metric_registry& metrics,
           publish_schema publish);
  [[nodiscard]] const std::shared_ptr<native::record_feed>& feed();

  void push(item what);
  /// What a writer does before its first record.
  void publish(const schema::schema_definition& definition) { publish_(definition); }
  void complete();
  [[nodiscard]] bool completed() const { return completed_; }
  [[nodiscard]] std::int64_t committed(partition_id partition) const;
  [[nodiscard]] std::size_t held() const { return feed_->tracker().outstanding(); }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] std::uint64_t count(std::string_view metric) const;

private:
  void pump();

  port_name inlet_;
  topic_name topic_;
  const clock_source& clock_;
  const metric_registry& metrics_;
  publish_schema publish_;
  std::shared_ptr<native::record_feed> feed_; // owners: this and the inlet's reader
  std::deque<native::feed_item> waiting_;     // what the feed had no room for
  std::map<partition_id, std::int64_t> next_;
  bool completed_ = false;
};

} // namespace detail

/// The test's end of an inlet. Records are encoded as a writer encodes them and wait until `run()`. A cheap copy;
/// confined to the test's thread.
template <class T> class inlet_tap {
  std::shared_ptr<detail::tap_core> core_; // owners: the taps and the rig

  template <class W>
  void push_item(const W* value, std::optional<std::string> key, std::optional<timestamp> time,
                 const std::vector<std::pair<std::string, std::string>>& headers, std::int32_t partition) {
    detail::tap_core::item item;
    if (value != nullptr) {
      item.value.emplace();
      schema::codec<W>::encode(*value, *item.value);
    }
    core_->publish(schema::codec<W>::definition());
    item.headers = native::detail::schema_headers(schema::codec<W>::definition());
    for (const auto& [name, text] : headers) item.headers.add(name, std::string_view(text));
    item.key = std::move(key);
    item.time = time;
    item.partition = partition_id(partition);
    core_->push(std::move(item));
  }

public:
  explicit inlet_tap(std::shared_ptr<detail::tap_core> core)
      : core_(std::move(core)) {}

  void push(const T& value) { push_item(&value, std::nullopt, std::nullopt, {}, 0); }
  void push_all(const std::vector<T>& values) {
    for (const auto& value : values) push(value);
  }
  /// With the record's own timestamp.
  void push_at(timestamp time, const T& value) { push_item(&value, std::nullopt, time, {}, 0); }
  /// With key, headers, partition; without a value it is a tombstone.
  void push_record(const pushed<T>& r) {
    push_item(r.value ? &*r.value : nullptr, r.key, r.time, r.headers, r.partition);
  }
  /// What a writer with another schema wrote: `in.push_as(reading_v2{...})`.
  template <schema::record W> void push_as(const W& value) { push_item(&value, std::nullopt, std::nullopt, {}, 0); }
  /// Bytes that need not be a record at all, under the inlet's own schema.
  void push_bytes(bytes_view value) {
    detail::tap_core::item item;
    item.value.emplace(value.begin(), value.end());
    core_->publish(schema::codec<T>::definition());
    item.headers = native::detail::schema_headers(schema::codec<T>::definition());
    core_->push(std::move(item));
  }
  void push_bytes(std::string_view value) { push_bytes(as_bytes(value)); }
  /// The same with headers of the test's own, and none else.
  void push_bytes(bytes_view value, log::header_buffer headers) {
    detail::tap_core::item item;
    item.value.emplace(value.begin(), value.end());
    item.headers = std::move(headers);
    core_->push(std::move(item));
  }
  /// The input is over: nothing may be pushed any more.
  void complete() { core_->complete(); }

  /// The offset that a restart would begin at: records before it are done.
  [[nodiscard]] std::int64_t committed(std::int32_t partition = 0) const {
    return core_->committed(partition_id(partition));
  }
  /// Runs of records that were read and are neither done nor given back.
  [[nodiscard]] std::size_t held() const { return core_->held(); }
  /// Records that wait outside the streamlet, because it has no room.
  [[nodiscard]] std::size_t waiting() const { return core_->waiting(); }
  [[nodiscard]] std::uint64_t read() const { return core_->count("cloudflow_records_in_total"); }
  [[nodiscard]] std::uint64_t skipped() const { return core_->count("cloudflow_records_skipped_total"); }
  [[nodiscard]] std::uint64_t decode_failures() const { return core_->count("cloudflow_decode_failures_total"); }
  [[nodiscard]] std::uint64_t tombstones() const { return core_->count("cloudflow_tombstones_total"); }
};

} // namespace cloudflow::testkit
