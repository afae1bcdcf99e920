#!/usr/bin/env python3
"""Compiles each header of cloudflow/ alone. One that a .cpp file includes before anything else is proven by the build. A
header that passed is compiled again only when it, or a header of ours that it includes, has changed (--cache)."""
import argparse
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FLAGS = ["-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-I", str(ROOT), "-x", "c++", "-"]


@functools.cache
def closure(header):
    """The header and all headers of ours below it."""
    seen, todo = set(), [header]
    while todo:
        at = todo.pop()
        path = ROOT / at
        if at in seen or not path.exists():
            continue
        seen.add(at)
        todo += re.findall(r'#\s*include\s+"(cloudflow/[^"]+)"', path.read_text())
    return sorted(seen)


def digest(header, compiler):
    h = hashlib.sha256((compiler + " ".join(FLAGS[:5])).encode())
    for path in closure(header):
        h.update(path.encode() + b"\0" + (ROOT / path).read_bytes())
    return h.hexdigest()


def proven_by_sources():
    """Headers that are the first include of a source file."""
    proven = set()
    for path in (ROOT / "cloudflow").rglob("*.cpp"):
        first = re.search(r'^\s*#\s*include\s+([<"])([^>"]+)', path.read_text(), re.M)
        if first and not path.name.endswith((".bench.cpp", ".fuzz.cpp")):
            proven.add(first.group(2))
    return proven


def compile_alone(compiler, header):
    done = subprocess.run([compiler, *FLAGS], input=f'#include "{header}"\n', text=True, capture_output=True, cwd=ROOT)
    return done.returncode == 0, done.stderr


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--compiler", default="c++")
    options.add_argument("--cache", type=pathlib.Path)
    options.add_argument("headers", nargs="*", help="default: all that git knows")
    given = options.parse_args()
    headers = given.headers or subprocess.run(["git", "ls-files", "cloudflow/*.hpp"], cwd=ROOT, text=True,
                                              capture_output=True, check=True).stdout.split()
    proven = set() if given.headers else proven_by_sources()
    headers = [h for h in headers if (ROOT / h).exists() and h not in proven]
    passed = {}
    if given.cache and given.cache.exists():
        passed = json.loads(given.cache.read_text())
    keys = {h: digest(h, given.compiler) for h in headers}
    todo = [h for h in headers if passed.get(h) != keys[h]]
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("JOBS") or os.cpu_count() or 1)) as pool:
        for header, (ok, text) in zip(todo, pool.map(lambda h: compile_alone(given.compiler, h), todo)):
            if ok:
                passed[header] = keys[header]
            else:
                bad += 1
                print(f"{header}:1: does not compile alone: include what it uses\n{text}")
    if given.cache and given.cache.parent.exists():
        given.cache.write_text(json.dumps({h: k for h, k in passed.items() if h in keys}, indent=0))
    print(f"headers: {len(proven)} proven by sources, {len(headers)} others, {len(todo)} compiled, {bad} problems")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
