#include "cloudflow/schema/internal/avro_builder.hpp"

#include "cloudflow/base/suggest.hpp"
#include "cloudflow/schema/avro_default.hpp"
#include "cloudflow/schema/internal/avro_logical.hpp"
#include "cloudflow/schema/internal/avro_words.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace cloudflow::schema::detail {

namespace {

constexpr std::uint32_t max_type_depth = 64;
constexpr std::size_t max_named_types = 10'000;
constexpr std::uint64_t huge = std::uint64_t{1} << 60; // sizes saturate here

std::uint64_t smallest(avro_kind kind) {
  switch (kind) {
  case avro_kind::null: return 0;
  case avro_kind::float32: return 4;
  case avro_kind::float64: return 8;
  default: return 1;
  }
}

class builder {
  using kind = json_value::kind;

  avro_schema::model& out_;
  std::shared_ptr<const std::string> source_;
  std::vector<diagnostic> problems_;
  std::unordered_map<std::string, avro_type*> names_;
  std::vector<avro_type*> open_; // named types whose definition has not ended
  struct late_default {
    avro_type* record;
    std::size_t field;
  };
  std::vector<late_default> defaults_;

public:
  builder(avro_schema::model& out, std::shared_ptr<const std::string> source)
      : out_(out)
      , source_(std::move(source)) {}

  std::vector<diagnostic> build(const json_value& document) {
    out_.root = read(document, "");
    if (problems_.empty()) {
      std::uint32_t steps = 1'000'000;
      for (const auto& [record, index] : defaults_) {
        auto& field = record->fields[index];
        default_fault fault;
        if (!encode_default(*field.type, *field.default_json, field.default_bytes, steps, fault)) {
          complain("CF-S08", "field '" + field.name + "' of " + describe(*record) + ": " + fault.message, *fault.at,
                   "correct the default or remove it");
          if (steps == 0) break;
        }
      }
    }
    sort_and_unique(problems_);
    return std::move(problems_);
  }

private:
  void complain(std::string code, std::string message, const json_value& at, std::string hint = {}) {
    if (problems_.size() < 100) {
      problems_.push_back({.code = std::move(code),
                           .message = std::move(message),
                           .where = place_of(at, source_),
                           .hint = std::move(hint)});
    }
  }

  avro_type& add(avro_kind type, const json_value& at) {
    auto& node = out_.types.emplace_back();
    node.kind = type;
    node.min_size = smallest(type);
    node.where = place_of(at, source_);
    return node;
  }

  const avro_type* read(const json_value& value, const std::string& space) {
    switch (value.type) {
    case kind::string: return reference(value, space);
    case kind::array: return choice(value, space);
    case kind::object: return object(value, space);
    default: complain("CF-S02", "a schema is a type's name, an object or an array (a union)", value); return nullptr;
    }
  }

  const avro_type* reference(const json_value& value, const std::string& space) {
    if (const auto primitive = primitive_of(value.text)) return &add(*primitive, value);
    const auto full = qualified(value.text, space);
    const auto found = names_.find(full);
    if (found == names_.end()) {
      std::vector<std::string> known;
      for (const auto& [word, unused] : primitives) known.emplace_back(word);
      for (const auto& [name, unused] : names_) known.push_back(name);
      for (const auto* word : {"record", "enum", "array", "map", "fixed"}) known.emplace_back(word);
      const auto meant = nearest(full, known);
      std::string hint = "define it before its first use";
      if (value.text == "record" || value.text == "enum" || value.text == "array" || value.text == "map" ||
          value.text == "fixed") {
        hint = "write {\"type\": \"" + value.text + "\", ...}";
      } else if (meant) {
        hint = "did you mean \"" + *meant + "\"?";
      }
      complain("CF-S03", "no type of the name \"" + full + "\" has been defined", value, hint);
      return nullptr;
    }
    const auto begin = std::find(open_.begin(), open_.end(), found->second);
    for (auto at = begin; at != open_.end(); ++at) (*at)->recursive = true;
    return found->second;
  }

  const avro_type* choice(const json_value& value, const std::string& space) {
    auto& node = add(avro_kind::choice, value);
    std::unordered_set<std::string> seen;
    bool whole = true;
    for (const auto& item : value.items) {
      const auto* branch = read(item, space);
      if (branch == nullptr) {
        whole = false;
        continue;
      }
      if (branch->kind == avro_kind::choice) {
        complain("CF-S07", "a union stands directly in a union", item, "write its branches into the outer one");
        whole = false;
      } else if (!seen.insert(branch->named() ? branch->name : std::string(name_of(branch->kind))).second) {
        complain("CF-S07", "the union has two branches of type " + describe(*branch), item,
                 "a union tells its branches apart by type, named types by name");
        whole = false;
      }
      node.branches.push_back(branch);
      node.depth = std::max(node.depth, branch->depth + 1);
    }
    return whole && depth_fits(node, value) ? &node : nullptr;
  }

