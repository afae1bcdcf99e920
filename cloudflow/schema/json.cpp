#include "cloudflow/schema/json.hpp"

#include "cloudflow/base/json_writer.hpp"
#include "cloudflow/base/utf8.hpp"

#include <unordered_set>

namespace cloudflow::schema {
namespace {

constexpr int max_depth = 64;

class parser {
  std::string_view text_;
  std::shared_ptr<const std::string> source_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
  std::uint32_t column_ = 1;
  int depth_ = 0;
  std::optional<diagnostic> problem_;

public:
  parser(std::string_view text, const std::shared_ptr<const std::string>& source)
      : text_(text)
      , source_(source) {}

  expected<json_value, diagnostic> document() {
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
    json_value out;
    space();
    if (read(out)) {
      space();
      if (at_ < text_.size()) complain("text after the end of the JSON document", "remove it");
    }
    if (problem_) return unexpected(std::move(*problem_));
    return out;
  }

private:
  bool complain(std::string message, std::string hint = {}) {
    problem_ = diagnostic{.code = "CF-S01",
                          .message = std::move(message),
                          .where = origin{source_, line_, column_, 1},
                          .hint = std::move(hint)};
    return false;
  }

  [[nodiscard]] bool more() const { return at_ < text_.size(); }

  void step() {
    const auto c = static_cast<unsigned char>(text_[at_++]);
    if (c == '\n') {
      ++line_;
      column_ = 1;
    } else if ((c & 0xc0) != 0x80) {
      ++column_;
    }
  }

  void space() {
    while (more() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) step();
  }

  static std::string shown(char c) {
    if (c == '\'') return "a quote '";
    if (static_cast<unsigned char>(c) < 0x20) return "a control character";
    return static_cast<unsigned char>(c) < 0x7f ? "'" + std::string(1, c) + "'" : "a character beyond ASCII";
  }

  bool read(json_value& out) {
    out.line = line_;
    out.column = column_;
    out.length = 1;
    if (!more()) return complain("the JSON document ends where a value should be");
    const auto begin = at_;
    switch (text_[at_]) {
    case '{': return object(out);
    case '[': return array(out);
    case '"':
      out.type = json_value::kind::string;
      if (!string(out.text)) return false;
      break;
    case 't': return word(out, "true", json_value::kind::boolean, true);
    case 'f': return word(out, "false", json_value::kind::boolean, false);
    case 'n': return word(out, "null", json_value::kind::null, false);
    default:
      if (text_[at_] != '-' && (text_[at_] < '0' || text_[at_] > '9')) {
        if (text_[at_] == '/') return complain("JSON has no comments", "use \"doc\" instead");
        return complain("a value should be here, not " + shown(text_[at_]));
      }
      if (!number(out)) return false;
    }
    out.length = static_cast<std::uint32_t>(at_ - begin);
    return true;
  }

  bool word(json_value& out, std::string_view wanted, json_value::kind type, bool flag) {
    if (text_.substr(at_, wanted.size()) != wanted)
      return complain("a value should be here", "JSON knows the words true, false and null");
    for (std::size_t i = 0; i < wanted.size(); ++i) step();
    out.type = type;
    out.flag = flag;
    out.length = static_cast<std::uint32_t>(wanted.size());
    return true;
  }

  bool digits() {
    if (!more() || text_[at_] < '0' || text_[at_] > '9') return complain("a digit should be here");
    while (more() && text_[at_] >= '0' && text_[at_] <= '9') step();
    return true;
  }

  bool number(json_value& out) {
    const auto begin = at_;
    out.type = json_value::kind::number;
    if (text_[at_] == '-') step();
    if (more() && text_[at_] == '0') {
      step();
      if (more() && text_[at_] >= '0' && text_[at_] <= '9') return complain("a number does not begin with 0");
    } else if (!digits()) {
      return false;
    }
    if (more() && text_[at_] == '.') {
      step();
      if (!digits()) return false;
    }
    if (more() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      step();
      if (more() && (text_[at_] == '+' || text_[at_] == '-')) step();
      if (!digits()) return false;
    }
    out.text = text_.substr(begin, at_ - begin);
    return true;
  }

  bool hex(unsigned& out) {
    out = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = more() ? text_[at_] : '\0';
      unsigned digit = 0;
      if (c >= '0' && c <= '9') {
        digit = static_cast<unsigned>(c - '0');
      } else if (c >= 'a' && c <= 'f') {
        digit = static_cast<unsigned>(c - 'a' + 10);
      } else if (c >= 'A' && c <= 'F') {
        digit = static_cast<unsigned>(c - 'A' + 10);
      } else {
        return complain("\\u wants four hexadecimal digits");
      }
      out = out * 16 + digit;
      step();
    }
    return true;
  }

