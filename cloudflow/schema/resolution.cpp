#include "cloudflow/schema/resolution.hpp"

#include "cloudflow/schema/generated.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>

namespace cloudflow::schema {
namespace {

using type_pair = std::pair<const avro_type*, const avro_type*>; // writer, reader

// Schemas that refer to themselves in different rhythms unfold into long paths.
constexpr int max_unfolding = 1'000;

std::string rule(std::string_view which) { return "Avro 1.12, Schema Resolution: " + std::string(which); }

/// The specification matches names without their namespaces; the reader's aliases stand for names.
bool names_match(const avro_type& writer, const avro_type& reader) {
  if (writer.short_name() == reader.short_name()) return true;
  return std::find(reader.aliases.begin(), reader.aliases.end(), writer.name) != reader.aliases.end();
}

bool promotes(avro_kind writer, avro_kind reader) {
  switch (reader) {
  case avro_kind::int64: return writer == avro_kind::int32;
  case avro_kind::float32: return writer == avro_kind::int32 || writer == avro_kind::int64;
  case avro_kind::float64:
    return writer == avro_kind::int32 || writer == avro_kind::int64 || writer == avro_kind::float32;
  case avro_kind::bytes: return writer == avro_kind::string;
  case avro_kind::string: return writer == avro_kind::bytes;
  default: return false;
  }
}

/// "To match" in the specification's sense: without looking into records, but into items.
bool matches(const avro_type& writer, const avro_type& reader) {
  if (writer.kind == avro_kind::choice || reader.kind == avro_kind::choice) return true;
  if (writer.kind != reader.kind) return promotes(writer.kind, reader.kind);
  switch (reader.kind) {
  case avro_kind::array:
  case avro_kind::map: return matches(*writer.item, *reader.item);
  case avro_kind::fixed: return writer.size == reader.size && names_match(writer, reader);
  case avro_kind::record:
  case avro_kind::enumeration: return names_match(writer, reader);
  default: return true;
  }
}

/// The first branch that matches. Of two named types with one short name the one with the writer's full name is meant.
std::optional<std::size_t> branch_for(const avro_type& writer, const avro_type& reader) {
  if (writer.named()) {
    for (std::size_t i = 0; i < reader.branches.size(); ++i) {
      const auto& branch = *reader.branches[i];
      if (branch.name == writer.name && matches(writer, branch)) return i;
    }
  }
  for (std::size_t i = 0; i < reader.branches.size(); ++i) {
    if (matches(writer, *reader.branches[i])) return i;
  }
  return std::nullopt;
}

plan_action action_of(avro_kind writer) {
  switch (writer) {
  case avro_kind::boolean: return plan_action::boolean;
  case avro_kind::int32: return plan_action::int32;
  case avro_kind::int64: return plan_action::int64;
  case avro_kind::float32: return plan_action::float32;
  case avro_kind::float64: return plan_action::float64;
  case avro_kind::bytes:
  case avro_kind::string: return plan_action::octets;
  default: return plan_action::direct;
  }
}

class resolver {
  resolution_plan& plan_;
  bool strict_; // every value must be readable
  std::map<type_pair, plan_node*> made_;
  std::map<type_pair, bool> same_;
  std::set<type_pair> comparing_;
  std::string path_;
  std::optional<schema_mismatch> why_;
  int depth_ = 0;

public:
  resolver(resolution_plan& plan, bool strict)
      : plan_(plan)
      , strict_(strict) {}

  expected<void, schema_mismatch> run() {
    const auto& reader = plan_.reader.root();
    path_ = reader.named() ? std::string(reader.short_name()) : std::string(name_of(reader.kind));
    plan_.root = resolve(plan_.writer.root(), reader);
    if (plan_.root == nullptr) return unexpected(std::move(*why_));
    return {};
  }

private:
  const plan_node* mismatch(std::string reason, std::string_view which) {
    why_ = schema_mismatch{path_, std::move(reason), rule(which)};
    return nullptr;
  }

