// For programs that are no tests and link parts of the testkit that check something: the contracts of logs.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