  bool escape(std::string& out) {
    step();
    if (!more()) return complain("the string does not end");
    const char c = text_[at_];
    switch (c) {
    case '"':
    case '\\':
    case '/': out += c; break;
    case 'b': out += '\b'; break;
    case 'f': out += '\f'; break;
    case 'n': out += '\n'; break;
    case 'r': out += '\r'; break;
    case 't': out += '\t'; break;
    case 'u': {
      step();
      unsigned code = 0;
      if (!hex(code)) return false;
      if (code >= 0xdc00 && code < 0xe000)
        return complain("\\u gives the second half of a surrogate pair without the first");
      if (code >= 0xd800 && code < 0xdc00) {
        unsigned low = 0;
        if (text_.substr(at_, 2) != "\\u")
          return complain("\\u gives the first half of a surrogate pair without the second");
        step();
        step();
        if (!hex(low)) return false;
        if (low < 0xdc00 || low >= 0xe000)
          return complain("\\u gives the first half of a surrogate pair without the second");
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      }
      append_utf8(out, code);
      return true;
    }
    default: return complain("JSON has no escape \\" + std::string(1, c));
    }
    step();
    return true;
  }

  bool string(std::string& out) {
    step();
    while (more()) {
      const char c = text_[at_];
      if (c == '"') {
        step();
        return true;
      }
      if (c == '\\') {
        if (!escape(out)) return false;
        continue;
      }
      if (static_cast<unsigned char>(c) < 0x20)
        return complain("a control character in a string", "write it as \\n, \\t or \\u00XX");
      const auto size = utf8_length(text_, at_);
      if (size == 0) return complain("a byte that is not UTF-8");
      for (std::size_t i = 0; i < size; ++i) {
        out += text_[at_];
        step();
      }
    }
    return complain("the string does not end");
  }

  bool enter() {
    if (++depth_ > max_depth) return complain("the JSON document is nested deeper than 64 levels");
    step();
    space();
    return true;
  }

  bool array(json_value& out) {
    out.type = json_value::kind::array;
    if (!enter()) return false;
    if (more() && text_[at_] == ']') {
      step();
      --depth_;
      return true;
    }
    while (true) {
      if (!read(out.items.emplace_back())) return false;
      space();
      if (more() && text_[at_] == ']') break;
      if (!more() || text_[at_] != ',') return complain("',' or ']' should be here");
      step();
      space();
    }
    step();
    --depth_;
    return true;
  }

  bool object(json_value& out) {
    out.type = json_value::kind::object;
    if (!enter()) return false;
    if (more() && text_[at_] == '}') {
      step();
      --depth_;
      return true;
    }
    std::unordered_set<std::string> seen;
    while (true) {
      if (!more() || text_[at_] != '"') return complain("a key in double quotes should be here");
      auto& key = out.keys.emplace_back();
      auto& value = out.items.emplace_back();
      const auto key_line = line_;
      const auto key_column = column_;
      if (!read(key)) return false;
      if (!seen.insert(key.text).second) {
        line_ = key_line;
        column_ = key_column;
        return complain("the key \"" + key.text + "\" stands twice in one object", "remove one of them");
      }
      space();
      if (!more() || text_[at_] != ':') return complain("':' should be here");
      step();
      space();
      if (!read(value)) return false;
      space();
      if (more() && text_[at_] == '}') break;
      if (!more() || text_[at_] != ',') return complain("',' or '}' should be here");
      step();
      space();
    }
    step();
    --depth_;
    return true;
  }
};

void append(std::string& out, const json_value& value) {
  switch (value.type) {
  case json_value::kind::null: out += "null"; return;
  case json_value::kind::boolean: out += value.flag ? "true" : "false"; return;
  case json_value::kind::number: out += value.text; return;
  case json_value::kind::string: out += json_quote(value.text); return;
  case json_value::kind::array: {
    out += '[';
    for (const auto& item : value.items) {
      if (&item != value.items.data()) out += ',';
      append(out, item);
    }
    out += ']';
    return;
  }
  case json_value::kind::object: {
    out += '{';
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      if (i != 0) out += ',';
      append(out, value.keys[i]);
      out += ':';
      append(out, value.items[i]);
    }
    out += '}';
    return;
  }
  }
}

} // namespace

const json_value* json_value::find(std::string_view name) const {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].text == name) return &items[i];
  }
  return nullptr;
}

origin place_of(const json_value& value, const std::shared_ptr<const std::string>& source) {
  return {source, value.line, value.column, value.length};
}

expected<json_value, diagnostic> parse_json(std::string_view text, const std::shared_ptr<const std::string>& source) {
  return parser(text, source).document();
}

std::string to_text(const json_value& value) {
  std::string out;
  append(out, value);
  return out;
}

} // namespace cloudflow::schema
