// A mapper that takes something else than the elements.
// expect: map
// expect: reading
// expect: mapper_for
#include "cloudflow/stream/fluent.hpp"

using namespace cloudflow::stream;
struct reading {
  double value;
};
#ifdef RIGHT
auto scale = [](const reading& r) { return r.value * 2; };
#else
auto scale = [](const std::string& text) { return text.size(); };
#endif
auto graph = source(std::vector<reading>{}).map(scale);
