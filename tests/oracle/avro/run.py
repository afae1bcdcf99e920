#!/usr/bin/env python3
"""Sets up the two oracles in the build folder, verifies what was downloaded, and compares (compare.py)."""
import argparse
import hashlib
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def run(*command):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"avro oracles: {' '.join(map(str, command))} failed:\n{done.stdout[-4000:]}")


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
    jars = build / "jars"
    wanted = dict(reversed(line.split()) for line in (HERE / "checksums.sha256").read_text().splitlines())
    if not jars.is_dir() or {jar.name for jar in jars.iterdir()} != set(wanted):
        shutil.rmtree(jars, ignore_errors=True)
        run("mvn", "-q", "-B", "-f", HERE / "pom.xml", "dependency:copy-dependencies", "-DincludeScope=runtime",
            f"-DoutputDirectory={jars}")
    found = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in jars.iterdir()}
    if found != wanted:
        sys.exit(f"avro oracles: the jars are not those of checksums.sha256: {sorted(set(found.items()) ^ set(wanted.items()))}")
    classes = build / "classes"
    run("javac", "-cp", f"{jars}/*", "-d", classes, HERE / "Oracle.java")
    return f"{classes}:{jars}/*"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--dump", required=True)
    arguments.add_argument("--build", required=True, type=pathlib.Path)
    options, rest = arguments.parse_known_args()
    for tool in ("java", "javac", "mvn"):
        if shutil.which(tool) is None:
            sys.exit(f"avro oracles: {tool} is missing; scripts/setup test installs it")
    options.build.mkdir(parents=True, exist_ok=True)
    python = set_up_python(options.build)
    class_path = set_up_java(options.build)
    sys.exit(subprocess.run([python, "-B", HERE / "compare.py", "--dump", options.dump, "--java", class_path, *rest],
                            check=False).returncode)


if __name__ == "__main__":
    main()
