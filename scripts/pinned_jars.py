"""Jars that a folder's pom.xml names: fetched by Maven into a folder, and held to the folder's checksums.sha256.

For Python programs of this tree: sys.path.insert(0, <root>/scripts); import pinned_jars.
"""
import hashlib
import pathlib
import shutil
import subprocess
import sys


def run(*command):
    """Standard output of the command; ends the program with all that it said if it fails."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{(done.stdout + done.stderr)[-4000:]}")
    return done.stdout


def fetch(project, into):
    """The class path of the jars. `project` holds pom.xml and checksums.sha256; `into` is asked again only if its files
    are not those that are named. Ends the program if a tool is missing or a file is not the one that was pinned."""
    project, into = pathlib.Path(project), pathlib.Path(into)
    for tool in ("java", "javac", "mvn"):
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is missing: scripts/setup test installs it")
    wanted = dict(reversed(line.split()) for line in (project / "checksums.sha256").read_text().splitlines())
    if not into.is_dir() or {jar.name for jar in into.iterdir()} != set(wanted):
        shutil.rmtree(into, ignore_errors=True)
        run("mvn", "-q", "-B", "-f", project / "pom.xml", "dependency:copy-dependencies", "-DincludeScope=runtime",
            f"-DoutputDirectory={into}")
    found = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in into.iterdir()}
    if found != wanted:
        sys.exit(f"{into}: not the jars of {project / 'checksums.sha256'}: {sorted(set(found.items()) ^ set(wanted.items()))}")
    return f"{into}/*"
