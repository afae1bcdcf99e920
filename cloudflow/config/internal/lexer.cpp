#include "cloudflow/config/internal/lexer.hpp"

#include "cloudflow/base/utf8.hpp"
#include "cloudflow/config/internal/white_space.hpp"

#include <algorithm>
#include <charconv>

namespace cloudflow::config::detail {

namespace {

constexpr std::string_view reserved = "$\"{}[]:=,+#`^?!@*&\\";
constexpr std::size_t problems_max = 20;

bool is_reserved(char c) { return reserved.find(c) != std::string_view::npos; }

/// As Java's Long.parseLong and Double.parseDouble would take it.
bool is_number(std::string_view s, bool fraction) {
  if (!fraction) {
    std::int64_t out = 0;
    const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), out);
    return error == std::errc{} && end == s.data() + s.size();
  }
  // [-+]? digits? (. digits?)? ([eE] [-+]? digits)?, with a digit before the exponent
  std::size_t i = 0;
  std::size_t digits = 0;
  const auto take = [&] {
    const auto from = i;
    while (i < s.size() && s[i] >= '0' && s[i] <= '9') ++i;
    return i - from;
  };
  if (i < s.size() && (s[i] == '-' || s[i] == '+')) ++i;
  digits = take();
  if (i < s.size() && s[i] == '.') {
    ++i;
    digits += take();
  }
  if (digits == 0) return false;
  if (i < s.size() && (s[i] == 'e' || s[i] == 'E')) {
    ++i;
    if (i < s.size() && (s[i] == '-' || s[i] == '+')) ++i;
    if (take() == 0) return false;
  }
  return i == s.size();
}

class lexer {
  std::string_view text_;
  std::shared_ptr<const std::string> name_;
  bool json_;
  token_list out_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
  std::size_t column_at_ = 0; // byte up to which column_ counts
  std::uint32_t column_ = 1;
  bool after_simple_ = false;

public:
  lexer(std::string_view text, std::shared_ptr<const std::string> name, bool json)
      : text_(text)
      , name_(std::move(name))
      , json_(json) {}

  token_list run() && {
    out_.tokens.reserve(text_.size() / 4 + 8);
    while (next()) {
    }
    return std::move(out_);
  }

private:
  [[nodiscard]] bool more() const { return at_ < text_.size(); }
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  std::uint32_t column_of(std::size_t byte) {
    if (byte < column_at_) return column_ - code_points(text_.substr(byte, column_at_ - byte));
    column_ += code_points(text_.substr(column_at_, byte - column_at_));
    column_at_ = byte;
    return column_;
  }
  void line_ended() {
    ++line_;
    column_at_ = at_;
    column_ = 1;
  }
  token& add(token_kind kind, std::size_t from, std::string_view text = {}) {
    token t;
    t.kind = kind;
    t.line = line_;
    t.column = column_of(from);
    t.length = kind == token_kind::newline || kind == token_kind::end ? 1 : code_points(text_.substr(from, at_ - from));
    t.text = text;
    return out_.tokens.emplace_back(t);
  }

  bool fail(std::string code, std::size_t from, std::uint32_t line, std::uint32_t column, std::string message,
            std::string hint = {}) {
    // One problem a line: the rest of the line would be read in a wrong light.
    const auto stop = std::min(text_.find('\n', at_), text_.size());
    const auto length = std::max<std::uint32_t>(1, code_points(text_.substr(from, std::max(at_, from + 1) - from)));
    token t;
    t.kind = token_kind::problem;
    t.line = line;
    t.column = column;
    t.length = length;
    t.index = static_cast<std::uint32_t>(out_.problems.size());
    out_.problems.push_back(
        {std::move(code), std::move(message), origin{name_, line, column, length}, {}, std::move(hint)});
    out_.tokens.push_back(t);
    at_ = std::max(at_, stop);
    after_simple_ = false;
    if (out_.problems.size() >= problems_max) at_ = text_.size();
    return true;
  }
  bool fail(std::string code, std::size_t from, std::string message, std::string hint = {}) {
    const auto column = column_of(from);
    return fail(std::move(code), from, line_, column, std::move(message), std::move(hint));
  }

