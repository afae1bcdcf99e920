#include "cloudflow/config/parse.hpp"

#include "cloudflow/config/internal/lexer.hpp"
#include "cloudflow/config/internal/node.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace cloudflow::config {

using detail::form;
using detail::node;
using detail::node_ptr;
using detail::node_ref;
using detail::token;
using detail::token_kind;

namespace {

namespace fs = std::filesystem;

/// What one call of parse_* shares over all its files.
struct session {
  const parse_options& options;
  std::vector<diagnostic> problems{};
  std::uint32_t files = 0;
  std::uint64_t bytes = 0;
  bool stop = false; // a limit was hit: nothing that follows is worth reporting
};

/// Where a document stands in the one that includes it.
struct place {
  path prefix{};
  bool in_array = false;
  std::uint32_t depth = 0;
  bool json = false;
};

node_ptr parse_document(session& s, std::string_view text, std::shared_ptr<const std::string> name, const place& at);

bool is_json(const parse_options& options, std::string_view name) {
  if (options.syntax == syntax::by_name) return name.ends_with(".json");
  return options.syntax == syntax::json;
}

/// Puts `prefix` before the path of every substitution in it.
node_ptr relativized(const node_ptr& n, const path& prefix) {
  if (n->is_resolved()) return n;
  auto out = std::make_shared<node>(*n);
  if (n->what == form::reference) {
    auto target = std::make_shared<path>(prefix);
    target->insert(target->end(), n->target->begin(), n->target->end());
    out->target = std::move(target);
    out->prefix_length += static_cast<std::uint32_t>(prefix.size());
    return out;
  }
  out->items = std::make_shared<detail::item_storage>();
  out->items->items.reserve(n->count);
  for (std::uint32_t i = 0; i < n->count; ++i) {
    out->items->items.push_back(n->item(i) ? relativized(n->item(i), prefix) : nullptr);
  }
  return out;
}

class parser {
  session& s_;
  std::shared_ptr<const std::string> name_;
  const place& place_;
  bool json_;
  detail::token_list list_;
  std::size_t at_ = 0;
  std::vector<const path*> open_; // the paths of the fields we are in
  std::uint32_t arrays_ = 0;
  std::uint32_t nesting_ = 0;

  /// Thrown and caught inside of this file only, to leave a field that cannot be read.
  struct give_up {};

public:
  parser(session& s, std::string_view text, std::shared_ptr<const std::string> name, const place& at)
      : s_(s)
      , name_(std::move(name))
      , place_(at)
      , json_(at.json)
      , list_(detail::tokenize(text, name_, at.json))
      , arrays_(at.in_array ? 1 : 0) {}

  node_ptr document(bool any_root) {
    node_ptr root;
    try {
      skip();
      const auto first = cur();
      if (first.kind == token_kind::open_curly || first.kind == token_kind::open_square) {
        root = value();
        skip();
        if (cur().kind != token_kind::end) {
          fail("CF-C01", cur(), name_of(cur()) + " after the end of the document",
               "a document is one object; remove what follows it, or remove the outer braces");
        }
      } else if (json_) {
        if (!any_root || first.kind == token_kind::end) {
          fail("CF-C01", first, "JSON wants an object or an array here, not " + name_of(first));
        }
        root = value();
        skip();
        if (cur().kind != token_kind::end) fail("CF-C01", cur(), name_of(cur()) + " after the end of the document");
      } else {
        root = object(false);
      }
    } catch (const give_up&) {
    }
    if (root && !root->is_object() && !any_root && s_.problems.empty()) {
      s_.problems.push_back({"CF-C17",
                             "the root of '" + *name_ + "' is an array; it must be an object",
                             root->where,
                             {},
                             "give the array a name: name = [ ... ]"});
    }
    return root;
  }

