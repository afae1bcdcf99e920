// A key that is a member of something else than the elements.
// expect: key_by
// expect: reading
// expect: key_for
#include "cloudflow/stream/fluent.hpp"

using namespace cloudflow::stream;
struct reading {
  std::string gauge;
};
struct average {
  std::string gauge;
};
#ifdef RIGHT
using keyed_type = reading;
#else
using keyed_type = average;
#endif
auto graph = source(std::vector<reading>{}).key_by(&keyed_type::gauge).aggregate(count());
