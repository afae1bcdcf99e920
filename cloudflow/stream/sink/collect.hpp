#pragma once

#include "cloudflow/stream/graph/builder.hpp"

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace cloudflow::stream {

/// Gathers all elements into memory: for tests and small results. Shape: n -> 0. Demand is unlimited.
/// A cheap copy: hand one to `.to(...)`, keep one to look. Thread-safe.
/// Keeps: nothing to keep.
template <class T> class collect {
  struct shelf {
    std::mutex mutex;
    std::vector<T> values;
  };
  std::shared_ptr<shelf> shelf_ = std::make_shared<shelf>(); ///< owners: the sink and who looks

  class stage : public sink_base {
    std::shared_ptr<shelf> shelf_;
    std::vector<T> values_; ///< since the last flush

  public:
    explicit stage(std::shared_ptr<shelf> to)
        : shelf_(std::move(to)) {}
    void start(island_services& services) {
      services.add_name("collect");
      sink_base::start(services);
    }
    bool on_next(T&& element, const element_context&) {
      values_.push_back(std::move(element));
      return true;
    }
    void flush() {
      const std::lock_guard lock(shelf_->mutex);
      for (auto& value : values_) shelf_->values.push_back(std::move(value));
      values_.clear();
    }
    void on_barrier(commit_id n) {
      flush();
      sink_base::on_barrier(n);
    }
    void on_end(const ending& how) {
      flush();
      sink_base::on_end(how);
    }
  };

public:
  /// What has arrived up to now.
  [[nodiscard]] std::vector<T> values() const {
    const std::lock_guard lock(shelf_->mutex);
    return shelf_->values;
  }
  template <class In>
    requires std::convertible_to<In, T>
  auto bind(graph_builder&) && {
    return stage(shelf_);
  }
};

} // namespace cloudflow::stream