  node_ptr single_value() {
    try {
      skip();
      if (cur().kind == token_kind::end) return detail::make_text(form::string, "", origin_of(cur()));
      auto v = values();
      skip();
      if (!v || cur().kind != token_kind::end) fail("CF-C01", cur(), name_of(cur()) + " is not part of a value");
      return v;
    } catch (const give_up&) {
      return nullptr;
    }
  }

private:
  [[nodiscard]] const token& cur() const { return list_.tokens[at_]; }
  void advance() {
    if (at_ + 1 < list_.tokens.size()) ++at_;
  }
  [[nodiscard]] origin origin_of(const token& t) const {
    return {name_, t.line, t.column, std::max<std::uint32_t>(1, t.length)};
  }
  [[nodiscard]] static bool blank(const token& t) {
    if (t.kind == token_kind::space) return true;
    if (t.kind != token_kind::unquoted || t.text.empty()) return false;
    for (std::size_t i = 0; i < t.text.size();) {
      std::size_t size = 0;
      if (!detail::is_white_space(detail::decode(t.text, i, size))) return false;
      i += size;
    }
    return true;
  }
  void skip_blanks() {
    while (blank(cur())) advance();
  }
  void skip() {
    while (blank(cur()) || cur().kind == token_kind::newline) advance();
  }
  [[nodiscard]] static bool is_scalar(token_kind k) { return k >= token_kind::quoted && k <= token_kind::unquoted; }
  [[nodiscard]] static bool begins_value(token_kind k) {
    return is_scalar(k) || k == token_kind::substitution || k == token_kind::open_curly || k == token_kind::open_square;
  }

  void report(diagnostic problem) {
    if (s_.stop) return;
    if (s_.problems.size() < s_.options.limits.problems) s_.problems.push_back(std::move(problem));
    if (s_.problems.size() >= s_.options.limits.problems) s_.stop = true;
  }
  [[noreturn]] void fail(std::string code, const token& t, std::string message, std::string hint = {}) {
    if (t.kind == token_kind::problem) {
      report(list_.problems[t.index]);
    } else {
      report({std::move(code), std::move(message), origin_of(t), {}, std::move(hint)});
    }
    throw give_up{};
  }
  [[noreturn]] void fail_for_good(std::string code, const origin& where, std::string message, std::string hint = {}) {
    report({std::move(code), std::move(message), where, {}, std::move(hint)});
    s_.stop = true;
    throw give_up{};
  }

  void check_nesting(const token& t, std::uint32_t more) {
    if (nesting_ + more + place_.prefix.size() > s_.options.limits.nesting) {
      fail_for_good("CF-C06", origin_of(t),
                    "values are nested deeper than " + std::to_string(s_.options.limits.nesting) + " levels");
    }
  }

  /// After a problem: on to the next line of this object, or its end.
  void recover(bool braces) {
    if (s_.stop || json_) throw give_up{};
    int depth = 0;
    for (;;) {
      switch (cur().kind) {
      case token_kind::end: return;
      case token_kind::open_curly:
      case token_kind::open_square: ++depth; break;
      case token_kind::close_curly:
      case token_kind::close_square:
        if (depth == 0 && braces && cur().kind == token_kind::close_curly) return;
        if (depth > 0) --depth;
        break;
      case token_kind::newline:
        if (depth == 0) return;
        break;
      default: break;
      }
      advance();
    }
  }

  /// Passes separators; true if there was a comma or a newline. JSON knows commas only.
  bool separator() {
    bool seen = false;
    for (;; advance()) {
      if (cur().kind == token_kind::newline) {
        seen = seen || !json_;
      } else if (cur().kind == token_kind::comma) {
        advance();
        return true;
      } else if (!blank(cur())) {
        return seen;
      }
    }
  }

  node_ptr scalar(const token& t) {
    switch (t.kind) {
    case token_kind::quoted: return detail::make_text(form::string, std::string(t.text), origin_of(t));
    case token_kind::unquoted: return detail::make_text(form::string, std::string(t.text), origin_of(t), false);
    case token_kind::number: return detail::make_text(form::number, std::string(t.text), origin_of(t));
    case token_kind::null: return detail::make_text(form::null, "null", origin_of(t));
    case token_kind::boolean: {
      auto n = detail::make_text(form::boolean, std::string(t.text), origin_of(t));
      n->flag = t.text == "true";
      return n;
    }
    default: {
      auto n = detail::make(form::reference, origin_of(t));
      auto target = list_.paths[t.index];
      n->optional = t.optional;
      n->target = std::move(target);
      return n;
    }
    }
  }

