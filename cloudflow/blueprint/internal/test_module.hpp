#pragma once

#include "cloudflow/blueprint/verify.hpp"
#include "cloudflow/streamlet/descriptor.hpp"

#include <string>
#include <string_view>

/// For tests: a module's descriptor from a few lines.
///
///     backends native spark                          what is there; without it nothing is checked
///     app weather
///     bytes 9000000                                  size of the descriptor
///     schema reading src:string value:double=0.0     an Avro record
///     class acme.ingress native
///       outlet out reading by src,gauge              `by *`: a lambda
///       inlet in reading key src unique on-error=skip
///       parameter max double default=60.0 pattern=[a-z]+ secret
///       mount data /mnt/data
///       joined in other
///       attribute seekable
///     broken acme.bad its constructor threw
namespace cloudflow::blueprint::internal {

struct test_module {
  streamlet::module_descriptor module;
  verify_options options;
};

[[nodiscard]] test_module test_module_from(std::string_view text);

} // namespace cloudflow::blueprint::internal
