#!/usr/bin/env python3
"""What `cloudflow run examples/weather` must write, calculated without a line of Cloudflow.

Windows of 30 days begin every 15 days, aligned to the epoch; one row per city, gauge and window that has a reading.
Equal means: the same set of (src, gauge, start, end), and averages within 1e-9 of math.fsum's.

    expected.py READINGS.csv           prints what is expected
    expected.py READINGS.csv OUT.csv   exit 0 if OUT.csv is equal to it, else says where it is not
"""
import collections
import csv
import math
import sys

DAY = 86_400_000
SIZE, SLIDE = 30 * DAY, 15 * DAY
HEADER = ["src", "gauge", "window_start", "window_end", "value"]


def expected(readings_file):
    values = collections.defaultdict(list)
    with open(readings_file, newline="") as file:
        for row in csv.DictReader(file):
            time = int(row["timestamp"])
            start = time // SLIDE * SLIDE
            while start > time - SIZE:
                values[row["src"], row["gauge"], start, start + SIZE].append(float(row["value"]))
                start -= SLIDE
    return {key: math.fsum(held) / len(held) for key, held in values.items()}


def written(out_file):
    """The rows as a dictionary, and what is wrong with them as they stand."""
    rows, problems = {}, []
    with open(out_file, newline="") as file:
        lines = list(csv.reader(file))
    if not lines or lines[0] != HEADER:
        problems.append(f"the first line is not {','.join(HEADER)}")
    for number, line in enumerate(lines[1:], 2):
        if len(line) != len(HEADER):
            problems.append(f"line {number} has {len(line)} fields")
            continue
        key = (line[0], line[1], int(line[2]), int(line[3]))
        if key in rows:
            problems.append(f"line {number} repeats {key}")
        rows[key] = float(line[4])
    return rows, problems


def near(a, b):
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)


def differences(want, out_file):
    have, problems = written(out_file)
    problems += [f"missing: {key} {want[key]!r}" for key in sorted(want.keys() - have.keys())]
    problems += [f"not expected: {key} {have[key]!r}" for key in sorted(have.keys() - want.keys())]
    problems += [f"wrong: {key} is {have[key]!r}, expected {want[key]!r}"
                 for key in sorted(want.keys() & have.keys()) if not near(want[key], have[key])]
    return problems


def main(arguments):
    want = expected(arguments[0])
    if len(arguments) == 1:
        print(",".join(HEADER))
        for key in sorted(want):
            print(",".join(map(str, key)), repr(want[key]), sep=",")
        return 0
    problems = differences(want, arguments[1])
    for problem in problems[:20]:
        print(problem)
    if problems:
        print(f"{len(problems)} differences; {len(want)} rows were expected")
        return 1
    print(f"{len(want)} rows are as expected")
    return 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
