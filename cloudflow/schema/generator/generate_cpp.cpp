#include "cloudflow/schema/generator/generate_cpp.hpp"

#include "cloudflow/base/hash.hpp"
#include "cloudflow/base/json_writer.hpp"
#include "cloudflow/schema/binary.hpp"
#include "cloudflow/schema/generator/cpp_names.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_set>

namespace cloudflow::schema::generator {
namespace {

constexpr std::string_view wire = "::cloudflow::schema::wire::";

std::string hex64(std::uint64_t value) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out = "0x";
  for (int shift = 60; shift >= 0; shift -= 4) out += digits[(value >> shift) & 15];
  return out;
}

struct cpp_type {
  std::string space; ///< "acme::sensors"
  std::string name;
  std::string view;
  std::vector<std::string> members; ///< fields or symbols
  [[nodiscard]] std::string full() const { return space.empty() ? "::" + name : "::" + space + "::" + name; }
  [[nodiscard]] std::string full_view() const { return space.empty() ? "::" + view : "::" + space + "::" + view; }
};

class writer {
  const avro_schema& schema_;
  const generator_options& options_;
  std::map<const avro_type*, cpp_type> names_;
  std::vector<const avro_type*> open_; // records that are being written: C++ does not know their size yet
  std::unordered_set<const avro_type*> written_;
  std::vector<diagnostic> problems_;
  std::string out_;

public:
  writer(const avro_schema& schema, const generator_options& options)
      : schema_(schema)
      , options_(options) {}

  expected<std::string, std::vector<diagnostic>> run() {
    const auto& root = schema_.root();
    if (root.kind != avro_kind::record) {
      complain("CF-S20", "the root of a schema that becomes C++ should be a record, not " + describe(root), root.where,
               "define the record at the top, other types inside it");
      return unexpected(std::move(problems_));
    }
    name_types();
    out_ = "// Made by cloudflow-schemagen from an Avro schema; changes belong into the schema.\n#pragma once\n\n"
           "#include \"cloudflow/schema/generated.hpp\"\n\n";
    for (const auto* type : schema_.named_types()) {
      if (type->kind == avro_kind::record) forward(names_.at(type));
    }
    out_ += '\n';
    write_type(root);
    write_codec(root);
    if (!problems_.empty()) {
      sort_and_unique(problems_);
      return unexpected(std::move(problems_));
    }
    return std::move(out_);
  }

private:
  void complain(std::string code, std::string message, const origin& where, std::string hint = {}) {
    problems_.push_back(
        {.code = std::move(code), .message = std::move(message), .where = where, .hint = std::move(hint)});
  }

  void name_types() {
    std::map<std::string, name_scope> scopes;
    std::map<std::string, const avro_type*> seen;
    for (const auto* type : schema_.named_types()) {
      auto& made = names_[type];
      made.space = options_.cpp_namespace.empty() ? cpp_namespace(type->space()) : options_.cpp_namespace;
      made.name = cpp_identifier(type->short_name());
      if (!seen.emplace(made.full(), type).second) {
        complain("CF-S22",
                 describe(*type) + " would get the C++ name " + made.full() + ", as " +
                     describe(*seen.at(made.full())) + " does",
                 type->where, "rename one of them");
      }
      scopes[made.space].reserve(made.name);
    }
    for (const auto* type : schema_.named_types()) {
      auto& made = names_[type];
      if (type->kind == avro_kind::record) made.view = scopes[made.space].take(made.name + "_view");
      name_scope members;
      members.reserve(made.name);
      members.reserve(made.view);
      for (const auto& field : type->fields) made.members.push_back(members.take(field.name));
      for (const auto& symbol : type->symbols) made.members.push_back(members.take(symbol));
    }
  }

  void open_space(const cpp_type& type) {
    if (!type.space.empty()) out_ += "namespace " + type.space + " {\n";
  }
  void close_space(const cpp_type& type) {
    if (!type.space.empty()) out_ += "} // namespace " + type.space + "\n";
  }

  void forward(const cpp_type& type) {
    open_space(type);
    out_ += "struct " + type.name + ";\nstruct " + type.view + ";\n";
    close_space(type);
    out_ += "template <> struct cloudflow::schema::record_access<" + type.full() + ">;\n";
  }

