#include "cloudflow/config/resolve.hpp"

#include "cloudflow/config/internal/environment_tree.hpp"
#include "cloudflow/config/internal/node.hpp"
#include "cloudflow/config/internal/path_numbers.hpp"
#include "cloudflow/config/internal/resolve_problems.hpp"
#include "cloudflow/config/internal/resolved_values.hpp"
#include "cloudflow/config/internal/visiting_order.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace cloudflow::config {

using detail::form;
using detail::node;
using detail::node_ptr;

namespace {

/// The containers above a value, nearest first. Lists share their tails.
struct ancestor;
using ancestors = std::shared_ptr<const ancestor>;
struct ancestor {
  node_ptr container;
  ancestors above;
};

/// What look-ups search: a root, and the way from it to the value that is being resolved (none if it is not part of
/// it).
struct view {
  node_ptr root;
  ancestors way;
};

constexpr std::uint32_t everything = 0;     // no restriction: resolve the whole value
constexpr std::uint64_t member_bytes = 100; // of an object, about
constexpr std::uint32_t small = 32; // up to so many parts results are kept, or made anew, just as typesafe-config does

/// The result of a look-up or of resolving: a value, nothing (an optional substitution of what is not there), or
/// *impossible*: the value is being resolved already.
struct outcome {
  node_ptr value;
  bool impossible = false;
};

/// Resolves one tree, as typesafe-config does: lazily along paths, with look-back into the layers below.
/// Confined to one call of resolve().
class resolver {
  const resolve_options& options_;
  node_ptr environment_;
  detail::resolve_problems problems_;
  detail::path_numbers paths_;
  detail::resolved_values memos_;
  std::unordered_map<const detail::item_storage*, std::vector<node_ptr>> layers_; // of a stack: its lower parts
  std::vector<node_ptr> kept_;
  std::unordered_set<const node*> open_; // references that are being resolved
  std::vector<const node*> trail_;       // the same, in order
  std::uint64_t steps_ = 0;
  std::uint64_t memory_ = 0;
  std::uint32_t depth_ = 0;
  node_ptr poison_;

public:
  resolver(const resolve_options& options, const environment& variables, const node& root)
      : options_(options)
      , environment_(detail::tree_of(variables))
      , problems_(root, *environment_) {
    auto p = detail::make_text(form::null, "null", {});
    p->poison = true;
    poison_ = p;
  }

  expected<value, std::vector<diagnostic>> run(const node_ptr& root) {
    auto result = resolve(root, everything, view{root, nullptr});
    if (options_.effort != nullptr) *options_.effort = {steps_, memory_};
    if (problems_.empty() && (!result.value || result.impossible)) {
      problems_.report({"CF-C12", "the configuration refers to itself", root->where});
    }
    if (problems_.empty() && result.value->weight > options_.nodes) {
      problems_.report({"CF-C13",
                        "the resolved configuration has more than " + std::to_string(options_.nodes) + " values",
                        root->where,
                        {},
                        "a substitution probably doubles what it repeats"});
    }
    if (problems_.empty() && result.value->depth > options_.depth) {
      problems_.report(
          {"CF-C06", "the resolved configuration is nested deeper than " + std::to_string(options_.depth) + " levels",
           root->where});
    }
    if (!problems_.empty()) return unexpected(std::move(problems_).take());
    return value(std::move(result.value));
  }

private:
  outcome give_up(const node& at, std::string message, std::string hint) {
    problems_.exhausted_at(at, std::move(message), std::move(hint));
    return {poison_};
  }

  /// False if the budget is spent.
  bool spend(const node& at, std::uint64_t steps, std::uint64_t memory) {
    steps_ += steps;
    memory_ += memory;
    if (steps_ > options_.steps || memory_ > options_.memory) {
      static_cast<void>(give_up(at, "resolving the substitutions takes too much work",
                                "substitutions probably repeat each other; write fewer, or the values themselves"));
    }
    return !problems_.exhausted();
  }

  // --- the walk -----------------------------------------------------------------------------------------------------

