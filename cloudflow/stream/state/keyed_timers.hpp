#pragma once

#include "cloudflow/stream/state/keyed_state.hpp"

#include <map>

namespace cloudflow::stream {

/// The timers of a keyed operator, durable: at most one per key and time. Confined to its island.
class CLOUDFLOW_API keyed_timers final : public keyed_state {
  using due = std::pair<std::int64_t, std::uint32_t>; ///< time, row
  std::map<due, bool> set_;                           ///< whether the table knows it
  std::vector<due> dirty_;

  void forget(const due& which, bool stored);

public:
  explicit keyed_timers(std::string name)
      : keyed_state(std::move(name)) {}
  /// For the key at hand; does nothing if it is set already.
  void set(timestamp at);
  void cancel(timestamp at);
  [[nodiscard]] bool empty() const { return set_.empty(); }
  [[nodiscard]] std::size_t size() const { return set_.size(); }
  /// The earliest; `timestamp::max()` if there is none.
  [[nodiscard]] timestamp earliest() const;
  /// Takes the earliest off and returns its row, which stays in use until `fired`.
  [[nodiscard]] std::uint32_t take_earliest();
  void fired(std::uint32_t row) { rows_->unuse(row); }
  void clear_all() override;

protected:
  [[nodiscard]] std::string value_schema() const override { return "\"null\""; }
  [[nodiscard]] std::string key_schema_behind(std::string row_key) const override {
    return detail::record_schema({std::move(row_key), "\"long\""});
  }
  result<void> add_decoder(std::string_view) override { return {}; }
  bool restore_entry(std::uint32_t row, bytes_view key, bytes_view value, std::size_t schema) override;
  void put_dirty() override;
};

} // namespace cloudflow::stream
