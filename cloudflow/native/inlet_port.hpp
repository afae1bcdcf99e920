#pragma once

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

/// The parts of an inlet's reader that do not depend on its type: what is counted, and what a bad record means.
class CLOUDFLOW_API inlet_counters {
  counter* records_;
  counter* bytes_;
  counter* decode_failures_;
  counter* skipped_;
  counter* tombstones_;

public:
  inlet_counters(metric_registry& metrics, const streamlet::streamlet_context& ctx, const port_name& port);
  void read(std::size_t records, std::size_t size) {
    records_->add(records);
    bytes_->add(size);
  }
  void decode_failed() { decode_failures_->add(); }
  void skipped() { skipped_->add(); }
  void tombstone() { tombstones_->add(); }
};

CLOUDFLOW_API std::uint64_t schema_id_of(const log::header_list& headers, bool& present);
/// Throws streamlet::context_error if configuration asks for a policy that does not exist yet.
CLOUDFLOW_API streamlet::error_policy effective_policy(streamlet::error_policy declared,
                                                       const streamlet::port_binding& binding);

} // namespace detail

/// The head of a graph: decodes an inlet's records in the task's island, gives each its event time and offset token,
/// and applies the inlet's error policy. `Out` is `T` or `record<T>`. Confined to its island.
template <class T, class Out> class inlet_port final : public stream::source_port<Out> {
  streamlet::inlet<T> inlet_;
  std::shared_ptr<task_services> task_; // owners: engine and the readers and writers of the task
  std::shared_ptr<record_feed> feed_;
  detail::inlet_counters counters_;
  streamlet::error_policy policy_;
  std::unordered_map<std::uint64_t, typename schema::codec<T>::decoder> decoders_; // by writer schema; 0: not named
  std::optional<schema::schema_definition> nameless_; // of records that do not name theirs; none: the reader's own
  std::map<partition_id, timestamp> newest_;          // event time per partition
  feed_item item_{};                                  // the last one that was popped; kept for the error handler
  std::uint32_t at_ = 0;
  std::optional<stream::ending> ending_;
  bool draining_ = false;

public:
  inlet_port(streamlet::inlet<T> inlet, const streamlet::streamlet_context& ctx, std::shared_ptr<task_services> task)
      : inlet_(std::move(inlet))
      , task_(std::move(task))
      , feed_(task_->feed(inlet_.name()))
      , counters_(task_->metrics(), ctx, inlet_.name())
      , policy_(detail::effective_policy(inlet_.policy(), ctx.binding(inlet_.name()))) {
    if (const auto& s = ctx.binding(inlet_.name()).schema)
      nameless_ = schema::schema_definition{s->name, s->format, s->text, {}};
  }

  std::string name() const override { return inlet_.name().value(); }

  stream::source_status pull(std::size_t limit, stream::batch<Out>& out) override {
    if (ending_) return stream::source_status::ended;
    if (draining_) return end({stream::end_kind::drain, nullptr});
    if (at_ == end_of_item() && !next_item()) {
      if (auto how = feed_->ended()) return end(*std::move(how));
      return stream::source_status::empty;
    }
    const auto& batch = *item_.batch;
    const auto stop = static_cast<std::uint32_t>(std::min<std::size_t>(end_of_item(), at_ + limit));
    const auto first = at_;
    std::size_t size = 0;
    while (at_ < stop) {
      const auto& r = batch[at_];
      if (!take(r, out)) break;
      size += r.value ? r.value->size() : 0;
      ++at_;
    }
    counters_.read(at_ - first, size);
    cover(first, at_, out);
    out.watermark = watermark();
    return ending_ ? stream::source_status::ended : stream::source_status::more;
  }

  bool arm(const stream::waker& wake) override { return at_ != end_of_item() || draining_ || feed_->arm(wake); }
  void drain() override { draining_ = true; }
  void on_barrier(stream::commit_id n) override { feed_->tracker().cut(n); }
  void cancel() override { at_ = end_of_item(); }
  stream::ending how_ended() const override {
    return ending_.value_or(stream::ending{stream::end_kind::drain, nullptr});
  }

  stream::failure_decision on_failure(const stream::failure& what, Out& /*again*/) override {
    if (inlet_.handler()) {
      // A value in its place would meet the same code in another order, so it is not pushed: the record is left out.
      (void)inlet_.handler()(as_bad(what));
      counters_.skipped();
      return stream::failure_decision::skip;
    }
    if (policy_ != streamlet::error_policy::skip) return stream::failure_decision::fail;
    counters_.skipped();
    return stream::failure_decision::skip;
  }

private:
  [[nodiscard]] std::uint32_t end_of_item() const { return item_.run.first + item_.run.count; }

  // The record of the current item at which user code threw.
  [[nodiscard]] streamlet::bad_record as_bad(const stream::failure& what) const {
    streamlet::bad_record bad{{}, {feed_->topic(), item_.run.source.partition}, record_offset{-1}, what.text};
    if (!what.at || item_.run.count == 0) return bad;
    bad.offset = what.at->offset;
    for (auto i = item_.run.first; i < end_of_item(); ++i)
      if ((*item_.batch)[i].offset == bad.offset) bad.value = (*item_.batch)[i].value.value_or(bytes_view{});
    return bad;
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

  // False if the port has failed (`ending_` says why); true also for a record that was left out.
  bool take(const log::record_view& r, stream::batch<Out>& out) {
    std::optional<T> value;
    if (r.value) {
      value.emplace();
      if (!decode(r, *value)) return !ending_;
    } else if constexpr (std::is_same_v<Out, T>) {
      counters_.tombstone();
      return true;
    }
    timestamp time = r.time;
    if (value && inlet_.event_time()) {
      try {
        time = inlet_.event_time()(*value);
      } catch (...) {
        return bad(r, stream::describe_exception("event_time").text, nullptr) || !ending_;
      }
    }
    auto& newest = newest_.try_emplace(r.source.partition, time).first->second;
    newest = std::max(newest, time);
    if constexpr (std::is_same_v<Out, T>) {
      out.add(std::move(*value), {r.offset, time});
    } else {
      Out whole{std::move(value), std::nullopt, {}, feed_->topic(), r.source.partition, r.offset, r.time};
      if (r.key) whole.key.emplace(r.key->begin(), r.key->end());
      for (const auto& h : r.headers)
        whole.headers.emplace_back(std::string(h.name), bytes(h.value.begin(), h.value.end()));
      out.add(std::move(whole), {r.offset, time});
    }
    return true;
  }

  // True if `into` holds a value: the record's or the handler's.
  bool decode(const log::record_view& r, T& into) {
    bool known = false;
    const auto id = detail::schema_id_of(r.headers, known);
    auto at = decoders_.find(id);
    if (at == decoders_.end()) {
      auto writer = known ? task_->writer_schema(id)
                          : result<schema::schema_definition>(nameless_.value_or(schema::codec<T>::definition()));
      if (!writer) return bad(r, writer.error().text(), &into);
      auto decoder = schema::codec<T>::decoder_for(*writer);
      if (!decoder) return bad(r, decoder.error().text(), &into);
      at = decoders_.emplace(id, std::move(*decoder)).first;
    }
    if (auto done = at->second.decode(*r.value, into); !done) [[unlikely]]
      return bad(r, done.error().text(), &into);
    return true;
  }

  bool bad(const log::record_view& r, const std::string& reason, T* into) {
    counters_.decode_failed();
    try {
      if (inlet_.handler()) {
        auto other =
            inlet_.handler()({r.value.value_or(bytes_view{}), {feed_->topic(), r.source.partition}, r.offset, reason});
        if (other && into != nullptr) {
          *into = std::move(*other);
          return true;
        }
        counters_.skipped();
        return false;
      }
      if (policy_ == streamlet::error_policy::skip) {
        counters_.skipped();
        return false;
      }
    } catch (...) {
      fail(r, "the error handler threw: " + stream::describe_exception("on_error").text);
      return false;
    }
    fail(r, reason);
    return false;
  }

  void fail(const log::record_view& r, std::string reason) {
    ending_ = stream::ending{stream::end_kind::fail,
                             std::make_shared<const stream::failure>(stream::failure{
                                 "bad record", std::move(reason), "inlet " + inlet_.name().value(),
                                 stream::position{feed_->topic().value(), r.source.partition, r.offset}})};
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
