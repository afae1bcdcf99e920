#!/usr/bin/env python3
"""Runs the application beside this, whose streamlets fail and crash on purpose, with the built `cloudflow`.

    CLOUDFLOW=build/bin/cloudflow failures_test.py
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest

program = os.environ["CLOUDFLOW"]
application = str(pathlib.Path(__file__).resolve().parent)


def command(*arguments, fragile=None, source=None):
    keys = [f"cloudflow.streamlets.fragile.config-parameters.{k}={v}" for k, v in (fragile or {}).items()]
    keys += [f"cloudflow.streamlets.source.config-parameters.{k}={v}" for k, v in (source or {}).items()]
    return [program, "run", application, *arguments, *keys]


def run(*arguments, **parameters):
    return subprocess.run(command(*arguments, **parameters), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=30)


def events(done):
    return [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]


def numbers(done, side):
    return sorted({int(line.split()[1]) for line in done.stdout.splitlines() if line.startswith(side)})


class Restart(unittest.TestCase):
    def test_a_streamlet_that_fails_twice_is_started_again_and_nothing_is_lost(self):
        done = run("--exit-when-complete", fragile={"how": "throw", "times": 2})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(numbers(done, "left"), list(range(40)))
        self.assertEqual(numbers(done, "right"), list(range(40)))
        told = re.findall(r"streamlet 'fragile' failed, restarting in (\S+) s \((\w+) time\)", done.stderr)
        self.assertEqual(told, [("1", "1st"), ("2", "2nd")], done.stderr)
        for part in ("what      it broke", "type      std::runtime_error", "where     map", "record    ",
                     "failures.source.out/0/5"):
            self.assertIn(part, done.stderr)
        self.assertRegex(done.stderr, r"(?m)^  fragile +completed, failed 2 times$")
        self.assertRegex(done.stderr, r"(?m)^  sturdy +completed$")

    def test_poison_degrades_one_streamlet_while_the_others_go_on_and_the_run_fails(self):
        done = run("--exit-when-complete", "-o", "json", fragile={"how": "throw"})
        self.assertEqual(done.returncode, 1, done.stderr)
        # The poison does not hold back what came before it.
        self.assertEqual(numbers(done, "left"), list(range(5)))
        self.assertEqual(numbers(done, "right"), list(range(40)))
        failed = [e for e in events(done) if e["event"] == "failed"]
        self.assertEqual([e["phase"] for e in failed], ["restarting", "restarting", "degraded"])
        self.assertEqual([e.get("restarts_in_seconds") for e in failed], [1, 2, None])
        self.assertEqual(failed[-1]["verdict"], "poison at failures.source.out/0/5")
        self.assertIn("cloudflow.streamlets.fragile.config.inlets.in.on-error=dead-letter", failed[-1]["try"])
        ended = events(done)[-1]
        self.assertEqual((ended["event"], ended["outcome"]), ("ended", "failed"))
        phases = {s["name"]: s["phase"] for s in ended["streamlets"]}
        self.assertEqual(phases, {"source": "completed", "fragile": "degraded", "sturdy": "completed",
                                  "printer": "drained"})

    def test_a_build_that_throws_is_tried_three_times(self):
        done = run("--duration", "5s", fragile={"how": "build"})
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("it failed 3 times in a row before it was ready", done.stderr)
        self.assertEqual(numbers(done, "right"), list(range(40)))

    def test_fail_fast_ends_the_run_with_the_first_failure(self):
        done = run("--fail-fast", fragile={"how": "throw"}, source={"count": 1000000})
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(done.stderr.count("streamlet 'fragile' failed\n"), 1, done.stderr)
        self.assertNotIn("restarting", done.stderr)

    def test_a_signal_ends_a_run_in_which_a_streamlet_waits_for_its_restart(self):
        with subprocess.Popen(command(fragile={"how": "throw"}, source={"count": 1000000}), stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as running:
            told = ""
            while "2nd time" not in told:
                line = running.stderr.readline()
                self.assertTrue(line, told)
                told += line
            running.send_signal(signal.SIGTERM)
            _, rest = running.communicate(timeout=20)
        self.assertEqual(running.returncode, 1, rest)
        self.assertRegex(rest, r"(?m)^  fragile +failed, failed 2 times$")
        self.assertRegex(rest, r"(?m)^  sturdy +drained$")


class Crash(unittest.TestCase):
    def test_a_crash_names_streamlet_and_operators_before_the_process_ends(self):
        expected = {"segv": signal.SIGSEGV, "abort": signal.SIGABRT, "fpe": signal.SIGFPE,
                    "stack": signal.SIGSEGV}
        for how, number in expected.items():
            with self.subTest(how):
                done = run(fragile={"how": how})
                self.assertEqual(done.returncode, -number, done.stderr)
                self.assertRegex(done.stderr, rf"(?m)^streamlet 'fragile' crashed: .* \({number.name}\)$")
                self.assertRegex(done.stderr, r"(?m)^  where     .*in > map > .*out")
                self.assertEqual(done.stderr.count("crashed"), 1)

    def test_a_crash_is_an_event_for_programs(self):
        done = run("-o", "json", fragile={"how": "segv"})
        crashed = events(done)[-1]
        self.assertEqual((crashed["event"], crashed["streamlet"], crashed["signal"]), ("crashed", "fragile", "SIGSEGV"))
        self.assertIn("map", crashed["where"])


if __name__ == "__main__":
    unittest.main()
