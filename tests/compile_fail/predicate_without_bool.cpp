// A predicate that does not answer yes or no.
// expect: filter
// expect: reading
// expect: predicate_for
#include "cloudflow/stream/fluent.hpp"

using namespace cloudflow::stream;
struct reading {
  double value;
};
#ifdef RIGHT
auto high = [](const reading& r) { return r.value > 60; };
#else
auto high = [](const reading& r) { return std::string(r.value > 60 ? "yes" : "no"); };
#endif
auto graph = source(std::vector<reading>{}).filter(high);
