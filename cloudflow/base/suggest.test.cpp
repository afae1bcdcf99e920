#include "cloudflow/base/suggest.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace cloudflow;

TEST_CASE("nearest finds what was meant") {
  const std::vector<std::string> names = {"metrics", "ingress", "processor"};
  CHECK(nearest("metrcis", names) == "metrics");
  CHECK(nearest("ingres", names) == "ingress");
}

TEST_CASE("nearest stays silent when nothing is near") {
  const std::vector<std::string> names = {"metrics", "ingress"};
  CHECK_FALSE(nearest("zebra", names));
  CHECK_FALSE(nearest("", names));
  CHECK_FALSE(nearest(std::string(100'000, 'x'), names));
}

TEST_CASE("swapped neighbours count as one edit") {
  CHECK(edit_distance("ab", "ba") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("", "abc") == 3);
}
