#pragma once

#include "cloudflow/testkit/stream/probe.hpp"
#include "cloudflow/testkit/streamlet/streamlet_rig.hpp"

#include <concepts>
#include <memory>
#include <utility>

namespace cloudflow::testkit {

/// One streamlet under test, what users include. By class, by object, or by the name that blueprints use:
///
///     TEST_CASE("moving_average emits a window when the next begins") {
///       testkit::streamlet_test t("sensors.moving-average"); // or streamlet_test<moving_average> t;
///       auto in = t.tap<reading>("in");
///       auto out = t.probe<average>("out");
///       t.start();
///       in.push({"s1", at(0s), "oil", 1.0});
///       t.run();
///       out.expect_nothing();
///       in.complete();
///       t.run();
///       out.expect({{"s1", "oil", at(-30s), at(30s), 1.0}, {"s1", "oil", at(0s), at(60s), 1.0}});
///       t.expect_completed();
///     }
///
/// Confined to the test's thread; needs no log, no broker, no test framework. Page: docs/develop/testing.md
template <class S> class streamlet_test : public streamlet_rig {
public:
  streamlet_test()
    requires std::default_initializable<S>
      : streamlet_rig(std::make_unique<S>()) {}
  explicit streamlet_test(S streamlet)
    requires std::derived_from<S, native::streamlet>
      : streamlet_rig(std::make_unique<S>(std::move(streamlet))) {}
};

/// By name: whatever class has it.
template <> class streamlet_test<native::streamlet> : public streamlet_rig {
public:
  /// A seed other than 0 makes the order of concurrent parts random, equal seeds equal orders.
  explicit streamlet_test(std::string_view class_name, std::uint64_t seed = 0)
      : streamlet_rig(class_name, seed) {}
};
streamlet_test(const char*) -> streamlet_test<native::streamlet>;
streamlet_test(const char*, std::uint64_t) -> streamlet_test<native::streamlet>;

} // namespace cloudflow::testkit
