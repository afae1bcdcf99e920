#pragma once

#include "cloudflow/stream/graph/builder.hpp"

#include <memory>

namespace cloudflow::stream {

/// A fixed pool of workers. Idle workers sleep without polling; timers are one timed wait of one worker.
/// Thread-safe. Destroying it aborts what still runs and joins its threads.
class CLOUDFLOW_API pool_runtime final : public runtime {
  class pool;
  std::shared_ptr<pool> pool_; ///< owners: the runtime and its threads

public:
  struct options {
    unsigned workers = 0;                ///< 0: one per core, at least 2
    const clock_source* clock = nullptr; ///< null: the machine's; outlives the runtime
  };
  pool_runtime();
  explicit pool_runtime(options o);
  ~pool_runtime() override;
  [[nodiscard]] executor& turns() override;
};

} // namespace cloudflow::stream
