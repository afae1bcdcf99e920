// cloudflow-schemagen SCHEMA.avsc -o HEADER.hpp [--namespace ns::of::code]
#include "cloudflow/schema/generator/generate_cpp.hpp"

#include <fstream>
#include <iostream>
#include <iterator>

namespace {

constexpr int problems_exit = 1;
constexpr int usage_exit = 2;

int usage() {
  std::cerr << "usage: cloudflow-schemagen SCHEMA.avsc -o HEADER.hpp [--namespace ns::of::code]\n"
               "Makes plain C++ structs and their codec from an Avro schema.\n";
  return usage_exit;
}

int report(const std::vector<cloudflow::diagnostic>& problems) {
  for (const auto& problem : problems) std::cerr << cloudflow::render(problem) << '\n';
  return problems_exit;
}

} // namespace

int main(int argc, char** argv) {
  std::string input;
  std::string output;
  cloudflow::schema::generator::generator_options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    std::string* value = word == "-o" ? &output : word == "--namespace" ? &options.cpp_namespace : nullptr;
    if (value != nullptr) {
      if (++i == argc) return usage();
      *value = argv[i];
    } else if (word.starts_with('-') || !input.empty()) {
      return usage();
    } else {
      input = word;
    }
  }
  if (input.empty() || output.empty()) return usage();
  std::ifstream file(input, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  if (!file) {
    std::cerr << "cloudflow-schemagen: cannot read " << input << '\n';
    return usage_exit;
  }
  const auto schema = cloudflow::schema::avro_schema::parse(text, input);
  if (!schema) return report(schema.error());
  const auto code = cloudflow::schema::generator::generate_cpp(*schema, options);
  if (!code) return report(code.error());
  std::ofstream made(output, std::ios::binary);
  made << *code;
  made.close();
  if (!made) {
    std::cerr << "cloudflow-schemagen: cannot write " << output << '\n';
    return problems_exit;
  }
  return 0;
}
