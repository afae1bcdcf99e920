#include "cloudflow/sandbox/stall_watch.hpp"

#include <doctest/doctest.h>

using cloudflow::sandbox::stall_watch;
using namespace std::chrono_literals;

TEST_CASE("a stall watch sleeps until the log refuses a record") {
  const stall_watch watch;
  CHECK_FALSE(watch.looks(false));
  CHECK(watch.looks(true));
  CHECK_FALSE(watch.due());
}

TEST_CASE("a stall watch gives its verdict when nothing moved for five seconds") {
  stall_watch watch;
  CHECK_FALSE(watch.stalled(100s, 42));
  CHECK(watch.looks(false));
  CHECK(watch.due() == 105s);
  CHECK_FALSE(watch.stalled(105s - 1ns, 42));
  CHECK(watch.stalled(105s, 42));
}

TEST_CASE("a stall watch is over with the first record that moves, and begins anew with the next refusal") {
  stall_watch watch;
  CHECK_FALSE(watch.stalled(100s, 42));
  CHECK_FALSE(watch.stalled(104s, 43));
  CHECK_FALSE(watch.looks(false));
  CHECK_FALSE(watch.due());
  CHECK_FALSE(watch.stalled(200s, 43)); // another refusal
  CHECK(watch.due() == 205s);
  CHECK(watch.stalled(205s, 43));
}
