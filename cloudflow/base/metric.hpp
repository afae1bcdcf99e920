#pragma once

#include "cloudflow/base/export.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cloudflow {

/// Label names and values of one time series, sorted by name. Bounded sets only (streamlet, port, topic, partition);
/// never record keys.
using metric_labels = std::vector<std::pair<std::string, std::string>>;

/// Only goes up. Thread-safe; a relaxed add.
class counter {
  std::atomic<std::uint64_t> value_{0};

public:
  void add(std::uint64_t n = 1) noexcept { value_.fetch_add(n, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }
};

/// Goes up and down. Thread-safe.
class gauge {
  std::atomic<double> value_{0};

public:
  void set(double v) noexcept { value_.store(v, std::memory_order_relaxed); }
  [[nodiscard]] double value() const noexcept { return value_.load(std::memory_order_relaxed); }
};

/// The process's time series. A name and labels give the same counter each time; the reference stays valid as long as
/// the registry. Thread-safe. Names carry their unit: `_total`, `_seconds`, `_bytes`.
class CLOUDFLOW_API metric_registry {
public:
  struct sample {
    std::string name;
    metric_labels labels;
    double value;
  };

  counter& get_counter(std::string_view name, metric_labels labels = {}, std::string_view help = {});
  gauge& get_gauge(std::string_view name, metric_labels labels = {}, std::string_view help = {});
  [[nodiscard]] std::vector<sample> snapshot() const;
  /// Source: Prometheus text exposition format 0.0.4.
  [[nodiscard]] std::string exposition() const;

private:
  struct family {
    std::string help;
    bool is_counter = true;
    std::map<metric_labels, std::unique_ptr<counter>> counters;
    std::map<metric_labels, std::unique_ptr<gauge>> gauges;
  };
  family& family_of(std::string_view name, std::string_view help, bool is_counter);

  mutable std::mutex mutex_;
  std::map<std::string, family, std::less<>> families_;
};

} // namespace cloudflow