  node_ptr value() {
    const auto t = cur();
    if (json_ && (t.kind == token_kind::unquoted || t.kind == token_kind::substitution)) {
      fail("CF-C01", t, name_of(t) + " is not JSON", "JSON strings are in double quotes");
    }
    if (is_scalar(t.kind) || t.kind == token_kind::substitution) {
      advance();
      return scalar(t);
    }
    if (t.kind == token_kind::open_curly) return object(true);
    if (t.kind == token_kind::open_square) return array();
    fail("CF-C01", t, "a value is missing: " + name_of(t) + " stands where it should be",
         t.kind == token_kind::end ? "" : "if " + name_of(t) + " is part of a text, put the text in double quotes");
  }

  /// A value or several that stand side by side on one line; null if there is none.
  node_ptr values() {
    skip();
    if (json_) return value();
    std::vector<node_ptr> pieces;
    for (;;) {
      if (cur().kind == token_kind::space) {
        advance();
      } else if (begins_value(cur().kind)) {
        pieces.push_back(value());
      } else {
        break;
      }
    }
    if (pieces.empty()) return nullptr;
    if (pieces.size() == 1) return std::move(pieces.front());
    return concatenate(std::move(pieces));
  }

  node_ptr concatenate(std::vector<node_ptr> pieces) {
    const auto first = pieces.front()->where;
    const auto last = pieces.back()->where;
    detail::join_failure why;
    if (!detail::join(pieces, why)) {
      report({"CF-C10",
              "a text and " + describe(why.left->items ? *why.left : *why.right) + " cannot be joined",
              why.right->where,
              {},
              "separate them by a comma or a newline, or put the text in double quotes"});
      return detail::make_text(form::null, "null", first); // go on: what follows may have problems of its own
    }
    if (pieces.size() == 1) return std::move(pieces.front());
    return detail::make_concatenation(std::move(pieces), detail::span(first, last));
  }

  node_ptr array() {
    const auto open = cur();
    ++nesting_;
    check_nesting(open, 0);
    ++arrays_;
    advance();
    std::vector<node_ptr> items;
    skip();
    bool first = true;
    for (;;) {
      if (!first && !separator()) {
        skip();
        if (cur().kind == token_kind::close_square) break;
        const bool value_follows = begins_value(cur().kind);
        fail("CF-C01", cur(), "the array wants ']' or a comma before " + name_of(cur()),
             value_follows ? "separate elements by a comma or a newline"
                           : "the array begins at line " + std::to_string(open.line));
      }
      auto element = json_ ? nullptr : values();
      if (!element) {
        skip();
        if (cur().kind == token_kind::close_square && (first || !json_)) break;
        if (!begins_value(cur().kind)) {
          fail("CF-C01", cur(), "the array wants an element or ']', not " + name_of(cur()),
               cur().kind == token_kind::end ? "the array begins at line " + std::to_string(open.line)
                                             : "if it is part of a text, put the text in double quotes");
        }
        element = value();
      }
      items.push_back(std::move(element));
      first = false;
    }
    advance();
    --arrays_;
    --nesting_;
    return detail::make_array(std::move(items), origin_of(open));
  }

