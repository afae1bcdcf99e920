"""Random (writer, reader, value) triples. Schemas are graphs of dicts, so that one named type is one object."""
import copy
import json

PRIMITIVES = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]
NAMED = ("record", "enum", "fixed")
LOGICAL = {"int": ["date", "time-millis"], "long": ["timestamp-millis", "time-micros"], "string": ["uuid", "nonsense"]}


def full_name(node):
    return f"{node['space']}.{node['name']}" if node["space"] else node["name"]


class Maker:
    def __init__(self, rng):
        self.rng = rng
        self.count = 0
        self.done = []

    def fresh(self, prefix):
        self.count += 1
        return f"{prefix}{self.count}"

    def named(self, kind):
        return {"kind": kind, "name": self.fresh(kind[0].upper()), "aliases": [],
                "space": self.rng.choice(["", "a", "a.b", "c"])}

    def schema(self, depth, open_records=()):
        rng = self.rng
        if depth <= 0 or rng.random() < 0.25:
            return {"kind": rng.choice(PRIMITIVES), "logical": rng.random() < 0.1}
        choice = rng.random()
        if self.done and choice < 0.1:
            return rng.choice(self.done)
        if choice < 0.45:
            node = self.named("record")
            node["fields"] = []
            for _ in range(rng.randint(0, 4)):
                node["fields"].append(self.field(depth, (*open_records, node)))
            self.done.append(node)
            return node
        if choice < 0.55:
            node = self.named("enum")
            node["symbols"] = rng.sample(["A", "B", "C", "D", "E"], rng.randint(1, 4))
            node["default"] = rng.choice(node["symbols"]) if rng.random() < 0.3 else None
            self.done.append(node)
            return node
        if choice < 0.62:
            node = self.named("fixed")
            node["size"] = rng.randint(0, 4)
            self.done.append(node)
            return node
        if choice < 0.75:
            return {"kind": "array", "item": self.schema(depth - 1, open_records)}
        if choice < 0.85:
            return {"kind": "map", "item": self.schema(depth - 1, open_records)}
        return self.union(depth, open_records)

    def union(self, depth, open_records):
        branches = []
        if open_records and self.rng.random() < 0.4:
            branches = [{"kind": "null", "logical": False}, self.rng.choice(open_records)]
        for _ in range(self.rng.randint(1, 3)):
            branches.append(self.schema(depth - 1, open_records))
        self.rng.shuffle(branches)
        return {"kind": "union", "branches": tidy(branches)}

    def field(self, depth, open_records=()):
        node = {"name": self.fresh("f"), "aliases": [], "type": self.schema(depth - 1, open_records)}
        self.maybe_default(node, 0.3)
        return node

    def maybe_default(self, field, chance):
        field.pop("default", None)
        if self.rng.random() < chance:
            try:
                field["default"] = self.default(field["type"], 6)
            except RecursionError:
                pass

    def default(self, node, depth):
        """JSON of a default; RecursionError where none ends."""
        if depth == 0:
            raise RecursionError
        kind = node["kind"]
        if kind == "record":
            return {f["name"]: self.default(f["type"], depth - 1) for f in node["fields"]}
        if kind == "array":
            return [self.default(node["item"], depth - 1)] if self.rng.random() < 0.5 else []
        if kind == "map":
            return {"k": self.default(node["item"], depth - 1)} if self.rng.random() < 0.5 else {}
        if kind == "union":
            return self.default(node["branches"][0], depth - 1)
        return self.leaf(node)

    def leaf(self, node):
        rng, kind = self.rng, node["kind"]
        if kind == "null":
            return None
        if kind == "boolean":
            return rng.random() < 0.5
        if kind == "int":
            return rng.choice([0, 1, -1, 63, 64, -65, 2**31 - 1, -(2**31), rng.randint(-1000, 1000)])
        if kind == "long":
            return rng.choice([0, -1, 2**63 - 1, -(2**63), 2**53 + 1, rng.randint(-(10**9), 10**9)])
        if kind in ("float", "double"):
            return rng.choice([0.0, -1.5, 0.25, 1e10, 3.0, -1048576.5])
        if kind == "bytes":
            return "".join(chr(rng.randint(0, 255)) for _ in range(rng.randint(0, 5)))
        if kind == "fixed":
            return "".join(chr(rng.randint(0, 255)) for _ in range(node["size"]))
        if kind == "string":
            return rng.choice(["", "a", "\u00e9\u4e2d", "\U0001F600", 'q"\\', "x" * 100])
        return rng.choice(node["symbols"])

    def value(self, node, depth=0):
        """A value in Avro's JSON encoding."""
        kind, rng = node["kind"], self.rng
        if depth > 30:
            raise RecursionError
        if kind == "record":
            return {f["name"]: self.value(f["type"], depth + 1) for f in node["fields"]}
        if kind == "array":
            return [self.value(node["item"], depth + 1) for _ in range(rng.randint(0, 3 if depth < 4 else 0))]
        if kind == "map":  # one entry at most: the order of more is not the specification's
            return {rng.choice(["k", "\u00e9"]): self.value(node["item"], depth + 1) for _ in range(rng.randint(0, 1))}
        if kind == "union":
            branches = node["branches"]
            nulls = [b for b in branches if b["kind"] == "null"]
            branch = nulls[0] if nulls and depth > 4 else rng.choice(branches)
            held = self.value(branch, depth + 1)
            return None if branch["kind"] == "null" else {branch_name(branch): held}
        return self.leaf(node)

    def reader_of(self, writer):
        """Another version of a schema: usually readable, sometimes not."""
        root = copy.deepcopy(writer)
        for _ in range(self.rng.choice([0, 1, 1, 2, 3, 5])):
            holder = {"item": root}
            self.mutate(holder)
            root = holder["item"]
        return root

    def mutate(self, holder):
        rng = self.rng
        slots = []
        seen = set()

        def walk(owner, key):
            node = owner[key]
            slots.append((owner, key))
            if id(node) in seen:
                return
            seen.add(id(node))
            for field in node.get("fields", []):
                walk(field, "type")
            if "item" in node:
                walk(node, "item")
            for i in range(len(node.get("branches", []))):
                walk(node["branches"], i)

        walk(holder, "item")
        owner, key = rng.choice(slots)
        node = owner[key]
        kind = node["kind"]
        change = rng.random()
        if kind == "record" and change < 0.8:
            self.mutate_record(node)
        elif kind == "enum" and change < 0.8:
            node["symbols"] = rng.sample(["A", "B", "C", "D", "E"], rng.randint(1, 5))
            node["default"] = rng.choice(node["symbols"]) if rng.random() < 0.5 else None
        elif kind == "fixed" and change < 0.3:
            node["size"] = rng.randint(0, 4)
        elif kind in NAMED and change < 0.95:
            if rng.random() < 0.7:
                node["aliases"].append(full_name(node))
            node["name"] = self.fresh("N")
        elif kind == "union" and change < 0.7:
            branches = list(node["branches"])
            rng.shuffle(branches)
            if rng.random() < 0.4 and len(branches) > 1:
                branches.pop()
            if rng.random() < 0.3:
                branches.append(self.schema(1))
            node["branches"] = tidy(branches)
        elif kind == "union":
            owner[key] = rng.choice(node["branches"])
        elif change < 0.5 and kind in ("int", "long", "float", "string", "bytes"):
            wider = {"int": ["long", "float", "double"], "long": ["float", "double"], "float": ["double"],
                     "string": ["bytes"], "bytes": ["string"]}
            owner[key] = {"kind": rng.choice(wider[kind]), "logical": False}
        elif change < 0.85:
            owner[key] = {"kind": "union", "branches": tidy([node, {"kind": "null", "logical": False}, self.schema(1)])}
        else:
            owner[key] = self.schema(1)

    def mutate_record(self, node):
        rng, fields = self.rng, node["fields"]
        change = rng.random()
        if change < 0.3 or not fields:
            added = {"name": self.fresh("n"), "aliases": [], "type": self.schema(2)}
            self.maybe_default(added, 0.85)
            fields.insert(rng.randint(0, len(fields)), added)
        elif change < 0.5:
            fields.pop(rng.randrange(len(fields)))
        elif change < 0.7:
            rng.shuffle(fields)
        elif change < 0.9:
            field = rng.choice(fields)
            if rng.random() < 0.8:
                field["aliases"].append(field["name"])
            field["name"] = self.fresh("g")
        else:
            self.maybe_default(rng.choice(fields), 0.8)


