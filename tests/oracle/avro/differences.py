"""Where the oracles differ from cloudflow, or from each other: the classes of cases that are known, each with the sentence
of Avro 1.12 that decides. A difference of no class fails the run. The sentences are quoted from the specification."""
import io
import re
import struct

import fastavro

# name: the sentence that decides
CLASSES = {
    "early mismatch": (
        "Schema Resolution: \"It is an error if the two schemas do not match.\" Both oracles look only where data leads them; "
        "cloudflow refuses the pair when it is compiled. Java's own SchemaCompatibility refuses it too (checked)."),
    "names of records": (
        "Schema Resolution, to match: \"both schemas are records with the same (unqualified) name\". Java's decoder takes "
        "records of any name; its SchemaCompatibility refuses the pair, as cloudflow does (checked)."),
    "first branch": (
        "Schema Resolution: \"The first schema in the reader's union that matches the selected writer's union schema is "
        "recursively resolved against it.\" Java takes an equal type before a promotion. Values are equal but for the branch "
        "(checked)."),
    "bytes as text": (
        "Schema Resolution: \"bytes is promotable to string\", without a condition on the bytes. fastavro wants UTF-8."),
    "default of bytes": (
        "Complex Types, Records: \"Default values for bytes and fixed fields are JSON strings, where Unicode code points "
        "0-255 are mapped to unsigned 8-bit byte values 0-255.\" fastavro leaves them text. Values are equal but for that "
        "(checked)."),
    "width of float": (
        "Primitive Types: \"float: single precision (32-bit) IEEE 754 floating-point number\". fastavro keeps a promoted int or "
        "long in its own precision. Values are equal in single precision (checked)."),
    "empty namespace": (
        "Names: \"The empty string may also be used as a namespace to indicate the null namespace.\" fastavro takes the "
        "namespace around it."),
    "writer's default": (
        "Complex Types, Records: \"default: A default value for this field, only used when reading instances that lack the "
        "field for schema evolution purposes.\" Java renames the writer's fields by the reader's aliases and then finds that "
        "the writer's own defaults have the old names."),
    "recursive schema": (
        "Schema Declaration allows a record to hold itself. Java's grammar of some such schemas has no end (StackOverflowError)."),
    "default of a union": (
        "Complex Types, Unions: \"Default values for union fields correspond to the first schema that matches in the union.\" "
        "Java writes an array's default by the union and fails with \"Not an array\"."),
    "default inside its own type": (
        "Complex Types, Records: a default is a value of the field's type, which may be a type that is being defined. Java "
        "checks the default before the type is complete and fails with \"Schema fields not set yet\"."),
}


def alike(a, b):
    """Equal, where text may stand for the bytes it is a default of, and a number for its nearest float."""
    if isinstance(a, bytes) and isinstance(b, str):
        return a == b.encode("latin-1", "replace") or a == b.encode("utf-8", "surrogateescape")
    if isinstance(a, str) and isinstance(b, bytes):
        return alike(b, a)
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(alike(v, b[k]) for k, v in a.items())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(alike, a, b))
    return a == b or (is_number(a) and is_number(b) and struct.pack("f", a) == struct.pack("f", b))


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def read(schema, data):
    # Bytes that became a string need not be UTF-8: nothing of them may be lost.
    return fastavro.schemaless_reader(io.BytesIO(bytes.fromhex(data)), schema, None, handle_unicode_errors="surrogateescape")


def same_but_for_branches(case, ours, theirs):
    schema = fastavro.parse_schema(case["plain_reader"])
    try:
        return alike(read(schema, ours), read(schema, theirs))
    except (EOFError, ValueError, IndexError):  # what Java wrote is no value of the reader
        return False


def classify(what, case, ours, java, mine, theirs):
    """The class's name, or None."""
    refused = len(java) == 6 and java[4] == "no" and ours[4] != "yes"
    early = isinstance(mine, str) and (mine.startswith("!mismatch ") or "the reader's schema cannot take a value" in mine)
    if what == "java resolution" and refused and ("different names" in mine or "no branch of the reader's union" in mine):
        return "names of records"
    if what in ("java resolution", "fastavro resolution") and early and refused:
        return "early mismatch"
    if what == "java resolution" and "Invalid default for field" in theirs and case["reader_aliases"]:
        return "writer's default"
    if what.startswith("java ") and "StackOverflowError" in theirs:
        return "recursive schema"
    if what == "java resolution" and re.search(r"Not an? (array|map|record|enum|fixed|string|bytes)", theirs) and "union" in case["reader_kinds"]:
        return "default of a union"
    if what == "java value" and same_but_for_branches(case, mine, theirs):
        return "first branch"
    if what == "fastavro resolution" and theirs.startswith("UnicodeDecodeError"):
        return "bytes as text"
    if what == "fastavro value" and alike(mine, theirs):
        return "default of bytes" if any(x in case["reader_kinds"] for x in ("bytes", "fixed")) else "width of float"
    if what == "fastavro schema" and "provided union type name" in theirs:
        return "empty namespace"
    if what == "java schema" and "Schema fields not set yet" in theirs:
        return "default inside its own type"
    return None

