#include "cloudflow/schema/problem_catalog.hpp"

#include <array>

namespace cloudflow::schema {

namespace {

constexpr std::array catalog = {
    problem_page{"CF-S01", "Not JSON",
                 "Avro schemas, and values in Avro's JSON form, are JSON; here it ends or breaks off. Keys that stand "
                 "twice in an object and nesting deeper than 64 levels are refused, too.",
                 "Correct the text where the message points.", "{\"type\": \"record\","},
    problem_page{"CF-S02", "Malformed schema",
                 "A part that the type needs is missing or of the wrong kind: `fields` of a record, `symbols` of an "
                 "enum, `items`, `values`, `size`, a field's `name` and `type`.",
                 "Write it as the Avro specification, \"Schema Declaration\", has it.", "{\"type\": \"array\"}"},
    problem_page{"CF-S03", "Unknown type",
                 "The name is neither that of a primitive type nor of a type that was defined before it. Names without "
                 "dots are looked up in the namespace in which they stand.",
                 "Correct it, write its namespace, or define it where it is first used.", "\"decimal\""},
    problem_page{"CF-S04", "Invalid name",
                 "Names of types, fields and symbols are `[A-Za-z_][A-Za-z0-9_]*`, namespaces are such names joined "
                 "by dots, and no type may take the name of a primitive one.",
                 "Rename it.", "{\"type\": \"fixed\", \"name\": \"mac-address\", \"size\": 6}"},
    problem_page{"CF-S05", "Type defined twice", "A full name stands for one type. A later use gives the name alone.",
                 "Replace the second definition by the type's name, or rename one.",
                 "[{\"type\": \"fixed\", \"name\": \"id\", \"size\": 8}, {\"type\": \"fixed\", \"name\": \"id\", "
                 "\"size\": 8}]"},
    problem_page{"CF-S06", "Field or symbol twice", "A record has each field, an enum each symbol, once.",
                 "Rename or remove one.", "{\"type\": \"enum\", \"name\": \"level\", \"symbols\": [\"LOW\", \"LOW\"]}"},
    problem_page{"CF-S07", "Invalid union",
                 "A union has no union directly in it and at most one branch of a type; only named types (records, "
                 "enums, fixed) may be several, under different names. Otherwise nobody could tell the branches apart.",
                 "Write the inner branches into the outer union, or wrap one in a record.", "[\"int\", \"int\"]"},
    problem_page{"CF-S08", "Invalid default",
                 "A field's default is no value of its type, or an enum's default none of its symbols. The default of "
                 "a union may be of any of its branches.",
                 "Correct it. Bytes are written as text of characters up to U+00FF.",
                 "{\"type\": \"record\", \"name\": \"r\", \"fields\": [{\"name\": \"n\", \"type\": \"int\", "
                 "\"default\": \"0\"}]}"},
    problem_page{"CF-S09", "Schema too large",
                 "Types nested deeper than 64 levels, or more than 10,000 named types. The bounds keep any schema from "
                 "exhausting those who read it.",
                 "Give the inner part a name and use it by that."},
    problem_page{"CF-S10", "Invalid order", "A field's `order` is `ascending`, `descending` or `ignore`.",
                 "Write one of them, or leave it out.",
                 "{\"type\": \"record\", \"name\": \"r\", \"fields\": [{\"name\": \"n\", \"type\": \"int\", "
                 "\"order\": \"up\"}]}"},
    problem_page{"CF-S20", "Root is no record",
                 "`cloudflow-schemagen` makes C++ structs, and so of records. Records of topics have fields that can "
                 "be added later; other roots could not evolve.",
                 "Wrap the type in a record.", "\"string\""},
    problem_page{"CF-S21", "Type without C++ form", "A union without branches has no value that C++ could hold.",
                 "Remove the field.",
                 "{\"type\": \"record\", \"name\": \"r\", \"fields\": [{\"name\": \"never\", \"type\": []}]}"},
    problem_page{
        "CF-S22", "C++ name used twice",
        "Two types of the schema would become one C++ name: they differ only by a namespace that `--namespace` "
        "replaces, or by the underscore that C++ keywords get.",
        "Rename one, or leave them their own namespaces.",
        "{\"type\": \"record\", \"name\": \"class\", \"fields\": [{\"name\": \"v\", \"type\": {\"type\": "
        "\"fixed\", \"name\": \"class_\", \"size\": 1}}]}"},
    problem_page{"CF-S30", "Value that is not of the schema",
                 "A value in Avro's JSON form does not fit its schema. A value of a union, other than null, is an "
                 "object with the branch's name: `{\"string\": \"x\"}`.",
                 "Write a value of the type that the message names.", "\"text\""},
};

} // namespace

std::span<const problem_page> problem_catalog() { return catalog; }

} // namespace cloudflow::schema
