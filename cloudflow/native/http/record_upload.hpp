#pragma once

#include "cloudflow/http/exchange.hpp"
#include "cloudflow/native/http/entrance.hpp"
#include "cloudflow/native/http/record_splitter.hpp"
#include "cloudflow/schema/json_encoding.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace cloudflow::native {

/// One request with many records on its way through: see `add_stream_route`. Thread-safe; its records, its body and the
/// entrance keep it alive.
class record_upload final : public entry_receipt, public std::enable_shared_from_this<record_upload> {
  static constexpr std::size_t most_outstanding = 1024;
  struct trouble {
    int status;
    std::size_t line;
    std::string reason;
  };

  std::shared_ptr<record_entrance> entrance_;         // owners: routes, source, instance
  std::shared_ptr<const schema::avro_schema> schema_; // owners: the route and its uploads
  http::body_reader body_;
  http::responder answer_;

  // What only the one that pumps touches.
  record_splitter splitter_;
  std::optional<schema::row_encoder> rows_;
  std::string key_;         ///< of the request; empty: none
  std::size_t records_ = 0; ///< that were made of it
  std::size_t held_ = 0;    ///< of a record that is not whole yet, as the entrance counts it
  bytes pending_;
  std::size_t pending_line_ = 0;
  bool has_pending_ = false;

  std::mutex mutex_;
  bool pumping_ = false;
  bool pump_again_ = false;
  bool reading_ = false;
  bool waiting_ = false; ///< for room
  bool stopped_ = false; ///< nothing more is taken
  bool answered_ = false;
  std::string arrived_; ///< of the body, not split yet
  bool body_ended_ = false;
  std::size_t outstanding_ = 0;
  std::size_t accepted_ = 0;
  std::optional<trouble> trouble_;

public:
  static void start(std::shared_ptr<record_entrance> entrance, std::shared_ptr<const schema::avro_schema> schema,
                    const http::request& r, http::body_reader body, http::responder answer);
  record_upload(std::shared_ptr<record_entrance> entrance, std::shared_ptr<const schema::avro_schema> schema,
                record_splitter::form form, std::string key, http::body_reader body, http::responder answer);
  record_upload(const record_upload&) = delete;
  record_upload& operator=(const record_upload&) = delete;
  ~record_upload() override { (void)entrance_->hold(0, held_); }

  void settled(entry_outcome how) noexcept override;
  bool patient() const noexcept override { return true; }

private:
  void pump();
  void work();
  /// The next record into `pending_`. False: none yet, or stopped.
  bool prepare();
  void on_chunk(http::body_chunk chunk);
  void stop(int status, std::size_t line, std::string reason);
  void answer_when_settled();
};

} // namespace cloudflow::native