  [[nodiscard]] bool is_open(const avro_type& type) const {
    return std::find(open_.begin(), open_.end(), &type) != open_.end();
  }

  static bool nullable(const avro_type& type) {
    return type.kind == avro_kind::choice && type.branches.size() == 2 &&
           (type.branches[0]->kind == avro_kind::null) != (type.branches[1]->kind == avro_kind::null);
  }
  static const avro_type& present(const avro_type& type) {
    return *type.branches[type.branches[0]->kind == avro_kind::null ? 1 : 0];
  }

  [[nodiscard]] std::string cpp(const avro_type& type, bool view, bool contained = false) const {
    switch (type.logical) {
    case logical_kind::date: return "::std::chrono::sys_days";
    case logical_kind::time_millis: return "::std::chrono::milliseconds";
    case logical_kind::time_micros: return "::std::chrono::microseconds";
    case logical_kind::timestamp_millis: return "::cloudflow::timestamp";
    case logical_kind::timestamp_micros: return "::std::chrono::sys_time<::std::chrono::microseconds>";
    case logical_kind::timestamp_nanos: return "::std::chrono::sys_time<::std::chrono::nanoseconds>";
    case logical_kind::local_timestamp_millis: return "::std::chrono::local_time<::std::chrono::milliseconds>";
    case logical_kind::local_timestamp_micros: return "::std::chrono::local_time<::std::chrono::microseconds>";
    case logical_kind::local_timestamp_nanos: return "::std::chrono::local_time<::std::chrono::nanoseconds>";
    default: break;
    }
    switch (type.kind) {
    case avro_kind::null: return "::std::monostate";
    case avro_kind::boolean: return "bool";
    case avro_kind::int32: return "::std::int32_t";
    case avro_kind::int64: return "::std::int64_t";
    case avro_kind::float32: return "float";
    case avro_kind::float64: return "double";
    case avro_kind::bytes: return view ? "::cloudflow::bytes_view" : "::cloudflow::bytes";
    case avro_kind::string: return view ? "::std::string_view" : "::std::string";
    case avro_kind::fixed:
      return view ? "::cloudflow::bytes_view" : "::std::array<::std::byte, " + std::to_string(type.size) + ">";
    case avro_kind::enumeration: return names_.at(&type).full();
    case avro_kind::record: {
      const auto& made = names_.at(&type);
      const auto name = view ? made.full_view() : made.full();
      return is_open(type) && !contained ? "::cloudflow::schema::box<" + name + ">" : name;
    }
    case avro_kind::array: return "::std::vector<" + cpp(*type.item, view, true) + ">";
    case avro_kind::map:
      return view ? "::std::vector<::std::pair<::std::string_view, " + cpp(*type.item, view, true) + ">>"
                  : "::std::map<::std::string, " + cpp(*type.item, view, true) + ">";
    case avro_kind::choice: {
      if (nullable(type)) return "::std::optional<" + cpp(present(type), view) + ">";
      std::string out = "::std::variant<";
      for (const auto* branch : type.branches) {
        if (branch != type.branches.front()) out += ", ";
        out += cpp(*branch, view);
      }
      return out + ">";
    }
    }
    return {};
  }

  /// The tags follow the C++ types of `cpp`: a box where the type has one.
  [[nodiscard]] std::string wire_of(const avro_type& type, bool contained = false) const {
    const std::string at(wire);
    switch (type.kind) {
    case avro_kind::null: return at + "null";
    case avro_kind::boolean: return at + "boolean";
    case avro_kind::int32: return at + "int32";
    case avro_kind::int64: return at + "int64";
    case avro_kind::float32: return at + "float32";
    case avro_kind::float64: return at + "float64";
    case avro_kind::bytes:
    case avro_kind::string: return at + "octets";
    case avro_kind::fixed: return at + "fixed<" + std::to_string(type.size) + ">";
    case avro_kind::enumeration: return at + "enumeration<" + names_.at(&type).full() + ">";
    case avro_kind::record: {
      const auto tag = at + "record<" + names_.at(&type).full() + ">";
      return is_open(type) && !contained ? at + "boxed<" + tag + ">" : tag;
    }
    case avro_kind::array: return at + "array<" + wire_of(*type.item, true) + ">";
    case avro_kind::map: return at + "map<" + wire_of(*type.item, true) + ">";
    case avro_kind::choice: {
      if (nullable(type)) {
        return at + "nullable<" + wire_of(present(type)) + ", " +
               (type.branches[0]->kind == avro_kind::null ? "0" : "1") + ">";
      }
      std::string out = at + "choice<";
      for (const auto* branch : type.branches) {
        if (branch != type.branches.front()) out += ", ";
        out += wire_of(*branch);
      }
      return out + ">";
    }
    }
    return {};
  }

