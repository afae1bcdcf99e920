"""Holds cloudflow's Avro against fastavro and Java Avro. Run by run.py inside its environment."""
import argparse
import collections
import concurrent.futures
import io
import json
import random
import subprocess
import sys

import fastavro
import fastavro.schema

import cases
import differences


def ask(command, lines):
    process = subprocess.run(command, input="\n".join(lines) + "\n", capture_output=True, encoding="utf-8", check=False)
    answers = process.stdout.split("\n")[:-1]
    if process.returncode != 0 or len(answers) != len(lines):
        sys.exit(f"{command[0]}: exit {process.returncode}, {len(answers)} answers to {len(lines)} lines\n{process.stderr[-4000:]}")
    return [answer.split("\t") for answer in answers]


class NotToBeAsked(Exception):
    """The value cannot be handed to fastavro; its bytes still can."""


def python_value(node, value):
    """Avro's JSON as fastavro wants values."""
    kind = node["kind"]
    if kind == "record":
        return {f["name"]: python_value(f["type"], value[f["name"]]) for f in node["fields"]}
    if kind == "array":
        return [python_value(node["item"], v) for v in value]
    if kind == "map":
        return {k: python_value(node["item"], v) for k, v in value.items()}
    if kind == "union":
        if value is None:
            return None
        (name, held), = value.items()
        branch = next(b for b in node["branches"] if cases.branch_name(b) == name)
        if branch["kind"] in ("array", "map"):
            # fastavro has no word for such a branch: it looks for one that fits, without end among recursive records.
            raise NotToBeAsked
        return name, python_value(branch, held)
    if kind in ("bytes", "fixed"):
        return value.encode("latin-1")
    return value


class Fastavro:
    """fastavro's answers about one case."""

    def __init__(self, case):
        self.writer = fastavro.parse_schema(case["plain_writer"])
        self.reader = fastavro.parse_schema(case["plain_reader"])
        self.canonical = fastavro.schema.to_parsing_canonical_form(case["writer"])
        self.crc = fastavro.schema.fingerprint(self.canonical, "CRC-64-AVRO")
        self.sha = fastavro.schema.fingerprint(self.canonical, "SHA-256")
        self.data = None
        try:
            value = python_value(case["graph"], case["value"])
        except NotToBeAsked:
            return
        out = io.BytesIO()
        fastavro.schemaless_writer(out, self.writer, value)
        self.data = out.getvalue().hex()

    def resolved(self, data):
        return fastavro.schemaless_reader(io.BytesIO(bytes.fromhex(data)), self.writer, self.reader)

    def read(self, data):
        return fastavro.schemaless_reader(io.BytesIO(bytes.fromhex(data)), self.reader, None)


def check(case, ours, java, found):
    def differs(what, mine, theirs):
        name = differences.classify(what, case, ours, java, mine, theirs)
        found[(what, name)].append((mine, theirs, case))

    if len(ours) != 6:
        differs("java schema" if len(java) == 6 else "both refuse", ours[0], java[0])
        return
    if len(java) != 6:
        differs("java schema", "taken", java[0])
    else:
        for what, index in (("canonical", 0), ("crc", 1), ("sha256", 2), ("bytes", 3)):
            if ours[index] != java[index]:
                differs("java " + what, ours[index], java[index])
        if (ours[4] == "yes") != (java[4] == "yes"):
            differs("java can-read", ours[4], java[4])
        if ours[5].startswith("!") != java[5].startswith("!"):
            differs("java resolution", ours[5], java[5])
        elif not ours[5].startswith("!") and ours[5] != java[5]:
            differs("java value", ours[5], java[5])
    try:
        python = Fastavro(case)
    except Exception as problem:  # whatever fastavro says no with
        differs("fastavro schema", "taken", repr(problem))
        return
    for what, mine, theirs in (("canonical", ours[0], python.canonical), ("crc", ours[1], python.crc),
                               ("sha256", ours[2], python.sha), ("bytes", ours[3], python.data or ours[3])):
        if mine != theirs:
            differs("fastavro " + what, mine, theirs)
    try:
        seen = python.resolved(ours[3])
    except Exception as problem:
        if not ours[5].startswith("!"):
            differs("fastavro resolution", ours[5], repr(problem))
        return
    if ours[5].startswith("!"):
        differs("fastavro resolution", ours[5], repr(seen))
    elif python.read(ours[5]) != seen:
        differs("fastavro value", python.read(ours[5]), seen)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--dump", required=True)
    arguments.add_argument("--java", required=True, help="class path")
    arguments.add_argument("--cases", type=int, default=10_000)
    arguments.add_argument("--seed", type=int, default=None)
    arguments.add_argument("--show", type=int, default=3)
    options = arguments.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(2**32)
    print(f"avro oracles: {options.cases} cases, seed {seed}", flush=True)
    rng = random.Random(seed)
    made = [cases.make(rng) for _ in range(options.cases)]
    lines = ["\t".join((cases.text(c["writer"]), cases.text(c["reader"]), cases.text(c["value"]))) for c in made]
    answers = {}
    with concurrent.futures.ThreadPoolExecutor() as pool:
        java = pool.submit(ask, ["java", "-cp", options.java, "Oracle"], lines)
        answers["ours"] = ask([options.dump], lines)
        answers["java"] = java.result()
    found = collections.defaultdict(list)
    for case, ours, theirs in zip(made, answers["ours"], answers["java"]):
        check(case, ours, theirs, found)
    readable = sum(1 for a in answers["ours"] if len(a) == 6 and not a[5].startswith("!"))
    print(f"{readable} of {len(made)} values were readable")
    failed = False
    for (what, name), list_ in sorted(found.items(), key=str):
        print(f"{what}: {len(list_)} times: {name or 'NOT EXPLAINED'}")
        if name is None:
            failed = True
            for mine, theirs, case in list_[: options.show]:
                print(f"  ours   {mine}\n  theirs {theirs}\n  writer {cases.text(case['writer'])}\n"
                      f"  reader {cases.text(case['reader'])}\n  value  {cases.text(case['value'])}")
    if readable < len(made) // 4:
        print("too few values were readable for the comparison to mean much")
        failed = True
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
