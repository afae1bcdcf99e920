#pragma once

#include "cloudflow/schema/avro_schema.hpp"

#include <set>
#include <string>
#include <string_view>

namespace cloudflow::schema::generator {

/// A name that C++ takes: keywords and well-known macros get an underscore at the end.
std::string cpp_identifier(std::string_view name);

/// `acme.sensors` as `acme::sensors`.
std::string cpp_namespace(std::string_view avro_namespace);

/// Hands out names of one scope: a second one that is equal gets an underscore.
class name_scope {
  std::set<std::string, std::less<>> used_;

public:
  void reserve(std::string name) { used_.insert(std::move(name)); }
  std::string take(std::string_view name);
};

/// A string literal of those bytes, quotes included.
std::string cpp_literal(std::string_view text);

} // namespace cloudflow::schema::generator