def branch_name(node):
    return full_name(node) if node["kind"] in NAMED else node["kind"]


def tidy(branches):
    """Flat and without repeats, as unions must be."""
    out = {}
    for branch in branches:
        for inner in branch["branches"] if branch["kind"] == "union" else [branch]:
            out.setdefault(branch_name(inner), inner)
    return list(out.values())


def flatten(root):
    """Changes can put a union into a union, or a branch twice."""
    seen = set()

    def spread(node):
        out = []
        for branch in node["branches"]:
            out.extend(spread(branch) if branch["kind"] == "union" else [branch])
        return out

    def walk(node):
        if id(node) in seen:
            return
        seen.add(id(node))
        if node["kind"] == "union":
            node["branches"] = tidy(spread(node))
        for field in node.get("fields", []):
            walk(field["type"])
        for inner in [node["item"]] if "item" in node else node.get("branches", []):
            walk(inner)

    walk(root)


def drop_bad_defaults(root):
    """Changes below a field can make its default wrong."""
    seen = set()

    def fits(node, value, depth=0):
        kind = node["kind"]
        if depth > 12:
            return False
        if kind == "record":
            return (isinstance(value, dict) and value.keys() == {f["name"] for f in node["fields"]} and
                    all(fits(f["type"], value[f["name"]], depth + 1) for f in node["fields"]))
        if kind == "array":
            return isinstance(value, list) and all(fits(node["item"], v, depth + 1) for v in value)
        if kind == "map":
            return isinstance(value, dict) and all(fits(node["item"], v, depth + 1) for v in value.values())
        if kind == "union":
            return bool(node["branches"]) and fits(node["branches"][0], value, depth + 1)
        if kind == "enum":
            return value in node["symbols"]
        if kind == "fixed":
            return isinstance(value, str) and len(value) == node["size"] and all(ord(c) < 256 for c in value)
        if kind == "bytes":
            return isinstance(value, str) and all(ord(c) < 256 for c in value)
        if kind == "string":
            return isinstance(value, str)
        if kind == "boolean":
            return isinstance(value, bool)
        if kind == "null":
            return value is None
        if isinstance(value, bool):
            return False
        if kind == "int":
            return isinstance(value, int) and -(2**31) <= value < 2**31
        if kind == "long":
            return isinstance(value, int)
        return isinstance(value, float)

    def walk(node):
        if id(node) in seen:
            return
        seen.add(id(node))
        for field in node.get("fields", []):
            walk(field["type"])
            if "default" in field and not fits(field["type"], field["default"]):
                del field["default"]
        for inner in [node["item"]] if "item" in node else node.get("branches", []):
            walk(inner)

    walk(root)


