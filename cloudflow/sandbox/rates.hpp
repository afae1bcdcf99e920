#pragma once

#include "cloudflow/base/metric.hpp"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace cloudflow::sandbox {

/// Rates between two looks at the counters of ports. Confined to one thread.
class port_rates {
  std::map<std::string, double> before_; ///< "averages.in": records
  std::chrono::nanoseconds then_{};

public:
  struct row {
    std::string port; ///< "averages.in"
    bool is_inlet = false;
    double per_second = 0;
    double total = 0;
    double left_out = 0;     ///< inlets: bad records that their policy or handler left out
    double dead_letters = 0; ///< inlets: bad records that were put aside
  };
  /// By streamlet and port.
  std::vector<row> look(const metric_registry& metrics, std::chrono::nanoseconds now);
};

/// Records that all ports together have read and written.
double records_moved(const metric_registry& metrics);

/// "1.2 k/s".
std::string rate_text(double per_second);

} // namespace cloudflow::sandbox
