#pragma once

/// What a module of native streamlets includes: `#include "cloudflow/native.hpp"`, `using namespace cloudflow;`.
#include "cloudflow/native/context.hpp"
#include "cloudflow/native/http/server_streamlet.hpp"
#include "cloudflow/native/state_codec.hpp"
#include "cloudflow/native/streamlet.hpp"
#include "cloudflow/stream/fluent.hpp"
#include "cloudflow/streamlet/module.hpp"
#include "cloudflow/streamlet/shape.hpp"

namespace cloudflow {
inline constexpr auto earliest = native::start_from::earliest;
inline constexpr auto latest = native::start_from::latest;
using streamlet::access_mode;
using streamlet::bad_record;
using streamlet::config_parameter;
using streamlet::error_policy;
using streamlet::idempotent_sink;
using streamlet::inlet;
using streamlet::memory_size;
using streamlet::outlet;
using streamlet::partition_by;
using streamlet::repartition;
using streamlet::secret;
using streamlet::seekable;
using streamlet::server;
using streamlet::shape_of;
using streamlet::streamlet_shape;
using streamlet::transactional_sink;
using streamlet::volume_mount;
} // namespace cloudflow
