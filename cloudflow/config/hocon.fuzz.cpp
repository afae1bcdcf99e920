// Any bytes: parse, resolve, render, parse again; the second tree must equal the first.

#include "cloudflow/config/parse.hpp"
#include "cloudflow/config/render.hpp"
#include "cloudflow/config/resolve.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace config = cloudflow::config;
  config::parse_options options;
  options.reader = config::read_nothing();
  const auto parsed = config::parse_text({reinterpret_cast<const char*>(data), size}, "fuzz.conf", options);
  if (!parsed) return 0;
  const auto resolved = config::resolve(*parsed);
  if (!resolved) return 0;
  const auto text = config::render_json(*resolved);
  const auto again = config::parse_json(text, "again.json");
  if (!again || !(*again == *resolved)) std::abort();
  return 0;
}