  /// One canonical form. Pairs on the way are assumed equal, which holds if nothing differs below.
  bool same(const avro_type& writer, const avro_type& reader) {
    const bool outermost = comparing_.empty();
    const bool equal = same_layout(writer, reader, 0);
    if (outermost) {
      if (equal) {
        for (const auto& pair : comparing_) same_[pair] = true;
      }
      comparing_.clear();
    }
    return equal;
  }

  bool same_layout(const avro_type& writer, const avro_type& reader, int depth) {
    if (writer.kind != reader.kind || writer.name != reader.name || depth > max_unfolding) return false;
    const type_pair pair{&writer, &reader};
    if (const auto known = same_.find(pair); known != same_.end()) return known->second;
    if (!comparing_.insert(pair).second) return true;
    bool equal = true;
    switch (reader.kind) {
    case avro_kind::fixed: equal = writer.size == reader.size; break;
    case avro_kind::enumeration: equal = writer.symbols == reader.symbols; break;
    case avro_kind::array:
    case avro_kind::map: equal = same_layout(*writer.item, *reader.item, depth + 1); break;
    case avro_kind::record:
      equal = writer.fields.size() == reader.fields.size();
      for (std::size_t i = 0; equal && i < reader.fields.size(); ++i) {
        equal = writer.fields[i].name == reader.fields[i].name &&
                same_layout(*writer.fields[i].type, *reader.fields[i].type, depth + 1);
      }
      break;
    case avro_kind::choice:
      equal = writer.branches.size() == reader.branches.size();
      for (std::size_t i = 0; equal && i < reader.branches.size(); ++i) {
        equal = same_layout(*writer.branches[i], *reader.branches[i], depth + 1);
      }
      break;
    default: break;
    }
    if (!equal) same_[pair] = false;
    return equal;
  }

  const plan_node* resolve(const avro_type& writer, const avro_type& reader) {
    const type_pair pair{&writer, &reader};
    if (const auto known = made_.find(pair); known != made_.end()) {
      if (known->second->what != plan_action::refuse) return known->second;
      why_ = schema_mismatch{path_, known->second->why, rule("schemas do not match")};
      return nullptr;
    }
    if (++depth_ > max_unfolding) {
      --depth_;
      return mismatch("the two schemas refer to themselves in ways that unfold deeper than 1,000 levels", "limit");
    }
    auto& node = plan_.nodes.emplace_back();
    node.writer = &writer;
    node.reader = &reader;
    made_[pair] = &node;
    const bool done = same(writer, reader) || fill(node, writer, reader);
    --depth_;
    if (done) return &node;
    // Whoever met this pair on its way round a cycle finds the refusal here.
    node = plan_node{};
    node.what = plan_action::refuse;
    node.why = why_->reason;
    return nullptr;
  }

  bool fill(plan_node& node, const avro_type& writer, const avro_type& reader) {
    if (writer.kind == avro_kind::choice) return from_choice(node, writer, reader);
    if (reader.kind == avro_kind::choice) return to_choice(node, writer, reader);
    if (writer.kind != reader.kind && !promotes(writer.kind, reader.kind)) {
      mismatch("a reader of " + describe(reader) + " cannot read what is written as " + describe(writer),
               "schemas must match");
      return false;
    }
    switch (reader.kind) {
    case avro_kind::record: return record(node, writer, reader);
    case avro_kind::enumeration: return enumeration(node, writer, reader);
    case avro_kind::fixed:
      if (writer.size != reader.size) {
        mismatch(describe(reader) + " has " + std::to_string(reader.size) + " bytes, the writer's " +
                     std::to_string(writer.size),
                 "both schemas are fixed whose sizes and names match");
        return false;
      }
      node.what = plan_action::fixed;
      return named(writer, reader);
    case avro_kind::array:
    case avro_kind::map: {
      node.what = reader.kind == avro_kind::array ? plan_action::array : plan_action::map;
      const auto mark = path_.size();
      path_ += reader.kind == avro_kind::array ? "[]" : "{}";
      node.item = resolve(*writer.item, *reader.item);
      if (node.item != nullptr) path_.resize(mark);
      return node.item != nullptr;
    }
    default: node.what = action_of(writer.kind); return true;
    }
  }

