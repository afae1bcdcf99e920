#include "cloudflow/config/internal/node.hpp"

#include "cloudflow/config/path.hpp"

#include <algorithm>
#include <charconv>
#include <functional>

namespace cloudflow::config::detail {

namespace {

constexpr std::size_t shadowed_max = 32;
constexpr std::uint64_t weight_max = std::uint64_t{1} << 60;

std::uint64_t text_weight(std::size_t bytes) { return bytes / text_bytes_a_node; }

void count_child(node& n, const node& child, std::size_t key_bytes) {
  n.depth = std::max<std::uint16_t>(n.depth, static_cast<std::uint16_t>(std::min(child.depth + 1, 60'000)));
  n.weight = std::min(weight_max, n.weight + child.weight + text_weight(key_bytes));
  if (!child.is_resolved()) ++n.unresolved;
}

void uncount_child(node& n, const node& child, std::size_t key_bytes) {
  n.weight -= std::min(n.weight - 1, child.weight + text_weight(key_bytes));
  if (!child.is_resolved()) --n.unresolved;
}

node_ref clone(const node& n) { return std::make_shared<node>(n); }

/// The node itself if nobody else owns it, else a copy.
node_ref own(node_ptr n) {
  if (n.use_count() == 1) return std::const_pointer_cast<node>(std::move(n));
  return clone(*n);
}

/// Makes the object's keys and values its own.
void own_members(node& object) {
  if (object.keys.use_count() != 1) object.keys = std::make_shared<key_table>(*object.keys);
  if (object.items.use_count() != 1) object.items = std::make_shared<item_storage>(*object.items);
}

void add_shadow(node& winner, const node_ptr& loser) {
  if (!loser || loser->poison) return;
  if (winner.shadowed.size() < shadowed_max) winner.shadowed.push_back(loser);
  for (const auto& more : loser->shadowed) {
    if (winner.shadowed.size() >= shadowed_max) return;
    winner.shadowed.push_back(more);
  }
}

node_ptr hide(node_ptr top, const node_ptr& bottom) {
  if (top->is_unmergeable()) return top;
  auto winner = own(std::move(top));
  add_shadow(*winner, bottom);
  return winner;
}

void push_layers(std::vector<node_ptr>& out, const node_ptr& n) {
  if (n->what == form::merge) {
    out.insert(out.end(), n->items->items.begin(), n->items->items.begin() + n->count);
  } else {
    out.push_back(n);
  }
}

/// A stack of both, `top` above `bottom`.
node_ptr stack(node_ptr top, node_ptr bottom) {
  node_ref out;
  const origin where = top->where;
  if (bottom->what == form::merge && bottom.use_count() == 1 && bottom->items.use_count() == 1) {
    out = std::const_pointer_cast<node>(std::move(bottom));
    out->items->items.resize(out->count);
  } else {
    out = make(form::merge, where);
    out->items = std::make_shared<item_storage>();
    push_layers(out->items->items, bottom);
    out->depth = bottom->depth;
    out->weight = bottom->weight;
  }
  push_layers(out->items->items, top);
  out->where = where;
  out->count = static_cast<std::uint32_t>(out->items->items.size());
  out->depth = std::max(out->depth, top->depth);
  out->weight = std::min(weight_max, out->weight + top->weight);
  return out;
}

node_ptr merge_objects(node_ptr top, node_ptr bottom) {
  if (top.use_count() == 1 && bottom.use_count() != 1 && top->items.use_count() == 1) {
    // Grow the upper one: it is ours, and often the larger.
    auto out = own(std::move(top));
    own_members(*out);
    for (std::size_t i = 0; i < bottom->keys->size(); ++i) {
      const auto& below = bottom->item(i);
      if (!below) continue;
      const auto& key = bottom->keys->at(i);
      const auto at = out->keys->find(key.name);
      if (at == key_table::npos || !out->item(at)) {
        put(*out, key.name, key.where, below);
      } else {
        uncount_child(*out, *out->item(at), key.name.size());
        auto merged = merge(std::move(out->items->items[at]), below);
        count_child(*out, *merged, key.name.size());
        out->items->items[at] = std::move(merged);
      }
    }
    out->ignores = bottom->ignores;
    return out;
  }
  auto out = own(std::move(bottom));
  own_members(*out);
  out->where = top->where;
  const bool take = top.use_count() == 1 && top->items.use_count() == 1;
  for (std::size_t i = 0; i < top->keys->size(); ++i) {
    if (!top->item(i)) continue;
    node_ptr above = take ? std::move(top->items->items[i]) : top->item(i);
    const auto& key = top->keys->at(i);
    put_over(*out, key.name, key.where, std::move(above));
  }
  return out;
}

} // namespace

// --- keys -----------------------------------------------------------------------------------------------------------

void key_table::index(std::uint32_t at) {
  const std::size_t mask = buckets_.size() - 1;
  std::size_t slot = std::hash<std::string_view>{}(entries_[at].name) & mask;
  while (buckets_[slot] != 0) slot = (slot + 1) & mask;
  buckets_[slot] = at + 1;
}

std::size_t key_table::find(std::string_view name) const noexcept {
  if (buckets_.empty()) {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (entries_[i].name == name) return i;
    }
    return npos;
  }
  const std::size_t mask = buckets_.size() - 1;
  std::size_t slot = std::hash<std::string_view>{}(name)&mask;
  while (buckets_[slot] != 0) {
    const std::size_t at = buckets_[slot] - 1;
    if (entries_[at].name == name) return at;
    slot = (slot + 1) & mask;
  }
  return npos;
}

std::size_t key_table::add(std::string name, origin where) {
  entries_.push_back({std::move(name), std::move(where)});
  const auto n = entries_.size();
  if (n > 8) {
    if (buckets_.size() < n * 2) {
      std::size_t size = 32;
      while (size < n * 4) size *= 2;
      buckets_.assign(size, 0);
      for (std::uint32_t i = 0; i < n; ++i) index(i);
    } else {
      index(static_cast<std::uint32_t>(n - 1));
    }
  }
  return n - 1;
}

// --- making ---------------------------------------------------------------------------------------------------------

node_ref make(form what, origin where) {
  auto n = std::make_shared<node>();
  n->what = what;
  n->where = std::move(where);
  return n;
}

node_ref make_text(form what, std::string text, origin where, bool quoted) {
  auto n = make(what, std::move(where));
  n->weight = 1 + text_weight(text.size());
  n->text = std::move(text);
  n->quoted = quoted;
  return n;
}

node_ref make_array(std::vector<node_ptr> items, origin where) {
  auto n = make(form::array, std::move(where));
  n->items = std::make_shared<item_storage>();
  n->items->items = std::move(items);
  n->count = static_cast<std::uint32_t>(n->items->items.size());
  recount(*n);
  return n;
}

node_ref make_object(origin where) {
  auto n = make(form::object, std::move(where));
  n->items = std::make_shared<item_storage>();
  n->keys = std::make_shared<key_table>();
  return n;
}

node_ref make_concatenation(std::vector<node_ptr> pieces, origin where) {
  auto n = make_array(std::move(pieces), std::move(where));
  n->what = form::concatenation;
  return n;
}

void put(node& object, std::string_view key, const origin& key_where, node_ptr child) {
  own_members(object);
  auto& items = object.items->items;
  auto at = object.keys->find(key);
  if (at == key_table::npos) {
    at = object.keys->add(std::string(key), key_where);
    items.emplace_back();
  } else {
    if (items[at]) uncount_child(object, *items[at], key.size());
    object.keys->at(at).where = key_where;
  }
  count_child(object, *child, key.size());
  items[at] = std::move(child);
  object.count = static_cast<std::uint32_t>(items.size());
}

void put_over(node& object, std::string_view key, const origin& key_where, node_ptr child) {
  const auto at = object.keys->find(key);
  if (at == key_table::npos || !object.item(at)) {
    put(object, key, key_where, std::move(child));
    return;
  }
  own_members(object);
  uncount_child(object, *object.item(at), key.size());
  auto merged = merge(std::move(child), std::move(object.items->items[at]));
  count_child(object, *merged, key.size());
  object.items->items[at] = std::move(merged);
  object.keys->at(at).where = key_where;
}

void recount(node& n) {
  n.depth = 1;
  n.weight = 1;
  n.unresolved = 0;
  for (std::uint32_t i = 0; i < n.count; ++i) {
    const auto& child = n.item(i);
    if (child) count_child(n, *child, n.keys ? n.keys->at(i).name.size() : 0);
  }
}

// --- merging --------------------------------------------------------------------------------------------------------

node_ptr merge(node_ptr top, node_ptr bottom) {
  if (!bottom) return top;
  if (!top) return bottom;
  if (top->ignores_fallbacks()) return hide(std::move(top), bottom);
  if (bottom->is_unmergeable()) return stack(std::move(top), std::move(bottom));
  if (bottom->is_object() && top->is_object()) return merge_objects(std::move(top), std::move(bottom));
  if (!top->is_resolved()) return stack(std::move(top), std::move(bottom));
  // An object over something that is none: it shows, and nothing below shows through.
  auto winner = own(std::move(top));
  winner->ignores = true;
  add_shadow(*winner, bottom);
  return winner;
}

node_ptr lower_layers(const node_ptr& whole, std::uint32_t length) {
  if (length == 0) return nullptr;
  if (length == 1) return whole->item(0);
  const auto& top = whole->item(length - 1);
  if (top->is_unmergeable()) {
    auto out = make(form::merge, top->where);
    out->items = whole->items;
    out->count = length;
    out->depth = whole->depth;
    out->weight = whole->weight;
    return out;
  }
  // An upper object takes in the objects right below it; what follows stays a stack.
  node_ptr merged = top;
  std::uint32_t rest = length - 1;
  while (rest > 0 && !merged->ignores_fallbacks() && whole->item(rest - 1)->is_object()) {
    merged = merge(std::move(merged), whole->item(--rest));
  }
  if (rest == 0 || merged->ignores_fallbacks()) return merged;
  if (merged->is_resolved() && !whole->item(rest - 1)->is_unmergeable()) return merge(merged, whole->item(rest - 1));
  auto out = make(form::merge, merged->where);
  out->items = std::make_shared<item_storage>();
  out->items->items.assign(whole->items->items.begin(), whole->items->items.begin() + rest);
  out->items->items.push_back(std::move(merged));
  out->count = rest + 1;
  out->depth = whole->depth;
  out->weight = whole->weight;
  return out;
}

node_ptr numeric_array(const node& object) {
  std::vector<std::pair<int, node_ptr>> found;
  for (std::uint32_t i = 0; i < object.count; ++i) {
    if (!object.item(i)) continue;
    std::string_view key = object.keys->at(i).name;
    if (key.starts_with('+')) key.remove_prefix(1);
    int number = -1;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), number);
    if (error != std::errc{} || end != key.data() + key.size() || number < 0) continue;
    found.emplace_back(number, object.item(i));
  }
  if (found.empty()) return nullptr;
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<node_ptr> items;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (i + 1 < found.size() && found[i + 1].first == found[i].first) continue; // "1" and "01": the later one
    items.push_back(std::move(found[i].second));
  }
  auto out = make_array(std::move(items), object.where);
  out->shadowed = object.shadowed;
  return out;
}

