#pragma once

#include "cloudflow/base/export.hpp"
#include "cloudflow/base/origin.hpp"
#include "cloudflow/config/path.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudflow::config {

namespace detail {
struct node;
using node_ptr = std::shared_ptr<const node>; // shared by every tree that holds the value; immutable once published
} // namespace detail

/// What a value is. `unresolved` is a value that still has a substitution at its top: `resolve()` first.
enum class kind { null, boolean, number, string, array, object, unresolved };

/// "null", "boolean", "number", ... as a message names it.
CLOUDFLOW_API std::string_view name_of(kind k) noexcept;

class member_range;

/// A configuration value: a node of an immutable tree with the place where it was written. Copies are cheap and share
/// the tree; `with*` give a new tree. Thread: immutable.
class CLOUDFLOW_API value {
  detail::node_ptr node_;

public:
  /// Null, written nowhere.
  value();
  explicit value(detail::node_ptr node)
      : node_(std::move(node)) {}

  static value empty_object(origin where = {});
  static value of(std::string_view text, origin where);
  static value of(bool flag, origin where);
  static value of(std::int64_t number, origin where);
  static value of(double number, origin where);
  static value array_of(const std::vector<value>& elements, origin where);

  [[nodiscard]] config::kind kind() const noexcept;
  [[nodiscard]] bool is_null() const noexcept { return kind() == config::kind::null; }
  [[nodiscard]] bool is_object() const noexcept { return kind() == config::kind::object; }
  [[nodiscard]] bool is_array() const noexcept { return kind() == config::kind::array; }
  [[nodiscard]] bool is_string() const noexcept { return kind() == config::kind::string; }
  [[nodiscard]] bool is_number() const noexcept { return kind() == config::kind::number; }
  /// True if no substitution is left in it, at any depth.
  [[nodiscard]] bool resolved() const noexcept;

  /// The token where the value was written; for a value that came by a substitution or an include, where *that* text
  /// stands.
  [[nodiscard]] const origin& where() const noexcept;
  /// What lost against this value, nearest loser first (at most 32).
  [[nodiscard]] std::vector<value> shadowed() const;

  /// A string's text, a number's text as it was written, "true", "false", "null"; empty for arrays and objects.
  [[nodiscard]] std::string_view text() const noexcept;
  /// A boolean's value; false for all other kinds.
  [[nodiscard]] bool flag() const noexcept;

  /// Elements of an array, members of an object, else 0.
  [[nodiscard]] std::size_t size() const noexcept;
  /// The element of an array. Asserts `index < size()`.
  [[nodiscard]] value at(std::size_t index) const;
  /// All elements of an array; empty for other kinds.
  [[nodiscard]] std::vector<value> elements() const;

  /// The members of an object in the order in which their keys first appeared; empty for other kinds.
  [[nodiscard]] member_range members() const;
  /// The member with exactly this key; nullopt if there is none or this is no object.
  [[nodiscard]] std::optional<value> get(std::string_view key) const;
  /// Where the member's key was written (the winner's, if it was written more than once).
  [[nodiscard]] std::optional<origin> key_origin(std::string_view key) const;
  /// Walks down objects. A null on the way or at the end is a value; a path expression that does not parse finds
  /// nothing.
  [[nodiscard]] std::optional<value> find(std::string_view path_expression) const;
  [[nodiscard]] std::optional<value> find(const path& keys) const;

  /// This value over `fallback`: objects merge key by key, everything else hides. Losers are kept as `shadowed()`.
  [[nodiscard]] value with_fallback(const value& fallback) const;
  /// This object with one value set; objects on the way are made. `key_where` is the origin of the path.
  [[nodiscard]] value with(const path& keys, const value& child, const origin& key_where = {}) const;
  /// This object without that path.
  [[nodiscard]] value without(const path& keys) const;
  /// The array that an object with numeric keys stands for (keys in numeric order, gaps and other keys dropped);
  /// arrays give themselves; nullopt for everything else. Source: HOCON, "Conversion of numerically-indexed objects".
  [[nodiscard]] std::optional<value> as_array() const;

  /// Same node, hence same value at the same place. For bookkeeping such as `usage`.
  [[nodiscard]] const void* identity() const noexcept { return node_.get(); }
  [[nodiscard]] const detail::node_ptr& node() const noexcept { return node_; }

  /// Equal by kind and content (numbers by value, objects regardless of order); origins do not count.
  friend CLOUDFLOW_API bool operator==(const value& a, const value& b);
};

/// One member of an object. The key's view lives as long as the object.
struct member {
  std::string_view key;
  const origin& key_where;
  config::value value;
};

/// The members of an object, for range-for. Holds the object.
class CLOUDFLOW_API member_range {
  detail::node_ptr object_;

public:
  class CLOUDFLOW_API iterator {
    const detail::node* object_ = nullptr;
    std::size_t index_ = 0;
    void skip_absent();

  public:
    using value_type = member;
    using difference_type = std::ptrdiff_t;
    iterator() = default;
    iterator(const detail::node* object, std::size_t index);
    member operator*() const;
    iterator& operator++();
    iterator operator++(int);
    friend bool operator==(const iterator& a, const iterator& b) { return a.index_ == b.index_; }
  };

  explicit member_range(detail::node_ptr object)
      : object_(std::move(object)) {}
  [[nodiscard]] iterator begin() const;
  [[nodiscard]] iterator end() const;
};

} // namespace cloudflow::config