  bool named(const avro_type& writer, const avro_type& reader) {
    if (names_match(writer, reader)) return true;
    mismatch("the reader's " + describe(reader) + " and the writer's " + describe(writer) +
                 " have different names, and no alias of the reader's names the writer's",
             "names match");
    return false;
  }

  bool from_choice(plan_node& node, const avro_type& writer, const avro_type& reader) {
    node.what = plan_action::from_choice;
    std::optional<schema_mismatch> first;
    bool any = writer.branches.empty();
    const auto here = path_;
    for (const auto* branch : writer.branches) {
      const auto* chosen = resolve(*branch, reader);
      if (chosen == nullptr) {
        path_ = here;
        if (!first) first = why_;
        auto& refused = plan_.nodes.emplace_back();
        refused.what = plan_action::refuse;
        refused.why = why_->text();
        chosen = &refused;
      } else {
        any = true;
      }
      node.branches.push_back(chosen);
    }
    if (first && (strict_ || !any)) {
      why_ = std::move(first);
      return false;
    }
    return true;
  }

  bool to_choice(plan_node& node, const avro_type& writer, const avro_type& reader) {
    node.what = plan_action::to_choice;
    if (const auto branch = branch_for(writer, reader)) {
      node.index = static_cast<std::uint32_t>(*branch);
      node.item = resolve(writer, *reader.branches[*branch]);
      return node.item != nullptr;
    }
    mismatch("no branch of the reader's union " + describe(reader) + " matches the writer's " + describe(writer),
             "reader's is a union, but writer's is not");
    return false;
  }

  bool enumeration(plan_node& node, const avro_type& writer, const avro_type& reader) {
    if (!named(writer, reader)) return false;
    node.what = plan_action::enumeration;
    std::unordered_map<std::string_view, std::int32_t> known;
    for (const auto& symbol : reader.symbols) known.emplace(symbol, static_cast<std::int32_t>(known.size()));
    for (const auto& symbol : writer.symbols) {
      const auto found = known.find(symbol);
      if (found != known.end()) {
        node.symbols.push_back(found->second);
      } else if (reader.default_symbol) {
        node.symbols.push_back(static_cast<std::int32_t>(*reader.default_symbol));
      } else {
        node.symbols.push_back(-1);
        if (node.why.empty()) {
          mismatch("the writer's symbol " + symbol + " is unknown to the reader's " + describe(reader) +
                       ", which has no default",
                   "both are enums");
          node.why = why_->text();
        }
      }
    }
    return !strict_ || node.why.empty();
  }

  using field_index = std::unordered_map<std::string_view, const avro_field*>;

  static const avro_field* find_field(const field_index& writer, const avro_field& wanted) {
    if (const auto found = writer.find(wanted.name); found != writer.end()) return found->second;
    for (const auto& alias : wanted.aliases) {
      if (const auto found = writer.find(alias); found != writer.end()) return found->second;
    }
    return nullptr;
  }

