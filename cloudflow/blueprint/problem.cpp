#include "cloudflow/blueprint/problem.hpp"

namespace cloudflow::blueprint {

std::string_view code_of(const problem& p) {
  return std::visit([](const auto& one) { return one.code; }, p);
}

origin place_of(const problem& p) {
  return std::visit([](const auto& one) { return one.where; }, p);
}

diagnostic to_diagnostic(const problem& p) {
  return std::visit([](const auto& one) { return one.to_diagnostic(); }, p);
}

std::vector<diagnostic> to_diagnostics(const std::vector<problem>& problems) {
  std::vector<diagnostic> out;
  out.reserve(problems.size());
  for (const auto& p : problems) out.push_back(to_diagnostic(p));
  sort_and_unique(out);
  return out;
}

} // namespace cloudflow::blueprint
