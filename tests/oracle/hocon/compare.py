#!/usr/bin/env python3
"""Compares hocon_dump with Java's typesafe-config on the corpus and on generated documents. No difference is allowed.

Equal means: both give the same JSON (numbers by value, members in any order), or both refuse the document and one of
our problems is at the line that typesafe-config names (it stops at the first; ours are all there). What cannot be
compared so is counted under its reason and printed; EXCLUDED says what each reason is and how often it may occur among
the generated documents. Corpus cases that differ on purpose stand in DEVIATIONS, each with the row of
docs/reference/hocon-deviations.md that says so; one that no longer differs fails, and so does a row without a case.

A run prints its seed; `--seed N` repeats it, `--only generated/7` shows one document of it.
"""

import argparse
import collections
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "scripts"))
import pinned_jars  # noqa: E402

PAGE = HERE.parents[2] / "docs" / "reference" / "hocon-deviations.md"
ENVIRONMENT = {"CF_ORACLE_A": "from env", "CF_ORACLE_B": "7", "CF_ORACLE_EMPTY": ""}

# corpus case -> how its row of the page begins
DEVIATIONS = {
    "deviations/000": "`include url(...)`",
    "deviations/001": "`include url(...)`",
    "deviations/002": "`include url(...)`",
    "deviations/003": "includes stay below",
    "deviations/004": "nesting 256",
    "deviations/005": "bytes that are not UTF-8",
    "deviations/006": "bytes that are not UTF-8",
    "deviations/007": "`\\u` wants four",
    "deviations/json-008": "JSON integers",
}

# Reason -> the share of the generated documents that it may reach. The first two are left out whole; of the others only
# the line of the error is, not that there is one.
BROKEN = "typesafe-config reports a bug of its own (BugOrBroken, StackOverflowError)"
SIGN = "\\u with a sign, which only Java reads"
TEXT = "line: \"\"\" without end, which Java notices at the end of the file"
CLOSE = "line: ${ without } on its line, which Java seeks on later lines"
VARIABLE = "line: of a value that came from the environment, which has none (both cannot join it)"
MERGED = "line: of an object merged from several, of which typesafe-config names one (both cannot join it)"
UNCOUNTED = "line: behind a newline in \"\"\" or beside '=', which typesafe-config's parser does not count"
FILE = "line: of a whole file, one that is required and missing or that includes itself"
EXCLUDED = {FILE: 0, UNCOUNTED: 0.005, BROKEN: 0.005, SIGN: 0.002, TEXT: 0.005, CLOSE: 0.005, VARIABLE: 0.08, MERGED: 0.005}


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
    return out.replace(b"<BYTE FF>", b"\xff")


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


def same(text, ours, java):
    """(difference or None, reason for what was not compared or None)"""
    if java[1].startswith(("0 BugOrBroken", "0 StackOverflow")):
        return None, BROKEN
    if re.search(rb"\\u[0-9a-fA-F]{0,3}[+-]", text) and ours[0] == "ERROR" and "CF-C02 \\u wants" in ours[1]:
        return None, SIGN
    if ours[0] != java[0]:
        return f"ours {ours[0]}, typesafe-config {java[0]}", None
    if ours[0] == "OK":
        a, b = (json.loads(x[1], parse_int=number, parse_float=number) for x in (ours, java))
        return None if equal(a, b) else "different values", None
    mine = [int(n) for n in ours[1].split(" ")[0].split(",")]
    theirs = int(java[1].split(" ")[0])
    last = theirs
    if span := re.search(rf": {theirs}-(\d+): ", java[1]):  # a value of several lines
        last = int(span[1])
    joining = "Cannot concatenate" in java[1] and "CF-C10" in ours[1]
    if theirs == 0 and joining and "env variables" in java[1]:
        return None, VARIABLE
    if theirs == 0 and ("CF-C08" in ours[1] or "CF-C09" in ours[1]):
        return None, FILE
    if any(theirs <= n <= last for n in mine):
        return None, None
    if "triple-quoted string was still open" in java[1] and 'has no closing """' in ours[1]:
        if theirs != text.count(b"\n") + 1:
            return f"typesafe-config's error is at line {theirs}, not at the end", None
        return None, TEXT
    if "has no closing '}'" in ours[1] and theirs > min(mine):
        return None, CLOSE
    if joining and re.search(r"list, SimpleConfigObject\(", java[1]):
        return None, MERGED
    if theirs < max(mine) and re.search(rb'"""(?:(?!""").)*\n|\n\s*(\+=|=|:)|(=|:)\s*\n', text, re.DOTALL):
        return None, UNCOUNTED
    return f"errors at lines {mine}, typesafe-config's at {theirs}", None


