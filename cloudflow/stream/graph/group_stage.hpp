#pragma once

#include "cloudflow/stream/graph/builder.hpp"
#include "cloudflow/stream/graph/deferred.hpp"

#include <chrono>
#include <vector>

namespace cloudflow::stream {

/// What `grouped` and `grouped_within` share: elements are held until the group is due. `window` 0: no time limit.
template <class In, class Next> class group_stage : public stage_base<Next> {
  const char* name_;
  std::size_t max_count_;
  std::chrono::nanoseconds window_;
  std::vector<In> group_;
  token_holder tokens_;
  element_context last_;
  std::chrono::nanoseconds due_{};
  const clock_source* clock_ = nullptr;
  deferred_signals later_;
  stage_counter* discarded_ = nullptr;

public:
  group_stage(const char* name, std::size_t max_count, std::chrono::nanoseconds window, Next next)
      : stage_base<Next>(std::move(next))
      , name_(name)
      , max_count_(max_count)
      , window_(window) {}

  void start(island_services& services) {
    services.add_name(name_);
    discarded_ = &services.counter("discarded_total");
    clock_ = &services.clock();
    stage_base<Next>::start(services);
  }
  bool on_next(In&& element, const element_context& ctx) {
    if (group_.empty() && window_.count() > 0) due_ = clock_->steady_now() + window_;
    group_.push_back(std::move(element));
    tokens_.add(ctx.token);
    last_.offset = ctx.offset;
    last_.time = std::max(last_.time, ctx.time);
    if (group_.size() >= max_count_) return emit() || max_count_ > 1;
    return group_.size() + 1 < max_count_ || this->next_.demand() > 0;
  }
  bool advance() {
    const bool moved = this->next_.advance();
    if (!group_.empty()) {
      if (!is_due() || this->next_.demand() == 0) return moved;
      emit();
      later_.pass(this->next_);
      return true;
    }
    return later_.pass(this->next_) || moved;
  }
  [[nodiscard]] std::size_t demand() {
    if (later_.end_waits()) return 0;
    const auto groups = this->next_.demand();
    if (groups == 0) return max_count_ - 1 - std::min(group_.size(), max_count_ - 1);
    return groups > unlimited / max_count_ ? unlimited : groups * max_count_ - group_.size();
  }
  void arm(arming& a) {
    if (!group_.empty() && window_.count() > 0 && this->next_.demand() > 0) {
      a.at(due_);
      if (is_due()) a.ready();
    }
    this->next_.arm(a);
  }
  void on_watermark(timestamp t) {
    if (group_.empty())
      this->next_.on_watermark(t);
    else
      later_.keep_mark(t);
  }
  void on_end(const ending& how) {
    if (how.kind == end_kind::complete && !group_.empty()) {
      later_.keep_end(how);
      return;
    }
    if (how.kind == end_kind::fail) discarded_->add(group_.size());
    group_.clear();
    tokens_.abandon();
    this->next_.on_end(how);
  }
  void roll_back(const element_context&) {} // what was emitted before belongs to other records too

private:
  [[nodiscard]] bool is_due() {
    return later_.end_waits() || group_.size() >= max_count_ || (window_.count() > 0 && clock_->steady_now() >= due_);
  }
  bool emit() {
    auto token = tokens_.take();
    auto ctx = std::exchange(last_, {});
    ctx.token = token.get();
    auto full = std::exchange(group_, {});
    const bool more = beyond_record([&] { return this->next_.on_next(std::move(full), ctx); });
    token.acknowledge();
    if (!later_.end_waits()) later_.pass(this->next_);
    return more;
  }
};

} // namespace cloudflow::stream
