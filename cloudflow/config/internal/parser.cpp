#include "cloudflow/config/internal/include_statement.hpp"
#include "cloudflow/config/internal/node.hpp"
#include "cloudflow/config/internal/parse_session.hpp"
#include "cloudflow/config/internal/token_cursor.hpp"

namespace cloudflow::config::detail {

namespace {

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
  out->items = std::make_shared<item_storage>();
  out->items->items.reserve(n->count);
  for (std::uint32_t i = 0; i < n->count; ++i) {
    out->items->items.push_back(n->item(i) ? relativized(n->item(i), prefix) : nullptr);
  }
  return out;
}

class parser {
  parse_session& s_;
  const document_place& place_;
  bool json_;
  token_cursor in_;
  std::vector<const path*> open_; // the paths of the fields we are in
  std::uint32_t arrays_ = 0;
  std::uint32_t nesting_ = 0;

public:
  parser(parse_session& s, std::string_view text, std::shared_ptr<const std::string> name, const document_place& at)
      : s_(s)
      , place_(at)
      , json_(at.json)
      , in_(s, text, std::move(name), at.json)
      , arrays_(at.in_array ? 1 : 0) {}

  node_ptr document(bool any_root) {
    node_ptr root;
    try {
      in_.skip();
      const auto first = in_.cur();
      if (first.kind == token_kind::open_curly || first.kind == token_kind::open_square) {
        root = value();
        in_.skip();
        if (in_.cur().kind != token_kind::end) {
          in_.fail("CF-C01", in_.cur(), name_of(in_.cur()) + " after the end of the document",
                   "a document is one object; remove what follows it, or remove the outer braces");
        }
      } else if (json_) {
        if (!any_root || first.kind == token_kind::end) {
          in_.fail("CF-C01", first, "JSON wants an object or an array here, not " + name_of(first));
        }
        root = value();
        in_.skip();
        if (in_.cur().kind != token_kind::end)
          in_.fail("CF-C01", in_.cur(), name_of(in_.cur()) + " after the end of the document");
      } else {
        root = object(false);
      }
    } catch (const give_up&) {
    }
    if (root && !root->is_object() && !any_root && s_.problems.empty()) {
      s_.problems.push_back({"CF-C17",
                             "the root of '" + in_.name() + "' is an array; it must be an object",
                             root->where,
                             {},
                             "give the array a name: name = [ ... ]"});
    }
    return root;
  }

  node_ptr single_value() {
    try {
      in_.skip();
      if (in_.cur().kind == token_kind::end) return make_text(form::string, "", in_.origin_of(in_.cur()));
      auto v = values();
      in_.skip();
      if (!v || in_.cur().kind != token_kind::end)
        in_.fail("CF-C01", in_.cur(), name_of(in_.cur()) + " is not part of a value");
      return v;
    } catch (const give_up&) {
      return nullptr;
    }
  }

private:
  void check_nesting(const token& t, std::uint32_t more) {
    if (nesting_ + more + place_.prefix.size() > s_.options.limits.nesting) {
      s_.fail_for_good("CF-C06", in_.origin_of(t),
                       "values are nested deeper than " + std::to_string(s_.options.limits.nesting) + " levels");
    }
  }

  node_ptr scalar(const token& t) {
    switch (t.kind) {
    case token_kind::quoted: return make_text(form::string, std::string(t.text), in_.origin_of(t));
    case token_kind::unquoted: return make_text(form::string, std::string(t.text), in_.origin_of(t), false);
    case token_kind::number: return make_text(form::number, std::string(t.text), in_.origin_of(t));
    case token_kind::null: return make_text(form::null, "null", in_.origin_of(t));
    case token_kind::boolean: {
      auto n = make_text(form::boolean, std::string(t.text), in_.origin_of(t));
      n->flag = t.text == "true";
      return n;
    }
    default: {
      auto n = make(form::reference, in_.origin_of(t));
      auto target = in_.path_of_substitution(t);
      n->optional = t.optional;
      n->target = std::move(target);
      return n;
    }
    }
  }

