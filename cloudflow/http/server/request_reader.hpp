#pragma once

#include "cloudflow/http/message.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace cloudflow::http {

/// Why a request is answered without a handler.
struct refusal {
  int status = 400;
  std::string reason{};
};

/// Bytes of a connection -> requests, piece by piece. Knows no socket and no time, so that tests and the fuzzer drive
/// it. Beast parses header blocks (not bodies: its chunk parser asserts on hostile trailers); in front of it stand
/// checks that are stricter than Beast's, because another server between us and the client may read such bytes in
/// another way: a header block has CRLF line ends and neither bare CR nor LF, folded lines or control characters; one
/// Host; not both Content-Length and Transfer-Encoding; chunked is the only coding. Confined to its connection. Source:
/// RFC 9112, RFC 9110.
class request_reader {
  class parser;
  std::unique_ptr<parser> parser_;
  std::size_t header_bytes_;
  std::string buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t scanned_ = 0; ///< bytes of the header block that were looked at, from `begin_`
  std::size_t line_ = 0;    ///< bytes of the line that is looked at
  bool first_line_ = true;
  bool peer_ended_ = false;
  enum class state { head, body, end, failed };
  state state_ = state::head;
  request head_;
  std::string body_;
  refusal why_;
  bool keep_alive_ = true;
  bool expects_continue_ = false;
  std::optional<std::uint64_t> length_;
  bool chunked_ = false;
  std::uint64_t left_ = 0; ///< of the body, or of the chunk
  enum class chunk_part { size, extension, size_end, data, data_end, data_end_lf, trailer };
  chunk_part part_ = chunk_part::size;
  std::size_t digits_ = 0;       ///< of the chunk's size
  std::size_t framing_ = 0;      ///< bytes of this chunk's head, or of the trailers
  std::size_t trailer_line_ = 0; ///< bytes of the trailer line
  bool trailer_cr_ = false;

public:
  enum class step {
    need_bytes, ///< `room` and `filled`, or `closed`, then again
    head,       ///< a header block is complete: `head`
    body,       ///< more of the body is in `body`
    end,        ///< the request is complete; `restart` for the next
    over,       ///< the peer ended between two requests
    failed      ///< `why`; the connection is of no use any more
  };

  explicit request_reader(std::size_t header_bytes);
  request_reader(const request_reader&) = delete;
  request_reader& operator=(const request_reader&) = delete;
  ~request_reader();

  /// Where the next bytes of the connection go: `least` or more.
  std::span<char> room(std::size_t least);
  void filled(std::size_t count) { end_ += count; }
  /// The peer sends no more.
  void closed() { peer_ended_ = true; }
  [[nodiscard]] step next();
  void restart();

  [[nodiscard]] request& head() { return head_; }
  [[nodiscard]] std::string& body() { return body_; }
  [[nodiscard]] const refusal& why() const { return why_; }
  /// Nothing of a next request has come yet.
  [[nodiscard]] bool idle() const { return state_ == state::head && begin_ == end_; }
  [[nodiscard]] bool ended() const { return state_ == state::end; }
  [[nodiscard]] bool keep_alive() const { return keep_alive_; }
  [[nodiscard]] bool expects_continue() const { return expects_continue_; }
  [[nodiscard]] bool chunked() const { return chunked_; }
  /// As told by the header block; none for chunked bodies.
  [[nodiscard]] std::optional<std::uint64_t> length() const { return length_; }
  [[nodiscard]] bool old_version() const;
  [[nodiscard]] bool peer_ended() const { return peer_ended_; }

private:
  step fail(int status, std::string reason);
  step read_head();
  step read_body();
  /// Takes what can be taken of the buffer. False: nothing more can.
  bool take_counted();
  bool take_chunked();
  bool take_framing(char c);
  [[nodiscard]] std::optional<std::size_t> scan();
  step judge_head();
};

} // namespace cloudflow::http