  template <class T> static std::string number(T value) {
    if constexpr (std::is_floating_point_v<T>) {
      auto text = shortest(static_cast<double>(value));
      return std::is_same_v<T, float> ? "static_cast<float>(" + text + ")" : text;
    } else if (value == INT64_MIN) {
      return "(-9223372036854775807LL - 1)";
    } else {
      return std::to_string(value) + (sizeof(T) == 8 ? "LL" : "");
    }
  }

  static std::string octet_list(bytes_view data) {
    std::string out;
    for (const auto b : data) {
      if (!out.empty()) out += ", ";
      out += "::std::byte{" + std::to_string(static_cast<unsigned>(b)) + "}";
    }
    return out;
  }

  static std::string text_value(bytes_view data) {
    return "::std::string(" + cpp_literal(as_text(data)) + ", " + std::to_string(data.size()) + ")";
  }

  /// The C++ expression for a default, read from its binary form.
  [[nodiscard]] std::string value_of(const avro_type& type, binary_reader& in, bool contained = false) const {
    const auto name = cpp(type, false, contained);
    std::int64_t wide = 0;
    std::size_t index = 0;
    bytes_view data;
    switch (type.kind) {
    case avro_kind::null: return name + "{}";
    case avro_kind::boolean: {
      bool flag = false;
      in.read_boolean(flag);
      return flag ? "true" : "false";
    }
    case avro_kind::int32:
    case avro_kind::int64: {
      in.read_long(wide);
      const auto text = type.kind == avro_kind::int32 ? number(static_cast<std::int32_t>(wide)) : number(wide);
      switch (type.logical) {
      case logical_kind::none: return name + "{" + text + "}";
      case logical_kind::time_millis:
      case logical_kind::time_micros: return name + "(" + text + ")";
      default: return name + "(" + name + "::duration(" + text + "))";
      }
    }
    case avro_kind::float32: {
      float value = 0;
      in.read_float(value);
      return number(value);
    }
    case avro_kind::float64: {
      double value = 0;
      in.read_float(value);
      return number(value);
    }
    case avro_kind::string: in.read_block(data); return text_value(data);
    case avro_kind::bytes: in.read_block(data); return name + "{" + octet_list(data) + "}";
    case avro_kind::fixed: in.read_span(type.size, data); return name + "{" + octet_list(data) + "}";
    case avro_kind::enumeration:
      in.read_index(type.symbols.size(), index, decode_fault::bad_symbol);
      return name + "::" + names_.at(&type).members[index];
    case avro_kind::record: {
      std::string out;
      for (const auto& field : type.fields) {
        if (!out.empty()) out += ", ";
        out += value_of(*field.type, in);
      }
      return name + "{" + out + "}";
    }
    case avro_kind::array:
    case avro_kind::map: {
      std::string out;
      for (std::size_t count = 0; in.read_count(0, count) && count != 0;) {
        for (; count != 0; --count) {
          if (!out.empty()) out += ", ";
          if (type.kind == avro_kind::map) {
            in.read_block(data);
            out += "{" + text_value(data) + ", " + value_of(*type.item, in, true) + "}";
          } else {
            out += value_of(*type.item, in, true);
          }
        }
      }
      return name + "{" + out + "}";
    }
    case avro_kind::choice: {
      in.read_index(type.branches.size(), index, decode_fault::bad_branch);
      const auto held = value_of(*type.branches[index], in);
      if (!nullable(type)) return name + "{::std::in_place_index<" + std::to_string(index) + ">, " + held + "}";
      return name + "{" + (type.branches[index]->kind == avro_kind::null ? "" : held) + "}";
    }
    }
    return {};
  }

