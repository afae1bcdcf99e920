#include "cloudflow/schema/generator/cpp_names.hpp"

#include <algorithm>
#include <array>

namespace cloudflow::schema::generator {
namespace {

// Words that cannot name a thing in C++20, and macros of headers that generated code includes.
constexpr std::array taken = std::to_array<std::string_view>(
    {"EOF",         "INFINITY",     "NAN",       "NULL",         "alignas",  "alignof",  "and",
     "and_eq",      "asm",          "assert",    "auto",         "bitand",   "bitor",    "bool",
     "break",       "case",         "catch",     "char",         "char16_t", "char32_t", "char8_t",
     "class",       "co_await",     "co_return", "co_yield",     "compl",    "concept",  "const",
     "const_cast",  "consteval",    "constexpr", "constinit",    "continue", "decltype", "default",
     "delete",      "do",           "double",    "dynamic_cast", "else",     "enum",     "errno",
     "explicit",    "export",       "extern",    "false",        "float",    "for",      "friend",
     "goto",        "if",           "inline",    "int",          "linux",    "long",     "mutable",
     "namespace",   "new",          "noexcept",  "not",          "not_eq",   "nullptr",  "operator",
     "or",          "or_eq",        "private",   "protected",    "public",   "register", "reinterpret_cast",
     "requires",    "return",       "short",     "signed",       "sizeof",   "static",   "static_assert",
     "static_cast", "stderr",       "stdin",     "stdout",       "struct",   "switch",   "template",
     "this",        "thread_local", "throw",     "true",         "try",      "typedef",  "typeid",
     "typename",    "union",        "unix",      "unsigned",     "using",    "virtual",  "void",
     "volatile",    "wchar_t",      "while",     "xor",          "xor_eq"});

} // namespace

std::string cpp_identifier(std::string_view name) {
  std::string out(name);
  if (std::find(taken.begin(), taken.end(), name) != taken.end()) out += '_';
  return out;
}

std::string cpp_namespace(std::string_view avro_namespace) {
  std::string out;
  while (!avro_namespace.empty()) {
    const auto dot = avro_namespace.find('.');
    const auto part = avro_namespace.substr(0, dot);
    if (!out.empty()) out += "::";
    out += out.empty() && part == "std" ? "std_" : cpp_identifier(part);
    avro_namespace = dot == std::string_view::npos ? std::string_view{} : avro_namespace.substr(dot + 1);
  }
  return out;
}

std::string name_scope::take(std::string_view name) {
  auto out = cpp_identifier(name);
  while (!used_.insert(out).second) out += '_';
  return out;
}

std::string cpp_literal(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto b = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\' || c == '?') { // "??=" would be a trigraph for some compilers
      out += '\\';
      out += c;
    } else if (b >= 0x20 && b < 0x7f) {
      out += c;
    } else {
      out += '\\';
      out += static_cast<char>('0' + (b >> 6));
      out += static_cast<char>('0' + ((b >> 3) & 7));
      out += static_cast<char>('0' + (b & 7));
    }
  }
  return out + '"';
}

} // namespace cloudflow::schema::generator
