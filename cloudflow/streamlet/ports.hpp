#pragma once

#include "cloudflow/base/bytes.hpp"
#include "cloudflow/base/clock.hpp"
#include "cloudflow/streamlet/partitioner.hpp"

#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace cloudflow::streamlet {

/// What happens to a record that cannot be decoded, or at which user code throws before the first operator that groups,
/// keys or goes async (DESIGN §5).
enum class error_policy {
  by_default,  ///< `dead_letter`
  fail,        ///< the streamlet fails and says where, once what came before is committed
  skip,        ///< the record is dropped and counted in `records_skipped_total`
  dead_letter, ///< the record goes to `<app>.<streamlet>.<inlet>.dead`, counted in `dead_letters_total`
};

CLOUDFLOW_API std::string_view name_of(error_policy policy);
/// "fail", "skip" or "dead-letter", as configuration writes them.
CLOUDFLOW_API std::optional<error_policy> error_policy_named(std::string_view name);

CLOUDFLOW_API schema_descriptor describe(const schema::schema_definition& definition);

/// A record that could not be handled, as a handler sees it.
struct bad_record {
  bytes_view value; ///< valid during the call
  topic_partition partition;
  record_offset offset;
  std::string_view reason;
};

/// A typed entrance. Build it in a member initialiser:
/// `inlet<reading> in_ = inlet<reading>("in").event_time(&reading::timestamp).keyed_by(&reading::src);`
/// Immutable afterwards; a name has lower-case letters, digits and dashes.
template <schema::record T> class inlet {
  port_name name_;
  error_policy on_error_ = error_policy::by_default;
  std::function<std::optional<T>(const bad_record&)> handler_;
  std::function<timestamp(const T&)> event_time_;
  std::string event_time_field_;
  partitioner<T> key_;
  bool unique_group_ = false;

public:
  using value_type = T;

  explicit inlet(std::string name)
      : name_(std::move(name)) {}

  /// The policy for bad records; configuration may override it.
  inlet on_error(error_policy policy) && {
    on_error_ = policy;
    return std::move(*this);
  }
  /// The user's own handler: a value takes the bad record's place, nullopt skips (and counts) it. A throw fails. A
  /// policy that configuration names comes first.
  inlet on_error(std::function<std::optional<T>(const bad_record&)> handler) && {
    handler_ = std::move(handler);
    return std::move(*this);
  }
  /// Event time from a member whose type is a time point (Avro `timestamp-millis`, `-micros`, `-nanos`, `date`).
  /// Without this call it is the record's own timestamp.
  template <class C, class D> inlet event_time(std::chrono::time_point<C, D> T::*member) && {
    event_time_field_ = schema::codec<T>::field_name(member);
    event_time_ = [member](const T& record) { return std::chrono::floor<std::chrono::milliseconds>(record.*member); };
    return std::move(*this);
  }
  /// Event time by a function of the record.
  inlet event_time(std::function<timestamp(const T&)> f) && {
    event_time_field_ = "custom";
    event_time_ = std::move(f);
    return std::move(*this);
  }
  /// The members by which this streamlet groups what it reads here. `verify` holds them against the partitioners of all
  /// writers: partition fields must be among grouping fields, or records of one key would meet in different tasks.
  template <class M, class... Ms> inlet keyed_by(M T::*first, Ms T::*... more) && {
    key_ = partition_by<T>(first, more...);
    return std::move(*this);
  }
  /// Every replica reads all partitions (broadcast), without a group.
  inlet with_unique_group() && {
    unique_group_ = true;
    return std::move(*this);
  }

  [[nodiscard]] const port_name& name() const { return name_; }
  [[nodiscard]] error_policy policy() const { return on_error_; }
  [[nodiscard]] const std::function<std::optional<T>(const bad_record&)>& handler() const { return handler_; }
  [[nodiscard]] const std::function<timestamp(const T&)>& event_time() const { return event_time_; }
  [[nodiscard]] const partitioner<T>& key() const { return key_; }
  [[nodiscard]] bool has_unique_group() const { return unique_group_; }

  [[nodiscard]] inlet_descriptor descriptor() const {
    return {name_,
            describe(schema::codec<T>::definition()),
            std::string(handler_ ? "handler" : name_of(on_error_)),
            unique_group_,
            event_time_field_,
            key_.descriptor()};
  }
};

/// A typed exit. Records spread evenly unless a partitioner is given:
/// `outlet<reading> out_{"out", partition_by(&reading::src)};`
template <schema::record T> class outlet {
  port_name name_;
  partitioner<T> partitioner_;

public:
  using value_type = T;

  explicit outlet(std::string name, partitioner<T> by = {})
      : name_(std::move(name))
      , partitioner_(std::move(by)) {}
  /// By a lambda, or by one member.
  template <class F>
    requires std::is_invocable_v<F, const T&>
  outlet(std::string name, F by)
      : outlet(std::move(name), partition_by<T>(std::move(by))) {}

  [[nodiscard]] const port_name& name() const { return name_; }
  [[nodiscard]] const streamlet::partitioner<T>& partitioning() const { return partitioner_; }

  [[nodiscard]] outlet_descriptor descriptor() const {
    return {name_, describe(schema::codec<T>::definition()), partitioner_.descriptor()};
  }
};

} // namespace cloudflow::streamlet
