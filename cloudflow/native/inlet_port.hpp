#pragma once

#include "cloudflow/native/bad_records.hpp"
#include "cloudflow/native/record.hpp"
#include "cloudflow/native/task.hpp"
#include "cloudflow/schema/codec.hpp"
#include "cloudflow/stream/source/port.hpp"
#include "cloudflow/streamlet/context.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>

namespace cloudflow::native {

/// The header that names the schema of a record's value: 8 bytes, CRC-64-AVRO, little endian (DESIGN §4).
inline constexpr std::string_view schema_header = "cf-schema";

namespace detail {

/// What an inlet's reader counts.
class CLOUDFLOW_API inlet_counters {
  counter* records_;
  counter* bytes_;
  counter* decode_failures_;
  counter* tombstones_;

public:
  inlet_counters(metric_registry& metrics, const streamlet::streamlet_context& ctx, const port_name& port);
  void read(std::size_t records, std::size_t size) {
    records_->add(records);
    bytes_->add(size);
  }
  void decode_failed() { decode_failures_->add(); }
  void tombstone() { tombstones_->add(); }
};

CLOUDFLOW_API std::uint64_t schema_id_of(const log::header_list& headers, bool& present);

} // namespace detail

/// The head of a graph: decodes an inlet's records in the task's island, gives each its event time and offset token,
/// and applies the inlet's error policy. `Out` is `T`, `keyed_value<T>` or `record<T>`.
/// Confined to its island.
template <class T, class Out> class inlet_port final : public stream::source_port<Out> {
  streamlet::inlet<T> inlet_;
  std::shared_ptr<task_services> task_; // owners: engine and the readers and writers of the task
  std::shared_ptr<record_feed> feed_;
  detail::inlet_counters counters_;
  bad_records bad_;
  std::unordered_map<std::uint64_t, typename schema::codec<T>::decoder> decoders_; // by writer schema; 0: not named
  std::optional<schema::schema_definition> nameless_; // of records that do not name theirs; none: the reader's own
  std::map<partition_id, timestamp> newest_;          // event time per partition
  feed_item item_{};                                  // the last one that was popped; kept for the error handler
  std::uint32_t at_ = 0;
  std::uint32_t first_ = 0; // of the records that were read last
  log::source_partition tried_in_{};
  record_offset tried_{-1};        // the record at which user code threw last
  std::int32_t further_tries_ = 0; // of that
  std::optional<stream::ending> ending_;
  bool draining_ = false;

public:
  inlet_port(streamlet::inlet<T> inlet, const streamlet::streamlet_context& ctx, std::shared_ptr<task_services> task)
      : inlet_(std::move(inlet))
      , task_(std::move(task))
      , feed_(task_->feed(inlet_.name()))
      , counters_(task_->metrics(), ctx, inlet_.name())
      , bad_(inlet_.name(), inlet_.policy(), static_cast<bool>(inlet_.handler()), ctx, task_) {
    if (const auto& s = ctx.binding(inlet_.name()).schema)
      nameless_ = schema::schema_definition{s->name, s->format, s->text, {}};
  }

  std::string name() const override { return inlet_.name().value(); }
  stream::source_home home() const override { return task_->home_of(inlet_.name()); }

  stream::source_status pull(std::size_t limit, stream::batch<Out>& out) override {
    if (ending_) return stream::source_status::ended;
    if (draining_) return end({stream::end_kind::drain, nullptr});
    if (bad_.has_stopped() || bad_.must_wait()) return stream::source_status::empty;
    if (at_ == end_of_item() && !next_item()) {
      if (auto how = feed_->ended()) return end(*std::move(how));
      return stream::source_status::empty;
    }
    const auto& batch = *item_.batch;
    const auto stop = static_cast<std::uint32_t>(std::min<std::size_t>(end_of_item(), at_ + limit));
    first_ = at_;
    bad_.reading(stop - at_);
    std::size_t size = 0;
    while (at_ < stop) {
      const auto& r = batch[at_];
      if (!take(r, out)) break;
      size += r.value ? r.value->size() : 0;
      ++at_;
    }
    counters_.read(at_ - first_, size);
    cover(first_, at_, out);
    out.watermark = watermark();
    return ending_ ? stream::source_status::ended : stream::source_status::more;
  }

  void start(stream::island_services& services) override { bad_.start(services.turns().clock()); }
  bool arm(const stream::waker& wake) override {
    if (draining_ || ending_) return true;
    if (bad_.has_stopped()) return false;
    if (!bad_.arm(wake)) return false;
    return at_ != end_of_item() || feed_->arm(wake);
  }
  void drain() override { draining_ = true; }
  void on_barrier(stream::commit_id n) override {
    feed_->tracker().cut(n);
    bad_.cut(n);
  }
  void cancel() override { at_ = end_of_item(); }
  stream::ending how_ended() const override {
    return ending_.value_or(stream::ending{stream::end_kind::drain, nullptr});
  }

  stream::failure_decision on_failure(const stream::failure& what, Out& again) override {
    const auto* r = what.at ? find(what.at->offset) : nullptr;
    if (r == nullptr) return stream::failure_decision::fail;
    if (tried_ != r->offset || tried_in_ != r->source) further_tries_ = 0;
    tried_ = r->offset;
    tried_in_ = r->source;
    if (further_tries_ < bad_.retries()) {
      ++further_tries_;
      bad_.retried();
      std::optional<T> value;
      timestamp time{};
      if (!read(*r, value, time)) {
        again = as_out(*r, std::move(value));
        return stream::failure_decision::retry;
      }
    }
    if (bad_.handler_rules()) {
      // A value in its place would meet the same code in another order, so it is not pushed: the record is left out.
      (void)inlet_.handler()(as_bad(*r, what.text));
      bad_.skipped();
      return stream::failure_decision::skip;
    }
    switch (bad_.judge(*r, index_of(*r), what, further_tries_ + 1)) {
    case bad_records::verdict::leave_out: return stream::failure_decision::skip;
    case bad_records::verdict::fail: return stream::failure_decision::fail;
    case bad_records::verdict::stop: break;
    }
    feed_->tracker().take_back(r->source.partition, r->offset);
    at_ = end_of_item();
    return stream::failure_decision::stop;
  }

private:
  [[nodiscard]] std::uint32_t end_of_item() const { return item_.run.first + item_.run.count; }

  // In the current item, whose offsets have no gap.
  [[nodiscard]] const log::record_view* find(record_offset offset) const {
    if (item_.run.count == 0) return nullptr;
    const auto index = offset.value() - (*item_.batch)[item_.run.first].offset.value();
    return index < 0 || index >= item_.run.count ? nullptr
                                                 : &(*item_.batch)[item_.run.first + static_cast<std::size_t>(index)];
  }
  // Among the records that were read last.
  [[nodiscard]] std::size_t index_of(const log::record_view& r) const {
    return static_cast<std::size_t>(r.offset.value() - (*item_.batch)[first_].offset.value());
  }
  [[nodiscard]] streamlet::bad_record as_bad(const log::record_view& r, std::string_view reason) const {
    return {r.value.value_or(bytes_view{}), {feed_->topic(), r.source.partition}, r.offset, reason};
  }

  stream::source_status end(stream::ending how) {
    at_ = end_of_item();
    ending_ = std::move(how);
    return stream::source_status::ended;
  }

  bool next_item() {
    auto next = feed_->pop();
    if (!next) return false;
    item_ = std::move(*next);
    at_ = item_.run.first;
    return true;
  }

  // One token for the records [first, last) of the item: also for those that were skipped, so that their offsets move
  // on.
  void cover(std::uint32_t first, std::uint32_t last, stream::batch<Out>& out) {
    if (first == last) return;
    const auto& batch = *item_.batch;
    auto token = feed_->tracker().run(item_.run.source.partition, batch[first].offset, batch[last - 1].offset);
    if (out.empty())
      token.acknowledge();
    else
      out.cover(std::move(token));
  }

  // False if nothing more is read: the port has failed (`ending_` says why), or stopped. True also for a record that
  // was left out.
  bool take(const log::record_view& r, stream::batch<Out>& out) {
    if constexpr (!std::is_same_v<Out, record<T>>) {
      if (!r.value) {
        counters_.tombstone();
        return true;
      }
    }
    std::optional<T> value;
    timestamp time{};
    if (auto why = read(r, value, time)) [[unlikely]] {
      std::int32_t tries = 0;
      for (; why && tries < bad_.retries(); ++tries) {
        bad_.retried();
        why = read(r, value, time);
      }
      if (why) {
        counters_.decode_failed();
        const auto instead = replace(r, *why, tries + 1, value, time);
        if (instead != replacement::value) return instead == replacement::nothing;
      }
    }
    auto& newest = newest_.try_emplace(r.source.partition, time).first->second;
    newest = std::max(newest, time);
    out.add(as_out(r, std::move(value)), {r.offset, time});
    return true;
  }

  Out as_out(const log::record_view& r, std::optional<T>&& value) const {
    if constexpr (std::is_same_v<Out, T>) {
      return std::move(*value);
    } else if constexpr (std::is_same_v<Out, keyed_value<T>>) {
      return {r.key ? std::string(as_text(*r.key)) : std::string(), std::move(*value)};
    } else {
      Out whole{std::move(value), std::nullopt, {}, feed_->topic(), r.source.partition, r.offset, r.time};
      if (r.key) whole.key.emplace(r.key->begin(), r.key->end());
      for (const auto& h : r.headers)
        whole.headers.emplace_back(std::string(h.name), bytes(h.value.begin(), h.value.end()));
      return whole;
    }
  }

  // The record's value and time; else what is wrong. A value is there if it could be decoded.
  std::optional<stream::failure> read(const log::record_view& r, std::optional<T>& value, timestamp& time) {
    value.reset();
    if (r.value) {
      if (auto done = decode(r, value.emplace()); !done) [[unlikely]] {
        value.reset();
        return failed_at(r, {"bad record", done.error().text(), "inlet " + inlet_.name().value(), std::nullopt});
      }
    }
    return set_time(r, value, time);
  }

  std::optional<stream::failure> set_time(const log::record_view& r, const std::optional<T>& value, timestamp& time) {
    time = r.time;
    if (!value || !inlet_.event_time()) return std::nullopt;
    try {
      time = inlet_.event_time()(*value);
      return std::nullopt;
    } catch (...) {
      return failed_at(r, stream::describe_exception("event_time"));
    }
  }

  stream::failure failed_at(const log::record_view& r, stream::failure why) const {
    why.at = stream::position{feed_->topic().value(), r.source.partition, r.offset};
    return why;
  }

  result<void> decode(const log::record_view& r, T& into) {
    bool known = false;
    const auto id = detail::schema_id_of(r.headers, known);
    auto at = decoders_.find(id);
    if (at == decoders_.end()) {
      auto writer = known ? task_->writer_schema(id)
                          : result<schema::schema_definition>(nameless_.value_or(schema::codec<T>::definition()));
      if (!writer) return unexpected(writer.error());
      auto decoder = schema::codec<T>::decoder_for(*writer);
      if (!decoder) return unexpected(decoder.error());
      at = decoders_.emplace(id, std::move(*decoder)).first;
    }
    return at->second.decode(*r.value, into);
  }

  enum class replacement { value, nothing, end };
  // What takes the place of a bad record: a value of the handler, nothing, or the end of reading in front of it.
  replacement replace(const log::record_view& r, const stream::failure& why, int attempts, std::optional<T>& value,
                      timestamp& time) {
    if (!bad_.handler_rules()) return heed(bad_.judge(r, index_of(r), why, attempts), why);
    std::optional<T> other;
    try {
      other = inlet_.handler()(as_bad(r, why.text));
    } catch (...) {
      auto thrown = failed_at(r, stream::describe_exception("on_error"));
      thrown.text = "the error handler threw: " + thrown.text;
      return heed(bad_.give_up(thrown), thrown);
    }
    if (!value && other) { // else its event time is what is wrong
      value = std::move(other);
      if (!set_time(r, value, time)) return replacement::value;
    }
    bad_.skipped();
    return replacement::nothing;
  }

  replacement heed(bad_records::verdict verdict, const stream::failure& why) {
    if (verdict == bad_records::verdict::leave_out) return replacement::nothing;
    if (verdict == bad_records::verdict::fail)
      ending_ = stream::ending{stream::end_kind::fail, std::make_shared<const stream::failure>(why)};
    return replacement::end;
  }

  // No record of an earlier time is expected: each partition is written in order.
  [[nodiscard]] timestamp watermark() const {
    if (newest_.empty()) return stream::no_event_time;
    auto low = stream::end_of_time;
    for (const auto& [partition, time] : newest_) low = std::min(low, time);
    return low;
  }
};

} // namespace cloudflow::native
