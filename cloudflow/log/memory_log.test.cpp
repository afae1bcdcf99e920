#include "cloudflow/log/memory_log.hpp"

#include "cloudflow/testkit/log/memory_log_fixture.hpp"
#include "cloudflow/testkit/log/topic_log_contract.hpp"

using namespace cloudflow;
using testkit::memory_log_fixture;

CLOUDFLOW_TOPIC_LOG_CONTRACT(memory_log_fixture, "the in-process log")
CLOUDFLOW_TOPIC_LOG_CLOSING_CONTRACT(memory_log_fixture, "the in-process log")

TEST_CASE("the in-process log says that it is at-least-once and refuses transactions") {
  memory_log_fixture f;
  CHECK(!f.log().capabilities().transactions);
  CHECK(!f.log().capabilities().durable);
  CHECK(f.log().describe().find("at-least-once") != std::string::npos);
  CHECK(f.log().open_producer({.transactional_id = "x"}).error().code == errc::unsupported);
  auto producer = f.log().open_producer({});
  REQUIRE(producer);
  CHECK((*producer)->begin().error().code == errc::unsupported);
  CHECK((*producer)->send_offsets({}, {}).error().code == errc::unsupported);
  bool refused = false;
  (*producer)->commit([&](const auto& r) { refused = !r; });
  CHECK(refused);
}
