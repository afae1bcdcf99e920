#!/usr/bin/env python3
"""Runs `cloudflow run examples/weather` with N partitions and holds what it wrote against expected.py.

    run.py CLOUDFLOW EXAMPLE PARTITIONS
"""
import pathlib
import subprocess
import sys
import tempfile

import expected


def main(cloudflow, example, partitions):
    want = expected.expected(pathlib.Path(example) / "data" / "weather-readings.csv")
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out.csv"
        run = subprocess.run(
            [cloudflow, "run", example, "--exit-when-complete",
             f"cloudflow.streamlets.egress.config-parameters.path={out}",
             f"cloudflow.topics.ingress-out.partitions={partitions}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if run.returncode != 0:
            print(run.stdout)
            sys.exit(f"cloudflow run ended with {run.returncode}")
        if f"{partitions} partition" not in run.stdout:
            print(run.stdout)
            sys.exit(f"the run does not say that it has {partitions} partitions")
        problems = expected.differences(want, out)
    for problem in problems[:20]:
        print(problem)
    if problems:
        sys.exit(f"{len(problems)} differences; {len(want)} rows were expected")
    print(f"{len(want)} rows are as expected")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
