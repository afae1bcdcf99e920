#include "cloudflow/testkit/log/log_probe.hpp"

#include <doctest/doctest.h>

#include <atomic>

namespace cloudflow::testkit {

using namespace log;

log_probe::log_probe(log_fixture& fixture, consumer_options options)
    : fixture_(fixture) {
  auto opened = fixture.log().open_consumer(std::move(options));
  if (!opened) FAIL(opened.error().text());
  consumer_ = std::move(*opened);
}

bool log_probe::poll(poll_limits limits) {
  failure.reset();
  if (auto done = consumer_->poll(limits, polled_); !done) failure = done.error();
  for (const auto& r : polled_.records) {
    read_record copy{r.source, r.offset.value(), r.time, {}, {}};
    if (r.key) copy.key = as_text(*r.key);
    if (r.value) copy.value = as_text(*r.value);
    records.push_back(std::move(copy));
  }
  for (const auto& e : polled_.events) {
    events.push_back(e);
    if (e.kind != consumer_event_kind::revoking) continue;
    if (on_revoking) on_revoking(e);
    if (!releases) continue;
    std::vector<source_partition> back;
    for (const auto& p : e.positions) back.push_back(p.source);
    REQUIRE(consumer_->release(back));
  }
  return !polled_.records.empty();
}

bool log_probe::take(std::size_t n) {
  const auto wanted = records.size() + n;
  return fixture_.eventually([&] {
    if (records.size() < wanted) poll();
    return records.size() >= wanted;
  });
}

bool log_probe::own(std::size_t sources) {
  return fixture_.eventually([&] {
    poll();
    return consumer_->assignment().size() == sources;
  });
}

bool log_probe::read_to_end() {
  return fixture_.eventually([&] {
    const bool some = poll();
    if (some || polled_.more || consumer_->assignment().empty()) return false;
    for (const auto s : consumer_->assignment())
      if (auto lag = consumer_->lag(s); !lag || *lag != 0) return false;
    return true;
  });
}

result<void> log_probe::commit_all() {
  std::vector<source_position> positions;
  for (const auto s : consumer_->assignment())
    if (auto p = consumer_->position(s)) positions.push_back({s, *p});
  std::optional<result<void>> outcome;
  consumer_->commit(positions, [&](const result<void>& r) { outcome = r; });
  if (!fixture_.eventually([&] { return outcome.has_value(); }))
    return system_error(errc::timed_out, "the commit was not answered");
  return *outcome;
}

std::size_t log_probe::count(consumer_event_kind kind) const {
  std::size_t n = 0;
  for (const auto& e : events) n += e.kind == kind ? 1 : 0;
  return n;
}

std::vector<std::string> log_probe::values() const {
  std::vector<std::string> all;
  for (const auto& r : records) all.push_back(r.value.value_or("<tombstone>"));
  return all;
}

namespace {

std::vector<outgoing_record> borrowed(const std::vector<sent_record>& records) {
  std::vector<outgoing_record> batch;
  for (const auto& r : records) {
    outgoing_record out;
    if (r.key) out.key = as_bytes(*r.key);
    if (r.value) out.value = as_bytes(*r.value);
    if (r.partition) out.partition = partition_id(*r.partition);
    out.time = r.time;
    batch.push_back(out);
  }
  return batch;
}

} // namespace

transaction_probe::transaction_probe(log_fixture& fixture, std::string id, std::chrono::milliseconds timeout)
    : fixture_(fixture) {
  producer_options options;
  options.client_id = id;
  options.transactional_id = std::move(id);
  options.transaction_timeout = timeout;
  auto opened = fixture.log().open_producer(std::move(options));
  if (!opened) FAIL(opened.error().text());
  producer_ = std::move(*opened);
}

result<void> transaction_probe::send(const topic_name& topic, const std::vector<sent_record>& records) {
  auto& writer = writers_[topic];
  if (!writer) {
    auto opened = producer_->open(topic);
    if (!opened) return unexpected(opened.error());
    writer = std::move(*opened);
  }
  return writer->send(borrowed(records));
}

result<void> transaction_probe::send_offsets(log_probe& reader) {
  std::vector<source_position> positions;
  for (const auto s : reader.consumer().assignment())
    if (auto p = reader.consumer().position(s)) positions.push_back({s, *p});
  return producer_->send_offsets(reader.consumer().token(), positions);
}

result<void> transaction_probe::wait(void (producer::*end)(completion_callback)) {
  const auto outcome = std::make_shared<result<void>>();
  const auto answered = std::make_shared<std::atomic<bool>>(false);
  ((*producer_).*end)([=](const result<void>& r) {
    *outcome = r;
    *answered = true;
  });
  if (!fixture_.eventually([&] { return answered->load(); }))
    return system_error(errc::timed_out, "the end of the transaction was not answered");
  return *outcome;
}

void transaction_probe::crash() {
  writers_.clear();
  producer_.reset();
}

topic_name make_topic(log_fixture& fixture, topic_spec spec) {
  spec.name = topic_name(fixture.unique(spec.name.value()));
  auto made = fixture.log().create_topic(spec);
  if (!made) FAIL(made.error().text());
  return spec.name;
}

consumer_options reading(std::vector<topic_name> topics, std::string_view group) {
  consumer_options options;
  options.topics = std::move(topics);
  options.membership = group.empty() ? membership::all_partitions : membership::group;
  options.group = group_name(std::string(group));
  options.client_id = "probe";
  return options;
}

result<std::vector<delivered>> append(log_fixture& fixture, const topic_name& topic,
                                      const std::vector<sent_record>& records) {
  auto producer = fixture.log().open_producer({});
  if (!producer) return unexpected(producer.error());
  auto writer = (*producer)->open(topic);
  if (!writer) return unexpected(writer.error());
  const auto batch = borrowed(records);
  result<std::vector<delivered>> outcome;
  std::atomic<bool> answered = false;
  auto sent = (*writer)->send(batch, [&](const result<std::span<const delivered>>& r) {
    outcome = r ? result<std::vector<delivered>>(std::vector<delivered>(r->begin(), r->end()))
                : result<std::vector<delivered>>(unexpected(r.error()));
    answered = true;
  });
  if (!sent) return unexpected(sent.error());
  if (!fixture.eventually([&] { return answered.load(); }))
    return system_error(errc::timed_out, "the batch was not acknowledged");
  return outcome;
}

void append_numbers(log_fixture& fixture, const topic_name& topic, int count, int first) {
  std::vector<sent_record> records;
  for (int i = first; i < first + count; ++i) records.push_back({{}, std::to_string(i), 0, {}});
  auto sent = append(fixture, topic, records);
  if (!sent) FAIL(sent.error().text());
}

} // namespace cloudflow::testkit
