#pragma once

#include "cloudflow/native/http/request_key.hpp"
#include "cloudflow/native/record.hpp"
#include "cloudflow/native/seen_requests.hpp"
#include "cloudflow/stream/source/port.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cloudflow::native {

/// The records of another port but those whose request was seen within a time: the head of a graph behind an ingress
/// whose clients send `Idempotency-Key`. Records without that header all pass; tombstones do not. What throws at a
/// record behind it is the other port's to decide: to the graph this is an inlet. Confined to its island.
/// Keeps: durable state, one entry per key. Without a task state, what was seen is forgotten in a restart.
template <class T> class repeat_filter final : public stream::source_port<T> {
  std::unique_ptr<stream::source_port<record<T>>> port_;
  seen_requests seen_;
  stream::batch<record<T>> batch_;
  std::vector<std::pair<record_offset, std::string>> fresh_; ///< keys of the last batch
  std::optional<stream::ending> failed_;
  stream::stage_counter* repeated_ = nullptr;

public:
  repeat_filter(std::unique_ptr<stream::source_port<record<T>>> port, std::chrono::milliseconds ttl)
      : port_(std::move(port))
      , seen_(ttl) {}

  std::string name() const override { return port_->name(); }
  void name_table(std::string name) override { seen_.name(std::move(name)); }
  std::string_view keeps() const override { return "dedup"; }
  stream::source_home home() const override { return port_->home(); }

  void start(stream::island_services& services) override {
    port_->start(services);
    repeated_ = &services.counter("repeated_total");
    seen_.start(services);
  }

  stream::source_status pull(std::size_t limit, stream::batch<T>& out) override {
    if (failed_) return stream::source_status::ended;
    if (!seen_.is_open()) {
      if (auto done = seen_.open(); !done) {
        failed_ = stream::ending{stream::end_kind::fail,
                                 std::make_shared<const stream::failure>(stream::failure{
                                     "error", "its state cannot be opened: " + done.error().text(), name(), {}})};
        return stream::source_status::ended;
      }
    }
    seen_.expire();
    batch_.clear();
    fresh_.clear();
    const auto status = port_->pull(limit, batch_);
    pass(out);
    if (status == stream::source_status::ended && port_->how_ended().kind != stream::end_kind::fail) seen_.seal_last();
    return status;
  }

  bool arm(const stream::waker& wake) override { return port_->arm(wake); }
  std::chrono::nanoseconds wake_at() const override { return port_->wake_at(); }
  void drain() override { port_->drain(); }
  void cancel() override { port_->cancel(); }
  stream::ending how_ended() const override { return failed_ ? *failed_ : port_->how_ended(); }
  void on_barrier(stream::commit_id n) override {
    port_->on_barrier(n);
    seen_.seal(n);
  }

  stream::failure_decision on_failure(const stream::failure& what, T& again) override {
    record<T> whole;
    const auto decision = port_->on_failure(what, whole);
    if (decision == stream::failure_decision::retry && whole.value) again = std::move(*whole.value);
    if (decision == stream::failure_decision::stop && what.at)
      for (const auto& [offset, key] : fresh_) // these have not been seen: they will be read again
        if (offset >= what.at->offset) seen_.forget(key);
    return decision;
  }

private:
  void pass(stream::batch<T>& out) {
    out.watermark = batch_.watermark;
    std::size_t run = 0;
    std::size_t left = batch_.runs.empty() ? batch_.size() : batch_.runs.front().count;
    std::size_t passed = 0;
    for (std::size_t i = 0; i < batch_.size(); ++i) {
      auto& r = batch_.values[i];
      if (is_new(r)) {
        out.add(std::move(*r.value), batch_.meta[i]);
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

  bool is_new(const record<T>& r) {
    if (!r.value) return false;
    for (const auto& [header, value] : r.headers) {
      if (header != idempotency_header) continue;
      const std::string_view key(reinterpret_cast<const char*>(value.data()), value.size());
      if (!seen_.first(key)) {
        repeated_->add();
        return false;
      }
      fresh_.emplace_back(r.offset, key);
      return true;
    }
    return true;
  }
};

} // namespace cloudflow::native
