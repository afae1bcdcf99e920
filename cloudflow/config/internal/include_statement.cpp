#include "cloudflow/config/internal/include_statement.hpp"

#include <algorithm>

namespace cloudflow::config::detail {

namespace fs = std::filesystem;

namespace {

bool looks_like_url(std::string_view name) {
  const auto colon = name.find(':');
  if (colon == std::string_view::npos || colon < 2) return false;
  return std::all_of(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(colon),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
}

} // namespace

include_statement read_include(token_cursor& in) {
  const auto keyword = in.cur();
  in.advance();
  std::string pending; // what is left of a text such as `required(file(`
  token pending_token;
  const auto next_text = [&]() -> bool { // is the next thing an unquoted text? then it is in `pending`
    if (!pending.empty()) return true;
    in.skip();
    if (in.cur().kind != token_kind::unquoted) return false;
    pending = in.cur().text;
    pending_token = in.cur();
    in.advance();
    return true;
  };
  const auto take = [&](std::string_view start) {
    if (!pending.starts_with(start)) return false;
    pending.erase(0, start.size());
    return true;
  };
  const auto at_token = [&]() -> const token& { return pending.empty() ? in.cur() : pending_token; };
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
      in.fail("CF-C01", pending_token,
              "include wants a name in double quotes, file(...) or required(...), not '" + pending.substr(0, 40) + "'",
              "no white space may stand before '('");
    }
  }
  if (!pending.empty() || (in.skip(), in.cur().kind != token_kind::quoted)) {
    in.fail("CF-C01", at_token(), "include wants a name in double quotes, not " + name_of(at_token()));
  }
  const auto name_token = in.cur();
  in.advance();
  if (!form_name.empty() && !(next_text() && take(")"))) {
    in.fail("CF-C01", at_token(), "include wants ')' here, not " + name_of(at_token()));
  }
  if (required && !(next_text() && pending == ")")) {
    in.fail("CF-C01", at_token(), "include wants ')' here, not " + name_of(at_token()));
  }
  if (required) pending.clear();
  if (!pending.empty()) in.fail("CF-C01", pending_token, "'" + pending + "' behind an include");
  return {keyword, name_token, std::move(form_name), required};
}

expected<include_candidates, diagnostic> candidates_of(const include_statement& statement, const origin& where,
                                                       const std::string& including) {
  const std::string wanted(statement.name.text);
  const auto refuse = [&](std::string why, std::string hint) {
    return unexpected(diagnostic{
        "CF-C07", "include of \"" + wanted + "\" is refused: " + std::move(why), where, {}, std::move(hint)});
  };
  if (statement.form == "url(" || (statement.form.empty() && looks_like_url(wanted))) {
    return refuse("addresses are never read", "copy the file beside this one and include it by its name");
  }
  if (statement.form == "classpath(") {
    return refuse("there is no class path", "include the file by its name, relative to this one");
  }
  const auto folder = fs::path(including).parent_path();
  const auto base = (folder.empty() ? fs::path(".") : folder).lexically_normal();
  const fs::path given(wanted);
  const auto target = (given.is_absolute() ? given : base / given).lexically_normal();
  const auto below = target.lexically_relative(base);
  if (wanted.find('\0') != std::string::npos || below.empty() || *below.begin() == "..") {
    return refuse("it is not below the folder of the including file", "move the file there");
  }
  include_candidates out{base, {}};
  const auto extension = target.extension();
  if (extension == ".properties") return refuse("Java properties are not read", "write the file as HOCON");
  if (extension == ".conf" || extension == ".json" || statement.form == "file(") {
    out.files.emplace_back(target, extension == ".json");
  }
  if (extension != ".conf" && extension != ".json") {
    for (const auto* suffix : {".conf", ".json"}) {
      auto with = target;
      with += suffix;
      out.files.emplace_back(with, std::string_view(suffix) == ".json");
    }
  }
  return out;
}

} // namespace cloudflow::config::detail
