#!/usr/bin/env python3
"""Measures whole runs of `cloudflow`: time to the first average, time of verify, what an idle application costs, and
memory at full speed. Prints one line per figure: what, median, minimum and maximum, goal.

Usage: application.py BUILD_FOLDER [--seconds N]     (N: how long memory is watched; 600 shows what the goal asks)
"""
import argparse
import os
import statistics
import subprocess
import tempfile
import time

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("build")
parser.add_argument("--seconds", type=int, default=60)
arguments = parser.parse_args()
root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
program = os.path.join(os.path.abspath(arguments.build), "bin", "cloudflow")


def folder(*parts):
    return os.path.join(root, *parts)


def show(what, values, unit, goal):
    print(f"{what:48} median {statistics.median(values):8.1f} {unit} (min {min(values):.1f}, max {max(values):.1f})  goal {goal}",
          flush=True)


def run(*words, **options):
    return subprocess.Popen([program, *words], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)


def end(process):
    process.terminate()
    process.communicate()


def first_average():
    begin = time.monotonic()
    process = run("run", folder("examples", "sensors"), stdout=subprocess.PIPE)
    process.stdout.readline()
    took = time.monotonic() - begin
    end(process)
    return took * 1000


def verify(project):
    begin = time.monotonic()
    process = run("verify", project, stdout=subprocess.DEVNULL)
    if process.wait() != 0:
        raise SystemExit(f"verify {project} failed")
    return (time.monotonic() - begin) * 1000


def switches(pid):
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/status") as status:
            total += sum(int(line.split()[1]) for line in status if line.startswith("voluntary_ctxt_switches"))
    return total


def resident_mb(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


def idle(seconds):
    process = run("run", folder("bench", "idle"), stdout=subprocess.DEVNULL)
    time.sleep(3)
    before = switches(process.pid)
    time.sleep(seconds)
    count = switches(process.pid) - before
    end(process)
    return count


def memory(seconds):
    with tempfile.TemporaryFile() as sink:
        process = run("run", folder("examples", "sensors"), "cloudflow.streamlets.ingress.config-parameters.rate=2000000",
                      stdout=sink)
        early = max(10, min(60, seconds // 2))
        time.sleep(early)
        first = resident_mb(process.pid)
        time.sleep(max(1, seconds - early))
        last = resident_mb(process.pid)
        end(process)
    return early, first, last


for project in (folder("examples", "sensors"), folder("bench", "idle"), folder("bench", "thousand")):
    verify(project)  # builds what is stale
show("start to the first average (sensors)", [first_average() for _ in range(11)], "ms", "<= 150")
show("verify of sensors", [verify(folder("examples", "sensors")) for _ in range(11)], "ms", "<= 50")
show("verify of 1,000 streamlets", [verify(folder("bench", "thousand")) for _ in range(5)], "ms", "<= 1000")
show("voluntary switches of 20 idle streamlets in 30 s", [idle(30)], "", "0")
early, first, last = memory(arguments.seconds)
print(f"{'memory at full speed':48} {first:.0f} MB after {early} s, {last:.0f} MB after {arguments.seconds} s: "
      f"{(last / first - 1) * 100:+.1f} %  goal < 5 % between 60 s and 600 s")