  [[nodiscard]] bool at_comment() const { return !json_ && (peek() == '#' || (peek() == '/' && peek(1) == '/')); }

  /// Passes white space but no newline; true if there was some.
  bool skip_white_space() {
    const auto from = at_;
    while (more()) {
      const auto c = static_cast<unsigned char>(text_[at_]);
      if (c < 0x80) {
        if (c == '\n' || !is_white_space(c)) break;
        ++at_;
      } else {
        std::size_t size = 0;
        const auto point = decode_utf8(text_, at_, size);
        if (point == not_utf8 || !is_white_space(point)) break;
        at_ += size;
      }
    }
    return at_ != from;
  }

  bool next() {
    const auto white = at_;
    const bool had_white = skip_white_space();
    const auto white_end = at_;
    if (at_comment()) {
      while (more() && peek() != '\n') ++at_;
    }
    const auto c = peek();
    const auto from = at_;
    const bool simple = from == white_end && more() && begins_simple(c);
    if (had_white) {
      at_ = white_end;
      if (simple && after_simple_) {
        add(token_kind::unquoted, white, text_.substr(white, white_end - white));
      } else {
        add(token_kind::space, white);
      }
      at_ = from;
    }
    after_simple_ = simple;
    if (!more()) {
      add(token_kind::end, at_);
      return false;
    }
    switch (c) {
    case '\n':
      ++at_;
      add(token_kind::newline, from);
      line_ended();
      return true;
    case ':': return single(token_kind::colon);
    case ',': return single(token_kind::comma);
    case '=': return single(token_kind::equals);
    case '{': return single(token_kind::open_curly);
    case '}': return single(token_kind::close_curly);
    case '[': return single(token_kind::open_square);
    case ']': return single(token_kind::close_square);
    case '+':
      if (peek(1) == '=') {
        at_ += 2;
        add(token_kind::plus_equals, from);
        return true;
      }
      return unexpected_reserved(from);
    case '"': return string();
    case '$': return substitution();
    default: break;
    }
    if (c == '-' || (c >= '0' && c <= '9')) return number();
    if (is_reserved(c)) return unexpected_reserved(from);
    return unquoted();
  }

  static bool begins_simple(char c) {
    switch (c) {
    case '\n':
    case ':':
    case ',':
    case '=':
    case '{':
    case '}':
    case '[':
    case ']':
    case '+': return false;
    default: return true;
    }
  }

  bool single(token_kind kind) {
    const auto from = at_++;
    add(kind, from);
    return true;
  }

  bool unexpected_reserved(std::size_t from) {
    const std::string c(1, text_[from]);
    at_ = from + 1;
    return fail("CF-C03", from, "character '" + c + "' is not allowed outside of quotes",
                "put the text in double quotes, or write '" + c + "' where the grammar wants it");
  }

  bool number() {
    const auto from = at_;
    bool fraction = false;
    while (more()) {
      const char c = peek();
      if (c == '.' || c == 'e' || c == 'E') {
        fraction = true;
      } else if (!(c >= '0' && c <= '9') && c != '+' && c != '-') {
        break;
      }
      ++at_;
    }
    const auto text = text_.substr(from, at_ - from);
    if (is_number(text, fraction)) {
      add(token_kind::number, from, text);
    } else if (const auto plus = text.find('+'); plus != std::string_view::npos) {
      at_ = from + plus + 1;
      return unexpected_reserved(from + plus);
    } else if (json_ && is_number(text, true)) {
      add(token_kind::number, from, text); // an integer beyond 64 bits
    } else {
      add(token_kind::unquoted, from, text);
    }
    return true;
  }

