#include "cloudflow/config/internal/environment_tree.hpp"

#include <memory>
#include <utility>

namespace cloudflow::config::detail {

namespace {

node_ptr over(node_ptr top, node_ptr bottom) {
  if (!bottom->is_object()) return top;
  if (!top->is_object()) return bottom;
  auto out = std::make_shared<node>(*bottom);
  for (std::uint32_t i = 0; i < top->count; ++i) {
    const auto& key = top->keys->at(i);
    const auto* below = bottom->member(key.name);
    put(*out, key.name, key.where, below == nullptr ? top->item(i) : over(top->item(i), *below));
  }
  return out;
}

} // namespace

node_ptr tree_of(const environment& variables) {
  node_ptr root = make_object(origin::of("environment"));
  const auto where = root->where;
  for (const auto& [name, text] : variables) {
    path keys{""};
    for (const char c : name) {
      if (c == '.') {
        keys.emplace_back();
      } else {
        keys.back() += c;
      }
    }
    if (keys.size() > 64) continue;
    node_ptr leaf = make_text(form::string, text, where);
    for (std::size_t i = keys.size(); i-- > 0;) {
      auto object = make_object(where);
      put(*object, keys[i], where, std::move(leaf));
      leaf = std::move(object);
    }
    root = over(std::move(leaf), std::move(root));
  }
  return root;
}

} // namespace cloudflow::config::detail
