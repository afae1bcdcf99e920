#include "cloudflow/config/internal/resolve_problems.hpp"

#include "cloudflow/base/suggest.hpp"

#include <utility>

namespace cloudflow::config::detail {

resolve_problems::resolve_problems(const node& root, const node& environment) {
  std::vector<std::pair<const node*, std::string>> todo{{&root, ""}};
  while (!todo.empty() && known_.size() < 2'000) {
    auto [n, prefix] = std::move(todo.back());
    todo.pop_back();
    if (n->what == form::merge) {
      for (std::uint32_t i = 0; i < n->count; ++i) todo.emplace_back(n->item(i).get(), prefix);
    }
    if (!n->is_object()) continue;
    for (std::uint32_t i = 0; i < n->count && known_.size() < 2'000; ++i) {
      auto name = prefix + (prefix.empty() ? "" : ".") + render_path({n->keys->at(i).name});
      if (name.size() > 200) continue;
      known_.push_back(name);
      if (n->item(i)) todo.emplace_back(n->item(i).get(), std::move(name));
    }
  }
  for (std::uint32_t i = 0; i < environment.count; ++i) known_.push_back(environment.keys->at(i).name);
}

void resolve_problems::report(diagnostic problem) {
  if (found_.size() < 1'000) found_.push_back(std::move(problem));
}

void resolve_problems::exhausted_at(const node& at, std::string message, std::string hint) {
  if (!exhausted_) report({"CF-C13", std::move(message), at.where, {}, std::move(hint)});
  exhausted_ = true;
}

void resolve_problems::cycle(const node& n, const std::vector<const node*>& trail) {
  if (exhausted_) return; // nothing is known any more
  std::string members;
  std::size_t shown = 0;
  for (const auto* open : trail) {
    if (shown++ == 12) {
      members += " -> ...";
      break;
    }
    members += (members.empty() ? "" : " -> ") + describe(*open);
  }
  report({"CF-C12",
          describe(n) + " leads back to itself",
          n.where,
          {{"cycle", std::move(members)}},
          "break the cycle; a value may refer to what the same key had before, if it had something"});
}

void resolve_problems::unknown(const node& n) {
  if (exhausted_) return;
  const path plain(n.target->begin() + n.prefix_length, n.target->end());
  const auto name = render_path(plain);
  diagnostic problem{"CF-C11", "${" + name + "} is defined nowhere", n.where, {}, {}};
  if (suggested_ < 10 && name.size() <= 100) {
    ++suggested_;
    if (const auto near = nearest(name, known_)) problem.hint = "did you mean ${" + *near + "}? ";
  }
  problem.hint += "define it, set the environment variable, or write ${?" + name + "} if it may be missing";
  report(std::move(problem));
}

std::vector<diagnostic> resolve_problems::take() && {
  sort_and_unique(found_);
  return std::move(found_);
}

} // namespace cloudflow::config::detail