  node_ptr object(bool braces) {
    const auto open = cur();
    auto out = detail::make_object(origin_of(open));
    if (braces) {
      ++nesting_;
      check_nesting(open, 0);
      advance();
    }
    const auto depth = open_.size();
    const auto arrays = arrays_;
    const auto nesting = nesting_;
    bool after_comma = false;
    for (;;) {
      skip();
      const auto t = cur();
      if (t.kind == token_kind::close_curly && braces) {
        if (json_ && after_comma) fail("CF-C01", t, "JSON wants a member after a comma, not '}'");
        break;
      }
      if (t.kind == token_kind::end && !braces) break;
      try {
        if (t.kind == token_kind::close_curly) {
          advance();
          report({"CF-C01", "'}' closes nothing", origin_of(t), {}, "remove it, or open the object with '{'"});
          throw give_up{};
        }
        if (t.kind == token_kind::end) {
          fail("CF-C01", t, "the object that begins at line " + std::to_string(open.line) + " has no closing '}'");
        }
        if (!json_ && t.kind == token_kind::unquoted && t.text == "include") {
          include(*out);
        } else {
          field(*out);
        }
        if (separator()) {
          after_comma = true;
          continue;
        }
        skip();
        if (cur().kind != token_kind::close_curly && (cur().kind != token_kind::end || braces)) {
          fail("CF-C01", cur(),
               (braces ? "the object wants '}', a comma or a newline before "
                       : "a comma or a newline is missing before ") +
                   name_of(cur()),
               "if it is part of a text, put the text in double quotes");
        }
        after_comma = false;
      } catch (const give_up&) {
        open_.resize(depth);
        arrays_ = arrays;
        nesting_ = nesting;
        if (cur().kind == token_kind::end) throw;
        recover(braces);
      }
    }
    if (braces) {
      advance();
      --nesting_;
    }
    return out;
  }
  path key() {
    const auto first = at_;
    if (json_) {
      if (cur().kind != token_kind::quoted) {
        fail("CF-C01", cur(), "JSON wants a key in double quotes or '}' here, not " + name_of(cur()));
      }
      advance();
      return path{std::string(list_.tokens[first].text)};
    }
    while (is_scalar(cur().kind)) advance();
    if (at_ == first) {
      fail("CF-C01", cur(), "a key is missing: " + name_of(cur()) + " stands where it should be",
           "if it is part of a text, put the text in double quotes");
    }
    auto keys = detail::path_of(&list_.tokens[first], &list_.tokens[at_]);
    if (!keys) fail("CF-C04", list_.tokens[first], keys.error(), "put keys with dots in them in double quotes");
    return std::move(keys).value();
  }

  void field(node& out) {
    const auto first = cur();
    const auto keys = key();
    const auto key_where = detail::span(origin_of(first), origin_of(list_.tokens[at_ - 1]));
    skip();
    const auto separator_token = cur();
    node_ptr v;
    open_.push_back(&keys);
    nesting_ += static_cast<std::uint32_t>(keys.size() - 1);
    check_nesting(first, 1);
    bool append = false;
    if (separator_token.kind == token_kind::open_curly && !json_) {
      // Only the object: what follows it on the line is no part of the value, as in typesafe-config.
      v = value();
    } else {
      const auto k = separator_token.kind;
      append = k == token_kind::plus_equals;
      if (k != token_kind::colon && (json_ || (k != token_kind::equals && !append))) {
        fail("CF-C01", separator_token,
             "key '" + render_path(keys) + "' wants " + (json_ ? "':'" : "'=', ':' or '{'") + " behind it, not " +
                 name_of(separator_token));
      }
      if (append && arrays_ > 0) {
        report({"CF-C21",
                "'+=' does not work inside of an array",
                origin_of(separator_token),
                {},
                "it stands for ${?path} [value], and no path leads into an array; write the array out"});
      }
      advance();
      if (append) ++arrays_;
      v = values();
      if (!v) v = value();
      if (append) --arrays_;
    }
    if (append) {
      auto before = detail::make(form::reference, v->where);
      before->optional = true;
      before->target = std::make_shared<const path>(full_path());
      std::vector<node_ptr> pieces;
      const auto where = v->where;
      pieces.push_back(std::move(before));
      pieces.push_back(detail::make_array({std::move(v)}, where));
      v = detail::make_concatenation(std::move(pieces), where);
    }
    open_.pop_back();
    nesting_ -= static_cast<std::uint32_t>(keys.size() - 1);
    if (v->depth + keys.size() + nesting_ > s_.options.limits.nesting) {
      fail_for_good("CF-C06", v->where,
                    "values are nested deeper than " + std::to_string(s_.options.limits.nesting) + " levels");
    }
    if (json_) {
      const auto* other = out.member(keys.front());
      if (other != nullptr) {
        report({"CF-C18",
                "key '" + keys.front() + "' stands twice in one JSON object",
                key_where,
                {{"first", (*other)->where.text()}},
                {}});
        return;
      }
    }
    for (std::size_t i = keys.size() - 1; i > 0; --i) {
      auto wrapper = detail::make_object(v->where);
      detail::put(*wrapper, keys[i], key_where, std::move(v));
      v = std::move(wrapper);
    }
    detail::put_over(out, keys.front(), key_where, std::move(v));
  }

