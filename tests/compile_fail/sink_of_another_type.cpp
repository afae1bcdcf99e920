// A sink that takes something else than the elements.
// expect: to(
// expect: reading
// expect: sink_for
#include "cloudflow/stream/fluent.hpp"

using namespace cloudflow::stream;
struct reading {
  double value;
};
struct average {
  double value;
};
#ifdef RIGHT
using taken = reading;
#else
using taken = average;
#endif
collect<taken> out;
auto graph = source(std::vector<reading>{}).to(out);