def to_json(root, logical):
    """The schema's JSON as Python objects: a named type is defined where it comes first."""
    seen = {}

    def write(node):
        kind = node["kind"]
        if kind == "union":
            return [write(b) for b in node["branches"]]
        if kind == "array":
            return {"type": "array", "items": write(node["item"])}
        if kind == "map":
            return {"type": "map", "values": write(node["item"])}
        if kind not in NAMED:
            if logical and node.get("logical") and kind in LOGICAL:
                return {"type": kind, "logicalType": LOGICAL[kind][0]}
            return kind
        name = full_name(node)
        if name in seen:
            if seen[name] is not node:
                raise ValueError("two types of one name")
            if not node["space"]:
                raise ValueError("a name without a dot would take the namespace around it")
            return name
        seen[name] = node
        out = {"type": kind, "name": node["name"], "namespace": node["space"]}
        if node["aliases"]:
            out["aliases"] = node["aliases"]
        if kind == "enum":
            out["symbols"] = node["symbols"]
            if node["default"] is not None:
                out["default"] = node["default"]
        elif kind == "fixed":
            out["size"] = node["size"]
        else:
            out["fields"] = [field(f) for f in node["fields"]]
        return out

    def field(node):
        out = {"name": node["name"], "type": write(node["type"])}
        if node["aliases"]:
            out["aliases"] = node["aliases"]
        if "default" in node:
            out["default"] = node["default"]
        return out

    return write(root)


def make(rng):
    """One triple: writer and reader (as JSON objects, with and without logical types), value."""
    while True:
        maker = Maker(rng)
        try:
            writer = maker.schema(rng.randint(1, 4))
            reader = maker.reader_of(writer)
            flatten(writer)
            flatten(reader)
            drop_bad_defaults(writer)
            drop_bad_defaults(reader)
            value = maker.value(writer)
            if not finite(writer) or not finite(reader):
                continue
            return {"writer": to_json(writer, True), "reader": to_json(reader, True), "plain_writer": to_json(writer, False),
                    "plain_reader": to_json(reader, False), "graph": writer, "reader_kinds": kinds(reader, {}),
                    "reader_aliases": '"aliases"' in text(to_json(reader, False)), "value": value}
        except (RecursionError, ValueError):
            continue


def kinds(node, seen):
    """The kinds of all types in a schema."""
    if id(node) not in seen:
        seen[id(node)] = node["kind"]
        for field in node.get("fields", []):
            kinds(field["type"], seen)
        for inner in [node["item"]] if "item" in node else node.get("branches", []):
            kinds(inner, seen)
    return set(seen.values())


def finite(root):
    """False where a record holds itself without a way out: such a type has no values, and Java's grammar no end."""
    seen = {}

    def ends(node):
        if node["kind"] != "record":
            return True
        if id(node) not in seen:
            seen[id(node)] = False  # until its fields are known
            seen[id(node)] = all([ends(f["type"]) for f in node["fields"]])
        return seen[id(node)]

    def walk(node, walked):
        if id(node) in walked:
            return True
        walked.add(id(node))
        below = [f["type"] for f in node.get("fields", [])] + ([node["item"]] if "item" in node else node.get("branches", []))
        return ends(node) and all([walk(inner, walked) for inner in below])

    return walk(root, set())


def text(schema):
    return json.dumps(schema, ensure_ascii=False)
