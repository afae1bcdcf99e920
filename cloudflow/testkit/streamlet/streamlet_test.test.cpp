#include "cloudflow/testkit/streamlet/streamlet_test.hpp"

#include <doctest/doctest.h>
