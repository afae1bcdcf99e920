#include "cloudflow/native/http/record_splitter.hpp"

namespace cloudflow::native {

result<std::optional<record_splitter::piece>> record_splitter::next() {
  for (;;) {
    while (begin_ + scanned_ < buffer_.size()) {
      const char c = buffer_[begin_ + scanned_];
      if (form_ == form::rows && c == '"') quoted_ = !quoted_;
      if (c == '\n') {
        if (!quoted_) break;
        ++inner_lines_;
      }
      ++scanned_;
    }
    if (scanned_ > longest_)
      return user_error(errc::limit_exceeded, "the record is larger than " + std::to_string(longest_) + " bytes");
    const bool whole = begin_ + scanned_ < buffer_.size();
    if (!whole && !ended_) {
      buffer_.erase(0, begin_);
      begin_ = 0;
      return std::optional<piece>();
    }
    if (!whole && quoted_) return user_error(errc::parse_error, "the quote that begins in this row does not end");
    if (!whole && scanned_ == 0) return std::optional<piece>();
    std::string_view text(buffer_.data() + begin_, scanned_);
    if (text.ends_with('\r')) text.remove_suffix(1);
    std::optional<piece> out;
    if (text.find_first_not_of(" \t") != std::string_view::npos) {
      if (form_ == form::rows) {
        auto made = row(text);
        if (!made) return made;
        out = std::move(*made);
      } else {
        out = piece{line_, std::string(text), {}};
      }
    }
    begin_ += scanned_ + (whole ? 1 : 0);
    line_ += inner_lines_ + 1;
    scanned_ = inner_lines_ = 0;
    if (out) return out;
  }
}

result<std::optional<record_splitter::piece>> record_splitter::row(std::string_view text) const {
  piece out{line_, {}, {}};
  std::size_t i = 0;
  for (;;) {
    std::string cell;
    if (i < text.size() && text[i] == '"') {
      for (++i;; ++i) {
        if (i >= text.size()) return user_error(errc::parse_error, "the quote that begins in this row does not end");
        if (text[i] != '"') {
          cell += text[i];
        } else if (i + 1 < text.size() && text[i + 1] == '"') {
          cell += '"';
          ++i;
        } else {
          ++i;
          break;
        }
      }
      if (i < text.size() && text[i] != ',') return user_error(errc::parse_error, "text behind a closing quote");
    } else {
      const auto end = std::min(text.find(',', i), text.size());
      cell = text.substr(i, end - i);
      if (cell.find('"') != std::string::npos)
        return user_error(errc::parse_error, "a quote inside a cell that does not begin with one");
      i = end;
    }
    out.cells.push_back(std::move(cell));
    if (i >= text.size()) return std::optional<piece>(std::move(out));
    ++i; // the comma
  }
}

} // namespace cloudflow::native
