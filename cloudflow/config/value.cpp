#include "cloudflow/config/value.hpp"

#include "cloudflow/base/json_writer.hpp"
#include "cloudflow/config/internal/node.hpp"

#include <charconv>
#include <cstdlib>

namespace cloudflow::config {

using detail::form;
using detail::node;
using detail::node_ptr;

std::string_view name_of(kind k) noexcept {
  switch (k) {
  case kind::null: return "null";
  case kind::boolean: return "boolean";
  case kind::number: return "number";
  case kind::string: return "string";
  case kind::array: return "array";
  case kind::object: return "object";
  case kind::unresolved: return "unresolved";
  }
  return "unresolved";
}

value::value()
    : node_(detail::make_text(form::null, "null", {})) {}

value value::empty_object(origin where) { return value(detail::make_object(std::move(where))); }
value value::of(std::string_view text, origin where) {
  return value(detail::make_text(form::string, std::string(text), std::move(where)));
}
value value::of(bool flag, origin where) {
  auto n = detail::make_text(form::boolean, flag ? "true" : "false", std::move(where));
  n->flag = flag;
  return value(std::move(n));
}
value value::of(std::int64_t number, origin where) {
  return value(detail::make_text(form::number, std::to_string(number), std::move(where)));
}
value value::of(double number, origin where) {
  return value(detail::make_text(form::number, shortest(number), std::move(where)));
}
value value::array_of(const std::vector<value>& elements, origin where) {
  std::vector<node_ptr> items;
  items.reserve(elements.size());
  for (const auto& e : elements) items.push_back(e.node_);
  return value(detail::make_array(std::move(items), std::move(where)));
}

kind value::kind() const noexcept {
  switch (node_->what) {
  case form::null: return kind::null;
  case form::boolean: return kind::boolean;
  case form::number: return kind::number;
  case form::string: return kind::string;
  case form::array: return kind::array;
  case form::object: return kind::object;
  default: return kind::unresolved;
  }
}

bool value::resolved() const noexcept { return node_->is_resolved(); }
const origin& value::where() const noexcept { return node_->where; }

std::vector<value> value::shadowed() const {
  std::vector<value> out;
  for (const auto& n : node_->shadowed) out.emplace_back(n);
  if (node_->what == form::merge) {
    for (std::uint32_t i = node_->count - 1; i-- > 0;) out.emplace_back(node_->item(i));
  }
  return out;
}

std::string_view value::text() const noexcept { return node_->text; }
bool value::flag() const noexcept { return node_->flag; }

std::size_t value::size() const noexcept {
  if (node_->what == form::array) return node_->count;
  if (node_->what != form::object) return 0;
  std::size_t n = 0;
  for (std::uint32_t i = 0; i < node_->count; ++i) n += node_->item(i) != nullptr;
  return n;
}

value value::at(std::size_t index) const {
  CLOUDFLOW_ASSERT(node_->what == form::array && index < node_->count, "at() beyond an array's end");
  return value(node_->item(index));
}

std::vector<value> value::elements() const {
  std::vector<value> out;
  if (node_->what != form::array) return out;
  out.reserve(node_->count);
  for (std::uint32_t i = 0; i < node_->count; ++i) out.emplace_back(node_->item(i));
  return out;
}

member_range value::members() const { return member_range(node_); }

std::optional<value> value::get(std::string_view key) const {
  const auto* found = node_->member(key);
  if (found == nullptr) return std::nullopt;
  return value(*found);
}

std::optional<origin> value::key_origin(std::string_view key) const {
  if (node_->member(key) == nullptr) return std::nullopt;
  return node_->keys->at(node_->keys->find(key)).where;
}

std::optional<value> value::find(std::string_view path_expression) const {
  auto keys = parse_path(path_expression);
  if (!keys) return std::nullopt;
  return find(*keys);
}

std::optional<value> value::find(const path& keys) const {
  node_ptr at = node_;
  for (const auto& key : keys) {
    const auto* next = at->member(key);
    if (next == nullptr) return std::nullopt;
    at = *next;
  }
  return value(at);
}

value value::with_fallback(const value& fallback) const { return value(detail::merge(node_, fallback.node_)); }

value value::with(const path& keys, const value& child, const origin& key_where) const {
  node_ptr built = child.node_;
  for (std::size_t i = keys.size(); i-- > 0;) {
    auto object = detail::make_object(child.where());
    const auto above = find(path(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(i)));
    if (above && above->is_object()) *object = *above->node_;
    detail::put(*object, keys[i], key_where.source ? key_where : child.where(), built);
    built = std::move(object);
  }
  return value(built);
}

value value::without(const path& keys) const {
  if (keys.empty() || !find(keys)) return *this;
  const path rest(keys.begin() + 1, keys.end());
  auto object = detail::make_object(where());
  for (const auto& m : members()) {
    if (m.key != keys.front()) {
      detail::put(*object, m.key, m.key_where, m.value.node_);
    } else if (!rest.empty()) {
      detail::put(*object, m.key, m.key_where, m.value.without(rest).node_);
    }
  }
  object->ignores = node_->ignores;
  object->shadowed = node_->shadowed;
  return value(std::move(object));
}

std::optional<value> value::as_array() const {
  if (is_array()) return *this;
  if (!is_object()) return std::nullopt;
  auto list = detail::numeric_array(*node_);
  if (!list) return std::nullopt;
  return value(std::move(list));
}

namespace {

bool same_number(std::string_view a, std::string_view b) {
  if (a == b) return true;
  std::int64_t i = 0;
  std::int64_t j = 0;
  const auto whole = [](std::string_view s, std::int64_t& out) {
    const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), out);
    return error == std::errc{} && end == s.data() + s.size();
  };
  if (whole(a, i) && whole(b, j)) return i == j;
  return std::strtod(std::string(a).c_str(), nullptr) == std::strtod(std::string(b).c_str(), nullptr);
}

