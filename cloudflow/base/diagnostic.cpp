#include "cloudflow/base/diagnostic.hpp"

#include "cloudflow/base/json_writer.hpp"
#include "cloudflow/base/utf8.hpp"

#include <algorithm>
#include <fstream>

namespace cloudflow {

namespace {

constexpr std::size_t shown_columns = 200; // of a source line: longer ones are generated

const char* name_of(severity level) {
  switch (level) {
  case severity::error: return "error";
  case severity::warning: return "warning";
  case severity::note: return "note";
  }
  return "error";
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// Length of the UTF-8 sequence at the front, 0 if it is none that may be shown: control characters would write to the
// terminal's settings, broken bytes are not text.
std::size_t shown_sequence(std::string_view text) {
  std::size_t size = 0;
  const auto c = decode_utf8(text, 0, size);
  const bool control = c < 0x20 || (c >= 0x7F && c < 0xA0);
  return c == not_utf8 || control ? 0 : size;
}

// The text with U+FFFD for everything that cannot be shown as it is; tabs and line ends stay.
std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto length = text[0] == '\t' || text[0] == '\n' ? 1 : shown_sequence(text);
    out += length == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

// The white space that puts a mark under column `column` of `line`: tabs stay tabs.
std::string padding(std::string_view line, std::uint32_t column) {
  std::string pad;
  std::uint32_t at = 1;
  for (char c : line) {
    if (is_continuation(c)) continue;
    if (at++ >= column) return pad;
    pad += c == '\t' ? '\t' : ' ';
  }
  if (at < column) pad.append(column - at, ' ');
  return pad;
}

} // namespace

std::optional<std::string> read_source_line(const origin& where) {
  if (where.line == 0) return std::nullopt;
  std::ifstream in(where.name());
  std::string line;
  for (std::uint32_t n = 0; n < where.line; ++n)
    if (!std::getline(in, line)) return std::nullopt;
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

std::string render(const diagnostic& problem, const source_line_reader& lines) {
  std::string out;
  if (problem.where) out += printable(problem.where->text()) + ": ";
  out += std::string(name_of(problem.level)) + " " + problem.code + ": " + printable(problem.message) + "\n";
  if (problem.where && problem.where->line != 0 && lines && !problem.secret_line) {
    auto line = lines(*problem.where);
    if (line) line = printable(*line);
    if (line && code_points(*line) <= shown_columns) {
      out += "    " + *line + "\n";
      if (problem.where->column != 0) {
        out += "    " + padding(*line, problem.where->column) + "^";
        const auto rest = code_points(*line) + 1 > problem.where->column
                              ? code_points(*line) + 1 - problem.where->column
                              : std::size_t{1};
        const auto marks =
            std::min<std::size_t>(std::max<std::uint32_t>(problem.where->length, 1), std::max<std::size_t>(rest, 1));
        out += std::string(marks - 1, '~') + "\n";
      }
    }
  }
  std::size_t width = problem.hint.empty() ? 0 : 3;
  for (const auto& [label, text] : problem.details) width = std::max(width, label.size());
  auto add = [&](std::string_view label, std::string_view text) {
    out += "  " + std::string(label) + std::string(width - label.size() + 2, ' ');
    // Further lines of a detail stand under its first.
    for (char c : printable(text)) {
      out += c;
      if (c == '\n') out += std::string(width + 4, ' ');
    }
    out += '\n';
  };
  for (const auto& [label, text] : problem.details) add(label, text);
  if (!problem.hint.empty()) add("try", problem.hint);
  return out;
}

std::string to_json(const diagnostic& problem) {
  json_writer json;
  json.begin_object();
  json.member("code", problem.code).member("severity", name_of(problem.level)).member("message", problem.message);
  if (problem.where) {
    json.member("file", problem.where->name());
    json.member("line", std::int64_t{problem.where->line});
    json.member("column", std::int64_t{problem.where->column});
    json.member("length", std::int64_t{problem.where->length});
  }
  json.key("details").begin_array();
  for (const auto& [label, text] : problem.details) {
    json.begin_object().member("label", label).member("text", text).end_object();
  }
  json.end_array();
  if (!problem.hint.empty()) json.member("hint", problem.hint);
  json.end_object();
  return std::move(json).text();
}

void sort_and_unique(std::vector<diagnostic>& problems) {
  auto rank = [](const diagnostic& p) { return std::tuple(p.where.value_or(origin{}), p.code, p.message); };
  std::stable_sort(problems.begin(), problems.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  problems.erase(
      std::unique(problems.begin(), problems.end(),
                  [&](const auto& a, const auto& b) { return rank(a) == rank(b) && a.details == b.details; }),
      problems.end());
}

} // namespace cloudflow
