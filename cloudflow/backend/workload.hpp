#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cloudflow::backend {

/// What an instance is on a cluster, as plain data from which `kube` makes resources.
struct workload {
  enum class kind {
    stateless, ///< replicas are alike
    stateful,  ///< each replica has a name and a disk of its own
    external   ///< another system runs it
  };
  struct port {
    std::string name;
    std::uint16_t number = 0;
  };
  workload::kind kind = kind::stateless;
  std::uint32_t replicas = 1;
  std::vector<port> ports{};
  std::optional<std::uint64_t> memory_bytes{}; ///< asked for
  std::optional<std::uint32_t> cpu_milli{};    ///< asked for, thousandths of a core
};

} // namespace cloudflow::backend