bool same(const node& a, const node& b) {
  if (&a == &b) return true;
  if (a.what != b.what) return false;
  switch (a.what) {
  case form::null: return true;
  case form::boolean: return a.flag == b.flag;
  case form::number: return same_number(a.text, b.text);
  case form::string: return a.text == b.text;
  case form::reference: return a.optional == b.optional && a.prefix_length == b.prefix_length && *a.target == *b.target;
  case form::object: {
    std::size_t left = 0;
    std::size_t right = 0;
    for (std::uint32_t i = 0; i < b.count; ++i) right += b.item(i) != nullptr;
    for (std::uint32_t i = 0; i < a.count; ++i) {
      if (!a.item(i)) continue;
      ++left;
      const auto* other = b.member(a.keys->at(i).name);
      if (other == nullptr || !same(*a.item(i), **other)) return false;
    }
    return left == right;
  }
  default: break;
  }
  if (a.count != b.count) return false;
  for (std::uint32_t i = 0; i < a.count; ++i) {
    if (!same(*a.item(i), *b.item(i))) return false;
  }
  return true;
}

} // namespace

bool operator==(const value& a, const value& b) { return same(*a.node_, *b.node_); }

// --- members --------------------------------------------------------------------------------------------------------

void member_range::iterator::skip_absent() {
  while (index_ < object_->count && !object_->item(index_)) ++index_;
}
member_range::iterator::iterator(const node* object, std::size_t index)
    : object_(object)
    , index_(index) {
  skip_absent();
}
member member_range::iterator::operator*() const {
  const auto& key = object_->keys->at(index_);
  return {key.name, key.where, config::value(object_->item(index_))};
}
member_range::iterator& member_range::iterator::operator++() {
  ++index_;
  skip_absent();
  return *this;
}
member_range::iterator member_range::iterator::operator++(int) {
  auto before = *this;
  ++*this;
  return before;
}
member_range::iterator member_range::begin() const {
  return object_->what == form::object ? iterator(object_.get(), 0) : end();
}
member_range::iterator member_range::end() const { return {object_.get(), object_->count}; }

} // namespace cloudflow::config
