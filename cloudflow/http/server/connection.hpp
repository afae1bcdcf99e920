#pragma once

#include "cloudflow/http/exchange.hpp"
#include "cloudflow/http/server/connection_times.hpp"
#include "cloudflow/http/server/outbox.hpp"
#include "cloudflow/http/server/request_reader.hpp"
#include "cloudflow/http/server/transport.hpp"
#include "cloudflow/http/server/worker.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace cloudflow::http {

/// One connection: reads requests one after the other, hands each to its route, writes the answer. Reading and writing
/// run beside each other, so that an answer may begin before a streamed body ends. Confined to its worker's thread.
class connection final : public transport_user, public std::enable_shared_from_this<connection> {
  using waiting = connection_times::waiting;
  enum class phase {
    opening,
    header,
    whole_body, ///< of a plain route
    answering,  ///< the handler has the request
    refused,    ///< no handler will; the answer is on its way
    lingering,  ///< the answer is out; what the peer still sends is dropped, so that it can read the answer
    closed
  };
  enum class answer_state { none, plain, streaming, complete };

  std::shared_ptr<worker> worker_; // owners: server, connections, exchanges
  std::unique_ptr<transport> transport_;
  std::string peer_;
  request_reader reader_;
  phase phase_ = phase::opening;
  bool over_limit_;
  bool reading_ = false;
  bool stepping_ = false;
  bool step_again_ = false;

  const route* route_ = nullptr;
  response own_answer_; ///< for requests that are read, and then refused
  std::uint64_t serial_ = 0;
  bool head_request_ = false;
  bool stream_body_ = false;  ///< the route reads the body itself
  bool continue_due_ = false; ///< the client waits for "100 Continue"
  bool close_after_ = false;
  chunk_callback demand_;
  std::function<void()> gone_;
  answer_state answer_ = answer_state::none;
  bool chunked_answer_ = false;
  bool event_stream_ = false;
  std::size_t held_ = 0; ///< of `in_flight`
  std::size_t dropped_ = 0;

  outbox out_;
  connection_times times_;

public:
  /// `over_limit`: there are too many; it is told so, and closed.
  connection(std::shared_ptr<worker> w, std::unique_ptr<transport> t, std::string peer, bool over_limit);
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection() override;

  void start();

  // for the worker
  [[nodiscard]] bool due(std::chrono::nanoseconds now) const { return times_.due(now); }
  void on_time();
  void close_if_idle();
  void close();

  // for exchanges; `serial` says which request they are of
  void respond(std::uint64_t serial, response answer);
  void begin_stream(std::uint64_t serial, response head);
  void write(std::uint64_t serial, std::string data, std::function<void(bool)> written);
  void end_stream(std::uint64_t serial);
  void forgotten(std::uint64_t serial);
  void read(std::uint64_t serial, chunk_callback next);
  void on_gone(std::uint64_t serial, std::function<void()> gone);

  void on_open(bool ok) override;
  void on_read(bool ok, std::size_t count) override;
  void on_written(bool ok, std::size_t count) override;

private:
  [[nodiscard]] const server_limits& limits() const { return worker_->core().options.limits; }
  void wait_for(waiting what, std::chrono::nanoseconds at_most);
  void step();
  bool step_once();
  void need_bytes();
  bool take_head();
  bool take_body();
  void give_chunk(body_chunk chunk);
  void call_handler();
  bool hold(std::size_t bytes);
  void release_held();
  void refuse(int status, std::string_view reason);
  void refuse(response answer);
  void put_head(const response& r, bool streaming);
  void send_plain(const response& r);
  void flush();
  void write_on(std::string_view data);
  void answer_complete();
  void linger();
  void tell_gone();
};

} // namespace cloudflow::http
