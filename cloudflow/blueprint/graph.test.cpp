#include "cloudflow/blueprint/graph.hpp"

#include "cloudflow/blueprint/internal/layers.hpp"
#include "cloudflow/blueprint/internal/test_module.hpp"
#include "cloudflow/blueprint/parse.hpp"
#include "cloudflow/blueprint/verify.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::blueprint;

namespace {

verified_blueprint plan(const std::string& body) {
  const auto parsed = parse_text("blueprint { " + body + " }", "blueprint.conf");
  REQUIRE(parsed);
  const auto given = internal::test_module_from(R"(
schema r x:string
class acme.in native
  outlet out r
class acme.mid native
  inlet in r
  outlet out r
  outlet rejected r
class acme.eg native
  inlet in r
)");
  auto out = verify(*parsed, given.module, given.options);
  REQUIRE(out);
  return *out;
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

constexpr const char* fan = "streamlets { a = acme.in, b = acme.in, m = acme.mid, e = acme.eg, f = acme.eg }\n"
                            "topics { data { producers = [a.out, b.out], consumers = [m.in, f.in] } }\n"
                            "connections { m.out = [e.in], m.rejected = [] }";

} // namespace

TEST_CASE("a graph as text shows each streamlet, each topic and who reads it") {
  CHECK(graph_text(plan(fan)) == "a  (acme.in, native)\n"
                                 "  out --> [data] +-> m.in\n"
                                 "                 '-> f.in\n"
                                 "b  (acme.in, native)\n"
                                 "  out --> [data] (see above)\n"
                                 "m  (acme.mid, native)\n"
                                 "  out      --> [m-out] --> e.in\n"
                                 "  rejected --> [m-rejected] (nobody reads)\n"
                                 "f  (acme.eg, native)\n"
                                 "e  (acme.eg, native)\n");
}

TEST_CASE("a graph as text names cycles and topics that are written elsewhere") {
  const auto text = graph_text(plan("streamlets { m = acme.mid, e = acme.eg }\n"
                                    "topics { orders { consumers = [e.in] } }\n"
                                    "connections { m.out = [m.in], m.rejected = [] }"));
  CHECK(text.find("written elsewhere\n  [orders] --> e.in\n") != std::string::npos);
  CHECK(text.find("cycle: m -> m\n") != std::string::npos);
}

TEST_CASE("a layout puts every node behind those before it, and marks what closes a cycle") {
  const auto p = plan("streamlets { a = acme.in, m = acme.mid, n = acme.mid, e = acme.eg }\n"
                      "topics { loop { producers = [a.out, n.out], consumers = [m.in] } }\n"
                      "connections { m.out = [n.in], n.rejected = [e.in], m.rejected = [] }");
  const auto d = internal::lay_out(p);
  std::size_t back = 0;
  for (const auto& e : d.edges) {
    back += e.back ? 1 : 0;
    if (!e.back) CHECK(d.nodes[e.from].layer < d.nodes[e.to].layer);
  }
  CHECK(back == 1);
  CHECK(d.nodes.size() == p.streamlets.size() + p.topics.size());
}

TEST_CASE("a graph as SVG has a shape for each node, a path for each edge and nothing from outside") {
  const auto p = plan(fan);
  const auto svg = graph_svg(p);
  CHECK(svg.starts_with("<svg "));
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(count(svg, "<g class=\"streamlet\">") == p.streamlets.size());
  CHECK(count(svg, "<g class=\"topic\">") == p.topics.size());
  CHECK(count(svg, "<path class=\"edge") == internal::lay_out(p).edges.size());
  CHECK(count(svg, "http") == 1); // the name of the language
  CHECK(graph_svg(verified_blueprint{}).starts_with("<svg "));
  CHECK(graph_text(verified_blueprint{}).empty());
}
