#!/usr/bin/env python3
"""Sets up the two oracles in the build folder, verifies what was downloaded, and compares (compare.py)."""
import argparse
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "scripts"))
from pinned_jars import fetch, run  # noqa: E402


def set_up_python(build):
    stamp = build / "requirements.done"
    wanted = (HERE / "requirements.txt").read_text()
    python = build / "venv" / "bin" / "python"
    if not (stamp.exists() and stamp.read_text() == wanted and python.exists()):
        run(sys.executable, "-m", "venv", "--clear", build / "venv")
        run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r",
            HERE / "requirements.txt")
        stamp.write_text(wanted)
    return python


def set_up_java(build):
    jars = fetch(HERE, build / "jars")
    classes = build / "classes"
    run("javac", "-cp", jars, "-d", classes, HERE / "Oracle.java")
    return f"{classes}:{jars}"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--dump", required=True)
    arguments.add_argument("--build", required=True, type=pathlib.Path)
    options, rest = arguments.parse_known_args()
    options.build.mkdir(parents=True, exist_ok=True)
    python = set_up_python(options.build)
    class_path = set_up_java(options.build)
    sys.exit(subprocess.run([python, "-B", HERE / "compare.py", "--dump", options.dump, "--java", class_path, *rest],
                            check=False).returncode)


if __name__ == "__main__":
    main()
