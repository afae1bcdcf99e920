#pragma once

#include "cloudflow/base/export.hpp"
#include "cloudflow/http/message.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace cloudflow::http {

/// A piece of a request's body.
struct body_chunk {
  enum class kind {
    data,
    end,   ///< the body is complete
    failed ///< it will never be: the peer went, took too long or broke the framing; the server has answered that
  };
  kind what = kind::end;
  std::string data{};
};
using chunk_callback = std::function<void(body_chunk)>;

/// One request on its way to an answer: the seam that a server implements. Users hold it as `responder`, `body_reader`
/// and `response_stream`. Thread-safe; may outlive the server, then everything is ignored. Callbacks come on a thread
/// of the server, or at once, and must be quick.
class CLOUDFLOW_API exchange {
public:
  virtual ~exchange() = default;
  virtual void respond(response answer) = 0;
  virtual void begin_stream(response head) = 0;
  virtual void write(std::string data, std::function<void(bool open)> written) = 0;
  virtual void end_stream() = 0;
  virtual void read(chunk_callback next) = 0;
  /// The peer is gone, or the server stops, before the answer was written.
  virtual void on_gone(std::function<void()> gone) = 0;
  /// Nobody is left who could answer.
  virtual void forgotten() = 0;
};

namespace detail {

/// What the handles of one answer share.
struct answer_guard {
  std::shared_ptr<exchange> of; ///< owners: the handles of one request
  explicit answer_guard(std::shared_ptr<exchange> e)
      : of(std::move(e)) {}
  answer_guard(const answer_guard&) = delete;
  answer_guard& operator=(const answer_guard&) = delete;
  ~answer_guard() { of->forgotten(); }
};

} // namespace detail

/// The body of an answer that is written piece by piece. A cheap copy; if the last one is gone without `end`, the peer
/// sees that the answer was cut off. Thread-safe.
class response_stream {
  std::shared_ptr<detail::answer_guard> guard_; ///< owners: the handles of one answer

public:
  explicit response_stream(std::shared_ptr<detail::answer_guard> g)
      : guard_(std::move(g)) {}
  /// `written(true)` when the socket took it: write the next piece then. `written(false)`: the peer is gone. A writer
  /// that does not wait is cut off when 1 MiB is waiting.
  void write(std::string data, std::function<void(bool open)> written = {}) const {
    guard_->of->write(std::move(data), std::move(written));
  }
  void end() const { guard_->of->end_stream(); }
};

/// The right to answer one request, once, from any thread: the first answer counts. A cheap copy; when the last one is
/// gone without an answer, the server says 500.
class responder {
  std::shared_ptr<detail::answer_guard> guard_; ///< owners: the handles of one answer

public:
  explicit responder(std::shared_ptr<exchange> e)
      : guard_(std::make_shared<detail::answer_guard>(std::move(e))) {}

  void respond(response answer) const { guard_->of->respond(std::move(answer)); }
  /// Sends status and headers now; the body follows.
  [[nodiscard]] response_stream stream(response head) const {
    guard_->of->begin_stream(std::move(head));
    return response_stream(guard_);
  }
  void on_gone(std::function<void()> gone) const { guard_->of->on_gone(std::move(gone)); }
};

/// The body of a request on a streaming route. Nothing is read from the socket before it is asked for: that is the
/// back-pressure. A cheap copy.
class body_reader {
  std::shared_ptr<exchange> exchange_; ///< owners: the handles of one request

public:
  explicit body_reader(std::shared_ptr<exchange> e)
      : exchange_(std::move(e)) {}
  /// One call at a time; after `end` or `failed` none.
  void next(chunk_callback next) const { exchange_->read(std::move(next)); }
};

} // namespace cloudflow::http