  /// Can hold a record that is not complete yet, so that its default must stay empty.
  [[nodiscard]] bool holds_open(const avro_type& type) const {
    switch (type.kind) {
    case avro_kind::record: return is_open(type);
    case avro_kind::array:
    case avro_kind::map: return holds_open(*type.item);
    case avro_kind::choice:
      return std::any_of(type.branches.begin(), type.branches.end(), [&](const auto* b) { return holds_open(*b); });
    default: return false;
    }
  }

  void check(const avro_type& type) {
    if (type.kind == avro_kind::choice && type.branches.empty()) {
      complain("CF-S21", "a union without branches has no values and no C++ type", type.where, "remove the field");
    }
  }

  void write_types_of(const avro_type& type) {
    check(type);
    if (type.named()) {
      write_type(type);
    } else if (type.item != nullptr) {
      write_types_of(*type.item);
    } else {
      for (const auto* branch : type.branches) write_types_of(*branch);
    }
  }

  void write_type(const avro_type& type) {
    if (type.kind == avro_kind::fixed || !written_.insert(&type).second) return;
    open_.push_back(&type);
    for (const auto& field : type.fields) write_types_of(*field.type);
    std::string before;
    before.swap(out_);
    type.kind == avro_kind::record ? write_record(type) : write_enum(type);
    open_.pop_back();
    before.swap(out_);
    guard("CLOUDFLOW_TYPE_", type, before);
  }

  /// Two schemas may hold one and the same type: the first header wins, a different one is an error.
  void guard(std::string_view prefix, const avro_type& type, const std::string& text) {
    std::string macro(prefix);
    for (const char c : names_.at(&type).full().substr(2)) macro += c == ':' ? '_' : c;
    const auto print = hex64(crc64_avro(as_bytes(text)));
    out_ += "#ifndef " + macro + "\n#define " + macro + " " + print + "\n" + text + "#elif " + macro + " != " + print +
            "\n#error \"two schemas define " + type.name + " differently\"\n#endif\n\n";
  }

