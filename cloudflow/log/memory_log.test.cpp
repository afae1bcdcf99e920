#include "cloudflow/log/memory_log.hpp"

#include "cloudflow/testkit/log/memory_log_fixture.hpp"
#include "cloudflow/testkit/log/topic_log_contract.hpp"

using namespace cloudflow;
using testkit::memory_log_fixture;

CLOUDFLOW_TOPIC_LOG_CONTRACT(memory_log_fixture, "the in-process log")
CLOUDFLOW_TOPIC_LOG_CLOSING_CONTRACT(memory_log_fixture, "the in-process log")

TEST_CASE("the in-process log says that it has transactions and ends with the process") {
  memory_log_fixture f;
  CHECK(f.log().capabilities().transactions);
  CHECK(!f.log().capabilities().durable);
  CHECK(f.log().describe().find("transactions") != std::string::npos);
  CHECK(f.log().describe().find("ends with the process") != std::string::npos);
}
