#pragma once

#include "cloudflow/log/producer.hpp"
#include "cloudflow/schema/codec.hpp"
#include "cloudflow/stream/run/executor.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cloudflow::testkit {

/// A record as a streamlet wrote it.
template <class T> struct written {
  T value{};
  std::optional<std::string> key{};
  timestamp time{};
  std::vector<std::pair<std::string, std::string>> headers{}; ///< without the one that names the schema
  friend bool operator==(const written&, const written&) = default;
};

namespace detail {

/// The half of a probe that does not depend on its type: a topic of the test's. Confined to the test's thread.
class probe_core : public std::enable_shared_from_this<probe_core> {
public:
  struct raw {
    bytes value;
    std::optional<std::string> key;
    timestamp time{};
    std::vector<std::pair<std::string, std::string>> headers;
    std::uint64_t schema = 0; ///< that its header names; 0: none
  };

  /// `note` tells what else is to be known when a complaint is made: that the streamlet failed.
  probe_core(port_name outlet, const clock_source& clock, std::function<std::string()> note)
      : outlet_(std::move(outlet))
      , clock_(clock)
      , note_(std::move(note)) {}

  [[nodiscard]] std::unique_ptr<log::topic_writer> make_writer();
  void on_room(stream::waker wake) { wants_room_.push_back(std::move(wake)); }
  [[nodiscard]] const port_name& outlet() const { return outlet_; }
  [[nodiscard]] std::vector<raw> take();
  [[nodiscard]] std::size_t size() const { return records_.size(); }
  [[nodiscard]] bool overflown() const { return overflown_; }
  [[nodiscard]] std::size_t bound() const { return bound_; }
  [[nodiscard]] std::size_t unacknowledged() const { return pending_.size(); }

  void watch(std::size_t bound) {
    watched_ = true;
    bound_ = bound;
  }
  [[nodiscard]] bool watched() const { return watched_; }
  void hold(bool yes) { hold_ = yes; }
  void acknowledge();
  void refuse(bool yes);
  void fail(std::string text);
  /// The test is over: what is not acknowledged never will be. Those who wait for it own the writer, and so this.
  void forget() { std::exchange(pending_, {}).clear(); }
  [[nodiscard]] std::string note() const { return note_(); }

private:
  class writer;
  result<void> accept(std::span<const log::outgoing_record> records, log::delivery_callback done);
  void make_room();

  port_name outlet_;
  const clock_source& clock_;
  std::function<std::string()> note_;
  std::vector<raw> records_;
  std::deque<log::delivery_callback> pending_;
  std::vector<stream::waker> wants_room_;
  std::optional<std::string> failed_;
  std::size_t bound_ = 0;
  bool watched_ = false; // else what is written is let go
  bool hold_ = false;
  bool refuse_ = false;
  bool overflown_ = false;
};

/// Throws expectation_failed: what was written is not what the outlet's type reads.
[[noreturn]] void unreadable(const port_name& outlet, const std::string& reason);
/// Throws expectation_failed with both lists as JSON, the first difference marked.
[[noreturn]] void differs(const probe_core& probe, const schema::schema_definition& schema,
                          const std::vector<bytes>& wanted, const std::vector<bytes>& seen);

} // namespace detail

/// The test's end of an outlet: catches what the streamlet writes, and can be as slow or as broken as a log.
/// A cheap copy; confined to the test's thread.
template <class T> class outlet_probe {
  std::shared_ptr<detail::probe_core> core_; // owners: the probes and the rig

  static T decode(const port_name& outlet, const detail::probe_core::raw& r) {
    const auto& definition = schema::codec<T>::definition();
    if (definition.ids.crc64 != r.schema)
      detail::unreadable(outlet, "its header names another schema than that of '" + definition.name + "'");
    auto decoder = schema::codec<T>::decoder_for(definition);
    if (!decoder) detail::unreadable(outlet, decoder.error().text());
    T value{};
    if (auto done = decoder->decode(r.value, value); !done) detail::unreadable(outlet, done.error().text());
    return value;
  }

public:
  explicit outlet_probe(std::shared_ptr<detail::probe_core> core)
      : core_(std::move(core)) {}

  /// The values that were written since the last call.
  [[nodiscard]] std::vector<T> take() {
    std::vector<T> out;
    for (const auto& r : core_->take()) out.push_back(decode(core_->outlet(), r));
    return out;
  }
  /// The same with key, time and headers.
  [[nodiscard]] std::vector<written<T>> take_records() {
    std::vector<written<T>> out;
    for (auto& r : core_->take())
      out.push_back({decode(core_->outlet(), r), std::move(r.key), r.time, std::move(r.headers)});
    return out;
  }
  /// Takes, and throws with both lists if they differ.
  void expect(const std::vector<T>& wanted) {
    const auto seen = take();
    if (seen == wanted) return;
    const auto encoded = [](const std::vector<T>& values) {
      std::vector<bytes> out;
      for (const auto& value : values) schema::codec<T>::encode(value, out.emplace_back());
      return out;
    };
    detail::differs(*core_, schema::codec<T>::definition(), encoded(wanted), encoded(seen));
  }
  void expect_nothing() { expect({}); }
  /// Records that nobody took yet.
  [[nodiscard]] std::size_t size() const { return core_->size(); }

  /// From now on what is written is not acknowledged until `acknowledge()`.
  void hold_acknowledgements() { core_->hold(true); }
  void acknowledge() { core_->acknowledge(); }
  [[nodiscard]] std::size_t unacknowledged_batches() const { return core_->unacknowledged(); }
  /// The log is full (true), or has room again.
  void refuse(bool yes = true) { core_->refuse(yes); }
  /// Whatever is written from now on, and what is not acknowledged yet, fails.
  void fail(std::string text) { core_->fail(std::move(text)); }
};

} // namespace cloudflow::testkit
