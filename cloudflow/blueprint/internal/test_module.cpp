#include "cloudflow/blueprint/internal/test_module.hpp"

#include "cloudflow/base/bytes.hpp"
#include "cloudflow/base/hash.hpp"

#include <map>
#include <sstream>

namespace cloudflow::blueprint::internal {

namespace {

using streamlet::key_descriptor;
using streamlet::schema_descriptor;

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> out;
  std::stringstream in(text);
  for (std::string part; std::getline(in, part, at);) out.push_back(part);
  return out;
}

schema_descriptor schema_of(const std::string& name, const std::vector<std::string>& fields) {
  std::string text = R"({"type":"record","name":")" + name + R"(","fields":[)";
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto colon = fields[i].find(':');
    const auto equals = fields[i].find('=', colon);
    text += (i == 0 ? "" : ",") + std::string(R"({"name":")") + fields[i].substr(0, colon) + R"(","type":")" +
            fields[i].substr(colon + 1, equals == std::string::npos ? equals : equals - colon - 1) + "\"";
    if (equals != std::string::npos) text += R"(,"default":)" + fields[i].substr(equals + 1);
    text += "}";
  }
  text += "]}";
  return {name, "avro", to_hex(sha256(as_bytes(text))), text};
}

key_descriptor key_of(const std::string& fields) {
  if (fields == "*") return {key_descriptor::kind::opaque, {}};
  return {key_descriptor::kind::fields, split(fields, ',')};
}

std::string unquoted(const std::string& word) { return word == "''" ? std::string() : word; }

} // namespace

test_module test_module_from(std::string_view text) {
  test_module out;
  std::map<std::string, schema_descriptor> schemas;
  schemas["bytes"] = {"bytes", "bytes", "", ""};
  std::stringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::stringstream in(line);
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    if (words.empty() || words[0][0] == '#') continue;
    const std::vector<std::string> rest(words.begin() + 1, words.end());
    const auto option = [&](std::size_t from, const std::string& name) -> std::optional<std::string> {
      for (std::size_t i = from; i < words.size(); ++i)
        if (words[i].starts_with(name + "=")) return words[i].substr(name.size() + 1);
      return std::nullopt;
    };
    const auto behind = [&](const std::string& name) -> std::optional<std::string> {
      for (std::size_t i = 1; i + 1 < words.size(); ++i)
        if (words[i] == name) return words[i + 1];
      return std::nullopt;
    };
    const auto has = [&](const std::string& name) {
      return std::find(words.begin(), words.end(), name) != words.end();
    };
    auto& module = out.module;
    if (words[0] == "backends") {
      out.options.known_backends = rest;
    } else if (words[0] == "app") {
      out.options.app_name = rest.at(0);
    } else if (words[0] == "bytes") {
      out.options.descriptor_bytes = std::stoul(rest.at(0));
    } else if (words[0] == "schema") {
      schemas[rest.at(0)] = schema_of(rest[0], {rest.begin() + 1, rest.end()});
    } else if (words[0] == "broken") {
      module.failures.push_back({rest.at(0), line.substr(line.find(rest[0]) + rest[0].size() + 1)});
    } else if (words[0] == "class") {
      module.streamlets.emplace_back();
      module.streamlets.back().class_name = rest.at(0);
      module.streamlets.back().runtime = rest.size() > 1 ? rest[1] : "native";
    } else if (words[0] == "outlet") {
      streamlet::outlet_descriptor port{port_name(unquoted(rest.at(0))), schemas.at(rest.at(1))};
      if (const auto by = behind("by")) port.partitioner = key_of(*by);
      module.streamlets.back().outlets.push_back(std::move(port));
    } else if (words[0] == "inlet") {
      streamlet::inlet_descriptor port;
      port.name = port_name(unquoted(rest.at(0)));
      port.schema = schemas.at(rest.at(1));
      if (const auto key = behind("key")) port.key = key_of(*key);
      port.unique_group = has("unique");
      port.on_error = option(2, "on-error").value_or("default");
      module.streamlets.back().inlets.push_back(std::move(port));
    } else if (words[0] == "parameter") {
      module.streamlets.back().config_parameters.push_back({rest.at(0), "What " + rest[0] + " is.", rest.at(1),
                                                            option(2, "pattern"), option(2, "default"), has("secret")});
    } else if (words[0] == "mount") {
      module.streamlets.back().volume_mounts.push_back({rest.at(0), unquoted(rest.at(1)), "ReadWriteMany"});
    } else if (words[0] == "attribute") {
      module.streamlets.back().attributes.push_back({rest.at(0), ""});
    } else if (words[0] == "joined") {
      auto& group = module.streamlets.back().co_partitioned.emplace_back();
      for (const auto& name : rest) group.emplace_back(name);
    } else {
      throw std::runtime_error("a module has no line '" + words[0] + "'");
    }
  }
  return out;
}

} // namespace cloudflow::blueprint::internal
