#include "cloudflow/schema/json_encoding.hpp"

#include "cloudflow/schema/binary.hpp"
#include "cloudflow/schema/internal/json_values.hpp"
#include "cloudflow/schema/internal/put_binary.hpp"

#include <algorithm>
#include <optional>

namespace cloudflow::schema {

using namespace detail;

namespace {

class json_encoder {
  using kind = json_value::kind;
  const std::shared_ptr<const std::string>& source_;
  bytes& out_;
  std::uint32_t depth_ = 0;

public:
  std::optional<diagnostic> problem;

  json_encoder(const std::shared_ptr<const std::string>& source, bytes& out)
      : source_(source)
      , out_(out) {}

  bool write(const avro_type& type, const json_value& json) {
    switch (type.kind) {
    case avro_kind::null: return json.is(kind::null) || refuse(type, json, "null");
    case avro_kind::boolean:
      if (!json.is(kind::boolean)) return refuse(type, json, "true or false");
      out_.push_back(static_cast<std::byte>(json.flag));
      return true;
    case avro_kind::int32: return integer<std::int32_t>(type, json);
    case avro_kind::int64: return integer<std::int64_t>(type, json);
    case avro_kind::float32: return real<float>(type, json);
    case avro_kind::float64: return real<double>(type, json);
    case avro_kind::string:
      if (!json.is(kind::string)) return refuse(type, json, "a string");
      put_block(out_, as_bytes(json.text));
      return true;
    case avro_kind::bytes:
    case avro_kind::fixed: return octets(type, json);
    case avro_kind::enumeration: {
      const auto found = std::find(type.symbols.begin(), type.symbols.end(), json.text);
      if (!json.is(kind::string) || found == type.symbols.end()) {
        std::string names;
        for (const auto& s : type.symbols) names += (names.empty() ? "" : ", ") + s;
        return refuse(type, json, "one of its symbols", "symbols: " + names);
      }
      put_long(out_, found - type.symbols.begin());
      return true;
    }
    case avro_kind::record: return record(type, json);
    case avro_kind::array:
      if (!json.is(kind::array)) return refuse(type, json, "an array");
      if (!json.items.empty()) put_long(out_, static_cast<std::int64_t>(json.items.size()));
      for (const auto& item : json.items)
        if (!write(*type.item, item)) return false;
      put_long(out_, 0);
      return true;
    case avro_kind::map:
      if (!json.is(kind::object)) return refuse(type, json, "an object");
      if (!json.items.empty()) put_long(out_, static_cast<std::int64_t>(json.items.size()));
      for (std::size_t i = 0; i < json.items.size(); ++i) {
        put_block(out_, as_bytes(json.keys[i].text));
        if (!write(*type.item, json.items[i])) return false;
      }
      put_long(out_, 0);
      return true;
    case avro_kind::choice: return choice(type, json);
    }
    return false;
  }

private:
  bool refuse(const avro_type& type, const json_value& at, std::string_view wanted, std::string hint = {}) {
    problem = wrong_value(type, wanted, place_of(at, source_), std::move(hint));
    return false;
  }

  template <class T> bool integer(const avro_type& type, const json_value& json) {
    const auto number = json.is(kind::number) ? number_of<T>(json.text) : std::nullopt;
    if (!number) return refuse(type, json, "a whole number in its range");
    put_long(out_, *number);
    return true;
  }

  template <class T> bool real(const avro_type& type, const json_value& json) {
    const auto number = real_of<T>(json);
    if (!number) return refuse(type, json, "a number in its range");
    put_float(out_, *number);
    return true;
  }

  bool octets(const avro_type& type, const json_value& json) {
    if (!json.is(kind::string)) return refuse(type, json, "a string, one character for each byte");
    const auto data = octets_of(json.text);
    if (!data) return refuse(type, json, "a string of characters up to U+00FF");
    if (type.kind == avro_kind::fixed) {
      if (data->size() != type.size)
        return refuse(type, json, "a string of " + std::to_string(type.size) + " characters");
      out_.insert(out_.end(), data->begin(), data->end());
    } else {
      put_block(out_, *data);
    }
    return true;
  }

