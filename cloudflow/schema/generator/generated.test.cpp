#include "schema_testdata/everything.hpp"
#include "schema_testdata/reading.hpp"
#include "schema_testdata/reading_v2.hpp"
#include "schema_testdata/tree.hpp"

#include "cloudflow/schema/generic_value.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using acme::all::class_::color;
using acme::all::class_::everything;
using acme::sensors::reading;
using acme::trees::tree;
using schema::codec;

static_assert(schema::record<reading>);
static_assert(schema::record<everything>);
static_assert(schema::record<tree>);
static_assert(schema::record<bytes>);
static_assert(!schema::record<int>);
static_assert(std::is_aggregate_v<reading>);

namespace {

template <class T> bytes encoded(const T& value) {
  bytes out;
  codec<T>::encode(value, out);
  return out;
}

template <class T> T decoded(const schema::schema_definition& writer, bytes_view data) {
  T out;
  const auto decoder = codec<T>::decoder_for(writer);
  if (!decoder) FAIL(decoder.error().text());
  if (auto done = decoder->decode(data, out); !done) FAIL(done.error().text());
  return out;
}

template <class T> T round_trip(const T& value) { return decoded<T>(codec<T>::definition(), encoded(value)); }

/// The record as the generic tools see it, in Avro's JSON.
template <class T> std::string seen(const T& value) {
  const auto type = schema::avro_schema::parse(codec<T>::definition().text).value();
  return schema::to_json(type, schema::decode_generic(type, encoded(value)).value());
}

timestamp at(std::int64_t millis) { return timestamp(std::chrono::milliseconds(millis)); }

} // namespace

TEST_CASE("a generated record is a plain aggregate that goes to bytes and back") {
  const reading value{.src = "s1", .timestamp = at(1'700'000'000'000), .gauge = "wind", .value = -1.25};
  CHECK(round_trip(value) == value);
  CHECK(seen(value) == R"({"src":"s1","timestamp":1700000000000,"gauge":"wind","value":-1.25})");
}

TEST_CASE("a generated definition has the fingerprints of its schema") {
  const auto& made = codec<everything>::definition();
  const auto parsed = schema::avro_schema::parse(made.text).value();
  CHECK(made == parsed.definition());
  CHECK(made.name == "acme.all.class.everything");
}

TEST_CASE("field_name gives the schema's names for members") {
  CHECK(codec<reading>::field_name(&reading::gauge) == "gauge");
  CHECK(codec<everything>::field_name(&everything::class_) == "class");
}