  bool unquoted() {
    const auto from = at_;
    while (more()) {
      const auto c = static_cast<unsigned char>(text_[at_]);
      if (c < 0x80) {
        if (is_reserved(static_cast<char>(c)) || is_white_space(c) || at_comment()) break;
        ++at_;
      } else {
        std::size_t size = 0;
        const auto point = decode_utf8(text_, at_, size);
        if (point == not_utf8) return bad_utf8();
        if (is_white_space(point)) break;
        at_ += size;
      }
      if (at_ - from == 4) {
        const auto text = text_.substr(from, 4);
        if (text == "true") return add(token_kind::boolean, from, text), true;
        if (text == "null") return add(token_kind::null, from, text), true;
      } else if (at_ - from == 5 && text_.substr(from, 5) == "false") {
        return add(token_kind::boolean, from, text_.substr(from, 5)), true;
      }
    }
    add(token_kind::unquoted, from, text_.substr(from, at_ - from));
    return true;
  }

  bool bad_utf8() {
    const auto from = at_++;
    return fail("CF-C05", from, "byte " + std::to_string(static_cast<unsigned char>(text_[from])) + " is not UTF-8",
                "save the file as UTF-8");
  }

  bool string() {
    const auto from = at_++;
    if (peek() == '"' && peek(1) == '"') return triple_quoted(from);
    std::string built;
    bool escaped = false;
    auto run = at_;
    for (;;) {
      if (!more() || peek() == '\n') {
        const auto column = column_of(from);
        return fail("CF-C02", from, line_, column, "the string that begins here has no closing quote",
                    "close it on the same line, or use \"\"\" for text of several lines");
      }
      const auto c = static_cast<unsigned char>(peek());
      if (c == '"') break;
      if (c < 0x20) {
        const auto bad = at_++;
        return fail("CF-C02", bad, "control character " + std::to_string(c) + " in a quoted string",
                    "write it as an escape such as \\t or \\u0009");
      }
      if (c == '\\') {
        built.append(text_.substr(run, at_ - run));
        escaped = true;
        if (!escape(built)) return true;
        run = at_;
      } else if (c < 0x80) {
        ++at_;
      } else {
        std::size_t size = 0;
        if (decode_utf8(text_, at_, size) == not_utf8) return bad_utf8();
        at_ += size;
      }
    }
    auto text = text_.substr(run, at_ - run);
    if (escaped) {
      built.append(text);
      text = out_.texts.emplace_back(std::move(built));
    }
    ++at_;
    add(token_kind::quoted, from, text);
    return true;
  }

