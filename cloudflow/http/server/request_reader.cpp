#include "cloudflow/http/server/request_reader.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>

namespace cloudflow::http {

namespace beast = boost::beast::http;
using boost::beast::error_code;
using beast_view = boost::beast::string_view;

/// Beast's parser, filling our own request.
class request_reader::parser final : public beast::basic_parser<true> {
  request& head_;

  static std::string text(beast_view v) { return {v.data(), v.size()}; }

public:
  int minor_version = 1;

  explicit parser(request& head)
      : head_(head) {
    body_limit(boost::none); // routes have limits of their own
  }
  void limit_header(std::size_t n) { header_limit(static_cast<std::uint32_t>(n)); }

protected:
  void on_request_impl(beast::verb, beast_view method, beast_view target, int version, error_code&) override {
    head_.method = text(method);
    head_.target = text(target);
    minor_version = version - 10;
  }
  void on_response_impl(int, beast_view, int, error_code&) override {}
  void on_field_impl(beast::field, beast_view name, beast_view value, error_code&) override {
    head_.headers.add(text(name), text(value));
  }
  void on_header_impl(error_code&) override {}
  // Bodies are read without it.
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(beast_view data, error_code&) override { return data.size(); }
  void on_chunk_header_impl(std::uint64_t, beast_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast_view data, error_code&) override { return data.size(); }
  void on_finish_impl(error_code&) override {}
};

namespace {

constexpr std::size_t longest_chunk_head = std::size_t{16} << 10U; // and trailers

refusal from(const error_code& ec) {
  if (ec == beast::error::bad_version) return {505, "this server speaks HTTP/1.1"};
  if (ec == beast::error::header_limit) return {431, "the header block is too large"};
  if (ec == beast::error::bad_transfer_encoding) return {400, "Transfer-Encoding is malformed"};
  if (ec == beast::error::bad_content_length || ec == beast::error::multiple_content_length)
    return {400, "Content-Length is malformed"};
  return {400, "the request is malformed: " + ec.message()};
}

} // namespace

request_reader::request_reader(std::size_t header_bytes)
    : header_bytes_(header_bytes) {
  restart();
}

request_reader::~request_reader() = default;

bool request_reader::old_version() const { return parser_->minor_version == 0; }

void request_reader::restart() {
  head_ = {};
  body_.clear();
  parser_ = std::make_unique<parser>(head_);
  parser_->limit_header(header_bytes_);
  scanned_ = line_ = 0;
  first_line_ = true;
  keep_alive_ = true;
  expects_continue_ = chunked_ = false;
  length_.reset();
  left_ = 0;
  part_ = chunk_part::size;
  digits_ = framing_ = trailer_line_ = 0;
  trailer_cr_ = false;
  if (state_ != state::failed) state_ = state::head;
}

std::span<char> request_reader::room(std::size_t least) {
  if (begin_ == end_) begin_ = end_ = 0;
  if (buffer_.size() - end_ < least && begin_ > 0) {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() - end_ < least) buffer_.resize(end_ + least);
  return {buffer_.data() + end_, buffer_.size() - end_};
}

request_reader::step request_reader::fail(int status, std::string reason) {
  state_ = state::failed;
  why_ = {status, std::move(reason)};
  return step::failed;
}

request_reader::step request_reader::next() {
  switch (state_) {
  case state::head: return read_head();
  case state::body: return read_body();
  case state::end: return step::end;
  case state::failed: break;
  }
  return step::failed;
}

// The length of the header block, if all of it is there. Each byte is looked at once, as it comes: what is wrong is
// refused before the rest was sent.
std::optional<std::size_t> request_reader::scan() {
  while (begin_ + scanned_ < end_) {
    const auto i = begin_ + scanned_;
    const char c = buffer_[i];
    const char before = scanned_ == 0 ? '\0' : buffer_[i - 1];
    ++scanned_;
    if (before == '\r' && c != '\n') return fail(400, "a CR without LF in the header block"), std::nullopt;
    if (c == '\n') {
      if (before != '\r') return fail(400, "a LF without CR in the header block"), std::nullopt;
      const bool empty = line_ == 0;
      line_ = 0;
      if (!empty) {
        first_line_ = false;
        continue;
      }
      if (!first_line_) return scanned_;
      begin_ += scanned_; // an empty line before the request: left over by some clients
      scanned_ = 0;
      continue;
    }
    if (c == '\r') continue;
    if (line_ == 0 && (c == ' ' || c == '\t'))
      return fail(400, first_line_ ? "the request begins with a space" : "a folded header line"), std::nullopt;
    const auto code = static_cast<unsigned char>(c);
    if ((code < 0x20 && c != '\t') || code == 0x7f)
      return fail(400, "a control character in the header block"), std::nullopt;
    ++line_;
    if (scanned_ >= header_bytes_)
      return fail(431, "the header block is larger than " + std::to_string(header_bytes_) + " bytes"), std::nullopt;
  }
  return std::nullopt;
}

request_reader::step request_reader::read_head() {
  const auto length = scan();
  if (state_ == state::failed) return step::failed;
  if (!length) {
    if (!peer_ended_) return step::need_bytes;
    return begin_ == end_ ? step::over : fail(400, "the connection ended inside the header block");
  }
  if (*length > header_bytes_)
    return fail(431, "the header block is larger than " + std::to_string(header_bytes_) + " bytes");
  error_code ec;
  parser_->limit_header(*length + 1);
  const auto used = parser_->put(boost::asio::const_buffer(buffer_.data() + begin_, *length), ec);
  if (ec) {
    auto why = from(ec);
    return fail(why.status, std::move(why.reason));
  }
  if (!parser_->is_header_done() || used != *length) return fail(400, "the request is malformed");
  begin_ += *length;
  return judge_head();
}

request_reader::step request_reader::judge_head() {
  const auto& headers = head_.headers;
  const auto hosts = headers.count("Host");
  if (hosts > 1 || (hosts == 0 && !old_version())) return fail(400, "exactly one Host is wanted");
  const auto codings = headers.count("Transfer-Encoding");
  const auto lengths = headers.count("Content-Length");
  if (codings > 0) {
    if (lengths > 0) return fail(400, "Transfer-Encoding and Content-Length exclude each other");
    if (old_version()) return fail(400, "HTTP/1.0 has no Transfer-Encoding");
    if (codings > 1 || !same_name(*headers.find("Transfer-Encoding"), "chunked"))
      return fail(501, "the only Transfer-Encoding here is chunked");
    chunked_ = true;
  } else if (lengths > 0) {
    const auto& text = *headers.find("Content-Length");
    if (lengths > 1 || text.find_first_not_of("0123456789") != std::string::npos)
      return fail(400, "exactly one Content-Length is wanted");
    if (const auto known = parser_->content_length()) length_ = *known;
  }
  keep_alive_ = parser_->keep_alive();
  if (const auto* expect = headers.find("Expect"); expect != nullptr && !old_version()) {
    if (!same_name(*expect, "100-continue")) return fail(417, "the only expectation met here is 100-continue");
    expects_continue_ = true;
  }
  left_ = length_.value_or(0);
  state_ = chunked_ || left_ > 0 ? state::body : state::end;
  return step::head;
}

bool request_reader::take_counted() {
  const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, end_ - begin_));
  body_.append(buffer_, begin_, n);
  begin_ += n;
  left_ -= n;
  if (left_ == 0) state_ = state::end;
  return false;
}

