#pragma once

#include "cloudflow/streamlet/shape.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cloudflow::streamlet {

/// What every streamlet is to the toolkit, whatever its backend. Users derive from their backend's class
/// (`native::streamlet`). An object is also made when the module is built, to read its shape: constructors and
/// `shape()` have no side effects. Thread: immutable after construction.
class CLOUDFLOW_API streamlet_base {
public:
  virtual ~streamlet_base() = default;

  /// The backend's name: "native", "spark", "flink", or one that plugs in.
  [[nodiscard]] virtual std::string_view runtime() const = 0;
  [[nodiscard]] virtual streamlet_shape shape() const = 0;
  [[nodiscard]] virtual std::string description() const { return {}; }
  [[nodiscard]] virtual std::vector<std::string> labels() const { return {}; }
};

CLOUDFLOW_API streamlet_descriptor describe(std::string_view class_name, const streamlet_base& streamlet);

} // namespace cloudflow::streamlet