  static std::string comment(std::string_view indent, const std::string& doc) {
    std::string out;
    std::string_view rest = doc;
    while (!rest.empty()) {
      const auto end = rest.find('\n');
      std::string line(rest.substr(0, end));
      std::erase_if(line, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
      while (!line.empty() && (line.back() == '\\' || line.back() == ' ')) line.pop_back(); // would join the next line
      out += std::string(indent) + "/// " + line + "\n";
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    }
    return out;
  }

  void write_enum(const avro_type& type) {
    const auto& made = names_.at(&type);
    open_space(made);
    out_ += comment("", type.doc) + "enum class " + made.name + " : ::std::int32_t {\n";
    for (const auto& symbol : made.members) out_ += "  " + symbol + ",\n";
    out_ += "};\nconstexpr ::std::string_view name_of(" + made.full() + " symbol) {\n  switch (symbol) {\n";
    for (std::size_t i = 0; i < type.symbols.size(); ++i) {
      out_ += "  case " + made.full() + "::" + made.members[i] + ": return \"" + type.symbols[i] + "\";\n";
    }
    out_ += "  }\n  return {};\n}\n";
    close_space(made);
    out_ += "template <> struct cloudflow::schema::enum_access<" + made.full() +
            "> {\n  static constexpr ::std::size_t count = " + std::to_string(type.symbols.size()) + ";\n};\n";
  }

  void write_record(const avro_type& type) {
    const auto& made = names_.at(&type);
    open_space(made);
    out_ += comment("", type.doc) + "struct " + made.name + " {\n";
    for (std::size_t i = 0; i < type.fields.size(); ++i) {
      const auto& field = type.fields[i];
      out_ += comment("  ", field.doc) + "  " + cpp(*field.type, false) + " " + made.members[i];
      if (field.default_json && !holds_open(*field.type)) {
        binary_reader in(field.default_bytes);
        out_ += " = " + value_of(*field.type, in) + ";\n";
      } else {
        out_ += "{};\n";
      }
    }
    out_ += "  friend bool operator==(const " + made.full() + "&, const " + made.full() + "&) = default;\n};\n" +
            "/// Borrows its strings and bytes: valid while the bytes it was decoded from live.\nstruct " + made.view +
            " {\n";
    for (std::size_t i = 0; i < type.fields.size(); ++i) {
      out_ += "  " + cpp(*type.fields[i].type, true) + " " + made.members[i] + "{};\n";
    }
    out_ += "};\n";
    close_space(made);
    write_access(type, made);
  }

  void write_access(const avro_type& type, const cpp_type& made) {
    std::string read;
    std::string cases;
    std::string bound = "0";
    std::string write;
    for (std::size_t i = 0; i < type.fields.size(); ++i) {
      const auto tag = wire_of(*type.fields[i].type);
      const auto& member = made.members[i];
      read += (i == 0 ? "" : " &&\n           ") + tag + "::read(in, out." + member + ")";
      cases += "    case " + std::to_string(i) + ": return " + tag + "::read(in, how, out." + member + ");\n";
      bound += " + " + tag + "::bound(value." + member + ")";
      write += "    at = " + tag + "::write(at, value." + member + ");\n";
    }
    out_ += "template <> struct cloudflow::schema::record_access<" + made.full() + "> {\n" +
            "  static constexpr ::std::size_t min_size = " + std::to_string(type.min_size) + "U;\n" +
            "  static constexpr bool recursive = " + (type.recursive ? "true" : "false") + ";\n" +
            (type.recursive ? "  static constexpr ::std::string_view name = \"" + type.name + "\";\n" : "") +
            "  template <class Out> static bool read([[maybe_unused]] binary_reader& in, [[maybe_unused]] Out& out) {\n"
            "    return " +
            (read.empty() ? "true" : read) + ";\n  }\n" +
            "  template <class Out>\n  static bool read_field([[maybe_unused]] binary_reader& in, [[maybe_unused]] "
            "const plan_node& how, "
            "::std::uint32_t field,\n                         [[maybe_unused]] Out& out) {\n    switch (field) {\n" +
            cases + "    default: return false;\n    }\n  }\n" +
            "  template <class In> static ::std::size_t bound([[maybe_unused]] const In& value) { return " + bound +
            "; }\n" +
            "  template <class In> static ::std::byte* write(::std::byte* at, [[maybe_unused]] const In& value) {\n" +
            write + "    return at;\n  }\n};\n";
  }

  void write_codec(const avro_type& root) {
    const auto& made = names_.at(&root);
    const auto definition = schema_.definition();
    std::string text = schema_.text();
    const auto name = std::make_shared<const std::string>("schema");
    if (const auto json = parse_json(text, name)) text = to_text(*json);
    std::string literal;
    for (std::size_t at = 0; at < text.size(); at += 100) { // compilers have limits for one literal
      literal += "\n        " + cpp_literal(std::string_view(text).substr(at, 100));
    }
    std::string fields;
    for (std::size_t i = 0; i < root.fields.size(); ++i) {
      fields += "    if (same_member(member, &" + made.full() + "::" + made.members[i] + ")) return \"" +
                root.fields[i].name + "\";\n";
    }
    const std::string code = "template <> struct cloudflow::schema::codec<" + made.full() + "> : avro_codec<" +
                             made.full() + ", " + made.full_view() +
                             "> {\n  static const schema_definition& definition() {\n" +
                             "    static const schema_definition made{\n        \"" + root.name + "\", \"avro\"," +
                             literal + ",\n        {" + hex64(definition.ids.crc64) + ",\n         {" +
                             octet_list(definition.ids.sha256) + "}}};\n    return made;\n  }\n" +
                             "  template <class Member>\n  static constexpr ::std::string_view "
                             "field_name([[maybe_unused]] Member record_type::*member) {\n" +
                             fields + "    return {};\n  }\n};\n";
    guard("CLOUDFLOW_CODEC_", root, code);
  }
};

} // namespace

expected<std::string, std::vector<diagnostic>> generate_cpp(const avro_schema& schema,
                                                            const generator_options& options) {
  return writer(schema, options).run();
}

} // namespace cloudflow::schema::generator
