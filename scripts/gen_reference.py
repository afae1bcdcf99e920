#!/usr/bin/env python3
"""Writes the reference pages that are made from tables in the code: docs/reference/problems/CF-A*, CF-B* and
docs/reference/configuration.md. Needs the blueprint room's tests built; the same tests fail when a page is stale.

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
program = parser.parse_args().build / "bin" / "blueprint_test"
if not program.exists():
    sys.exit(f"{program} is not built: ninja -C {program.parent.parent} blueprint_test")
sys.exit(subprocess.call([program, "--test-case=reference pages say what the code says"],
                         env={**os.environ, "CLOUDFLOW_WRITE_REFERENCE": "1"}))