def equal(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(equal(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(equal, a, b))
    return a == b


def java_command(work):
    jars = pinned_jars.fetch(HERE, work / "jars")
    classes = work / "classes"
    pinned_jars.run("javac", "-d", classes, "-cp", jars, HERE / "HoconOracle.java")
    scratch = work / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    return ["java", "-Xss4m", "-cp", f"{classes}:{jars}", "HoconOracle", str(scratch)]


def rows():
    return [line.split("|")[1].strip() for line in PAGE.read_text().splitlines() if line.startswith("| ")][1:]


def check_page():
    """Each row of the page has a case, each case its row."""
    wrong = [f"no row of {PAGE.name} begins with '{row}'" for row in set(DEVIATIONS.values())
             if not any(r.startswith(row) for r in rows())]
    wrong += [f"row '{r}' of {PAGE.name} has no case" for r in rows() if not r.startswith(tuple(DEVIATIONS.values()))]
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dump", required=True)
    parser.add_argument("--corpus", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--generate", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000_007)
    parser.add_argument("--only", help="name of one document: show it and both answers")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    corpus = read_corpus(arguments.corpus)
    generator = Generator(random.Random(arguments.seed))
    generated = [(f"generated/{i}", [("main.conf", generator.document().encode())]) for i in range(arguments.generate)]
    cases = [c for c in corpus + generated if arguments.only in (None, c[0])]
    java = run(java_command(arguments.work), cases)
    ours = run([arguments.dump], cases)
    failures = check_page()
    if arguments.only is None:
        failures += [f"{name} is listed as a deviation, but is no case" for name in DEVIATIONS if name not in ours]
    excluded = collections.Counter()
    for name, files in cases:
        why, reason = same(files[0][1], ours[name], java[name])
        if name in DEVIATIONS:
            why = None if why or reason else "is listed as a deviation, but is none"
        elif reason and name.startswith("generated/"):
            excluded[reason] += 1
        elif reason in (BROKEN, SIGN):
            why = "not comparable, in the corpus: " + reason
        if why or arguments.only:
            failures += [f"{name}: {why}"] if why else []
            print(f"--- {name}: {why}")
            print(files[0][1].decode(errors="replace")[:1200])
            print(f"    ours  {ours[name][0]} {ours[name][1][:300]}\n    java  {java[name][0]} {java[name][1][:300]}")
    if arguments.only:
        sys.exit(1 if failures else 0)
    errors = sum(java[n][0] == "ERROR" for n, _ in corpus)
    made = sum(java[n][0] == "ERROR" for n, _ in generated)
    if 2 * errors < len(corpus):
        failures.append(f"only {errors} of {len(corpus)} corpus cases are errors")
    for reason, share in EXCLUDED.items():
        print(f"not compared, {excluded[reason]:4} of {len(generated)}: {reason}")
        if excluded[reason] > max(3, share * len(generated)):
            failures.append(f"too many documents are not compared: {reason}")
    for failure in failures[:40]:
        print("FAILED", failure)
    print(f"seed {arguments.seed}: corpus {len(corpus)} cases ({errors} errors), generated {len(generated)} "
          f"({made} errors), {len(failures)} failures")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
