#pragma once

#include "cloudflow/stream/state/keyed_rows.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace cloudflow::stream {

struct state_options {
  /// A value that was not written for so long (processing time) is gone. 0: stays.
  std::chrono::milliseconds ttl{0};
};

/// One named state of a keyed operator: what `value_state`, `map_state` and `list_state` share. A member of the user's
/// struct; reads and writes are those of the key at hand. Unbound until the operator starts. Confined to its island.
class CLOUDFLOW_API keyed_state {
  std::string name_;
  std::unique_ptr<state_table_port> port_;
  std::uint32_t schema_number_ = 0;

protected:
  keyed_rows* rows_ = nullptr;
  store::write_batch changes_; ///< erasures since the last seal

  explicit keyed_state(std::string name)
      : name_(std::move(name)) {}
  /// Before the start only: a copy is unbound.
  keyed_state(const keyed_state& other)
      : name_(other.name_) {}
  keyed_state& operator=(const keyed_state& other) {
    name_ = other.name_;
    return *this;
  }
  [[nodiscard]] keyed_rows& rows() const {
    if (rows_ == nullptr) unbound();
    return *rows_;
  }
  [[nodiscard]] bool durable() const { return port_ != nullptr; }
  /// Begins the value of an entry.
  void begin_value(bytes& into) const { put_long(schema_number_, into); }

  [[nodiscard]] virtual std::string value_schema() const = 0;
  [[nodiscard]] virtual std::string key_schema_behind(std::string row_key) const { return row_key; }
  /// Prepares for values that were written with the schema that has the next number.
  virtual result<void> add_decoder(std::string_view written) = 0;
  /// `key` and `value` are what stands behind the row's key and the number of the schema.
  virtual bool restore_entry(std::uint32_t row, bytes_view key, bytes_view value, std::size_t schema) = 0;
  /// Adds one put per dirty entry to `changes_`.
  virtual void put_dirty() = 0;

private:
  [[noreturn]] void unbound() const;
  result<void> restore();

public:
  virtual ~keyed_state() = default;
  [[nodiscard]] const std::string& name() const { return name_; }
  /// Binds to the operator's rows; with a task state also to its table, whose entries are restored.
  result<void> open(keyed_rows& rows, task_state* task, const std::string& op);
  void seal(commit_id n);
  /// Forgets values whose time to live is over; returns how many.
  virtual std::size_t expire() { return 0; }
  /// Forgets all, in the table too.
  virtual void clear_all() = 0;
};

} // namespace cloudflow::stream
