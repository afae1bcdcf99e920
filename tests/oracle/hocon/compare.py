#!/usr/bin/env python3
"""Compares hocon_dump with Java's typesafe-config on the corpus and on generated documents.

Equal means: both refuse the document, or both give the same JSON (numbers by value, members in any order). Where both
name a line they may differ by at most LINES: typesafe-config reports the line at which it noticed (often the last
token read), ours is that of the offending token. Differences that are meant stand in DEVIATIONS with their reason, and
in docs/reference/hocon-deviations.md; one that no longer differs fails, too.
"""

import argparse
import hashlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
LINES = 3
# Documents in which optional substitutions lead back to each other mean, in typesafe-config, what its hash table's order
# makes of them. So few of the generated ones may differ; all are printed, and no corpus case may.
ORDER_DEPENDENT = 3
ENVIRONMENT = {"CF_ORACLE_A": "from env", "CF_ORACLE_B": "7", "CF_ORACLE_EMPTY": ""}

# case name -> reason. A name ends in '*' to stand for all that begin so.
DEVIATIONS = {}


def read_corpus(folder):
    """Files of `=== name` sections; within one, `--- file <name>` begins a further file."""
    cases = []
    for path in sorted(folder.glob("*.hocon")):
        for section in path.read_bytes().split(b"=== ")[1:]:
            head, _, body = section.partition(b"\n")
            name = f"{path.stem}/{head.decode().strip()}"
            parts = body.split(b"--- file ")
            files = [("main.conf", unescape(parts[0]))]
            for part in parts[1:]:
                file_name, _, text = part.partition(b"\n")
                files.append((file_name.decode().strip(), unescape(text)))
            if name.split("/")[1].startswith("json"):
                files[0] = ("main.json", files[0][1])
            cases.append((name, files))
    return cases


def unescape(text):
    """`<U+X>` stands for a code point that an editor would hide."""
    out = text[:-1] if text.endswith(b"\n") else text
    for code in (0xFEFF, 0xA0, 0x9, 0xD, 0x0, 0x1, 0x2003, 0x2028, 0x1F):
        out = out.replace(b"<U+%X>" % code, chr(code).encode())
    return out


class Generator:
    def __init__(self, rng):
        self.r = rng

    def key(self):
        return self.r.choice(["a", "b", "c", "d", "e.f", "a.b", "a.c", "b.x", "\"q.k\"", "10", "a-b", "c.d.e"])

    def reference(self):
        r = self.r
        name = r.choice(["a", "b", "c", "d", "a.b", "a.c", "b.x", "e.f", "c.d", "CF_ORACLE_A", "CF_ORACLE_B", "nope"])
        return "${" + ("?" if r.random() < 0.6 else "") + name + "}"

    def scalar(self):
        r = self.r
        return r.choice(["1", "-2", "1.50", "1e3", "007", "true", "false", "null", "x", "foo bar", '"q s"', '""', '"a\\n\\u0041"',
                         '"""t"q"""', "10.0.0.1", "a/b", "5 s", "-", "nullx", "1x", "true1"])

    def value(self, depth):
        r = self.r
        pick = r.random()
        if pick < 0.42 or depth > 3:
            return self.scalar()
        if pick < 0.58:
            return self.reference()
        if pick < 0.70:
            return self.object(depth + 1)
        if pick < 0.82:
            return "[" + r.choice([", ", "\n", " ,\n"]).join(self.value(depth + 1) for _ in range(r.randint(0, 3))) + \
                   r.choice(["", "", ","]) + "]"
        kind = r.random()
        if kind < 0.4:
            return self.scalar() + r.choice([" ", ""]) + self.reference() + r.choice(["", " ", "y"])
        if kind < 0.7:
            return self.reference() + r.choice([" ", ""]) + self.object(depth + 1)
        return self.reference() + " [" + self.scalar() + "]"

    def fields(self, depth, low, high):
        r = self.r
        out = []
        for _ in range(r.randint(low, high)):
            pick = r.random()
            if pick < 0.1:
                out.append(f"{self.key()} += {self.value(depth + 1)}")
            elif pick < 0.25:
                out.append(f"{self.key()} {self.object(depth + 1)}")
            else:
                out.append(self.key() + r.choice([" = ", ":", "="]) + self.value(depth + 1))
        return out

    def object(self, depth):
        return "{" + self.r.choice([", ", "\n"]).join(self.fields(depth, 0, 2)) + "}"

    def document(self):
        r = self.r
        text = "\n".join(self.fields(0, 1, 6))
        if r.random() < 0.15:  # damage
            at = r.randrange(len(text) + 1)
            text = text[:at] + r.choice(["{", "}", "[", "]", '"', ",", "=", "$", "#", "\n", "+", ":", "\\", "//"]) + text[at:]
        return text