  [[nodiscard]] path full_path() const {
    path out;
    for (const auto* keys : open_) out.insert(out.end(), keys->begin(), keys->end());
    return out;
  }

  // --- includes -----------------------------------------------------------------------------------------------------

  void include(node& out) {
    const auto keyword = cur();
    advance();
    std::string pending; // what is left of a text such as `required(file(`
    token pending_token;
    const auto next_text = [&]() -> bool { // is the next thing an unquoted text? then it is in `pending`
      if (!pending.empty()) return true;
      skip();
      if (cur().kind != token_kind::unquoted) return false;
      pending = cur().text;
      pending_token = cur();
      advance();
      return true;
    };
    const auto take = [&](std::string_view start) {
      if (!pending.starts_with(start)) return false;
      pending.erase(0, start.size());
      return true;
    };
    const auto at_token = [&]() -> const token& { return pending.empty() ? cur() : pending_token; };
    bool required = false;
    std::string form_name;
    if (next_text() && take("required(")) required = true;
    if (next_text()) {
      for (const auto* known : {"file(", "url(", "classpath("}) {
        if (take(known)) {
          form_name = known;
          break;
        }
      }
      if (form_name.empty()) {
        fail("CF-C01", pending_token,
             "include wants a name in double quotes, file(...) or required(...), not '" + pending.substr(0, 40) + "'",
             "no white space may stand before '('");
      }
    }
    if (!pending.empty() || (skip(), cur().kind != token_kind::quoted)) {
      fail("CF-C01", at_token(), "include wants a name in double quotes, not " + name_of(at_token()));
    }
    const auto name_token = cur();
    advance();
    if (!form_name.empty() && !(next_text() && take(")"))) {
      fail("CF-C01", at_token(), "include wants ')' here, not " + name_of(at_token()));
    }
    if (required && !(next_text() && pending == ")")) {
      fail("CF-C01", at_token(), "include wants ')' here, not " + name_of(at_token()));
    }
    if (required) pending.clear();
    if (!pending.empty()) fail("CF-C01", pending_token, "'" + pending + "' behind an include");
    include_file(out, keyword, name_token, form_name, required);
  }

