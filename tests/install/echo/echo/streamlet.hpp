#pragma once

#include <cloudflow/streamlet/streamlet.hpp>

namespace echo {

/// A streamlet of the backend `echo`: what comes in goes out unchanged. Nothing but its ports is its own.
class streamlet : public cloudflow::streamlet::streamlet_base {
public:
  [[nodiscard]] std::string_view runtime() const final { return "echo"; }
};

} // namespace echo