  node_ptr value() {
    const auto t = in_.cur();
    if (json_ && (t.kind == token_kind::unquoted || t.kind == token_kind::substitution)) {
      in_.fail("CF-C01", t, name_of(t) + " is not JSON", "JSON strings are in double quotes");
    }
    if (is_scalar(t.kind) || t.kind == token_kind::substitution) {
      in_.advance();
      return scalar(t);
    }
    if (t.kind == token_kind::open_curly) return object(true);
    if (t.kind == token_kind::open_square) return array();
    in_.fail("CF-C01", t, "a value is missing: " + name_of(t) + " stands where it should be",
             t.kind == token_kind::end ? "" : "if " + name_of(t) + " is part of a text, put the text in double quotes");
  }

  /// A value or several that stand side by side on one line; null if there is none.
  node_ptr values() {
    in_.skip();
    if (json_) return value();
    std::vector<node_ptr> pieces;
    for (;;) {
      if (in_.cur().kind == token_kind::space) {
        in_.advance();
      } else if (begins_value(in_.cur().kind)) {
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
    join_failure why;
    if (!join(pieces, why)) {
      s_.report({"CF-C10",
                 "a text and " + describe(why.left->items ? *why.left : *why.right) + " cannot be joined",
                 why.right->where,
                 {},
                 "separate them by a comma or a newline, or put the text in double quotes"});
      return make_text(form::null, "null", first); // go on: what follows may have problems of its own
    }
    if (pieces.size() == 1) return std::move(pieces.front());
    return make_concatenation(std::move(pieces), span(first, last));
  }

  node_ptr array() {
    const auto open = in_.cur();
    ++nesting_;
    check_nesting(open, 0);
    ++arrays_;
    in_.advance();
    std::vector<node_ptr> items;
    in_.skip();
    bool first = true;
    for (;;) {
      if (!first && !in_.separator()) {
        in_.skip();
        if (in_.cur().kind == token_kind::close_square) break;
        const bool value_follows = begins_value(in_.cur().kind);
        in_.fail("CF-C01", in_.cur(), "the array wants ']' or a comma before " + name_of(in_.cur()),
                 value_follows ? "separate elements by a comma or a newline"
                               : "the array begins at line " + std::to_string(open.line));
      }
      auto element = json_ ? nullptr : values();
      if (!element) {
        in_.skip();
        if (in_.cur().kind == token_kind::close_square && (first || !json_)) break;
        if (!begins_value(in_.cur().kind)) {
          in_.fail("CF-C01", in_.cur(), "the array wants an element or ']', not " + name_of(in_.cur()),
                   in_.cur().kind == token_kind::end ? "the array begins at line " + std::to_string(open.line)
                                                     : "if it is part of a text, put the text in double quotes");
        }
        element = value();
      }
      items.push_back(std::move(element));
      first = false;
    }
    in_.advance();
    --arrays_;
    --nesting_;
    return make_array(std::move(items), in_.origin_of(open));
  }

  node_ptr object(bool braces) {
    const auto open = in_.cur();
    auto out = make_object(in_.origin_of(open));
    if (braces) {
      ++nesting_;
      check_nesting(open, 0);
      in_.advance();
    }
    const auto depth = open_.size();
    const auto arrays = arrays_;
    const auto nesting = nesting_;
    bool after_comma = false;
    for (;;) {
      in_.skip();
      const auto t = in_.cur();
      if (t.kind == token_kind::close_curly && braces) {
        if (json_ && after_comma) in_.fail("CF-C01", t, "JSON wants a member after a comma, not '}'");
        break;
      }
      if (t.kind == token_kind::end && !braces) break;
      try {
        if (t.kind == token_kind::close_curly) {
          in_.advance();
          s_.report({"CF-C01", "'}' closes nothing", in_.origin_of(t), {}, "remove it, or open the object with '{'"});
          throw give_up{};
        }
        if (t.kind == token_kind::end) {
          in_.fail("CF-C01", t, "the object that begins at line " + std::to_string(open.line) + " has no closing '}'");
        }
        if (!json_ && t.kind == token_kind::unquoted && t.text == "include") {
          include(*out);
        } else {
          field(*out);
        }
        if (in_.separator()) {
          after_comma = true;
          continue;
        }
        in_.skip();
        if (in_.cur().kind != token_kind::close_curly && (in_.cur().kind != token_kind::end || braces)) {
          in_.fail("CF-C01", in_.cur(),
                   (braces ? "the object wants '}', a comma or a newline before "
                           : "a comma or a newline is missing before ") +
                       name_of(in_.cur()),
                   "if it is part of a text, put the text in double quotes");
        }
        after_comma = false;
      } catch (const give_up&) {
        open_.resize(depth);
        arrays_ = arrays;
        nesting_ = nesting;
        if (in_.cur().kind == token_kind::end) throw;
        in_.recover(braces);
      }
    }
    if (braces) {
      in_.advance();
      --nesting_;
    }
    return out;
  }

  path key() {
    const auto first = in_.index();
    if (json_) {
      if (in_.cur().kind != token_kind::quoted) {
        in_.fail("CF-C01", in_.cur(), "JSON wants a key in double quotes or '}' here, not " + name_of(in_.cur()));
      }
      in_.advance();
      return path{std::string(in_.at(first).text)};
    }
    while (is_scalar(in_.cur().kind)) in_.advance();
    if (in_.index() == first) {
      in_.fail("CF-C01", in_.cur(), "a key is missing: " + name_of(in_.cur()) + " stands where it should be",
               "if it is part of a text, put the text in double quotes");
    }
    auto keys = path_of(&in_.at(first), &in_.cur());
    if (!keys) in_.fail("CF-C04", in_.at(first), keys.error(), "put keys with dots in them in double quotes");
    return std::move(keys).value();
  }

  void field(node& out) {
    const auto first = in_.cur();
    const auto keys = key();
    const auto key_where = span(in_.origin_of(first), in_.origin_of(in_.at(in_.index() - 1)));
    in_.skip();
    const auto separator_token = in_.cur();
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
        in_.fail("CF-C01", separator_token,
                 "key '" + render_path(keys) + "' wants " + (json_ ? "':'" : "'=', ':' or '{'") + " behind it, not " +
                     name_of(separator_token));
      }
      if (append && arrays_ > 0) {
        s_.report({"CF-C21",
                   "'+=' does not work inside of an array",
                   in_.origin_of(separator_token),
                   {},
                   "it stands for ${?path} [value], and no path leads into an array; write the array out"});
      }
      in_.advance();
      if (append) ++arrays_;
      v = values();
      if (!v) v = value();
      if (append) --arrays_;
    }
    if (append) {
      auto before = make(form::reference, v->where);
      before->optional = true;
      before->target = std::make_shared<const path>(full_path());
      std::vector<node_ptr> pieces;
      const auto where = v->where;
      pieces.push_back(std::move(before));
      pieces.push_back(make_array({std::move(v)}, where));
      v = make_concatenation(std::move(pieces), where);
    }
    open_.pop_back();
    nesting_ -= static_cast<std::uint32_t>(keys.size() - 1);
    if (v->depth + keys.size() + nesting_ > s_.options.limits.nesting) {
      s_.fail_for_good("CF-C06", v->where,
                       "values are nested deeper than " + std::to_string(s_.options.limits.nesting) + " levels");
    }
    if (json_) {
      const auto* other = out.member(keys.front());
      if (other != nullptr) {
        s_.report({"CF-C18",
                   "key '" + keys.front() + "' stands twice in one JSON object",
                   key_where,
                   {{"first", (*other)->where.text()}},
                   {}});
        return;
      }
    }
    for (std::size_t i = keys.size() - 1; i > 0; --i) {
      auto wrapper = make_object(v->where);
      put(*wrapper, keys[i], key_where, std::move(v));
      v = std::move(wrapper);
    }
    put_over(out, keys.front(), key_where, std::move(v));
  }