  bool record(plan_node& node, const avro_type& writer, const avro_type& reader) {
    if (!named(writer, reader)) return false;
    node.what = plan_action::record;
    field_index written;
    for (const auto& field : writer.fields) written.emplace(field.name, &field);
    std::unordered_map<const avro_field*, std::uint32_t> taken;
    std::vector<plan_step> fills;
    const auto mark = path_.size();
    for (std::size_t i = 0; i < reader.fields.size(); ++i) {
      const auto& field = reader.fields[i];
      const auto index = static_cast<std::uint32_t>(i);
      const auto* source = find_field(written, field);
      if (source != nullptr && taken.emplace(source, index).second) continue;
      if (!field.default_json) {
        path_ += "." + field.name;
        mismatch("reader field '" + field.name + "' has no default and the writer lacks it", "both are records");
        return false;
      }
      fills.push_back({plan_step::action::fill, index, nullptr, nullptr, &field.default_bytes});
    }
    for (const auto& field : writer.fields) {
      const auto found = taken.find(&field);
      if (found == taken.end()) {
        node.steps.push_back({plan_step::action::skip, 0, nullptr, field.type, nullptr});
        continue;
      }
      const auto& wanted = reader.fields[found->second];
      path_ += "." + wanted.name;
      const auto* how = resolve(*field.type, *wanted.type);
      if (how == nullptr) return false;
      path_.resize(mark);
      node.steps.push_back({plan_step::action::read, found->second, how, nullptr, nullptr});
    }
    node.steps.insert(node.steps.end(), fills.begin(), fills.end());
    return true;
  }
};

expected<std::shared_ptr<const resolution_plan>, schema_mismatch> compile(const avro_schema& writer,
                                                                          const avro_schema& reader, bool strict) {
  auto plan = std::make_shared<resolution_plan>(resolution_plan{writer, reader, {}, nullptr});
  if (auto done = resolver(*plan, strict).run(); !done) return unexpected(std::move(done).error());
  return std::shared_ptr<const resolution_plan>(std::move(plan));
}

} // namespace

expected<std::shared_ptr<const resolution_plan>, schema_mismatch> resolve(const avro_schema& writer,
                                                                          const avro_schema& reader) {
  return compile(writer, reader, false);
}

expected<void, schema_mismatch> can_read(const avro_schema& reader, const avro_schema& writer) {
  auto plan = compile(writer, reader, true);
  if (!plan) return unexpected(std::move(plan).error());
  return {};
}

expected<void, schema_mismatch> can_read(const schema_definition& reader, const schema_definition& writer) {
  const auto refuse = [&](std::string reason) {
    return unexpected(schema_mismatch{reader.name, std::move(reason), "one format per topic"});
  };
  if (reader.format != writer.format) {
    return refuse("the reader wants format " + reader.format + ", the writer writes " + writer.format);
  }
  if (reader.format != "avro") {
    if (reader.text == writer.text && reader.name == writer.name) return {};
    return refuse("schemas of format " + reader.format + " must be equal");
  }
  if (reader.text == writer.text) return {};
  const auto read = avro_schema::parse(reader.text, reader.name);
  if (!read) return refuse("the reader's schema is not valid: " + as_error(read.error()).text());
  const auto written = avro_schema::parse(writer.text, writer.name);
  if (!written) return refuse("the writer's schema is not valid: " + as_error(written.error()).text());
  return can_read(*read, *written);
}

result<std::shared_ptr<const resolution_plan>> plan_for(const schema_definition& writer,
                                                        const schema_definition& reader) {
  if (writer.format != reader.format) {
    return user_error(errc::incompatible, reader.name + " of format " + reader.format + " cannot read " + writer.name +
                                              " of format " + writer.format);
  }
  if (writer.text == reader.text) return std::shared_ptr<const resolution_plan>();
  const auto written = avro_schema::parse(writer.text, writer.name);
  if (!written)
    return unexpected(as_error(written.error()).wrap("the writer's schema " + writer.name + " is not valid"));
  const auto read = avro_schema::parse(reader.text, reader.name);
  if (!read) return unexpected(as_error(read.error()).wrap("the reader's schema " + reader.name + " is not valid"));
  if (written->canonical() == read->canonical()) return std::shared_ptr<const resolution_plan>();
  auto plan = resolve(*written, *read);
  if (!plan) return user_error(errc::incompatible, plan.error().text());
  return std::move(*plan);
}

} // namespace cloudflow::schema
