#include "cloudflow/testkit/streamlet/inlet_tap.hpp"

#include "cloudflow/testkit/stream/probe.hpp"

namespace cloudflow::testkit::detail {

namespace {

// A pushed record and the memory that its view points into.
struct kept_record {
  tap_core::item item;
  bytes key;
};

} // namespace

tap_core::tap_core(port_name inlet, topic_name topic, const clock_source& clock, const metric_registry& metrics,
                   publish_schema publish)
    : inlet_(std::move(inlet))
    , topic_(std::move(topic))
    , clock_(clock)
    , metrics_(metrics)
    , publish_(std::move(publish)) {}

const std::shared_ptr<native::record_feed>& tap_core::feed() {
  if (!feed_)
    feed_ = std::make_shared<native::record_feed>(topic_.value(), topic_, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->pump();
    });
  return feed_;
}

void tap_core::push(item what) {
  if (completed_)
    throw expectation_failed("a record was pushed into inlet '" + inlet_.value() + "' after its complete()");
  const auto kept = std::make_shared<kept_record>(kept_record{std::move(what), {}});
  log::record_view view;
  view.source = {0, kept->item.partition};
  view.offset = record_offset(next_[kept->item.partition]++);
  view.time = kept->item.time.value_or(clock_.wall_now());
  if (kept->item.key) view.key = as_bytes(*kept->item.key);
  if (kept->item.value) view.value = bytes_view(*kept->item.value);
  view.headers = kept->item.headers.view();
  log::record_batch batch;
  batch.add(view);
  batch.keep_alive(kept);
  waiting_.push_back({std::make_shared<const log::record_batch>(std::move(batch)), {view.source, 0, 1}});
  pump();
}

void tap_core::complete() {
  completed_ = true;
  pump();
}

void tap_core::pump() {
  while (!waiting_.empty() && !feed()->full()) {
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    feed()->push(std::move(next));
  }
  if (completed_ && waiting_.empty()) feed()->end({stream::end_kind::complete, nullptr});
}

std::int64_t tap_core::committed(partition_id partition) const {
  const auto at = feed_->tracker().position_of(partition);
  return at ? at->value() : 0;
}

std::uint64_t tap_core::count(std::string_view metric) const {
  double total = 0;
  for (const auto& sample : metrics_.snapshot()) {
    if (sample.name != metric) continue;
    for (const auto& [name, value] : sample.labels)
      if (name == "port" && value == inlet_.value()) total += sample.value;
  }
  return static_cast<std::uint64_t>(total);
}

} // namespace cloudflow::testkit::detail
