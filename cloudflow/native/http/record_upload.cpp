#include "cloudflow/native/http/record_upload.hpp"

#include "cloudflow/base/json_writer.hpp"
#include "cloudflow/native/http/request_key.hpp"

namespace cloudflow::native {

void record_upload::start(std::shared_ptr<record_entrance> entrance, std::shared_ptr<const schema::avro_schema> schema,
                          const http::request& r, http::body_reader body, http::responder answer) {
  if (r.headers.find("Content-Encoding") != nullptr)
    return answer.respond(http::error_response(415, "an encoded body is not read here"));
  const auto type = http::media_type_of(r.headers);
  const bool lines = type.empty() || type == "application/x-ndjson" || type == "application/ndjson" ||
                     type == "application/jsonl" || type == "application/json-lines";
  if (!lines && type != "text/csv")
    return answer.respond(
        http::error_response(415, "the body should be application/x-ndjson or text/csv, not " + type));
  auto key = request_key_of(r.headers);
  if (!key.problem.empty()) return answer.respond(http::error_response(400, key.problem));
  const auto upload = std::make_shared<record_upload>(
      entrance, std::move(schema), lines ? record_splitter::form::lines : record_splitter::form::rows,
      std::move(key.text), std::move(body), std::move(answer));
  entrance->on_drain([weak = std::weak_ptr(upload)] {
    if (const auto self = weak.lock()) {
      self->stop(503, 0, "the streamlet stops: send the rest again");
      self->pump();
    }
  });
  upload->pump();
}

record_upload::record_upload(std::shared_ptr<record_entrance> entrance,
                             std::shared_ptr<const schema::avro_schema> schema, record_splitter::form form,
                             std::string key, http::body_reader body, http::responder answer)
    : entrance_(std::move(entrance))
    , schema_(std::move(schema))
    , body_(std::move(body))
    , answer_(std::move(answer))
    , splitter_(form)
    , key_(std::move(key)) {}

void record_upload::settled(entry_outcome how) noexcept {
  {
    const std::lock_guard lock(mutex_);
    --outstanding_;
    if (how == entry_outcome::acknowledged) ++accepted_;
  }
  if (how == entry_outcome::rejected) stop(500, 0, "the streamlet failed at a record");
  if (how == entry_outcome::lost) stop(503, 0, "some records may not be in the log: send them again");
  pump();
}

// Keeps the first trouble.
void record_upload::stop(int status, std::size_t line, std::string reason) {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  if (!trouble_) trouble_ = trouble{status, line, std::move(reason)};
}

// One at a time works; who comes meanwhile leaves word.
void record_upload::pump() {
  const auto self = shared_from_this();
  {
    const std::lock_guard lock(mutex_);
    pump_again_ = true;
    if (pumping_) return;
    pumping_ = true;
  }
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (!std::exchange(pump_again_, false)) {
        pumping_ = false;
        return;
      }
    }
    work();
    answer_when_settled();
  }
}

void record_upload::work() {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (stopped_ || waiting_ || outstanding_ >= most_outstanding) return;
    }
    if (!has_pending_ && !prepare()) break;
    {
      const std::lock_guard lock(mutex_);
      ++outstanding_;
    }
    auto key = key_.empty() ? std::string() : key_ + "/" + std::to_string(records_);
    const auto how = entrance_->offer(pending_, shared_from_this(), std::move(key));
    if (how == offer_outcome::taken) {
      has_pending_ = false;
      pending_.clear();
      continue;
    }
    {
      const std::lock_guard lock(mutex_);
      --outstanding_;
      waiting_ = how == offer_outcome::full;
    }
    if (how == offer_outcome::closed) return stop(503, pending_line_, "the streamlet stops: send the rest again");
    // Until there is room the body waits in the socket.
    entrance_->when_room([self = shared_from_this()] {
      {
        const std::lock_guard lock(self->mutex_);
        self->waiting_ = false;
      }
      self->pump();
    });
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    if (stopped_ || reading_ || body_ended_) return;
    reading_ = true;
  }
  body_.next([self = shared_from_this()](http::body_chunk chunk) { self->on_chunk(std::move(chunk)); });
}

bool record_upload::prepare() {
  std::string data;
  bool ended = false;
  {
    const std::lock_guard lock(mutex_);
    data.swap(arrived_);
    ended = body_ended_;
  }
  splitter_.add(data);
  if (ended) splitter_.end();
  if (!entrance_->hold(splitter_.held(), held_))
    return stop(503, splitter_.line(), "too much is in flight: send the rest again"), false;
  for (;;) {
    auto next = splitter_.next();
    if (!next) {
      stop(next.error().code == errc::limit_exceeded ? 413 : 400, splitter_.line(), next.error().message);
      return false;
    }
    if (!*next) {
      const std::lock_guard lock(mutex_);
      stopped_ = stopped_ || (ended && arrived_.empty());
      return false;
    }
    auto& piece = **next;
    pending_line_ = piece.line;
    pending_.clear();
    if (!piece.cells.empty() && !rows_) {
      auto header = schema::row_encoder::of(*schema_, piece.cells);
      if (!header) return stop(400, piece.line, header.error().message), false;
      rows_ = std::move(*header);
      continue;
    }
    if (rows_) {
      if (auto done = rows_->encode(piece.cells, pending_); !done)
        return stop(400, piece.line, done.error().message), false;
    } else if (auto done = schema::json_to_binary(*schema_, piece.text, pending_); !done) {
      auto why = done.error().message;
      if (done.error().where) why += " (column " + std::to_string(done.error().where->column) + ")";
      return stop(400, piece.line, std::move(why)), false;
    }
    ++records_;
    return has_pending_ = true;
  }
}

void record_upload::on_chunk(http::body_chunk chunk) {
  {
    const std::lock_guard lock(mutex_);
    reading_ = false;
    if (chunk.what == http::body_chunk::kind::data) arrived_ += chunk.data;
    if (chunk.what == http::body_chunk::kind::end) body_ended_ = true;
  }
  // The server has answered, or the peer is gone: what was offered goes its way.
  if (chunk.what == http::body_chunk::kind::failed) stop(400, 0, "the body broke off");
  pump();
}

void record_upload::answer_when_settled() {
  http::response answer{202, {}, {}};
  {
    const std::lock_guard lock(mutex_);
    if (answered_ || !stopped_ || outstanding_ > 0) return;
    answered_ = true;
    json_writer json;
    json.begin_object().member("accepted", static_cast<std::uint64_t>(accepted_));
    if (trouble_) {
      json.key("error").begin_object();
      if (trouble_->line > 0) json.member("line", static_cast<std::uint64_t>(trouble_->line));
      json.member("reason", trouble_->reason).end_object();
    }
    json.end_object();
    answer = http::text_response(trouble_ ? trouble_->status : 202, std::move(json).text() + "\n", "application/json");
    if (answer.status == 503) answer.headers.add("Retry-After", "1");
  }
  answer_.respond(std::move(answer));
}

} // namespace cloudflow::native
