#pragma once

#include "cloudflow/stream/graph/builder.hpp"

#include <tuple>

namespace cloudflow::stream {

/// What stages with several chains behind them share: demand is that of the tightest branch that still wants elements;
/// every branch gets every signal.
template <class... Branches> class branching_stage {
protected:
  std::tuple<Branches...> branches_;

  template <class F> void each(F&& f) {
    std::apply([&](auto&... branch) { (f(branch), ...); }, branches_);
  }

public:
  explicit branching_stage(Branches... branches)
      : branches_(std::move(branches)...) {}

  void start(island_services& services) {
    services.add_name("(");
    bool first = true;
    each([&](auto& branch) {
      if (!std::exchange(first, false)) services.add_name("|");
      branch.start(services);
    });
    services.add_name(")");
  }
  bool advance() {
    bool moved = false;
    each([&](auto& branch) { moved |= branch.advance(); });
    return moved;
  }
  [[nodiscard]] std::size_t demand() {
    std::size_t least = unlimited;
    bool any = false;
    each([&](auto& branch) {
      if (branch.cancelled()) return;
      any = true;
      least = std::min(least, branch.demand());
    });
    return any ? least : 0;
  }
  void flush() {
    each([](auto& branch) { branch.flush(); });
  }
  void signal() {
    each([](auto& branch) { branch.signal(); });
  }
  void arm(arming& a) {
    each([&](auto& branch) { branch.arm(a); });
  }
  void on_watermark(timestamp t) {
    each([&](auto& branch) { branch.on_watermark(t); });
  }
  void on_barrier(commit_id n) {
    each([&](auto& branch) { branch.on_barrier(n); });
  }
  void on_end(const ending& how) {
    each([&](auto& branch) { branch.on_end(how); });
  }
  void roll_back(const element_context& ctx) {
    each([&](auto& branch) { branch.roll_back(ctx); });
  }
  [[nodiscard]] bool cancelled() {
    bool all = true;
    each([&](auto& branch) { all &= branch.cancelled(); });
    return all;
  }
  [[nodiscard]] bool terminated() {
    bool all = true;
    each([&](auto& branch) { all &= branch.terminated(); });
    return all;
  }
};

} // namespace cloudflow::stream