  bool record(const avro_type& type, const json_value& json) {
    if (!json.is(kind::object)) return refuse(type, json, "an object");
    if (++depth_ > binary_reader::max_depth) return refuse(type, json, "nested at most 64 deep");
    std::size_t used = 0;
    std::size_t next = 0; // most texts have their fields in the schema's order
    std::optional<std::unordered_map<std::string_view, const json_value*>> index;
    for (const auto& field : type.fields) {
      const json_value* member = nullptr;
      if (!index && next < json.keys.size() && json.keys[next].text == field.name) {
        member = &json.items[next++];
      } else {
        if (!index) index = json.index();
        const auto found = index->find(field.name);
        if (found != index->end()) member = found->second;
      }
      if (member == nullptr) {
        if (!field.default_json) return refuse(type, json, "an object with field '" + field.name + "'");
        out_.insert(out_.end(), field.default_bytes.begin(), field.default_bytes.end());
        continue;
      }
      ++used;
      if (!write(*field.type, *member)) return false;
    }
    --depth_;
    if (used == json.items.size()) return true;
    for (const auto& key : json.keys)
      if (std::none_of(type.fields.begin(), type.fields.end(), [&](const auto& f) { return f.name == key.text; })) {
        std::string names;
        for (const auto& f : type.fields) names += (names.empty() ? "" : ", ") + f.name;
        return refuse(type, key, "an object of its fields", "'" + key.text + "' is none of: " + names);
      }
    return true;
  }

  // Whether this kind of JSON can be a value of the branch.
  static bool fits(const avro_type& branch, const json_value& json) {
    switch (branch.kind) {
    case avro_kind::null: return json.is(kind::null);
    case avro_kind::boolean: return json.is(kind::boolean);
    case avro_kind::int32:
    case avro_kind::int64: return json.is(kind::number);
    case avro_kind::float32:
    case avro_kind::float64:
      return json.is(kind::number) || (json.is(kind::string) && special<double>(json.text).has_value());
    case avro_kind::string:
    case avro_kind::bytes:
    case avro_kind::fixed:
    case avro_kind::enumeration: return json.is(kind::string);
    case avro_kind::record:
    case avro_kind::map: return json.is(kind::object);
    case avro_kind::array: return json.is(kind::array);
    case avro_kind::choice: return false;
    }
    return false;
  }