bool request_reader::take_chunked() {
  if (part_ != chunk_part::data) return take_framing(buffer_[begin_++]);
  const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, end_ - begin_));
  body_.append(buffer_, begin_, n);
  begin_ += n;
  left_ -= n;
  if (left_ == 0) part_ = chunk_part::data_end;
  return true;
}

// Everything of a chunked body that is no data. Source: RFC 9112, section 7.1. Trailers are read, and dropped.
bool request_reader::take_framing(char c) {
  const auto wrong = [&](const char* why) {
    fail(400, why);
    return false;
  };
  if (++framing_ > longest_chunk_head) return wrong("a chunk's header or the trailers are too large");
  const auto code = static_cast<unsigned char>(c);
  const bool control = (code < 0x20 && c != '\t') || code == 0x7f;
  switch (part_) {
  case chunk_part::size: {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit >= 0) {
      if (++digits_ > 15) return wrong("a chunk is too large");
      left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
      return true;
    }
    if (digits_ == 0) return wrong("a chunk without a size");
    if (c == '\r')
      part_ = chunk_part::size_end;
    else if (c == ';')
      part_ = chunk_part::extension;
    else
      return wrong("a chunk's size is malformed");
    return true;
  }
  case chunk_part::extension:
    if (c == '\r')
      part_ = chunk_part::size_end;
    else if (control)
      return wrong("a chunk's extension is malformed");
    return true;
  case chunk_part::size_end:
    if (c != '\n') return wrong("a CR without LF behind a chunk's size");
    framing_ = 0;
    part_ = left_ > 0 ? chunk_part::data : chunk_part::trailer;
    return true;
  case chunk_part::data_end:
    if (c != '\r') return wrong("a chunk is longer than its size");
    part_ = chunk_part::data_end_lf;
    return true;
  case chunk_part::data_end_lf:
    if (c != '\n') return wrong("a CR without LF behind a chunk");
    part_ = chunk_part::size;
    digits_ = framing_ = 0;
    left_ = 0;
    return true;
  case chunk_part::trailer:
    if (trailer_cr_) {
      if (c != '\n') return wrong("a CR without LF in the trailers");
      trailer_cr_ = false;
      if (trailer_line_ == 0) {
        state_ = state::end;
        return false;
      }
      trailer_line_ = 0;
      return true;
    }
    if (c == '\r') {
      trailer_cr_ = true;
      return true;
    }
    if (control || (trailer_line_ == 0 && (c == ' ' || c == '\t'))) return wrong("the trailers are malformed");
    ++trailer_line_;
    return true;
  case chunk_part::data: break;
  }
  return false;
}

request_reader::step request_reader::read_body() {
  const auto had = body_.size();
  while (begin_ < end_ && (chunked_ ? take_chunked() : take_counted())) {
  }
  if (body_.size() != had) return step::body; // what came before a fault still counts, wherever bytes were cut
  if (state_ == state::end) return step::end;
  if (state_ == state::failed) return step::failed;
  if (peer_ended_) return fail(400, "the connection ended inside the body");
  return step::need_bytes;
}

} // namespace cloudflow::http