  void include_file(node& out, const token& keyword, const token& name_token, std::string_view form_name,
                    bool required) {
    const std::string wanted(name_token.text);
    const auto where = origin_of(name_token);
    const auto refuse = [&](std::string why, std::string hint) {
      report({"CF-C07", "include of \"" + wanted + "\" is refused: " + std::move(why), where, {}, std::move(hint)});
      throw give_up{};
    };
    if (form_name == "url(" || (form_name.empty() && looks_like_url(wanted))) {
      refuse("addresses are never read", "copy the file beside this one and include it by its name");
    }
    if (form_name == "classpath(") {
      refuse("there is no class path", "include the file by its name, relative to this one");
    }
    if (place_.depth + 1 > s_.options.limits.include_depth) {
      fail_for_good("CF-C09", where,
                    "includes are nested more than " + std::to_string(s_.options.limits.include_depth) +
                        " times; probably a file includes itself",
                    "this is " + origin_of(keyword).text());
    }
    const auto folder = fs::path(*name_).parent_path();
    const auto base = (folder.empty() ? fs::path(".") : folder).lexically_normal();
    const fs::path given(wanted);
    const auto target = (given.is_absolute() ? given : base / given).lexically_normal();
    const auto below = target.lexically_relative(base);
    if (wanted.find('\0') != std::string::npos || below.empty() || *below.begin() == "..") {
      refuse("it is not below the folder of the including file", "move the file there");
    }
    std::vector<std::pair<fs::path, bool>> candidates; // and whether it is JSON
    const auto extension = target.extension();
    if (extension == ".properties") refuse("Java properties are not read", "write the file as HOCON");
    if (extension == ".conf" || extension == ".json" || form_name == "file(") {
      candidates.emplace_back(target, extension == ".json");
    }
    if (extension != ".conf" && extension != ".json") {
      for (const auto* suffix : {".conf", ".json"}) {
        auto with = target;
        with += suffix;
        candidates.emplace_back(with, std::string_view(suffix) == ".json");
      }
    }
    node_ptr merged;
    for (const auto& [file, json] : candidates) {
      auto text = s_.options.reader(file, base);
      if (!text) {
        report({"CF-C19", "'" + file.generic_string() + "' cannot be included: " + text.error(), where, {}, {}});
        throw give_up{};
      }
      if (!*text) continue;
      s_.bytes += (*text)->size();
      if (++s_.files > s_.options.limits.includes || s_.bytes > s_.options.limits.text_bytes) {
        fail_for_good("CF-C09", where, "too many includes, or too much text in them");
      }
      place inner;
      inner.prefix = full_path_with_prefix();
      inner.in_array = arrays_ > 0;
      inner.depth = place_.depth + 1;
      inner.json = json;
      const auto before = s_.problems.size();
      auto root = parse_document(s_, **text, std::make_shared<const std::string>(file.generic_string()), inner);
      if (s_.stop) throw give_up{};
      if (s_.problems.size() != before) return; // reported there; go on here
      if (!root) continue;
      merged = merged ? detail::merge(std::move(merged), std::move(root)) : std::move(root);
    }
    if (!merged) {
      if (required) {
        report({"CF-C08",
                "required file \"" + wanted + "\" is missing",
                where,
                {{"looked for", candidates.front().first.generic_string()}},
                "create it, or include it without required(...)"});
        throw give_up{};
      }
      return;
    }
    if (arrays_ > 0 && !merged->is_resolved()) {
      report({"CF-C21",
              "a file with substitutions cannot be included inside of an array",
              where,
              {},
              "no path leads into an array; include it outside and refer to it"});
      throw give_up{};
    }
    if (!open_.empty()) merged = relativized(merged, full_path());
    if (merged->depth + nesting_ + place_.prefix.size() > s_.options.limits.nesting) {
      fail_for_good("CF-C06", where,
                    "values are nested deeper than " + std::to_string(s_.options.limits.nesting) + " levels");
    }
    for (std::uint32_t i = 0; i < merged->count; ++i) {
      if (!merged->item(i)) continue;
      const auto& k = merged->keys->at(i);
      detail::put_over(out, k.name, k.where, merged->item(i));
    }
  }

  [[nodiscard]] path full_path_with_prefix() const {
    path out = place_.prefix;
    const auto own = full_path();
    out.insert(out.end(), own.begin(), own.end());
    return out;
  }

