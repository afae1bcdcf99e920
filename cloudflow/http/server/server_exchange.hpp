#pragma once

#include "cloudflow/http/exchange.hpp"

#include <cstdint>
#include <memory>

namespace cloudflow::http {

class connection;
class worker;

/// What the handles of one request reach their connection through: calls go to the worker's thread, and to nobody once
/// the connection is gone. `serial` says which request of the connection they are of. Thread-safe.
std::shared_ptr<exchange> make_exchange(std::shared_ptr<worker> w, std::weak_ptr<connection> c, std::uint64_t serial);

} // namespace cloudflow::http
