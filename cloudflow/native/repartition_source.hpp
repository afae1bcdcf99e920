#pragma once

#include "cloudflow/native/record.hpp"
#include "cloudflow/native/repartition_marks.hpp"
#include "cloudflow/stream/source/port.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace cloudflow::native {

/// The head of the graph behind a repartition: the records of an internal topic with the event time that they had
/// before it, and the watermark that its writers agree on. Confined to its island.
/// Keeps: durable state, one entry per writing task. Without a task state a writer is heard anew after a restart.
template <class T> class repartition_source final : public stream::source_port<T> {
  std::unique_ptr<stream::source_port<record<T>>> port_;
  repartition_marks marks_;
  stream::batch<record<T>> batch_;
  std::optional<stream::ending> failed_;
  const clock_source* clock_ = nullptr;

public:
  repartition_source(std::unique_ptr<stream::source_port<record<T>>> port, std::chrono::milliseconds idle_after)
      : port_(std::move(port))
      , marks_(idle_after) {}

  std::string name() const override { return port_->name(); }
  stream::source_home home() const override { return port_->home(); }
  std::string_view keeps() const override { return "repartition"; }
  void name_table(std::string name) override { marks_.name(std::move(name)); }

  void start(stream::island_services& services) override {
    port_->start(services);
    marks_.start(services.state());
    clock_ = &services.clock();
  }

  stream::source_status pull(std::size_t limit, stream::batch<T>& out) override {
    if (failed_) return stream::source_status::ended;
    if (!marks_.is_open())
      if (auto done = marks_.open(); !done) {
        failed_ = stream::ending{stream::end_kind::fail, std::make_shared<const stream::failure>(stream::failure{
                                                             "error", done.error().text(), name(), std::nullopt})};
        return stream::source_status::ended;
      }
    batch_.clear();
    const auto status = port_->pull(limit, batch_);
    pass(out);
    if (status == stream::source_status::empty) marks_.note_time(clock_->wall_now()); // all there is was read
    out.watermark = marks_.watermark();
    if (status == stream::source_status::ended && port_->how_ended().kind != stream::end_kind::fail) marks_.seal_last();
    return status;
  }

  bool arm(const stream::waker& wake) override { return port_->arm(wake); }
  std::chrono::nanoseconds wake_at() const override {
    const auto due = marks_.due();
    if (!due) return port_->wake_at();
    return std::min<std::chrono::nanoseconds>(port_->wake_at(), clock_->steady_now() + (*due - clock_->wall_now()));
  }
  void drain() override { port_->drain(); }
  void cancel() override { port_->cancel(); }
  stream::ending how_ended() const override { return failed_ ? *failed_ : port_->how_ended(); }
  void on_barrier(stream::commit_id n) override {
    port_->on_barrier(n);
    marks_.seal(n);
  }
  stream::failure_decision on_failure(const stream::failure& what, T& again) override {
    record<T> whole;
    const auto decision = port_->on_failure(what, whole);
    if (decision == stream::failure_decision::retry && whole.value) again = std::move(*whole.value);
    return decision;
  }

private:
  void pass(stream::batch<T>& out) {
    std::size_t run = 0;
    std::size_t left = batch_.runs.empty() ? batch_.size() : batch_.runs.front().count;
    std::size_t passed = 0;
    for (std::size_t i = 0; i < batch_.size(); ++i) {
      auto& r = batch_.values[i];
      auto meta = batch_.meta[i];
      marks_.note_time(r.timestamp);
      for (const auto& [name, value] : r.headers) {
        if (name == mark_header) {
          if (const auto mark = decode_mark(value)) marks_.note(*mark, r.timestamp);
        } else if (name == event_time_header) {
          meta.time = decode_event_time(value).value_or(meta.time);
        }
      }
      if (r.value) {
        out.add(std::move(*r.value), meta);
        ++passed;
      }
      if (--left > 0 || run >= batch_.runs.size()) continue;
      if (passed > 0)
        out.runs.push_back({std::move(batch_.runs[run].token), passed});
      else
        batch_.runs[run].token.acknowledge();
      passed = 0;
      if (++run < batch_.runs.size()) left = batch_.runs[run].count;
    }
  }
};

} // namespace cloudflow::native
