#pragma once

#include "cloudflow/backend/backend.hpp"

#include <functional>
#include <memory>

namespace cloudflow::engine {

/// The streamlet will write no more to the topic behind a port. That it cannot be closed is logged.
void complete_writing(log::topic_log& log, const streamlet::instance_settings& settings, const port_name& port);

/// Starts a streamlet with repartitions: the half that reads its inlets, and one behind each repartition. Each is an
/// instance of its own, with tasks, state, offsets and transactions of its own; they meet in the internal topics only.
/// To the host they are one: ready when all are, completed when all completed, and where one fails the others stop too.
/// `open` starts one of them.
result<std::unique_ptr<backend::execution>> start_halves(
    const backend::instance& what, log::topic_log& log,
    const std::function<result<std::unique_ptr<backend::execution>>(const backend::instance&, backend::phase_listener)>&
        open,
    backend::phase_listener on_phase);

} // namespace cloudflow::engine
