#pragma once

#include "cloudflow/http/routes.hpp"
#include "cloudflow/native/http/entrance.hpp"
#include "cloudflow/schema/definition.hpp"

#include <memory>
#include <string>

namespace cloudflow::native {

/// POST and PUT of one record on `path`. Answers
///   - 202 when everything that came of the record is in the log;
///   - 400 with reason and position when the body is no record (JSON as `schema::json_to_binary` reads it; a port of
///     raw bytes takes any body but an empty one), or with an `Idempotency-Key` that is empty or above 255 bytes;
///   - 415 for another media type than JSON, or an encoded body; 500 when user code throws at the record;
///   - 503 with Retry-After when the log pushes back, or the streamlet stops before the record is in the log.
/// 404, 405, 413, 408 are the server's. `Idempotency-Key` travels along as a header of the record: see
/// `context::dedup`.
CLOUDFLOW_API void add_record_route(http::route_table& routes, const std::string& path,
                                    std::shared_ptr<record_entrance> entrance,
                                    const schema::schema_definition& definition);

/// POST and PUT of many records on `path`: `application/x-ndjson` (also without a media type) or `text/csv` with a
/// header. They are taken one by one; while the log pushes back nothing is read from the socket. At most 1,024 are on
/// their way. The answer is sent when each is settled: `{"accepted": n}` with 202, or with the first error
/// `{"accepted": n, "error": {"line": l, "reason": ...}}` with 400, 413 (a record above 1 MiB), 500 or 503; what stands
/// before the line was accepted, nothing behind it was looked at. The n-th record has the request's `Idempotency-Key`
/// with "/n" behind it: a repeat of the upload repeats those that had come.
CLOUDFLOW_API void add_stream_route(http::route_table& routes, const std::string& path,
                                    std::shared_ptr<record_entrance> entrance,
                                    const schema::schema_definition& definition);

} // namespace cloudflow::native