  /// Reads four hex digits at `at_ + 2`.
  bool hex(char32_t& out) const {
    std::uint32_t code = 0;
    const auto digits = text_.substr(std::min(at_ + 2, text_.size()), 4);
    if (digits.size() < 4) return false;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + 4, code, 16);
    out = code;
    return error == std::errc{} && end == digits.data() + 4;
  }

  bool escape(std::string& out) {
    const auto from = at_;
    switch (peek(1)) {
    case '"': out += '"'; break;
    case '\\': out += '\\'; break;
    case '/': out += '/'; break;
    case 'b': out += '\b'; break;
    case 'f': out += '\f'; break;
    case 'n': out += '\n'; break;
    case 'r': out += '\r'; break;
    case 't': out += '\t'; break;
    case 'u': {
      char32_t code = 0;
      if (!hex(code)) {
        at_ = std::min(at_ + 2, text_.size());
        fail("CF-C02", from, "\\u wants four hexadecimal digits");
        return false;
      }
      at_ += 6;
      if (code >= 0xD800 && code < 0xDC00 && peek() == '\\' && peek(1) == 'u') {
        char32_t low = 0;
        if (hex(low) && low >= 0xDC00 && low < 0xE000) {
          code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
          at_ += 6;
        }
      }
      append_utf8(out, code >= 0xD800 && code < 0xE000 ? 0xFFFD : code);
      return true;
    }
    default: {
      at_ = std::min(at_ + 1, text_.size());
      fail("CF-C02", from, "backslash begins no escape that is known",
           "write \\\\ for a backslash; known are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
      return false;
    }
    }
    at_ += 2;
    return true;
  }

  bool triple_quoted(std::size_t from) {
    const auto column = column_of(from);
    const auto line = line_;
    at_ += 2;
    const auto begin = at_;
    std::size_t quotes = 0;
    auto line_start = column_at_;
    std::uint32_t lines = 0;
    while (more()) {
      const auto c = static_cast<unsigned char>(peek());
      if (c == '"') {
        ++quotes;
      } else if (quotes >= 3) {
        break;
      } else {
        quotes = 0;
        if (c == '\n') {
          ++lines;
          line_start = at_ + 1;
        } else if (c >= 0x80) {
          std::size_t size = 0;
          if (decode_utf8(text_, at_, size) == not_utf8) {
            line_ += lines;
            if (lines != 0) {
              column_at_ = line_start;
              column_ = 1;
            }
            return bad_utf8();
          }
          at_ += size;
          continue;
        }
      }
      ++at_;
    }
    if (quotes < 3) {
      at_ = text_.size();
      return fail("CF-C02", from, line, column, "the text that begins here with \"\"\" has no closing \"\"\"");
    }
    token t;
    t.kind = token_kind::quoted;
    t.line = line;
    t.column = column;
    t.text = text_.substr(begin, at_ - 3 - begin);
    t.length = lines == 0 ? code_points(text_.substr(from, at_ - from)) : 3;
    out_.tokens.push_back(t);
    if (lines != 0) {
      line_ += lines;
      column_at_ = line_start;
      column_ = 1;
    }
    return true;
  }

  bool substitution() {
    const auto from = at_;
    if (peek(1) != '{') return unexpected_reserved(from);
    at_ += 2;
    token t;
    if (peek() == '?') {
      t.optional = true;
      ++at_;
    }
    // The path's tokens: the same lexer, on a list of its own.
    const auto line = line_;
    const auto column = column_of(from);
    auto outer = std::move(out_.tokens);
    out_.tokens.clear();
    const auto problems = out_.problems.size();
    bool closed = false;
    std::string why;
    after_simple_ = false;
    while (why.empty()) {
      const auto before = at_;
      skip_white_space();
      const char c = peek();
      if (c == '}') {
        ++at_;
        closed = true;
        break;
      }
      if (!more() || c == '\n') {
        why = "the substitution that begins here has no closing '}'";
        break;
      }
      if (at_comment()) {
        why = "the substitution that begins here has no closing '}' before the comment";
        break;
      }
      if (c == '$' || c == '{' || c == '[' || c == ']' || c == ',' || c == ':' || c == '=') {
        why = "character '" + std::string(1, c) + "' is not allowed in a substitution's path";
        break;
      }
      at_ = before;
      next();
      if (out_.problems.size() != problems) break;
    }
    auto inner = std::move(out_.tokens);
    out_.tokens = std::move(outer);
    if (out_.problems.size() != problems) {
      out_.tokens.push_back(inner.back()); // the problem token
      return true;
    }
    if (why.empty()) {
      auto keys = path_of(inner.data(), inner.data() + inner.size());
      if (keys) {
        t.index = static_cast<std::uint32_t>(out_.paths.size());
        out_.paths.push_back(std::make_shared<const path>(std::move(keys).value()));
      } else {
        why = std::move(keys).error();
      }
    }
    if (!why.empty()) {
      if (!closed && more() && peek() != '\n') ++at_;
      return fail("CF-C04", from, line, column, std::move(why),
                  "write ${a.b} or ${?a.b}; quote keys with other characters");
    }
    t.kind = token_kind::substitution;
    t.line = line;
    t.column = column;
    t.length = code_points(text_.substr(from, at_ - from));
    out_.tokens.push_back(t);
    after_simple_ = true;
    return true;
  }
};

} // namespace

token_list tokenize(std::string_view text, const std::shared_ptr<const std::string>& name, bool json) {
  return lexer(text, name, json).run();
}

} // namespace cloudflow::config::detail