// --- joining --------------------------------------------------------------------------------------------------------

namespace {

node_ptr join_arrays(const node_ptr& left, const node_ptr& right, const void* owner) {
  if (owner != nullptr && left->items->owner == owner && left->items->items.size() == left->count) {
    // The storage is ours and nobody grew it since: append there, so that n times += costs n.
    auto out = make(form::array, left->where);
    out->items = left->items;
    auto& items = out->items->items;
    items.insert(items.end(), right->items->items.begin(), right->items->items.begin() + right->count);
    out->count = left->count + right->count;
    out->depth = std::max(left->depth, right->depth);
    out->weight = std::min(weight_max, left->weight + right->weight);
    out->unresolved = left->unresolved + right->unresolved;
    return out;
  }
  std::vector<node_ptr> items(left->items->items.begin(), left->items->items.begin() + left->count);
  items.insert(items.end(), right->items->items.begin(), right->items->items.begin() + right->count);
  auto out = make_array(std::move(items), left->where);
  out->items->owner = owner;
  return out;
}

} // namespace

bool join(std::vector<node_ptr>& pieces, join_failure& failure, const void* owner) {
  if (pieces.size() < 2) return true;
  const void* const given = owner;
  if (owner == nullptr) owner = &failure; // arrays may grow in place while we are at it
  std::vector<node_ptr> out;
  std::string text; // of the run of texts that out.back() stands for
  bool running = false;
  const auto flush = [&] {
    if (!running) return;
    out.back() = make_text(form::string, std::move(text), out.back()->where);
    text.clear();
    running = false;
  };
  const auto is_text = [](const node& n) { return n.what <= form::string; };
  const auto join_one = [&](node_ptr right) -> bool {
    if (out.empty()) {
      out.push_back(std::move(right));
      return true;
    }
    node_ptr left = out.back();
    if (!running) {
      if (left->is_object() && right->what == form::array) {
        if (auto list = numeric_array(*left)) left = std::move(list);
      } else if (left->what == form::array && right->is_object()) {
        if (auto list = numeric_array(*right)) right = std::move(list);
      }
    }
    const bool left_object = left->is_object() || left->is_merged_object();
    const bool right_object = right->is_object() || right->is_merged_object();
    if (!running && left_object && right_object) {
      left.reset();
      node_ptr below = std::move(out.back());
      out.back() = merge(std::move(right), std::move(below));
    } else if (!running && left->what == form::array && right->what == form::array) {
      out.back() = join_arrays(left, right, owner);
    } else if (!running && (left->what == form::array || left_object) && right->what == form::string &&
               !right->quoted) {
      // White space between lists or objects; as in typesafe-config, any unquoted text behind them.
    } else if (left->is_unmergeable() || right->is_unmergeable()) {
      flush();
      out.push_back(std::move(right));
    } else if (left->poison || right->poison) {
      flush();
      out.back() = left->poison ? left : right;
    } else if (is_text(*left) && is_text(*right)) {
      if (!running) {
        text = left->text;
        running = true;
      }
      text += right->text;
      auto joined = make(form::string, span(left->where, right->where));
      out.back() = std::move(joined);
    } else {
      failure = {left, right};
      return false;
    }
    return true;
  };
  for (auto& piece : pieces) {
    if (piece->what == form::concatenation) {
      for (std::uint32_t i = 0; i < piece->count; ++i) {
        if (!join_one(piece->item(i))) return false;
      }
    } else if (!join_one(std::move(piece))) {
      return false;
    }
  }
  flush();
  if (given == nullptr) {
    for (const auto& piece : out) {
      if (piece->what == form::array && piece->items->owner == owner) piece->items->owner = nullptr;
    }
  }
  pieces = std::move(out);
  return true;
}

origin span(const origin& first, const origin& last) {
  origin out = first;
  if (first.source == last.source && first.line == last.line && first.line != 0 && last.column >= first.column) {
    out.length = last.column + last.length - first.column;
  }
  return out;
}

std::string describe(const node& n) {
  switch (n.what) {
  case form::reference: return (n.optional ? "${?" : "${") + render_path(*n.target) + "}";
  case form::concatenation: {
    std::string out;
    for (std::uint32_t i = 0; i < n.count; ++i) out += n.item(i)->what == form::array ? "[...]" : describe(*n.item(i));
    return out;
  }
  case form::merge: return describe(*n.item(n.count - 1));
  case form::array: return "an array";
  case form::object: return "an object";
  default: return n.text;
  }
}

} // namespace cloudflow::config::detail