  bool depth_fits(const avro_type& node, const json_value& at) {
    if (node.depth <= max_type_depth) return true;
    complain("CF-S09", "types are nested deeper than 64 levels", at);
    return false;
  }

  const json_value* text_member(const json_value& value, std::string_view name, const char* what, bool needed) {
    const auto* found = value.find(name);
    if (found == nullptr) {
      if (needed) complain("CF-S02", std::string(what) + " lacks \"" + std::string(name) + "\"", value);
      return nullptr;
    }
    if (found->is(kind::string)) return found;
    complain("CF-S02", "\"" + std::string(name) + "\" of " + what + " should be a string", *found);
    return nullptr;
  }

  const avro_type* object(const json_value& value, const std::string& space) {
    const auto* type = value.find("type");
    if (type == nullptr) {
      complain("CF-S02", "a schema object lacks \"type\"", value);
      return nullptr;
    }
    if (!type->is(kind::string)) {
      complain("CF-S02", "\"type\" of a schema object should be a type's name", *type,
               "write the inner schema itself, without an object around it");
      return nullptr;
    }
    if (type->text == "record" || type->text == "error") return record(value, space);
    if (type->text == "enum") return enumeration(value, space);
    if (type->text == "fixed") return fixed(value, space);
    if (type->text == "array") return container(value, space, avro_kind::array, "items");
    if (type->text == "map") return container(value, space, avro_kind::map, "values");
    if (const auto primitive = primitive_of(type->text)) {
      auto& node = add(*primitive, value);
      read_logical(value, node);
      return &node;
    }
    return reference(*type, space);
  }

  const avro_type* container(const json_value& value, const std::string& space, avro_kind type, const char* member) {
    const auto* item = value.find(member);
    if (item == nullptr) {
      complain("CF-S02", std::string(name_of(type)) + " lacks \"" + member + "\"", value);
      return nullptr;
    }
    auto& node = add(type, value);
    node.item = read(*item, space);
    if (node.item == nullptr) return nullptr;
    node.depth = node.item->depth + 1;
    return depth_fits(node, value) ? &node : nullptr;
  }

  void read_aliases(const json_value& value, std::string_view space, bool of_type, std::vector<std::string>& out) {
    const auto* list = value.find("aliases");
    if (list == nullptr) return;
    if (!list->is(kind::array)) {
      complain("CF-S02", "\"aliases\" should be an array of names", *list);
      return;
    }
    for (const auto& alias : list->items) {
      if (!alias.is(kind::string) || !(of_type ? is_full_name(alias.text) : is_name(alias.text))) {
        complain("CF-S04", "an alias should be a name", alias, "names are [A-Za-z_][A-Za-z0-9_]*");
      } else {
        out.push_back(of_type ? qualified(alias.text, space) : alias.text);
      }
    }
  }

  /// The node of a new named type, already known by its name; nullptr if it has no usable one.
  avro_type* define(avro_kind type, const json_value& value, const std::string& space, const char* what) {
    const auto* name = text_member(value, "name", what, true);
    const auto* given_space = text_member(value, "namespace", what, false);
    if (name == nullptr) return nullptr;
    if (!is_full_name(name->text)) {
      complain("CF-S04", "\"" + name->text + "\" is not a name", *name,
               "names are [A-Za-z_][A-Za-z0-9_]*, joined by dots where they hold a namespace");
      return nullptr;
    }
    if (given_space != nullptr && !given_space->text.empty() && !is_full_name(given_space->text)) {
      complain("CF-S04", "\"" + given_space->text + "\" is not a namespace", *given_space,
               "namespaces are names joined by dots");
      return nullptr;
    }
    const auto full = qualified(name->text, given_space != nullptr ? given_space->text : space);
    if (primitive_of(full.substr(full.rfind('.') + 1))) {
      complain("CF-S04", "\"" + full + "\" takes the name of a primitive type", *name, "choose another name");
      return nullptr;
    }
    if (names_.size() >= max_named_types) {
      complain("CF-S09", "the schema defines more than 10,000 types", *name);
      return nullptr;
    }
    auto& node = add(type, value);
    node.name = full;
    if (!names_.emplace(full, &node).second) {
      complain("CF-S05", "the type \"" + full + "\" is defined twice", *name,
               "define it once and use its name afterwards");
      return nullptr;
    }
    out_.named.push_back(&node);
    if (const auto* doc = text_member(value, "doc", what, false)) node.doc = doc->text;
    read_aliases(value, node.space(), true, node.aliases);
    return &node;
  }

