#!/usr/bin/env python3
"""Writes the reference pages that are made from tables in the code: docs/reference/problems/*,
docs/reference/configuration.md and docs/reference/cli.md. Needs the tests of the rooms blueprint and cli built; the same
tests fail when a page is stale.

    scripts/gen_reference.py [--build DIR]
"""
import argparse
import os
import pathlib
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parent.parent
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--build", type=pathlib.Path, default=root / "build", help="build folder (default: build)")
folder = parser.parse_args().build / "bin"
writers = {"blueprint_test": "docs/reference/configuration.md says *",
           "cli_test": "docs/reference/cli.md says *,each problem code has one page*"}
for program in writers:
    if not (folder / program).exists():
        sys.exit(f"{folder / program} is not built: ninja -C {folder.parent} {' '.join(writers)}")
sys.exit(max(subprocess.call([folder / program, f"--test-case={case}"],
                             env={**os.environ, "CLOUDFLOW_WRITE_REFERENCE": "1"}) for program, case in writers.items()))
