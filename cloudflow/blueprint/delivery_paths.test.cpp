#include "cloudflow/blueprint/delivery_paths.hpp"

#include "cloudflow/blueprint/internal/test_module.hpp"
#include "cloudflow/blueprint/parse.hpp"
#include "cloudflow/blueprint/verify.hpp"
#include "cloudflow/config/parse.hpp"
#include "cloudflow/config/resolve.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::blueprint;
using strings = std::vector<std::string>;

namespace {

constexpr const char* classes = R"(
schema r x:string
class acme.tick native
  outlet out r
class acme.http native
  outlet out r
  attribute server
class acme.file native
  outlet out r
  attribute seekable
class acme.mid native
  inlet in r
  outlet out r
class acme.fork native
  inlet in r
  outlet good r
  outlet bad r
class acme.console native
  inlet in r
class acme.csv native
  inlet in r
  attribute transactional-sink
class acme.upsert native
  inlet in r
  attribute idempotent-sink
)";

delivery_paths paths(const std::string& body, const std::string& configuration = "") {
  const auto parsed = parse_text("blueprint { " + body + " }", "blueprint.conf");
  REQUIRE(parsed);
  const auto given = internal::test_module_from(classes);
  const auto plan = verify(*parsed, given.module, given.options);
  REQUIRE(plan);
  const auto read = config::parse_text(configuration, "local.conf");
  REQUIRE(read);
  const auto document = config::resolve(*read);
  REQUIRE(document);
  const auto app = configure(*plan, *document);
  REQUIRE(app);
  return find_delivery_paths(app->plan, app->streamlets);
}

} // namespace

TEST_CASE("a path from a file to a file is exactly-once, and every transaction on the way adds its interval") {
  const auto all = paths("streamlets { f = acme.file, m = acme.mid, e = acme.csv }\n"
                         "connections { f.out = [m.in], m.out = [e.in] }",
                         "cloudflow.streamlets.m.config.commit-interval = 1400 ms");
  REQUIRE(all.paths.size() == 1);
  CHECK(all.paths[0].worth == streamlet::delivery::exactly_once);
  CHECK(all.paths[0].weakest.empty());
  CHECK(text_of(all) == "f -> m -> e\n"
                        "  exactly-once\n"
                        "  commits add up to 1.5 s\n");
}

TEST_CASE("the weakest links of a path are named with the reason") {
  CHECK(text_of(paths("streamlets { t = acme.tick, e = acme.console }\nconnections { t.out = [e.in] }")) ==
        "t -> e\n"
        "  at-least-once, weakest: t (its source cannot go back); e.in (its sink may repeat)\n");
  CHECK(text_of(paths("streamlets { h = acme.http, m = acme.mid, e = acme.upsert }\n"
                      "connections { h.out = [m.in], m.out = [e.in] }"),
                "  ") == "  h -> m -> e\n"
                         "    at-least-once, weakest: h (a client that sees no answer sends again)\n"
                         "    commits add up to 100 ms\n");
}

TEST_CASE("configuration weakens a path, and only what is weakest is named") {
  const std::string body = "streamlets { t = acme.tick, m = acme.mid, e = acme.console }\n"
                           "connections { t.out = [m.in], m.out = [e.in] }";
  const auto lossy = paths(body, "cloudflow.streamlets.m.config.delivery = at-most-once");
  CHECK(worth_of(lossy) == streamlet::delivery::at_most_once);
  CHECK(text_of(lossy) == "t -> m -> e\n"
                          "  at-most-once, weakest: m (its delivery says so)\n");
  const auto quick = paths(body, "cloudflow.runtimes.native.config.delivery = at-least-once");
  REQUIRE(quick.paths.size() == 1);
  CHECK(quick.paths[0].worth == streamlet::delivery::at_least_once);
  CHECK(quick.paths[0].weakest.size() == 3); // the two ends by what they are, m by its delivery
  CHECK(quick.paths[0].commits_add.count() == 0);
  const auto longer = paths("streamlets { t = acme.tick, m = acme.mid, n = acme.mid, e = acme.console }\n"
                            "connections { t.out = [m.in], m.out = [n.in], n.out = [e.in] }",
                            "cloudflow.runtimes.native.config.delivery = at-least-once");
  CHECK(text_of(longer) == "t -> m -> n -> e\n"
                           "  at-least-once, weakest: t (its source cannot go back); m (its delivery says so); "
                           "n (its delivery says so); and 1 more\n");
}

TEST_CASE("every way from an entrance to an exit is a path of its own") {
  const auto all = paths("streamlets { f = acme.file, k = acme.fork, good = acme.csv, bad = acme.console }\n"
                         "connections { f.out = [k.in], k.good = [good.in], k.bad = [bad.in] }");
  REQUIRE(all.paths.size() == 2);
  CHECK(all.paths[0].stations == strings{"f", "k", "good"});
  CHECK(all.paths[0].worth == streamlet::delivery::exactly_once);
  CHECK(all.paths[1].stations == strings{"f", "k", "bad"});
  CHECK(all.paths[1].weakest ==
        std::vector<weak_link>{{"bad.in", streamlet::delivery::at_least_once, "its sink may repeat"}});
  CHECK(text_of(all, "", 1).ends_with("and 1 more path\n"));
}

TEST_CASE("topics that others write or read are the ends of a path") {
  const auto all = paths("streamlets { m = acme.mid }\n"
                         "topics { orders { consumers = [m.in] }, bills { producers = [m.out] } }");
  REQUIRE(all.paths.size() == 1);
  CHECK(all.paths[0].stations == strings{"[orders]", "m", "[bills]"});
  CHECK(all.paths[0].worth == streamlet::delivery::exactly_once);
  CHECK(all.paths[0].commits_add == std::chrono::milliseconds(100));
}

TEST_CASE("a cycle is walked once") {
  const auto all = paths("streamlets { t = acme.file, a = acme.mid, k = acme.fork, e = acme.csv }\n"
                         "topics { x { producers = [t.out, k.bad], consumers = [a.in] } }\n"
                         "connections { a.out = [k.in], k.good = [e.in] }");
  REQUIRE(all.paths.size() == 1);
  CHECK(all.paths[0].stations == strings{"t", "a", "k", "e"});
}

TEST_CASE("of an application of many diamonds the first paths are told, and that there are more") {
  std::string streamlets = "t = acme.file, e = acme.csv";
  std::string connections = "t.out = [a0.in, b0.in]";
  std::string topics;
  for (int i = 0; i < 12; ++i) {
    const auto n = std::to_string(i);
    const auto next = std::to_string(i + 1);
    streamlets += ", a" + n + " = acme.mid, b" + n + " = acme.mid";
    topics += "t" + n + " { producers = [a" + n + ".out, b" + n + ".out], consumers = [" +
              (i == 11 ? "e.in" : "a" + next + ".in, b" + next + ".in") + "] }\n";
  }
  const auto all =
      paths("streamlets { " + streamlets + " }\nconnections { " + connections + " }\ntopics { " + topics + " }");
  CHECK(all.paths.size() == most_delivery_paths);
  CHECK_FALSE(all.complete);
  CHECK(text_of(all).ends_with("and more paths\n"));
}
