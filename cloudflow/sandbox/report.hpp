#pragma once

#include "cloudflow/backend/application.hpp"
#include "cloudflow/sandbox/rates.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cloudflow::sandbox {

/// What happens in a run, as it is told: each member is one event. Confined to the run's thread.
class run_report {
public:
  virtual ~run_report() = default;
  virtual void rates(const std::vector<port_rates::row>& ports) = 0;
  virtual void completed(const streamlet_name& name) = 0;
  /// One failure; its phase tells what becomes of it: `restarting`, `degraded`, or `failed` for good.
  virtual void failed(const backend::instance_status& failed, const std::filesystem::path& log) = 0;
  virtual void serving(const streamlet_name& name, std::string_view address) = 0;
  virtual void draining(std::string_view because) = 0;
  /// Not everything could be drained in time, or the log is full and nothing moves: who waits for what.
  virtual void given_up(std::string_view because, const std::vector<std::string>& waiting) = 0;
  virtual void ended(std::string_view outcome, const std::vector<backend::instance_status>& streamlets,
                     const std::vector<port_rates::row>& totals) = 0;
};

using talk_sink = std::function<void(std::string_view text)>;

/// For people. `live`: a terminal, on which rates are renewed in place; elsewhere rates are not told.
[[nodiscard]] std::unique_ptr<run_report> text_report(talk_sink talk, bool live);
/// For programs: one JSON object a line, each with its `event`.
[[nodiscard]] std::unique_ptr<run_report> json_report(talk_sink talk);

} // namespace cloudflow::sandbox