TEST_CASE("generated members have the schema's defaults") {
  const everything made;
  CHECK(made.large == INT64_MIN);
  CHECK(made.raw == bytes{std::byte{0}, std::byte{0xff}});
  CHECK(made.text == std::string("q\"\u00e9\0?\?/", 8));
  CHECK(made.color == color::class_);
  CHECK(name_of(made.color) == "class");
  CHECK(made.class_.inner_ == 4);
  CHECK(made.inners.at(0).inner_ == 9);
  CHECK(made.counts.at("b") == 2);
  CHECK(made.last_null == "there");
  CHECK(made.day == std::chrono::sys_days(std::chrono::days(19'000)));
  CHECK(made.of_day == std::chrono::seconds(1));
  CHECK(acme::sensors::v2::reading{}.tags.at("a") == "b");
}

TEST_CASE("a record of all types goes to bytes and back") {
  everything value;
  value.maybe.emplace().note = "x";
  value.last_null.reset();
  value.either = std::vector<std::string>{"a", "b"};
  value.flags = {true, false, true};
  value.micros = std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(-1));
  value.price = {std::byte{1}};
  CHECK(round_trip(value) == value);
  for (std::size_t branch = 0; branch < 5; ++branch) {
    switch (branch) {
    case 0: value.either.emplace<0>(); break;
    case 1: value.either.emplace<1>(7); break;
    case 2: value.either.emplace<2>("seven"); break;
    case 3: value.either.emplace<3>(); break;
    default: value.either.emplace<4>(color::green); break;
    }
    CHECK(round_trip(value) == value);
  }
  CHECK(seen(value).find(R"("last_null":null,"either":{"acme.all.class.color":"green"})") != std::string::npos);
}

TEST_CASE("a record that holds itself copies, compares and travels as a value") {
  tree root{.label = "root"};
  root.next = tree{.label = "next"};
  root.children.push_back(tree{.label = "child"});
  root.named["n"] = tree{.label = "named"};
  root.either = schema::box<tree>(tree{.label = "either"});
  root.leaf.emplace().owner = tree{.label = "owner"};
  const tree copy = root;
  CHECK(round_trip(root) == copy);
  (*root.next)->label = "changed";
  CHECK_FALSE(root == copy);
}

TEST_CASE("a record that holds itself too deep is an error") {
  tree root;
  for (int i = 0; i < 64; ++i) {
    tree outer;
    outer.next = std::move(root);
    root = std::move(outer);
  }
  CHECK_THROWS_WITH_AS(encoded(root),
                       "cannot encode acme.trees.tree: records are nested deeper than 64 levels, and no reader would "
                       "take it",
                       std::length_error);
  schema::encode_buffer buffer;
  CHECK_THROWS_AS(codec<tree>::encode(root, buffer), std::length_error);
  CHECK(buffer.view().empty());
  CHECK(round_trip(**root.next) == **root.next); // 64 levels; the count begins anew after a failure

  bytes data; // what another library may have written
  for (int i = 0; i < 64; ++i) data.insert(data.end(), {std::byte{0}, std::byte{2}});
  tree out;
  CHECK(codec<tree>::decoder_for(codec<tree>::definition()).value().decode(data, out).error().message ==
        "cannot decode acme.trees.tree at byte 128: records are nested deeper than 64 levels");
}

TEST_CASE("the borrowed form points into the bytes and encodes as the record") {
  const reading value{.src = "s1", .timestamp = at(5), .gauge = "wind", .value = 2};
  const auto data = encoded(value);
  acme::sensors::reading_view view;
  REQUIRE(codec<reading>::decoder_for(codec<reading>::definition()).value().decode(data, view));
  CHECK(view.gauge == "wind");
  CHECK(static_cast<const void*>(view.src.data()) == data.data() + 1);
  bytes again;
  codec<reading>::encode(view, again);
  CHECK(again == data);

  everything all;
  all.counts = {{"k", 3}};
  acme::all::class_::everything_view all_view;
  const auto all_data = encoded(all);
  REQUIRE(codec<everything>::decoder_for(codec<everything>::definition()).value().decode(all_data, all_view));
  bytes all_again;
  codec<everything>::encode(all_view, all_again);
  CHECK(all_again == all_data);
}

TEST_CASE("encode appends to the buffer, also to one for many records") {
  const reading value{.src = std::string(2'000, 'x'), .gauge = "g"};
  bytes out = to_bytes("head");
  codec<reading>::encode(value, out);
  CHECK(as_text(out).substr(0, 4) == "head");
  schema::encode_buffer buffer;
  codec<reading>::encode(value, buffer);
  CHECK(std::equal(buffer.view().begin(), buffer.view().end(), out.begin() + 4, out.end()));
  codec<reading>::encode(value, buffer);
  CHECK(buffer.view().size() == 2 * (out.size() - 4));
  buffer.clear();
  CHECK(buffer.view().empty());
}

TEST_CASE("a reader of another version goes by a plan: order, alias, promotion, default, skip") {
  const reading old{.src = "s1", .timestamp = at(5), .gauge = "wind", .value = 2};
  acme::sensors::v2::reading out;
  out.tags = {{"left", "over"}};
  const auto decoder = codec<acme::sensors::v2::reading>::decoder_for(codec<reading>::definition()).value();
  CHECK_FALSE(decoder.direct());
  REQUIRE(decoder.decode(encoded(old), out));
  CHECK(out == acme::sensors::v2::reading{
                   .value = 2, .unit = "celsius", .origin = "s1", .timestamp = at(5), .tags = {{"a", "b"}}});
  acme::sensors::v2::reading_view view;
  const auto data = encoded(old);
  REQUIRE(decoder.decode(data, view));
  CHECK(view.origin == "s1");
  CHECK(view.tags.at(0).second == "b");
}

TEST_CASE("planned decoding of generated records sees what generic resolution sees") {
  const std::string_view writers[] = {
      // every field of `everything` by another type or another order where resolution allows it
      R"({"type":"record","name":"everything","namespace":"other","fields":[
        {"name":"extra","type":{"type":"map","values":["null",{"type":"record","name":"x","fields":[{"name":"q","type":"double"}]}]}},
        {"name":"either","type":["string","int","boolean"]},
        {"name":"maybe","type":{"type":"record","name":"inner","fields":[{"name":"note","type":["string","null"]}]}},
        {"name":"last_null","type":"bytes"},
        {"name":"real","type":["int","long","float"]},
        {"name":"large","type":"int"},
        {"name":"single","type":"long"},
        {"name":"text","type":"bytes"},
        {"name":"color","type":{"type":"enum","name":"color","symbols":["green","blue","red"]}},
        {"name":"numbers","type":{"type":"array","items":["int"]}},
        {"name":"inners","type":{"type":"array","items":"inner"}},
        {"name":"counts","type":{"type":"map","values":"int"}},
        {"name":"micros","type":"int"},{"name":"nanos","type":"long"},{"name":"local","type":"long"},
        {"name":"of_day_fine","type":"int"},{"name":"id","type":"string"},{"name":"price","type":"string"},{"name":"odd","type":"string"}]})"};
  const std::string_view values[] = {
      R"({"extra":{"a":{"other.x":{"q":1.5}},"b":null},"either":{"string":"s"},"maybe":{"note":{"string":"n"}},"last_null":"l",
        "real":{"long":4},"large":-3,"single":9,"text":"t","color":"blue","numbers":[{"int":1}],"inners":[{"note":null}],
        "counts":{"c":1},"micros":1,"nanos":2,"local":3,"of_day_fine":4,"id":"i","price":"p","odd":"o"})",
      R"({"extra":{},"either":{"int":8},"maybe":{"note":null},"last_null":"",
        "real":{"float":0.5},"large":7,"single":-9,"text":"","color":"green","numbers":[],"inners":[],
        "counts":{},"micros":-1,"nanos":-2,"local":-3,"of_day_fine":0,"id":"","price":"","odd":""})"};
  const auto reader = schema::avro_schema::parse(codec<everything>::definition().text).value();
  for (const auto text : writers) {
    const auto writer = schema::avro_schema::parse(text).value();
    const auto plan = schema::resolve(writer, reader).value();
    for (const auto json : values) {
      bytes data;
      REQUIRE(schema::encode_generic(writer, schema::from_json(writer, json).value(), data));
      const auto typed = decoded<everything>(writer.definition(), data);
      CHECK(seen(typed) == schema::to_json(reader, schema::decode_generic(*plan, data).value()));
    }
  }
}

