#pragma once

#include "cloudflow/config/value.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cloudflow::config::detail {

enum class form : std::uint8_t {
  null,
  boolean,
  number,
  string,
  array,
  object,
  reference,     // ${x}, ${?x}
  concatenation, // pieces of which at least one is a reference
  merge          // a stack of values of which at least one is unresolved
};

/// A text counts as one more node for each so many bytes.
inline constexpr std::uint64_t text_bytes_a_node = 32;

/// The keys of an object, in order of first appearance, with an index. Shared by objects that differ in values only.
class key_table {
public:
  struct entry {
    std::string name;
    origin where;
  };

private:
  std::vector<entry> entries_;
  std::vector<std::uint32_t> buckets_; // index + 1, open addressing; empty below 9 entries
  void index(std::uint32_t at);

public:
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);
  [[nodiscard]] std::size_t find(std::string_view name) const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] const entry& at(std::size_t i) const noexcept { return entries_[i]; }
  entry& at(std::size_t i) noexcept { return entries_[i]; }
  std::size_t add(std::string name, origin where);
};

/// Storage of an array's elements, a stack or pieces. Several arrays may be prefixes of one storage; only `owner`, the
/// resolver that made it, appends.
struct item_storage {
  std::vector<node_ptr> items;
  const void* owner = nullptr;
};

/// One value. Mutable only while its builder is its single owner.
struct node {
  form what = form::null;
  bool flag = false;      // a boolean's value
  bool quoted = true;     // a string that was in quotes or was joined; unquoted white space is dropped between lists
  bool ignores = false;   // an object that hides whatever it is put over
  bool optional = false;  // ${?x}
  bool temporary = false; // made for one look-back; not worth remembering
  bool poison = false;    // stands for what was reported already
  std::uint16_t depth = 1;
  std::uint32_t count = 0;         // of items that are ours
  std::uint32_t prefix_length = 0; // of a reference: keys that an include put before its path
  std::uint32_t unresolved = 0;    // children that are
  std::uint64_t weight = 1;        // nodes of the whole tree, shared ones each time; long texts count more
  origin where;
  std::string text;
  std::shared_ptr<item_storage> items; // array, merge (lowest priority first), concatenation, object (beside keys)
  std::shared_ptr<key_table> keys;     // object; a null item is an absent member
  std::shared_ptr<const path> target;  // reference
  std::vector<node_ptr> shadowed;

  [[nodiscard]] bool is_unmergeable() const noexcept { return what >= form::reference; }
  [[nodiscard]] bool is_resolved() const noexcept { return !is_unmergeable() && unresolved == 0; }
  [[nodiscard]] bool is_object() const noexcept { return what == form::object; }
  [[nodiscard]] const node_ptr& item(std::size_t i) const noexcept { return items->items[i]; }
  /// A merge stack whose top is an object, which therefore is one.
  [[nodiscard]] bool is_merged_object() const noexcept {
    return what == form::merge && items->items[count - 1]->is_object();
  }
  [[nodiscard]] bool ignores_fallbacks() const noexcept {
    switch (what) {
    case form::object: return ignores;
    case form::array: return unresolved == 0;
    case form::reference:
    case form::concatenation: return false;
    case form::merge: return items->items[0]->ignores_fallbacks();
    default: return true;
    }
  }
  [[nodiscard]] const node_ptr* member(std::string_view key) const noexcept {
    if (what != form::object) return nullptr;
    const auto i = keys->find(key);
    return i == key_table::npos || !items->items[i] ? nullptr : &items->items[i];
  }
};
using node_ref = std::shared_ptr<node>; // while it is built

node_ref make(form what, origin where);
node_ref make_text(form what, std::string text, origin where, bool quoted = true);
node_ref make_array(std::vector<node_ptr> items, origin where);
node_ref make_object(origin where);
node_ref make_concatenation(std::vector<node_ptr> pieces, origin where);

/// Adds or replaces a member of an object that the caller alone owns.
void put(node& object, std::string_view key, const origin& key_where, node_ptr child);
/// Puts `child` over the member that is there already, if any.
void put_over(node& object, std::string_view key, const origin& key_where, node_ptr child);
/// Recomputes depth, weight and the number of unresolved children.
void recount(node& n);

/// `top` over `bottom`, as typesafe-config merges: objects by key, everything else hides, what is unresolved waits in a
/// stack. Reuses what nobody else owns.
node_ptr merge(node_ptr top, node_ptr bottom);
/// The stack's `length` lowest layers as a value; null if there is none.
node_ptr lower_layers(const node_ptr& stack, std::uint32_t length);
/// The object as array of its numeric keys; null if it has none.
node_ptr numeric_array(const node& object);

/// Why values cannot be joined.
struct join_failure {
  node_ptr left, right;
};
/// Joins neighbours that can be joined now (texts, arrays, objects); what waits for a substitution stays apart. False
/// and `failure` if two are of kinds that never join. `owner` lets arrays grow in place.
bool join(std::vector<node_ptr>& pieces, join_failure& failure, const void* owner = nullptr);

/// The span from the first token's start to the second's end, if they are on one line.
origin span(const origin& first, const origin& last);

std::string describe(const node& n);

} // namespace cloudflow::config::detail