  [[nodiscard]] path full_path() const {
    path out;
    for (const auto* keys : open_) out.insert(out.end(), keys->begin(), keys->end());
    return out;
  }

  void include(node& out) {
    const auto statement = read_include(in_);
    const auto where = in_.origin_of(statement.name);
    const auto sources = candidates_of(statement, where, in_.name());
    if (!sources) {
      s_.report(sources.error());
      throw give_up{};
    }
    if (place_.depth + 1 > s_.options.limits.include_depth) {
      s_.fail_for_good("CF-C09", where,
                       "includes are nested more than " + std::to_string(s_.options.limits.include_depth) +
                           " times; probably a file includes itself",
                       "this is " + in_.origin_of(statement.keyword).text());
    }
    node_ptr merged;
    for (const auto& [file, json] : sources->files) {
      auto text = s_.options.reader(file, sources->folder);
      if (!text) {
        s_.report({"CF-C19", "'" + file.generic_string() + "' cannot be included: " + text.error(), where, {}, {}});
        throw give_up{};
      }
      if (!*text) continue;
      s_.bytes += (*text)->size();
      if (++s_.files > s_.options.limits.includes || s_.bytes > s_.options.limits.text_bytes) {
        s_.fail_for_good("CF-C09", where, "too many includes, or too much text in them");
      }
      document_place inner;
      inner.prefix = full_path_with_prefix();
      inner.in_array = arrays_ > 0;
      inner.depth = place_.depth + 1;
      inner.json = json;
      const auto before = s_.problems.size();
      auto root = parse_document(s_, **text, std::make_shared<const std::string>(file.generic_string()), inner);
      if (s_.stop) throw give_up{};
      if (s_.problems.size() != before) return; // reported there; go on here
      if (!root) continue;
      merged = merged ? merge(std::move(merged), std::move(root)) : std::move(root);
    }
    if (!merged) {
      if (statement.required) {
        s_.report({"CF-C08",
                   "required file \"" + std::string(statement.name.text) + "\" is missing",
                   where,
                   {{"looked for", sources->files.front().first.generic_string()}},
                   "create it, or include it without required(...)"});
        throw give_up{};
      }
      return;
    }
    if (arrays_ > 0 && !merged->is_resolved()) {
      s_.report({"CF-C21",
                 "a file with substitutions cannot be included inside of an array",
                 where,
                 {},
                 "no path leads into an array; include it outside and refer to it"});
      throw give_up{};
    }
    if (!open_.empty()) merged = relativized(merged, full_path());
    if (merged->depth + nesting_ + place_.prefix.size() > s_.options.limits.nesting) {
      s_.fail_for_good("CF-C06", where,
                       "values are nested deeper than " + std::to_string(s_.options.limits.nesting) + " levels");
    }
    for (std::uint32_t i = 0; i < merged->count; ++i) {
      if (!merged->item(i)) continue;
      const auto& k = merged->keys->at(i);
      put_over(out, k.name, k.where, merged->item(i));
    }
  }

  [[nodiscard]] path full_path_with_prefix() const {
    path out = place_.prefix;
    const auto own = full_path();
    out.insert(out.end(), own.begin(), own.end());
    return out;
  }
};

} // namespace

node_ptr parse_document(parse_session& s, std::string_view text, std::shared_ptr<const std::string> name,
                        const document_place& at) {
  if (text.size() > s.options.limits.text_bytes) {
    s.problems.push_back({"CF-C13",
                          "'" + *name + "' is larger than " + std::to_string(s.options.limits.text_bytes) + " bytes",
                          origin{name, 0, 0, 0}});
    return nullptr;
  }
  parser p(s, text, std::move(name), at);
  return p.document(s.options.any_root && at.depth == 0);
}

node_ptr parse_single_value(parse_session& s, std::string_view text, std::shared_ptr<const std::string> name) {
  const document_place at;
  return parser(s, text, std::move(name), at).single_value();
}

} // namespace cloudflow::config::detail
