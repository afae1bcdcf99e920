#include "cloudflow/config/usage.hpp"

namespace cloudflow::config {

const value& usage::mark(const value& v) {
  read_.insert(v.identity());
  return v;
}

void usage::mark_all(const value& v) {
  mark(v);
  for (const auto& m : v.members()) mark_all(m.value);
  for (const auto& e : v.elements()) mark_all(e);
}

namespace {

bool any_used(const usage& u, const value& v) {
  if (u.used(v)) return true;
  for (const auto& m : v.members()) {
    if (any_used(u, m.value)) return true;
  }
  for (const auto& e : v.elements()) {
    if (any_used(u, e)) return true;
  }
  return false;
}

void collect(const usage& u, const value& v, path& at, std::vector<usage::unused_member>& out) {
  for (const auto& m : v.members()) {
    at.emplace_back(m.key);
    if (!any_used(u, m.value)) {
      out.push_back({at, m.key_where, m.value});
    } else if (!u.used(m.value) || m.value.is_object()) {
      collect(u, m.value, at, out);
    }
    at.pop_back();
  }
}

} // namespace

std::vector<usage::unused_member> usage::unused(const value& root) const {
  std::vector<unused_member> out;
  path at;
  collect(*this, root, at, out);
  return out;
}

} // namespace cloudflow::config