  outcome resolve(const node_ptr& n, std::uint32_t restriction, const view& in) {
    if (n->is_resolved() || problems_.exhausted()) return {n};
    if (auto found = memos_.find(n.get(), everything)) return {std::move(found)};
    if (restriction != everything) {
      if (auto found = memos_.find(n.get(), restriction)) return {std::move(found)};
    }
    if (open_.contains(n.get())) return {nullptr, true};
    if (!spend(*n, 1, 0)) return {poison_};
    if (depth_ >= options_.chain) {
      return give_up(*n, "more than " + std::to_string(options_.chain) + " substitutions lead to one another",
                     "shorten the chain");
    }
    ++depth_;
    auto out = resolve_now(n, restriction, in);
    --depth_;
    if (out.impossible || !out.value) return out;
    if (n->temporary) {
      if (n->count > small) return out;
      if (!spend(*n, 0, n->count * 24 + sizeof(node))) return {poison_};
    }
    if (!out.value->is_resolved() && restriction == everything) return out;
    memos_.keep(n, out.value->is_resolved() ? everything : restriction, out.value);
    spend(*n, 0, 150);
    return out;
  }

  outcome resolve_now(const node_ptr& n, std::uint32_t restriction, const view& in) {
    switch (n->what) {
    case form::reference: return resolve_reference(n, restriction, in);
    case form::concatenation: return resolve_concatenation(n, in);
    case form::merge: return resolve_merge(n, restriction, in);
    case form::object: return resolve_object(n, restriction, in);
    case form::array: return resolve_array(n, restriction, in);
    default: return {n};
    }
  }

  /// The view for the children of `container`.
  static view inside(const view& in, const node_ptr& container) {
    if (!in.way && container != in.root) return in;
    return {in.root, std::make_shared<const ancestor>(ancestor{container, in.way})};
  }

  outcome resolve_object(const node_ptr& n, std::uint32_t restriction, const view& in) {
    const auto below = inside(in, n);
    if (restriction != everything) {
      const auto rest = paths_.rest(restriction);
      const auto at = n->keys->find(paths_.key(restriction));
      // The value at the path's end is left alone: only what is above it must be known.
      if (rest == 0 || at == detail::key_table::npos || !n->item(at)) return {n};
      auto child = resolve(n->item(at), rest, below);
      if (child.impossible) return child;
      if (child.value == n->item(at)) return {n};
      return {with_member(n, at, std::move(child.value))};
    }
    std::vector<node_ptr> items;
    for (const auto i : detail::visiting_order(*n)) {
      if (!n->item(i) || n->item(i)->is_resolved()) continue;
      auto child = resolve(n->item(i), everything, below);
      if (child.impossible) return child;
      if (items.empty()) {
        if (!spend(*n, n->count / 32, n->count * 24)) return {poison_};
        items = n->items->items;
      }
      items[i] = std::move(child.value);
    }
    if (items.empty()) return {n};
    return {with_items(*n, std::move(items))};
  }

  node_ptr with_items(const node& n, std::vector<node_ptr> items) {
    auto out = std::make_shared<node>(n);
    out->items = std::make_shared<detail::item_storage>();
    out->items->items = std::move(items);
    recount(*out);
    memory_ += sizeof(node);
    return out;
  }

  node_ptr with_member(const node_ptr& n, std::size_t at, node_ptr child) {
    if (!spend(*n, n->count / 32, 0)) return poison_;
    auto items = n->items->items;
    items[at] = std::move(child);
    auto out = std::make_shared<node>(*n);
    out->items = std::make_shared<detail::item_storage>();
    out->items->items = std::move(items);
    recount(*out);
    return out;
  }

  outcome resolve_array(const node_ptr& n, std::uint32_t restriction, const view& in) {
    if (restriction != everything) return {n}; // no path leads into an array
    const auto below = inside(in, n);
    std::vector<node_ptr> items;
    items.reserve(n->count);
    if (!spend(*n, n->count / 32, n->count * 16)) return {poison_};
    for (std::uint32_t i = 0; i < n->count; ++i) {
      auto child = resolve(n->item(i), everything, below);
      if (child.impossible) return child;
      if (child.value) items.push_back(std::move(child.value));
    }
    auto out = detail::make_array(std::move(items), n->where);
    out->shadowed = n->shadowed;
    memory_ += sizeof(node);
    return {std::move(out)};
  }

