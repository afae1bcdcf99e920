// An event time that is no time.
// expect: event_time
// expect: reading
// expect: event_time_for
#include "cloudflow/stream/fluent.hpp"

using namespace cloudflow::stream;
struct reading {
  std::string gauge;
  cloudflow::timestamp at;
};
#ifdef RIGHT
auto graph = source(std::vector<reading>{}).event_time(&reading::at);
#else
auto graph = source(std::vector<reading>{}).event_time(&reading::gauge);
#endif