  static bool looks_like_url(std::string_view name) {
    const auto colon = name.find(':');
    if (colon == std::string_view::npos || colon < 2) return false;
    return std::all_of(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(colon),
                       [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
  }
};

node_ptr parse_document(session& s, std::string_view text, std::shared_ptr<const std::string> name, const place& at) {
  if (text.size() > s.options.limits.text_bytes) {
    s.problems.push_back({"CF-C13",
                          "'" + *name + "' is larger than " + std::to_string(s.options.limits.text_bytes) + " bytes",
                          origin{name, 0, 0, 0}});
    return nullptr;
  }
  parser p(s, text, std::move(name), at);
  return p.document(s.options.any_root && at.depth == 0);
}

parsed finish(session& s, node_ptr root) {
  if (!s.problems.empty() || !root) {
    sort_and_unique(s.problems);
    return unexpected(std::move(s.problems));
  }
  return value(std::move(root));
}

} // namespace

parsed parse_text(std::string_view text, std::string name, const parse_options& options) {
  session s{options};
  place at;
  at.json = is_json(options, name);
  auto root = parse_document(s, text, std::make_shared<const std::string>(std::move(name)), at);
  return finish(s, std::move(root));
}

parsed parse_file(const std::filesystem::path& file, const parse_options& options) {
  auto text = options.reader(file, {});
  if (text && *text) return parse_text(**text, file.generic_string(), options);
  return unexpected(std::vector{
      diagnostic{"CF-C19",
                 "'" + file.generic_string() + "' " + (text ? "does not exist" : "cannot be read: " + text.error()),
                 origin::of(file.generic_string()),
                 {},
                 "check the path"}});
}

parsed parse_json(std::string_view text, std::string name) {
  parse_options options;
  options.syntax = syntax::json;
  options.any_root = true;
  return parse_text(text, std::move(name), options);
}

parsed parse_value(std::string_view text, std::string name) {
  parse_options options;
  options.reader = read_nothing();
  session s{options};
  const place at;
  parser p(s, text, std::make_shared<const std::string>(std::move(name)), at);
  auto root = p.single_value();
  return finish(s, std::move(root));
}

expected<value, diagnostic> parse_override(std::string_view key_and_value, std::string name) {
  const auto equals = key_and_value.find('=');
  const auto where = origin::of(name, 1, 1, static_cast<std::uint32_t>(std::min(equals, key_and_value.size())));
  if (equals == std::string_view::npos || equals == 0) {
    return unexpected<diagnostic>(diagnostic{"CF-C20",
                                             "'" + std::string(key_and_value) + "' is not key=value",
                                             where,
                                             {},
                                             "write a path, '=' and a value: cloudflow.streamlets.x.config.y=5"});
  }
  auto keys = parse_path(key_and_value.substr(0, equals));
  if (!keys) {
    auto problem = std::move(keys).error();
    problem.code = "CF-C20";
    problem.where = where;
    return unexpected<diagnostic>(std::move(problem));
  }
  const auto text = key_and_value.substr(equals + 1);
  auto parsed_value = parse_value(text, name);
  origin value_where = where;
  value_where.column += where.length + 1;
  value_where.length = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(text.size()));
  auto child = parsed_value ? *parsed_value : value::of(text, value_where);
  if (child.node()->count == 0 && child.resolved()) {
    auto moved = std::make_shared<node>(*child.node());
    moved->where = value_where;
    child = value(std::move(moved));
  }
  return value::empty_object(where).with(*keys, child, where);
}

// --- reading --------------------------------------------------------------------------------------------------------

text_reader read_files() {
  return [](const fs::path& file, const fs::path& folder) -> expected<std::optional<std::string>, std::string> {
    std::error_code error;
    const auto status = fs::status(file, error);
    if (!fs::exists(status)) return std::optional<std::string>{};
    if (!fs::is_regular_file(status)) return unexpected<std::string>("it is no regular file");
    const auto real = fs::canonical(file, error);
    if (error) return unexpected<std::string>(error.message());
    const auto real_folder = folder.empty() ? real.parent_path() : fs::canonical(folder, error);
    if (error) return unexpected<std::string>(error.message());
    const auto below = real.lexically_relative(real_folder);
    if (below.empty() || *below.begin() == "..") {
      return unexpected<std::string>("a symbolic link leads out of its folder");
    }
    const auto size = fs::file_size(real, error);
    if (error) return unexpected<std::string>(error.message());
    if (size > parse_limits{}.text_bytes) return unexpected<std::string>("it is larger than 64 MiB");
    std::ifstream in(real, std::ios::binary);
    if (!in) return unexpected<std::string>("it may not be read");
    std::ostringstream text;
    text << in.rdbuf();
    return std::optional<std::string>(std::move(text).str());
  };
}

text_reader read_nothing() {
  return [](const fs::path&, const fs::path&) -> expected<std::optional<std::string>, std::string> {
    return unexpected<std::string>("nothing is included here");
  };
}

} // namespace cloudflow::config
