#include "cloudflow/base/json_writer.hpp"
#include "cloudflow/schema/generic_value.hpp"
#include "cloudflow/schema/internal/json_values.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace cloudflow::schema {

using namespace detail;

namespace {

template <class T> void put_number(std::string& out, T value) {
  if (std::isnan(value)) {
    out += "\"NaN\"";
  } else if (std::isinf(value)) {
    out += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  } else {
    char room[64];
    const auto end = std::to_chars(room, room + sizeof(room), value).ptr;
    const std::string_view text(room, static_cast<std::size_t>(end - room));
    out += text;
    if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
  }
}

void render(const avro_type& type, const generic_value& given, std::string& out) {
  const auto list = [&](const generic_value::list& items, char open, char close, auto&& each) {
    out += open;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i != 0) out += ',';
      each(i, items[i]);
    }
    out += close;
  };
  if (const auto* text = std::get_if<std::string>(&given.value)) {
    out += json_quote(*text);
  } else if (const auto* flag = std::get_if<bool>(&given.value)) {
    out += *flag ? "true" : "false";
  } else if (const auto* narrow = std::get_if<std::int32_t>(&given.value)) {
    const auto index = static_cast<std::size_t>(*narrow);
    if (type.kind == avro_kind::enumeration) {
      out += json_quote(index < type.symbols.size() ? type.symbols[index] : std::string("?"));
    } else {
      out += std::to_string(*narrow);
    }
  } else if (const auto* wide = std::get_if<std::int64_t>(&given.value)) {
    out += std::to_string(*wide);
  } else if (const auto* single = std::get_if<float>(&given.value)) {
    put_number(out, *single);
  } else if (const auto* real = std::get_if<double>(&given.value)) {
    put_number(out, *real);
  } else if (const auto* data = std::get_if<bytes>(&given.value)) {
    out += json_quote(characters_of(*data));
  } else if (const auto* items = std::get_if<generic_value::list>(&given.value)) {
    if (type.kind == avro_kind::record && items->size() == type.fields.size()) {
      list(*items, '{', '}', [&](std::size_t i, const generic_value& item) {
        out += json_quote(type.fields[i].name) + ":";
        render(*type.fields[i].type, item, out);
      });
    } else if (type.kind == avro_kind::array) {
      list(*items, '[', ']', [&](std::size_t, const generic_value& item) { render(*type.item, item, out); });
    } else {
      out += "null";
    }
  } else if (const auto* entries = std::get_if<generic_map>(&given.value); entries != nullptr && type.item != nullptr) {
    out += '{';
    for (std::size_t i = 0; i < entries->keys.size(); ++i) {
      if (i != 0) out += ',';
      out += json_quote(entries->keys[i]) + ":";
      render(*type.item, entries->values[i], out);
    }
    out += '}';
  } else if (const auto* choice = std::get_if<generic_choice>(&given.value);
             choice != nullptr && choice->branch < type.branches.size() && choice->value.size() == 1) {
    const auto& branch = *type.branches[choice->branch];
    if (branch.kind == avro_kind::null) {
      out += "null";
    } else {
      out += "{" + json_quote(branch_name(branch)) + ":";
      render(branch, choice->value.front(), out);
      out += '}';
    }
  } else {
    out += "null";
  }
}

class json_reader {
  using kind = json_value::kind;
  const std::shared_ptr<const std::string>& source_;
  std::optional<diagnostic> problem_;

public:
  explicit json_reader(const std::shared_ptr<const std::string>& source)
      : source_(source) {}

  expected<generic_value, diagnostic> run(const avro_type& type, const json_value& json) {
    generic_value out;
    if (read(type, json, out)) return out;
    return unexpected(std::move(*problem_));
  }

private:
  bool refuse(const avro_type& type, const json_value& at, std::string_view wanted, std::string hint = {}) {
    problem_ = wrong_value(type, wanted, place_of(at, source_), std::move(hint));
    return false;
  }

  template <class T> bool integer(const avro_type& type, const json_value& json, generic_value& out) {
    const auto number = json.is(kind::number) ? number_of<T>(json.text) : std::nullopt;
    if (!number) return refuse(type, json, "a whole number in its range");
    out.value = *number;
    return true;
  }

  template <class T> bool real(const avro_type& type, const json_value& json, generic_value& out) {
    const auto number = real_of<T>(json);
    if (!number) return refuse(type, json, "a number in its range");
    out.value = *number;
    return true;
  }