  outcome resolve_concatenation(const node_ptr& n, const view& in) {
    std::vector<node_ptr> pieces;
    pieces.reserve(n->count);
    for (std::uint32_t i = 0; i < n->count; ++i) {
      auto piece = resolve(n->item(i), everything, in);
      if (piece.impossible) return piece;
      if (piece.value) pieces.push_back(std::move(piece.value));
    }
    std::uint64_t memory = sizeof(node);
    std::uint64_t text = 0;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      const auto& p = *pieces[i];
      text += p.text.size();
      if (p.what == form::object || (p.what == form::array && (i > 0 || p.items->owner != this)))
        memory += p.count * 24;
    }
    memory += text;
    if (text > options_.nodes * detail::text_bytes_a_node) {
      return give_up(
          *n, "a joined text is longer than " + std::to_string(options_.nodes * detail::text_bytes_a_node) + " bytes",
          "a substitution probably doubles what it repeats");
    }
    if (!spend(*n, memory / 1'000, memory)) return {poison_};
    if (pieces.empty()) return {nullptr};
    detail::join_failure why;
    if (!detail::join(pieces, why, this)) {
      problems_.report({"CF-C10",
                        detail::describe(*why.left) + " and " + detail::describe(*why.right) + " cannot be joined",
                        n->where,
                        {{"left", why.left->where.text()}, {"right", why.right->where.text()}},
                        "text joins text, arrays join arrays, objects join objects"});
      return {poison_};
    }
    if (pieces.size() > 1) return {poison_}; // something is unresolved, and reported
    return {std::move(pieces.front())};
  }

  // --- look-back ----------------------------------------------------------------------------------------------------

  /// The lowest `length` layers of the stack as a value; the same node each time it is asked for.
  node_ptr layers_below(const node_ptr& stack, std::uint32_t length) {
    if (stack->count <= small) return detail::lower_layers(stack, length);
    auto& known = layers_[stack->items.get()];
    if (known.empty()) kept_.push_back(stack);
    if (known.size() <= length) known.resize(length + 1);
    if (!known[length] && length > 0) {
      known[length] = detail::lower_layers(stack, length);
      if (known[length]->items != stack->items) spend(*stack, length, length * member_bytes);
      memory_ += sizeof(node);
    }
    return known[length];
  }

  outcome resolve_merge(const node_ptr& n, std::uint32_t restriction, const view& in) {
    constexpr std::uint32_t leap = 32;
    if (n->count > leap && restriction == everything && in.way) {
      // Long stacks (a += 1, many times) from the bottom up, so that each look-back finds the layers below done.
      const auto problems = problems_.count();
      const auto mark = memos_.mark();
      for (std::uint32_t length = leap; length < n->count; length += leap / 2) {
        const auto lower = layers_below(n, length);
        if (!lower || lower->what != form::merge || memos_.holds(lower.get(), everything)) continue;
        const auto out = resolve(lower, everything, without(in, n, lower, true));
        if (out.impossible || problems_.count() != problems) {
          problems_.take_back(problems);
          memos_.forget(mark);
          break;
        }
      }
    }
    node_ptr merged;
    for (std::uint32_t i = n->count; i-- > 0;) {
      const auto& layer = n->item(i);
      outcome out;
      if (layer->is_unmergeable()) {
        if (merged && merged->ignores_fallbacks() && merged->is_resolved() && i > 0) {
          // All that is below was resolved on the way: it can add nothing but its place in `shadowed()`.
          if (memos_.holds(layer.get(), everything) && i > leap) break;
        }
        out = resolve(layer, restriction, without(in, n, layers_below(n, i)));
      } else {
        out = resolve(layer, restriction, inside(in, n));
      }
      if (out.impossible) return out;
      if (problems_.exhausted()) return {poison_};
      if (out.value) {
        if (merged && (merged->is_object() || out.value->is_object())) {
          const bool ours = merged.use_count() == 1 && merged->items.use_count() == 1; // grows in place
          const std::uint64_t members = (ours ? 0 : merged->count) + out.value->count;
          if (!spend(*n, members / 8, members * member_bytes)) return {poison_};
        }
        merged = merged ? detail::merge(std::move(merged), out.value) : out.value;
        memory_ += sizeof(node);
      }
    }
    return {std::move(merged)};
  }

  /// The view in which `old` is `replacement` (null: gone). The changed containers are made anew. What is resolved in
  /// it is not part of it, unless `keep_way`: then it is the replacement.
  view without(const view& in, const node_ptr& old, const node_ptr& replacement, bool keep_way = false) {
    if (old == replacement) return {in.root, nullptr};
    if (!in.way) {
      if (old == in.root) return {root_of(replacement), nullptr};
      return in;
    }
    node_ptr child = old;
    node_ptr instead = replacement;
    std::vector<node_ptr> containers; // nearest first
    for (auto at = in.way; at; at = at->above) {
      instead = replaced(at->container, child, std::move(instead));
      child = at->container;
      if (keep_way) containers.push_back(instead);
    }
    view out{root_of(instead), nullptr};
    for (auto i = containers.size(); i-- > 0;) {
      if (!containers[i]) return {out.root, nullptr};
      out.way = std::make_shared<const ancestor>(ancestor{containers[i], out.way});
    }
    return out;
  }
  static node_ptr root_of(const node_ptr& n) {
    if (n && (n->is_object() || n->is_merged_object())) return n;
    return detail::make_object({});
  }
  node_ptr replaced(const node_ptr& container, const node_ptr& child, node_ptr instead) {
    const auto& items = container->items->items;
    std::size_t at = 0;
    while (at < container->count && items[at] != child) ++at;
    if (at == container->count) return container;
    if (!spend(*container, container->count / 32 + 1, 0)) return container;
    auto out = std::make_shared<node>(*container);
    out->items = std::make_shared<detail::item_storage>();
    out->items->items.assign(items.begin(), items.begin() + container->count);
    if (instead || container->is_object()) {
      out->items->items[at] = std::move(instead);
    } else {
      out->items->items.erase(out->items->items.begin() + static_cast<std::ptrdiff_t>(at));
      --out->count;
      if (out->count == 0) return nullptr;
    }
    const auto unresolved = std::max(1U, out->unresolved);
    recount(*out);
    if (out->what != form::object && out->what != form::array) out->unresolved = unresolved;
    out->temporary = true;
    return out;
  }

  // --- references ---------------------------------------------------------------------------------------------------

  struct hit {
    node_ptr value;
    ancestors way;
    bool impossible = false;
  };

  hit find(const node_ptr& root, std::uint32_t p) {
    auto partly = resolve(root, p, view{root, nullptr});
    if (partly.impossible) return {nullptr, nullptr, true};
    node_ptr at = partly.value;
    ancestors way;
    for (; p != 0; p = paths_.rest(p)) {
      if (!at || !(at->is_object() || at->is_merged_object())) return {nullptr, way};
      way = std::make_shared<const ancestor>(ancestor{at, way});
      const auto* next = peek(*at, paths_.key(p));
      if (next == nullptr) return {nullptr, way};
      at = *next;
    }
    return {at, way};
  }

  /// The member of an object that is resolved as far as the path needs it. Of a stack whose lower layers show nothing
  /// (the upper object waits for a substitution of its own) only a member that hides what is below it.
  static const node_ptr* peek(const node& n, std::string_view key) {
    if (n.is_object()) return n.member(key);
    for (std::uint32_t i = n.count; i-- > 0;) {
      const auto* found = n.item(i)->member(key);
      if (found != nullptr && (*found)->ignores_fallbacks()) return found;
      if (!n.item(i)->is_object()) return nullptr;
    }
    return nullptr;
  }

  static node_ptr root_above(const ancestors& way) {
    const ancestor* at = way.get();
    while (at->above) at = at->above.get();
    return at->container;
  }

  outcome resolve_reference(const node_ptr& n, std::uint32_t restriction, const view& in) {
    open_.insert(n.get());
    trail_.push_back(n.get());
    auto mark = memos_.mark();
    const auto trail = trail_.size();
    auto target = find(in.root, paths_.of(*n->target, 0));
    if (!target.impossible && !target.value) {
      const auto plain = paths_.of(*n->target, n->prefix_length);
      if (n->prefix_length > 0) target = find(in.root, plain);
      if (!target.impossible && !target.value) {
        memos_.forget(mark); // what was learned while nothing was found may have been learned too early
        target = find(environment_, plain);
      }
    }
    outcome out{target.value, target.impossible};
    if (!target.impossible && target.value) {
      mark = memos_.mark();
      out = resolve(target.value, restriction, view{root_above(target.way), target.way});
    }
    if (out.impossible) {
      memos_.forget(mark);
      if (!n->optional) problems_.cycle(*n, trail_);
      out = {n->optional ? nullptr : poison_};
    } else if (!out.value && !n->optional) {
      problems_.unknown(*n);
      out = {poison_};
    }
    trail_.resize(trail - 1);
    open_.erase(n.get());
    return out;
  }
};

} // namespace

expected<value, std::vector<diagnostic>> resolve(const value& root, const environment& variables,
                                                 const resolve_options& options) {
  if (root.resolved() && root.node()->weight <= options.nodes) return root;
  if (!root.is_object() && !root.node()->is_merged_object()) {
    if (root.is_array()) {
      // An array as root has nothing that a path could name but the environment.
      return resolver(options, variables, *root.node()).run(root.node());
    }
    return unexpected(std::vector{diagnostic{"CF-C17", "only an object can be resolved", root.where()}});
  }
  return resolver(options, variables, *root.node()).run(root.node());
}

} // namespace cloudflow::config
