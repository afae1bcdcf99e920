#pragma once

#include "cloudflow/stream/graph/builder.hpp"

#include <ranges>

namespace cloudflow::stream {

/// The elements of a range, then complete. Shape: 0 -> n.
/// - Emits when downstream has demand. Completes at the end of the range. Drains at once, wherever it stands.
/// - Fails when an iterator throws.
/// Keeps: nothing to keep.
template <class Range> class range_source {
  Range range_;

public:
  using value_type = std::ranges::range_value_t<Range>;
  static constexpr bool has_offsets = false;
  explicit range_source(Range range)
      : range_(std::move(range)) {}

  class driver {
    std::unique_ptr<Range> range_; ///< at a fixed address: iterators point into it
    std::ranges::iterator_t<Range> at_;
    std::ranges::sentinel_t<Range> end_;
    bool draining_ = false;

  public:
    static constexpr bool is_source = true;
    explicit driver(Range range)
        : range_(std::make_unique<Range>(std::move(range)))
        , at_(std::ranges::begin(*range_))
        , end_(std::ranges::end(*range_)) {}
    void start(island_services& services) { services.add_name("source"); }
    template <class Chain> pull_outcome pull(std::size_t n, Chain& chain, std::size_t& count) {
      if (draining_ || at_ == end_) return pull_outcome::ended;
      // Locals, so that the loop runs in registers. An iterator that throws leaves `at_` where it was: the graph fails.
      auto at = std::move(at_);
      const auto end = end_;
      const element_context none;
      std::size_t left = n;
      while (at != end) {
        value_type element = take(at);
        ++at;
        --left;
        if (!chain.on_next(std::move(element), none) || left == 0) break;
      }
      at_ = std::move(at);
      count = n - left;
      return at_ == end_ ? pull_outcome::ended : pull_outcome::moved;
    }
    [[nodiscard]] bool ends_without_demand() const { return draining_ || at_ == end_; }
    [[nodiscard]] static bool barrier_is_next() { return false; }
    [[nodiscard]] static bool at_cut() { return true; }
    void cut(commit_id) {}
    void arm(arming& a) { a.ready(); }
    void signal() {}
    void drain() { draining_ = true; }
    void cancel() { draining_ = true; }
    [[nodiscard]] ending ending_of() const {
      return {draining_ && at_ != end_ ? end_kind::drain : end_kind::complete, nullptr};
    }

  private:
    static value_type take(std::ranges::iterator_t<Range>& at) {
      if constexpr (std::ranges::view<Range>)
        return value_type(*at);
      else
        return value_type(std::move(*at)); // the source owns its container
    }
  };

  template <class Chain> void launch(graph_builder& into, Chain chain) {
    into.add_island(driver(std::move(range_)), std::move(chain));
  }
};

} // namespace cloudflow::stream
