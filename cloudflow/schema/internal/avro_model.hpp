#pragma once

#include "cloudflow/schema/avro_schema.hpp"

#include <deque>
#include <string>
#include <vector>

namespace cloudflow::schema {

/// What copies of a schema share.
struct avro_schema::model {
  std::string text;
  std::deque<avro_type> types; // a deque, because nodes point at each other
  std::vector<const avro_type*> named;
  const avro_type* root = nullptr;
  std::string canonical;
  fingerprints ids;
};

} // namespace cloudflow::schema