  bool octets(const avro_type& type, const json_value& json, generic_value& out) {
    if (!json.is(kind::string)) return refuse(type, json, "a string, one character for each byte");
    auto data = octets_of(json.text);
    if (!data) return refuse(type, json, "a string of characters up to U+00FF");
    if (type.kind == avro_kind::fixed && data->size() != type.size) {
      return refuse(type, json, "a string of " + std::to_string(type.size) + " characters");
    }
    out.value = std::move(*data);
    return true;
  }

  bool choice(const avro_type& type, const json_value& json, generic_value& out) {
    std::string names;
    for (std::size_t i = 0; i < type.branches.size(); ++i) {
      const auto& branch = *type.branches[i];
      const auto name = branch_name(branch);
      names += (names.empty() ? "" : ", ") + name;
      const bool null = branch.kind == avro_kind::null && json.is(kind::null);
      if (!null && (!json.is(kind::object) || json.items.size() != 1 || json.keys.front().text != name)) continue;
      generic_choice made{static_cast<std::uint32_t>(i), generic_value::list(1)};
      if (!null && !read(branch, json.items.front(), made.value.front())) return false;
      out.value = std::move(made);
      return true;
    }
    return refuse(type, json, "null or an object with one branch's name", "branches: " + names);
  }

  static std::string unknown(const std::unordered_map<std::string_view, const json_value*>& members) {
    return members.size() == 1 ? "the schema has no field '" + std::string(members.begin()->first) + "'"
                               : std::string();
  }

  bool record(const avro_type& type, const json_value& json, generic_value& out) {
    if (!json.is(kind::object)) return refuse(type, json, "an object");
    auto members = json.index();
    generic_value::list fields(type.fields.size());
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const auto member = members.find(type.fields[i].name);
      if (member == members.end()) {
        return refuse(type, json, "an object with field '" + type.fields[i].name + "'");
      }
      if (!read(*type.fields[i].type, *member->second, fields[i])) return false;
      members.erase(member);
    }
    if (!members.empty()) {
      for (const auto& key : json.keys) {
        if (members.contains(key.text)) return refuse(type, key, "an object of its fields", unknown(members));
      }
    }
    out.value = std::move(fields);
    return true;
  }

  bool read(const avro_type& type, const json_value& json, generic_value& out) {
    switch (type.kind) {
    case avro_kind::null: return json.is(kind::null) || refuse(type, json, "null");
    case avro_kind::boolean:
      if (!json.is(kind::boolean)) return refuse(type, json, "true or false");
      out.value = json.flag;
      return true;
    case avro_kind::int32: return integer<std::int32_t>(type, json, out);
    case avro_kind::int64: return integer<std::int64_t>(type, json, out);
    case avro_kind::float32: return real<float>(type, json, out);
    case avro_kind::float64: return real<double>(type, json, out);
    case avro_kind::string:
      if (!json.is(kind::string)) return refuse(type, json, "a string");
      out.value = json.text;
      return true;
    case avro_kind::bytes:
    case avro_kind::fixed: return octets(type, json, out);
    case avro_kind::enumeration: {
      const auto found = std::find(type.symbols.begin(), type.symbols.end(), json.text);
      if (!json.is(kind::string) || found == type.symbols.end()) return refuse(type, json, "one of its symbols");
      out.value = static_cast<std::int32_t>(found - type.symbols.begin());
      return true;
    }
    case avro_kind::record: return record(type, json, out);
    case avro_kind::array: {
      if (!json.is(kind::array)) return refuse(type, json, "an array");
      generic_value::list items(json.items.size());
      for (std::size_t i = 0; i < items.size(); ++i) {
        if (!read(*type.item, json.items[i], items[i])) return false;
      }
      out.value = std::move(items);
      return true;
    }
    case avro_kind::map: {
      if (!json.is(kind::object)) return refuse(type, json, "an object");
      generic_map entries;
      for (std::size_t i = 0; i < json.items.size(); ++i) {
        entries.keys.push_back(json.keys[i].text);
        if (!read(*type.item, json.items[i], entries.values.emplace_back())) return false;
      }
      out.value = std::move(entries);
      return true;
    }
    case avro_kind::choice: return choice(type, json, out);
    }
    return false;
  }
};

} // namespace

std::string to_json(const avro_schema& schema, const generic_value& value) {
  std::string out;
  render(schema.root(), value, out);
  return out;
}

expected<generic_value, diagnostic> from_json(const avro_schema& schema, std::string_view text, std::string source) {
  const auto name = std::make_shared<const std::string>(std::move(source));
  const auto json = parse_json(text, name);
  if (!json) return unexpected(json.error());
  return json_reader(name).run(schema.root(), *json);
}

} // namespace cloudflow::schema
