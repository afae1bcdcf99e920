#include "cloudflow/testkit/application/simulation_seeds.hpp"

#include "cloudflow/testkit/stream/probe.hpp"

#include <charconv>
#include <cstdlib>
#include <optional>

namespace cloudflow::testkit {

namespace {

std::optional<std::uint64_t> number_in_environment(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr || *text == '\0') return std::nullopt;
  const std::string_view view(text);
  std::uint64_t out = 0;
  const auto [end, failed] = std::from_chars(view.data(), view.data() + view.size(), out);
  if (failed != std::errc{} || end != view.data() + view.size())
    throw expectation_failed(std::string(name) + "='" + text + "' is no number");
  return out;
}

} // namespace

std::string tally::text() const {
  return "missing " + std::to_string(missing) + " duplicate " + std::to_string(duplicate) + " wrong " +
         std::to_string(wrong);
}

void for_each_seed(const std::string& ctest_name, std::uint64_t short_form,
                   const std::function<void(std::uint64_t)>& run) {
  const auto only = number_in_environment("CLOUDFLOW_SEED");
  const auto first = only.value_or(1);
  const auto last = only ? *only : number_in_environment("CLOUDFLOW_SIMULATION_SEEDS").value_or(short_form);
  for (auto seed = first; seed <= last; ++seed) {
    try {
      run(seed);
    } catch (const std::exception& e) {
      throw expectation_failed("seed " + std::to_string(seed) + ": " + e.what() + "\nreplay: CLOUDFLOW_SEED=" +
                               std::to_string(seed) + " ctest -R '" + ctest_name + "' --output-on-failure");
    }
  }
}

std::uint64_t first_seed(std::uint64_t last, const std::function<bool(std::uint64_t)>& violates) {
  for (std::uint64_t seed = 1; seed <= last; ++seed)
    if (violates(seed)) return seed;
  return 0;
}

} // namespace cloudflow::testkit
