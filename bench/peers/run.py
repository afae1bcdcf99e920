#!/usr/bin/env python3
"""Sets our benchmarks beside the peers named in the project's goals, in one run: Pekko Streams, Java Avro, Flink.

Ours and the peer take turns, so that a slow minute of the machine meets both; each peer's process warms up first (its
first half of the rounds is thrown away). Printed per figure: both medians, the median of the ratios of the pairs with
minimum and maximum, and the goal. Needs Java and Maven (scripts/setup test).

Usage: run.py BUILD_FOLDER [--pairs N] [--only WORD]
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
from pinned_jars import fetch, run  # noqa: E402


def set_up(build):
    jars = fetch(HERE, build / "jars")
    made = build / "made"
    run("java", "-cp", jars, HERE / "Generate.java", ROOT / "cloudflow" / "schema" / "testdata" / "reading.avsc", made)
    run("javac", "-nowarn", "-cp", jars, "-d", build / "classes", *HERE.glob("*.java"), *made.rglob("*.java"))
    return f"{build / 'classes'}:{jars}"


def ours(build, program, case):
    """Nanoseconds per element of one benchmark."""
    out = json.loads(run(build / "bin" / program, f"--benchmark_filter=^{case}$", "--benchmark_format=json"))
    found = out["benchmarks"][0]
    return found.get("ns/element", found["cpu_time"])


def peer(class_path, name, word, count, rounds):
    """The best case for the peer: the fastest of the later half of its rounds."""
    lines = run("java", "-Xmx2g", "-XX:+UseParallelGC", "-cp", class_path, name, count, rounds).splitlines()
    values = [float(line.split()[1]) for line in lines if line.split()[0] == word]
    return min(values[len(values) // 2:])


FIGURES = [
    # what, our program, our case, the peer's class, its figure, elements, rounds, goal: times faster
    ("fused chain / Pekko Streams", "stream_bench", "fused_chain", "PekkoFused", "fused", 5_000_000, 8, 50),
    ("Avro decode / Java Avro, objects reused", "schema_bench", "decode_generated<reading>", "AvroReading", "decode", 4_000_000, 8, 4),
    ("Avro decode, borrowed / Java Avro, objects reused", "schema_bench", "decode_generated<reading_view>", "AvroReading", "decode",
     4_000_000, 8, 8),
    ("sliding average, 1,000 keys / Flink mini cluster", "stream_bench", "window_stage", "FlinkAverage", "average", 8_000_000, 4, 10),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    for tool in ("java", "javac", "mvn"):
        if shutil.which(tool) is None:
            sys.exit(f"peers: {tool} is missing; scripts/setup test installs it")
    build = arguments.build.resolve()
    (build / "peers").mkdir(exist_ok=True)
    class_path = set_up(build / "peers")
    missed = 0
    for what, program, case, name, word, count, rounds, goal in FIGURES:
        if arguments.only not in what:
            continue
        pairs = [(ours(build, program, case), peer(class_path, name, word, count, rounds)) for _ in range(arguments.pairs)]
        ratios = [theirs / mine for mine, theirs in pairs]
        missed += min(ratios) < goal
        print(f"{what:50} ours {statistics.median(p[0] for p in pairs):7.2f} ns, theirs {statistics.median(p[1] for p in pairs):7.1f} ns, "
              f"ratio {statistics.median(ratios):6.1f} (min {min(ratios):.1f}, max {max(ratios):.1f})  goal {goal}", flush=True)
    if missed:
        print(f"{missed} of the goals missed in at least one pair")


if __name__ == "__main__":
    main()