  bool choice(const avro_type& type, const json_value& json) {
    std::string names;
    std::size_t plain = type.branches.size();
    std::size_t fitting = 0;
    for (std::size_t i = 0; i < type.branches.size(); ++i) {
      const auto& branch = *type.branches[i];
      const auto name = branch_name(branch);
      names += (names.empty() ? "" : ", ") + name;
      const bool named = branch.kind != avro_kind::null && json.is(kind::object) && json.items.size() == 1 &&
                         json.keys.front().text == name;
      if (named) {
        put_long(out_, static_cast<std::int64_t>(i));
        return write(branch, json.items.front());
      }
      if (fits(branch, json)) {
        plain = i;
        ++fitting;
      }
    }
    if (fitting == 1) {
      put_long(out_, static_cast<std::int64_t>(plain));
      return write(*type.branches[plain], json);
    }
    return refuse(type, json,
                  fitting == 0 ? "one of its branches, as {\"branch\": value}"
                               : "an object with its branch's name, because several fit",
                  "branches: " + names);
  }
};

bool is_flat(const avro_type& type) {
  switch (type.kind) {
  case avro_kind::record:
  case avro_kind::array:
  case avro_kind::map: return false;
  case avro_kind::choice:
    return type.branches.size() <= 2 &&
           std::all_of(type.branches.begin(), type.branches.end(), [](const auto* b) { return is_flat(*b); }) &&
           (type.branches.size() == 1 || std::any_of(type.branches.begin(), type.branches.end(),
                                                     [](const auto* b) { return b->kind == avro_kind::null; }));
  default: return true;
  }
}

// The cell as the JSON value that it stands for.
bool put_cell(const avro_type& type, std::string_view cell, bytes& out) {
  const auto integer = [&](auto number) {
    if (number) put_long(out, *number);
    return number.has_value();
  };
  switch (type.kind) {
  case avro_kind::null: return cell.empty();
  case avro_kind::boolean:
    if (cell != "true" && cell != "false") return false;
    out.push_back(static_cast<std::byte>(cell == "true"));
    return true;
  case avro_kind::int32: return integer(number_of<std::int32_t>(cell));
  case avro_kind::int64: return integer(number_of<std::int64_t>(cell));
  case avro_kind::float32: {
    auto number = number_of<float>(cell);
    if (!number) number = special<float>(cell);
    if (number) put_float(out, *number);
    return number.has_value();
  }
  case avro_kind::float64: {
    auto number = number_of<double>(cell);
    if (!number) number = special<double>(cell);
    if (number) put_float(out, *number);
    return number.has_value();
  }
  case avro_kind::string:
  case avro_kind::bytes: put_block(out, as_bytes(cell)); return true;
  case avro_kind::fixed: {
    if (cell.size() != type.size) return false;
    const auto data = as_bytes(cell);
    out.insert(out.end(), data.begin(), data.end());
    return true;
  }
  case avro_kind::enumeration: {
    const auto found = std::find(type.symbols.begin(), type.symbols.end(), cell);
    if (found == type.symbols.end()) return false;
    put_long(out, found - type.symbols.begin());
    return true;
  }
  case avro_kind::choice:
    for (std::size_t i = 0; i < type.branches.size(); ++i) {
      const bool null = type.branches[i]->kind == avro_kind::null;
      const bool taken = cell.empty() ? null : !null;
      if (!taken && type.branches.size() > 1) continue;
      put_long(out, static_cast<std::int64_t>(i));
      return put_cell(*type.branches[i], cell, out);
    }
    return false;
  default: return false;
  }
}

} // namespace

expected<void, diagnostic> json_to_binary(const avro_schema& schema, std::string_view text, bytes& out,
                                          std::string source) {
  const auto name = std::make_shared<const std::string>(std::move(source));
  const auto json = parse_json(text, name);
  if (!json) return unexpected(json.error());
  const auto before = out.size();
  json_encoder encoder(name, out);
  if (encoder.write(schema.root(), *json)) return {};
  out.resize(before);
  return unexpected(std::move(*encoder.problem));
}

result<row_encoder> row_encoder::of(const avro_schema& schema, std::span<const std::string> columns) {
  const auto& root = schema.root();
  if (root.kind != avro_kind::record)
    return user_error(errc::unsupported, describe(root) + " is no record: it has no columns");
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (std::find(columns.begin(), columns.begin() + static_cast<std::ptrdiff_t>(i), columns[i]) !=
        columns.begin() + static_cast<std::ptrdiff_t>(i))
      return user_error(errc::invalid_argument, "the column '" + columns[i] + "' stands twice");
    if (std::none_of(root.fields.begin(), root.fields.end(), [&](const auto& f) { return f.name == columns[i]; }))
      return user_error(errc::invalid_argument, "the column '" + columns[i] + "' is no field of " + describe(root));
  }
  std::vector<int> cells;
  for (const auto& field : root.fields) {
    const auto found = std::find(columns.begin(), columns.end(), field.name);
    if (found != columns.end() && !is_flat(*field.type))
      return user_error(errc::unsupported,
                        "the field '" + field.name + "' of " + describe(root) + " fits into no cell");
    if (found == columns.end() && !field.default_json)
      return user_error(errc::invalid_argument, "there is no column for the field '" + field.name + "'");
    cells.push_back(found == columns.end() ? -1 : static_cast<int>(found - columns.begin()));
  }
  return row_encoder(schema, std::move(cells));
}

std::size_t row_encoder::columns() const {
  return static_cast<std::size_t>(
      std::count_if(cell_of_field_.begin(), cell_of_field_.end(), [](int c) { return c >= 0; }));
}

result<void> row_encoder::encode(std::span<const std::string> cells, bytes& out) const {
  if (cells.size() != columns())
    return user_error(errc::invalid_argument, "the row has " + std::to_string(cells.size()) + " cells, the header " +
                                                  std::to_string(columns()));
  const auto before = out.size();
  const auto& fields = schema_.root().fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (cell_of_field_[i] < 0) {
      out.insert(out.end(), fields[i].default_bytes.begin(), fields[i].default_bytes.end());
    } else if (!put_cell(*fields[i].type, cells[static_cast<std::size_t>(cell_of_field_[i])], out)) {
      out.resize(before);
      return user_error(errc::invalid_argument, "the cell of column '" + fields[i].name +
                                                    "' should be a value of type " + describe(*fields[i].type));
    }
  }
  return {};
}

} // namespace cloudflow::schema