def pack(cases):
    out = bytearray()
    for name, files in cases:
        out += f"case {name}\n".encode()
        for key, text in ENVIRONMENT.items():
            out += f"env {key}={text}\n".encode()
        for file_name, text in files:
            out += f"file {file_name} {len(text)}\n".encode() + text + b"\n"
        out += b"end\n"
    return bytes(out)


def run(command, cases):
    done = subprocess.run(command, input=pack(cases), stdout=subprocess.PIPE, env={**os.environ, **ENVIRONMENT}, check=True)
    answers = {}
    for line in done.stdout.decode().split("\n"):
        if line:
            name, verdict, rest = line.split(" ", 2)
            answers[name] = (verdict, rest)
    if len(answers) != len(cases):
        sys.exit(f"{command[0]} answered {len(answers)} of {len(cases)} cases")
    return answers


def number(text):
    return float(text)


def same(ours, java):
    if java[1].startswith("0 BugOrBroken"):
        return None  # typesafe-config failed in itself: it has no answer to compare with
    if ours[0] == "ERROR" and "CF-C02 \\u wants" in ours[1]:
        return None  # Java's parseInt takes a sign among the four digits of \u; JSON does not
    if ours[0] == "OK" and "was part of a cycle" in java[1]:
        return None  # which of two that look back at each other comes first is its hash table's order
    if ours[0] != java[0]:
        return f"ours {ours[0]}, typesafe-config {java[0]}"
    if ours[0] == "OK":
        a, b = (json.loads(x[1], parse_int=number, parse_float=number) for x in (ours, java))
        return None if equal(a, b) else "different values"
    # typesafe-config stops at the first problem it meets; ours are all there, so one of them must be that one.
    mine, theirs = [int(n) for n in ours[1].split(" ")[0].split(",")], int(java[1].split(" ")[0])
    merged = f": {theirs}-" in java[1]  # an origin of several lines names none of them
    if theirs and not merged and 0 not in mine and min(abs(n - theirs) for n in mine) > LINES:
        return f"errors at lines {mine}, typesafe-config's at {theirs}"
    return None


def equal(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(equal(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(equal, a, b))
    return a == b


def java_command(work):
    for tool in ("java", "javac", "mvn"):
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is missing: scripts/setup test installs it")
    jars = work / "jars"
    jar = jars / "config-1.4.3.jar"
    if not jar.exists():
        subprocess.run(["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies",
                        f"-DoutputDirectory={jars}"], check=True)
    for line in (HERE / "checksums.sha256").read_text().splitlines():
        wanted, name = line.split()
        if hashlib.sha256((jars / name).read_bytes()).hexdigest() != wanted:
            sys.exit(f"{name} is not the file that checksums.sha256 names")
    classes = work / "classes"
    subprocess.run(["javac", "-d", str(classes), "-cp", str(jar), str(HERE / "HoconOracle.java")], check=True)
    scratch = work / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    return ["java", "-Xss4m", "-cp", f"{classes}:{jar}", "HoconOracle", str(scratch)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dump", required=True)
    parser.add_argument("--corpus", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--generate", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000_007)
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    corpus = read_corpus(arguments.corpus)
    generator = Generator(random.Random(arguments.seed))
    generated = [(f"generated/{i}", [("main.conf", generator.document().encode())]) for i in range(arguments.generate)]
    cases = corpus + generated
    java = run(java_command(arguments.work), cases)
    ours = run([arguments.dump], cases)
    failures = 0
    in_corpus = 0
    for name, files in cases:
        why = same(ours[name], java[name])
        meant = any(name == d or (d.endswith("*") and name.startswith(d[:-1])) for d in DEVIATIONS)
        if bool(why) == meant:
            continue
        failures += 1
        in_corpus += not name.startswith("generated/")
        if failures <= 10:
            print(f"--- {name}: {why or 'is listed as a deviation, but is none'}")
            print(files[0][1].decode(errors="replace")[:1200])
            print(f"    ours  {ours[name][0]} {ours[name][1][:300]}\n    java  {java[name][0]} {java[name][1][:300]}")
    errors = sum(java[n][0] == "ERROR" for n, _ in corpus)
    made = sum(java[n][0] == "ERROR" for n, _ in generated)
    print(f"seed {arguments.seed}: corpus {len(corpus)} cases ({errors} errors), generated {len(generated)} "
          f"({made} errors), {failures} differences")
    sys.exit(1 if in_corpus or failures > ORDER_DEPENDENT else 0)


if __name__ == "__main__":
    main()
