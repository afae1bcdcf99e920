#include "cloudflow/schema/generator/generate_cpp.hpp"

#include "cloudflow/schema/problem_catalog.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::schema;

namespace {

std::string problem_of(std::string_view text, std::string cpp_namespace = {}) {
  const auto code = generator::generate_cpp(avro_schema::parse(text).value(), {std::move(cpp_namespace)});
  return code ? "none" : code.error().front().code + " " + code.error().front().message;
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE("the generator refuses what is no record or has no C++ type") {
  CHECK(problem_of(R"("int")").starts_with("CF-S20 "));
  CHECK(problem_of(R"({"type":"record","name":"r","fields":[{"name":"a","type":[]}]})").starts_with("CF-S21 "));
  CHECK(
      problem_of(
          R"({"type":"record","name":"a.r","fields":[{"name":"x","type":{"type":"record","name":"b.r","fields":[]}}]})") ==
      "none");
  CHECK(
      problem_of(
          R"({"type":"record","name":"a.r","fields":[{"name":"x","type":{"type":"record","name":"b.r","fields":[]}}]})",
          "one") == "CF-S22 record b.r would get the C++ name ::one::r, as record a.r does");
}

TEST_CASE("each code of the generator has a failing case") {
  std::size_t codes = 0;
  for (const auto& page : problem_catalog()) {
    if (!page.code.starts_with("CF-S2")) continue;
    CHECK(problem_of(page.example).substr(0, 6) == page.code);
    ++codes;
  }
  CHECK(codes == 3);
}

TEST_CASE("the generator keeps names but for those that C++ has taken") {
  const auto code =
      generator::generate_cpp(avro_schema::parse(R"({"type":"record","name":"r","namespace":"new.std.x","fields":[
        {"name":"class","type":"int"},{"name":"class_","type":"int"},{"name":"r","type":"int"},{"name":"camelCase","type":"int"}]})")
                                  .value());
  REQUIRE(code);
  CHECK(contains(*code, "namespace new_::std::x {"));
  CHECK(contains(*code, "int32_t class_{}"));
  CHECK(contains(*code, "int32_t class__{}"));
  CHECK(contains(*code, "int32_t r_{}"));
  CHECK(contains(*code, "int32_t camelCase{}"));
}

TEST_CASE("the generator puts all types into the namespace it is given") {
  const auto code = generator::generate_cpp(
      avro_schema::parse(
          R"({"type":"record","name":"a.r","fields":[{"name":"x","type":{"type":"enum","name":"b.e","symbols":["A"]}}]})")
          .value(),
      {.cpp_namespace = "mine::own"});
  REQUIRE(code);
  CHECK(contains(*code, "::mine::own::e x{}"));
}

TEST_CASE("the generator makes the same text of the same schema") {
  const auto schema =
      avro_schema::parse(
          R"({"type":"record","name":"r","fields":[{"name":"b","type":"int"},{"name":"a","type":"int"}]})")
          .value();
  CHECK(generator::generate_cpp(schema).value() == generator::generate_cpp(schema).value());
}
