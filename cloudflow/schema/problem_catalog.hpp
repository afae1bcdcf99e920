#pragma once

#include "cloudflow/base/problem_page.hpp"

namespace cloudflow::schema {

/// What the codes of schemas mean (CF-S...), by code, those of the C++ generator among them. The example of each is an
/// Avro schema unless its page says otherwise.
CLOUDFLOW_API std::span<const problem_page> problem_catalog();

} // namespace cloudflow::schema