  const avro_type* record(const json_value& value, const std::string& space) {
    auto* node = define(avro_kind::record, value, space, "a record");
    const auto* fields = value.find("fields");
    if (fields == nullptr || !fields->is(kind::array)) {
      complain("CF-S02", "a record wants \"fields\", an array", fields != nullptr ? *fields : value);
      return node;
    }
    if (node == nullptr) return nullptr;
    node->depth = 0;
    open_.push_back(node);
    const std::string inner(node->space());
    std::unordered_set<std::string> seen;
    std::uint32_t deepest = 0;
    std::uint64_t bytes_at_least = 0;
    node->fields.reserve(fields->items.size());
    for (const auto& item : fields->items) {
      const auto* type = field(item, inner, *node, seen);
      if (type == nullptr) continue;
      deepest = std::max(deepest, type->depth);
      bytes_at_least = std::min(huge, bytes_at_least + type->min_size);
    }
    node->min_size = bytes_at_least;
    node->depth = deepest + 1;
    open_.pop_back();
    depth_fits(*node, value);
    return node;
  }

  const avro_type* field(const json_value& value, const std::string& space, avro_type& owner,
                         std::unordered_set<std::string>& seen) {
    if (!value.is(kind::object)) {
      complain("CF-S02", "a field should be an object with \"name\" and \"type\"", value);
      return nullptr;
    }
    const auto* name = text_member(value, "name", "a field", true);
    const auto* type = value.find("type");
    if (type == nullptr) complain("CF-S02", "a field lacks \"type\"", value);
    if (name != nullptr && !is_name(name->text)) {
      complain("CF-S04", "\"" + name->text + "\" is not a name for a field", *name, "names are [A-Za-z_][A-Za-z0-9_]*");
      name = nullptr;
    }
    if (name != nullptr && !seen.insert(name->text).second) {
      complain("CF-S06", "the field '" + name->text + "' stands twice in " + describe(owner), *name);
      name = nullptr;
    }
    const avro_type* node = type == nullptr ? nullptr : read(*type, space);
    if (name == nullptr) return node;
    avro_field field;
    field.name = name->text;
    field.type = node;
    field.where = place_of(*name, source_);
    if (const auto* doc = text_member(value, "doc", "a field", false)) field.doc = doc->text;
    if (const auto* order = text_member(value, "order", "a field", false)) {
      field.order = order->text;
      if (order->text != "ascending" && order->text != "descending" && order->text != "ignore") {
        complain("CF-S10", "\"" + order->text + "\" is not an order", *order, "ascending, descending or ignore");
      }
    }
    read_aliases(value, space, false, field.aliases);
    if (const auto* given = value.find("default")) {
      field.default_json = *given;
      defaults_.push_back({&owner, owner.fields.size()});
    }
    owner.fields.push_back(std::move(field));
    return node;
  }

  const avro_type* enumeration(const json_value& value, const std::string& space) {
    auto* node = define(avro_kind::enumeration, value, space, "an enum");
    const auto* symbols = value.find("symbols");
    if (symbols == nullptr || !symbols->is(kind::array)) {
      complain("CF-S02", "an enum wants \"symbols\", an array of names", symbols != nullptr ? *symbols : value);
      return node;
    }
    if (node == nullptr) return nullptr;
    std::unordered_set<std::string> seen;
    for (const auto& symbol : symbols->items) {
      if (!symbol.is(kind::string) || !is_name(symbol.text)) {
        complain("CF-S04", "a symbol should be a name", symbol, "names are [A-Za-z_][A-Za-z0-9_]*");
      } else if (!seen.insert(symbol.text).second) {
        complain("CF-S06", "the symbol " + symbol.text + " stands twice in " + describe(*node), symbol);
      } else {
        node->symbols.push_back(symbol.text);
      }
    }
    if (const auto* fallback = text_member(value, "default", "an enum", false)) {
      const auto found = std::find(node->symbols.begin(), node->symbols.end(), fallback->text);
      if (found == node->symbols.end()) {
        complain("CF-S08", "the default " + fallback->text + " of " + describe(*node) + " is none of its symbols",
                 *fallback, "choose one of them");
      } else {
        node->default_symbol = static_cast<std::uint32_t>(found - node->symbols.begin());
      }
    }
    return node;
  }

  const avro_type* fixed(const json_value& value, const std::string& space) {
    auto* node = define(avro_kind::fixed, value, space, "a fixed");
    const auto* given = value.find("size");
    const auto size = whole_number(given);
    if (!size || *size < 0 || *size > INT32_MAX) {
      complain("CF-S02", "a fixed wants \"size\", a whole number from 0 to 2147483647",
               given != nullptr ? *given : value);
      return node;
    }
    if (node == nullptr) return nullptr;
    node->size = static_cast<std::uint64_t>(*size);
    node->min_size = node->size;
    read_logical(value, *node);
    return node;
  }
};

} // namespace

std::vector<diagnostic> build(avro_schema::model& into, const json_value& document,
                              std::shared_ptr<const std::string> source) {
  return builder(into, std::move(source)).build(document);
}

} // namespace cloudflow::schema::detail
