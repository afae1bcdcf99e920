#!/usr/bin/env python3
"""Runs the program that runs weather under 100 seeds, and holds its first output against expected.py.

    seeds.py PROGRAM EXAMPLE
"""
import os
import pathlib
import subprocess
import sys
import tempfile

import expected


def main(program, example):
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([program], env={**os.environ, "WEATHER_OUT": folder})
        if done.returncode != 0:
            sys.exit(done.returncode)
        want = expected.expected(pathlib.Path(example) / "data" / "weather-readings.csv")
        problems = expected.differences(want, pathlib.Path(folder) / "seed-1.csv")
    for problem in problems[:20]:
        print(problem)
    if problems:
        sys.exit(f"{len(problems)} differences; {len(want)} rows were expected")
    print(f"{len(want)} rows are as expected")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
