#!/usr/bin/env python3
"""Runs the application beside this, which refuses some of its records, with the built `cloudflow`: what becomes of
them, how they are sent back once the cause is mended, and what a replay does.

    CLOUDFLOW=build/bin/cloudflow dead_letters_test.py
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

program = os.environ["CLOUDFLOW"]
application = str(pathlib.Path(__file__).resolve().parent)


def tool(*arguments):
    return subprocess.run([program, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=30)


class Data(unittest.TestCase):
    def setUp(self):
        self.data = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.data)

    def start(self, *keys, told=subprocess.DEVNULL, lines=subprocess.PIPE):
        return subprocess.Popen([program, "run", application, "--data-dir", self.data,
                                 *(f"cloudflow.streamlets.{k}" for k in keys)], stdin=subprocess.DEVNULL,
                                stdout=lines, stderr=told, text=True)

    def run_until(self, lines, *keys, end=signal.SIGTERM):
        """Runs until that many lines were printed, then ends it; all lines."""
        with tempfile.TemporaryFile("w+") as told, self.start(*keys, told=told) as running:
            seen = [running.stdout.readline() for _ in range(lines)]
            running.send_signal(end)
            seen += running.stdout.readlines()
            status = running.wait(timeout=25)
            told.seek(0)
            self.assertNotIn("", seen, told.read())
        self.assertEqual(status, 0 if end == signal.SIGTERM else -end)
        return [line.rstrip("\n") for line in seen]

    def ask(self, *arguments, fails=False):
        done = tool(*arguments, "--data-dir", self.data)
        self.assertEqual(done.returncode != 0, fails, done.stderr)
        return done

    def records(self, topic):
        # Each record of a topic: its headers and its value.
        shown = self.ask("peek", topic, "--from", "earliest", "--count", "1000", "-o", "json").stdout
        return [json.loads(line) for line in shown.splitlines()]


def value_of(record):
    return bytes.fromhex(record["value_hex"]).decode()


class Redrive(Data):
    def test_what_was_refused_is_sent_back_once_the_cause_is_mended_and_its_result_is_there_once(self):
        self.run_until(38, "check.config-parameters.refuses=\"5,17\"")
        self.assertEqual(self.ask("dlq", "list").stdout,
                         "check.in  2 records, 2 not sent back, in refusals.check.in.dead\n")
        self.assertIn("refusals.check.in.dead  1 partition", self.ask("topics").stdout)
        shown = self.ask("dlq", "show", "check.in").stdout
        for part in ("cf-dead-topic=refusals.source.out", "cf-dead-partition=0", "cf-dead-offset=5",
                     "cf-dead-streamlet=check", "cf-dead-inlet=in", "cf-dead-where=map",
                     "cf-dead-error=std::range_error", "cf-dead-message=17 is refused", "cf-dead-attempts=1"):
            self.assertIn(part, shown)

        self.assertIn("2 records sent back to refusals.source.out", self.ask("dlq", "redrive", "check.in").stderr)
        self.assertIn("0 records sent back", self.ask("dlq", "redrive", "check.in").stderr)
        self.assertEqual(self.run_until(2, "source.config-parameters.count=0"), ["5 as number 39", "17 as number 40"])
        self.assertEqual(sorted(int(value_of(r)) for r in self.records("refusals.check.out")), list(range(40)))
        back = self.records("refusals.source.out")[40:]
        self.assertEqual([value_of(r) for r in back], ["5", "17"])
        self.assertNotIn("cf-dead", json.dumps(back))
        self.assertEqual(self.ask("dlq", "list").stdout,
                         "check.in  2 records, 0 not sent back, in refusals.check.in.dead\n")

    def test_what_is_refused_again_is_a_dead_letter_again_and_counts_how_often_it_was_sent(self):
        self.run_until(39, "check.config-parameters.refuses=\"5\"", "check.config.inlets.in.retries=2")
        self.ask("dlq", "redrive", "check.in")
        self.run_until(1, "source.config-parameters.count=1", "check.config-parameters.refuses=\"5\"")
        self.assertEqual(self.ask("dlq", "list").stdout,
                         "check.in  2 records, 1 not sent back, in refusals.check.in.dead\n")
        first, second = self.records("refusals.check.in.dead")
        self.assertIn("cf-dead-attempts", json.dumps(first))
        self.assertNotIn("cf-redriven", json.dumps(first))
        self.assertEqual(json.dumps(second).count("cf-dead-offset"), 1)
        self.assertIn("cf-redriven", json.dumps(second))

    def test_dead_letters_are_exact_when_the_process_is_killed(self):
        refuses = "check.config-parameters.refuses=\"5,17,21,40\""
        self.run_until(100, "source.config-parameters.count=400", refuses, end=signal.SIGKILL)
        # What the source had written is read to its end; the source writes nothing new.
        fed = [int(value_of(r)) for r in self.records("refusals.source.out")]
        self.assertEqual(fed, list(range(len(fed))))
        rest = len(fed) - 4 - len(self.records("refusals.total.out"))
        self.run_until(rest, "source.config-parameters.count=0", refuses)
        self.assertEqual([value_of(r) for r in self.records("refusals.check.in.dead")], ["5", "17", "21", "40"])
        self.assertEqual([int(value_of(r)) for r in self.records("refusals.check.out")],
                         [n for n in fed if n not in (5, 17, 21, 40)])


class Policy(Data):
    def test_configuration_wins_over_the_class(self):
        lines = self.run_until(39, "check.config-parameters.refuses=\"5\"", "check.config.inlets.in.on-error=skip")
        self.assertEqual(len(lines), 39)
        self.assertIn("There are no dead letters", self.ask("dlq", "list").stderr)
        told = tool("describe", application, "cloudflow.streamlets.check.config.inlets.in.on-error=skip")
        self.assertIn("bad records: skip", told.stdout)
        self.assertIn("bad records: dead-letter, to refusals.total.in.dead", told.stdout)

    def test_an_inlet_whose_records_all_die_stops_and_says_why(self):
        with self.start("source.config-parameters.count=5000", "source.config-parameters.at-once=100",
                        "check.config-parameters.refuses=all", told=subprocess.PIPE,
                        lines=subprocess.DEVNULL) as run:
            told = ""
            while "degraded" not in told:
                line = run.stderr.readline()
                self.assertTrue(line, told)
                told += line
            run.send_signal(signal.SIGTERM)
            told += run.stderr.read()
            self.assertEqual(run.wait(timeout=25), 1, told)
        self.assertIn("more than half of the last 1000 records of inlet 'in' became dead letters", told)
        self.assertIn("is refused", told)
        self.assertIn("cloudflow dlq show check.in", told)
        self.assertRegex(told, r"(?m)^  check\.in +read +\d+ records, \d+ dead letters$")
        kept = [d["records"] for d in json.loads(self.ask("dlq", "list", "-o", "json").stdout)["dead_letters"]
                if d["inlet"] == "check.in"]
        self.assertGreater(kept[0], 500)
        self.assertLess(kept[0], 2000)


class Supervision(Data):
    def decided(self, decision, lines):
        return [line.split(" ")[0] for line in
                self.run_until(lines, "source.config-parameters.count=8", "check.config-parameters.refuses=\"3\"",
                               f"check.config-parameters.decides={decision}")]

    def test_resume_drops_the_record_and_keeps_what_the_flow_remembers(self):
        self.assertEqual(self.decided("resume", 7), ["0/0", "1/1", "2/2", "4/3", "5/4", "6/5", "7/6"])
        self.assertIn("There are no dead letters", self.ask("dlq", "list").stderr)

    def test_restart_drops_the_record_and_begins_anew(self):
        self.assertEqual(self.decided("restart", 7), ["0/0", "1/1", "2/2", "4/0", "5/1", "6/2", "7/3"])

    def test_stop_leaves_the_record_to_the_policy_of_the_inlet(self):
        self.assertEqual(self.decided("stop", 7), ["0/0", "1/1", "2/2", "4/3", "5/4", "6/5", "7/6"])
        self.assertEqual(self.ask("dlq", "list").stdout,
                         "check.in  1 record, 1 not sent back, in refusals.check.in.dead\n")


class Replay(Data):
    def replay(self, target, *arguments, fails=False):
        return self.ask("replay", target, application, "--from", "earliest", "--yes", *arguments, fails=fails)

    def test_replay_says_who_sees_results_twice_and_what_state_there_is(self):
        self.run_until(10, "source.config-parameters.count=10")
        told = self.replay("check").stderr
        self.assertIn("refusals.source.out/0  10 -> 0, up to 10 records again", told)
        self.assertIn("State\n  none\n", told)
        self.assertIn("total sees results twice, from refusals.check.out", told)
        self.assertIn("become dead letters again, in refusals.check.in.dead", told)
        lines = self.run_until(10, "source.config-parameters.count=0")
        self.assertEqual(lines, [f"{n} as number {n + 11}" for n in range(10)])

    def test_replay_asks_what_becomes_of_the_state(self):
        self.run_until(10, "source.config-parameters.count=10")
        refused = self.replay("total", fails=True)
        self.assertIn("has state: say --keep-state (records count into it again) or --drop-state", refused.stderr)
        told = self.replay("total", "--drop-state").stderr
        self.assertIn("State\n  in refusals.total.changelog\n", told)
        self.assertIn("printer sees results twice, from refusals.total.out", told)
        self.assertEqual(self.run_until(10, "source.config-parameters.count=0"),
                         [f"{n} as number {n + 1}" for n in range(10)])
        self.replay("total", "--keep-state")
        self.assertEqual(self.run_until(10, "source.config-parameters.count=0"),
                         [f"{n} as number {n + 11}" for n in range(10)])


if __name__ == "__main__":
    unittest.main()