TEST_CASE("decoding says what is wrong with bytes and schemas") {
  const auto decoder = codec<reading>::decoder_for(codec<reading>::definition()).value();
  reading out;
  auto data = encoded(reading{.src = "s1"});
  data.push_back(std::byte{0});
  CHECK(decoder.decode(data, out).error().message.find("left after the end") != std::string::npos);
  data.resize(3);
  CHECK(decoder.decode(data, out).error().message ==
        "cannot decode acme.sensors.reading at byte 3: the bytes end inside a value");
  const auto other =
      schema::avro_schema::parse(R"({"type":"record","name":"reading","fields":[]})").value().definition();
  CHECK(codec<reading>::decoder_for(other).error().message.find("reading.src: reader field 'src' has no default") == 0);
  CHECK(codec<reading>::decoder_for(codec<bytes>::definition()).error().code == errc::incompatible);
  CHECK(codec<bytes>::decoder_for(other).error().code == errc::incompatible);
}

TEST_CASE("any prefix and any changed byte decodes or says why") {
  everything value;
  value.either = std::vector<std::string>{"a"};
  const auto data = encoded(value);
  const auto decoder = codec<everything>::decoder_for(codec<everything>::definition()).value();
  everything out;
  for (std::size_t size = 0; size < data.size(); ++size) {
    CHECK_FALSE(decoder.decode(bytes_view(data).first(size), out));
  }
  for (std::size_t i = 0; i < data.size(); ++i) {
    for (const auto flip : {0x01, 0x80, 0xff}) {
      auto changed = data;
      changed[i] ^= static_cast<std::byte>(flip);
      if (auto done = decoder.decode(changed, out); !done) CHECK_FALSE(done.error().message.empty());
    }
  }
}
