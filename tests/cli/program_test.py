#!/usr/bin/env python3
"""Runs the built `cloudflow` on the built examples and on wrong input; looks at output and exit status only.

    CLOUDFLOW=build/bin/cloudflow SENSORS_MODULE=build/.../libsensors.so CORE=build/lib/libcloudflow.so program_test.py
"""
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import tempfile
import unittest
import xml.dom.minidom

program = os.environ["CLOUDFLOW"]
examples = pathlib.Path(__file__).resolve().parents[2] / "examples"
sensors = str(examples / "sensors")


def cloudflow(*arguments, stdin=b"", stdout=subprocess.PIPE, env=None):
    return subprocess.run([program, *arguments], input=stdin, stdout=stdout, stderr=subprocess.PIPE, timeout=60,
                          env={**os.environ, **(env or {})})


class Program(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="cloudflow-cli-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def ok(self, *arguments, **options):
        done = cloudflow(*arguments, **options)
        self.assertEqual(done.returncode, 0, done.stderr.decode(errors="replace"))
        return done.stdout.decode()

    def project(self, blueprint):
        """A project whose module is that of `sensors`, already built, with another blueprint."""
        folder = self.folder / "broken"
        registry = folder / "build" / "cloudflow-applications"
        registry.mkdir(parents=True)
        (folder / "blueprint.conf").write_text(blueprint)
        entry = {"name": "broken", "version": "1", "source": folder, "blueprint": folder / "blueprint.conf",
                 "module": os.environ["SENSORS_MODULE"], "build": folder / "build", "target": "broken",
                 "core": os.environ["CORE"]}
        (registry / "broken.conf").write_text("".join(f'{k} = "{v}"\n' for k, v in entry.items()))
        (registry / "broken.stamp").write_text("")
        return str(folder)

    def local_conf(self, folder, text):
        (pathlib.Path(folder) / "local.conf").write_text(text)
        (pathlib.Path(folder) / "build" / "cloudflow-applications" / "broken.stamp").write_text("")  # nothing to build

    def test_verify_names_the_classes_and_the_blueprint(self):
        lines = self.ok("verify", sensors).splitlines()
        self.assertEqual(lines[:3], [f"Streamlet 'sensors.{c}' found"
                                     for c in ("console-egress", "moving-average", "random-ingress")])
        self.assertEqual(lines[3:], ["Delivery", "  ingress -> averages -> egress",
                                     "    at-least-once, weakest: ingress (its source cannot go back); "
                                     "egress.in (its sink may repeat)",
                                     "    commits add up to 100 ms", sensors + "/blueprint.conf verified."])

    def test_verify_prints_every_problem_with_code_and_place_and_ends_with_3(self):
        folder = self.project("""blueprint {
  streamlets { ingress = sensors.random-ingres, egress = sensors.console-egress, egress2 = sensors.console-egress }
  connections { ingress.out = [egress.inn] }
  colour = blue
}
""")
        done = cloudflow("verify", folder)
        talk = done.stderr.decode()
        self.assertEqual((done.returncode, done.stdout), (3, b""), talk)
        self.assertGreaterEqual(len(set(re.findall(r"blueprint\.conf:\d+:\d+: error (CF-B\d\d): ", talk))), 3, talk)
        self.assertIn("sensors.random-ingress", talk)  # what was meant
        self.assertRegex(talk, r"\n\d+ problems\n$")

        done = cloudflow("verify", folder, "-o", "json")
        answer = json.loads(done.stdout)
        self.assertEqual((done.returncode, answer["verified"]), (3, False))
        for problem in answer["problems"]:
            self.assertRegex(problem["code"], r"^CF-B\d\d$")
            self.assertGreater(problem["line"], 0)

    def test_the_newest_name_of_a_renamed_application_counts(self):
        folder = pathlib.Path(self.project((examples / "sensors" / "blueprint.conf").read_text()))
        entry = folder / "build" / "cloudflow-applications" / "broken.conf"
        for old in ("a-old", "z-old"):  # whatever order a folder is read in
            left_behind = entry.with_name(old + ".conf")
            left_behind.write_text(entry.read_text().replace('"broken"', f'"{old}"'))
            os.utime(left_behind, (1, 1))
        described = json.loads(self.ok("describe", str(folder), "-o", "json"))
        self.assertEqual(described["application"], "broken")

    def test_verify_checks_configuration_that_is_given(self):
        done = cloudflow("verify", sensors, "cloudflow.streamlets.ingress.config-parameters.rate=fast")
        self.assertEqual(done.returncode, 3)
        self.assertRegex(done.stderr.decode(), r"command line:1:\d+: error CF-A\d\d: ")
        self.ok("verify", sensors, "cloudflow.streamlets.ingress.config-parameters.rate=7")

    def test_commands_read_the_configuration_that_run_reads(self):
        folder = self.project("""blueprint {
  streamlets { ingress = sensors.random-ingress, average = sensors.moving-average, egress = sensors.console-egress }
  connections { ingress.out = [average.in], average.out = [egress.in] }
}
""")
        self.local_conf(folder, "cloudflow.topics.ingress-out.partitions = 7\n"
                                "cloudflow.streamlets.ingress.config-parameters.rate = 77\n")
        key = "cloudflow.topics.ingress-out.partitions"

        def partitions(*more):
            return json.loads(self.ok("describe", folder, "-o", "json", *more))["topics"][0]["partitions"]

        self.assertEqual((partitions(), partitions("--no-local"), partitions(key + "=5")), (7, 3, 5))
        self.assertIn("in force 77", self.ok("describe", folder))
        self.assertIn("In force: 7\n", self.ok("config", "explain", key, folder))
        self.assertNotIn("In force: 7\n", self.ok("config", "explain", key, folder, "--no-local"))
        self.ok("verify", folder)
        self.local_conf(folder, "cloudflow.topics.ingress-out.partitoins = 7\n")
        for command in (["verify"], ["describe"], ["graph"], ["config", "explain", key], ["run"]):
            done = cloudflow(*command, folder)
            self.assertEqual(done.returncode, 3, command)
            self.assertIn(b"local.conf:1:1: error CF-A01", done.stderr, command)
        self.ok("verify", folder, "--no-local")

    def test_secrets_are_printed_by_config_render_alone(self):
        folder = self.project("""blueprint {
  streamlets { ingress = sensors.random-ingress, average = sensors.moving-average, egress = sensors.console-egress }
  connections { ingress.out = [average.in], average.out = [egress.in] }
}
""")
        (pathlib.Path(folder) / "rate").write_text("31337\n")
        (pathlib.Path(folder) / "wrong").write_text("hunter2\n")
        parameters = "cloudflow.streamlets.ingress.config-parameters"
        self.local_conf(folder, parameters + ".rate.file = rate\nmy.password = hunter2\n")
        for command in (["describe", folder], ["describe", folder, "-o", "json"], ["verify", folder],
                        ["graph", folder], ["config", "explain", parameters + ".rate", folder],
                        ["config", "explain", parameters + ".rate", folder, "-o", "json"],
                        ["config", "explain", parameters, folder], ["config", "explain", "my", folder, "-o", "json"],
                        ["run", folder, "--duration", "1ms"]):
            done = cloudflow(*command)
            self.assertEqual(done.returncode, 0, (command, done.stderr))
            for secret in (b"31337", b"hunter2"):
                self.assertNotIn(secret, done.stdout + done.stderr, command)
        self.assertRegex(self.ok("describe", folder), r"in force \*\*\* from .*/rate\n")
        self.assertRegex(self.ok("config", "explain", parameters + ".rate", folder), r"In force: \*\*\*\n  from .*/rate\n")
        self.assertIn("hunter2", self.ok("config", "render", folder + "/local.conf"))

        for text in (parameters + ".rate.file = wrong\n", parameters + " { rate = fast, my-token = hunter2 }\n",
                     "my.password = hunter2 }\n", "my.password = \"hunter2\n"):
            self.local_conf(folder, text)
            for output in ("text", "json"):
                done = cloudflow("verify", folder, "-o", output)
                self.assertEqual(done.returncode, 3)
                self.assertNotIn(b"hunter2", done.stdout + done.stderr, text)

    def test_run_reports_as_json_lines_on_standard_error(self):
        done = cloudflow("run", sensors, "--duration", "1500ms", "-o", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        events = [json.loads(line) for line in done.stderr.splitlines() if line.startswith(b"{")]
        self.assertEqual([e["event"] for e in events], ["started", "rates", "draining", "ended"])
        self.assertEqual([s["name"] for s in events[0]["streamlets"]], ["ingress", "averages", "egress"])
        self.assertEqual(events[-1]["outcome"], "drained")
        self.assertGreater(min(p["records"] for p in events[-1]["ports"]), 0)
        self.assertTrue(all("avg" in json.loads(line) for line in done.stdout.splitlines()))

    def test_verify_survives_any_bytes_as_blueprint(self):
        seed = 20260731
        dice = random.Random(seed)
        good = (examples / "sensors" / "blueprint.conf").read_bytes()
        folder = pathlib.Path(self.project(""))
        stamp = folder / "build" / "cloudflow-applications" / "broken.stamp"
        for turn in range(40):
            text = bytearray(good) if turn % 2 else bytearray(dice.randbytes(dice.randrange(200)))
            for _ in range(dice.randrange(1, 6)):
                if text:
                    text[dice.randrange(len(text))] = dice.randrange(256)
            (folder / "blueprint.conf").write_bytes(text)
            stamp.write_text("")
            done = cloudflow("verify", str(folder))
            self.assertIn(done.returncode, (0, 3), f"seed {seed}, turn {turn}: {bytes(text)!r}\n{done.stderr!r}")

    def test_describe_and_graph_give_json_and_a_picture(self):
        text = self.ok("describe", sensors)
        for part in ("ingress  sensors.random-ingress (native)", "partitioned by: src, gauge", "parameter rate  int32",
                     "group sensors.averages.in", "ingress -> averages -> egress\n    at-least-once, weakest: ingress"):
            self.assertIn(part, text)
        described = json.loads(self.ok("describe", sensors, "-o", "json"))
        self.assertEqual(described["delivery"][0]["guarantee"], "at-least-once")
        self.assertEqual([link["name"] for link in described["delivery"][0]["weakest"]], ["ingress", "egress.in"])
        self.assertEqual([s["name"] for s in described["streamlets"]], ["ingress", "averages", "egress"])
        self.assertEqual([t["partitions"] for t in described["topics"]], [3, 3])
        configured = json.loads(self.ok("describe", sensors, "-o", "json", "cloudflow.topics.ingress-out.partitions=5"))
        self.assertIn(5, [t["partitions"] for t in configured["topics"]])

        self.assertIn("ingress", self.ok("graph", sensors))
        nodes = json.loads(self.ok("graph", sensors, "-o", "json"))["nodes"]
        self.assertEqual(len(nodes), 5)
        for arguments in (("--svg", sensors), (sensors, "--svg")):
            xml.dom.minidom.parseString(self.ok("graph", *arguments))
        picture = self.folder / "picture.svg"
        self.assertEqual(self.ok("graph", sensors, "--svg", str(picture)), "")
        xml.dom.minidom.parse(str(picture))
        done = cloudflow("graph", sensors, "--svg", str(self.folder / "none" / "x.svg"))
        self.assertEqual(done.returncode, 1)

    def test_run_prints_data_on_standard_output_alone(self):
        out = self.ok("run", sensors, "--duration", "1s")
        averages = [json.loads(line) for line in out.splitlines()]
        self.assertGreater(len(averages), 10)
        self.assertEqual(set(averages[0]), {"src", "gauge", "window_start", "window_end", "avg"})

    def test_run_takes_configuration_behind_a_conf_file(self):
        conf = self.folder / "slow.conf"
        conf.write_text("cloudflow.streamlets.ingress.config-parameters.backlog = 0 s\n")
        done = cloudflow("run", "--conf", str(conf), sensors, "--duration", "100ms")
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        self.assertIn(str(conf), done.stderr.decode())

    def test_run_drains_when_it_is_interrupted(self):
        for sent in (signal.SIGINT, signal.SIGTERM):
            with subprocess.Popen([program, "run", sensors], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
                self.assertTrue(running.stdout.readline())  # it runs
                running.send_signal(sent)
                out, _ = running.communicate(timeout=60)
                self.assertTrue(out.endswith(b"\n") or not out)
                self.assertIn(running.returncode, (0, 130))

    def test_config_render_is_plain_hocon(self):
        conf = self.folder / "a.conf"
        conf.write_text('a { b = ${?CF_CLI_TEST}, list = [1, 2] [3], key = secret }\na.c = ${a.b}"!"\n')
        rendered = json.loads(self.ok("config", "render", str(conf), env={"CF_CLI_TEST": "x"}))
        self.assertEqual(rendered, {"a": {"b": "x", "c": "x!", "list": [1, 2, 3], "key": "secret"}})
        self.assertEqual(json.loads(self.ok("config", "render", "-", stdin=b"x = 1")), {"x": 1})

    def test_config_explain_tells_who_won(self):
        key = "cloudflow.streamlets.ingress.config-parameters.rate"
        self.assertIn("In force: 1000\n", self.ok("config", "explain", key, sensors))
        answer = json.loads(self.ok("config", "explain", key, sensors, key + "=5", "-o", "json"))
        self.assertEqual((answer["value"], answer["known"]), (5, True))

    def test_schema_commands_go_round(self):
        schema = str(examples / "sensors" / "schemas" / "reading.avsc")
        value = b'{"src":"s","timestamp":1,"gauge":"oil","value":1.5}'
        data = cloudflow("schema", "encode", "--schema", schema, stdin=value).stdout
        self.assertEqual(json.loads(self.ok("schema", "decode", "--schema", schema, stdin=data)), json.loads(value))
        self.assertEqual(cloudflow("schema", "decode", "--schema", schema, stdin=data[:-1]).returncode, 3)
        other = str(examples / "sensors" / "schemas" / "average.avsc")
        self.assertEqual(cloudflow("schema", "check", "--writer", schema, "--reader", other).returncode, 3)

    def test_writing_to_a_full_disk_fails(self):
        with open("/dev/full", "wb") as full:
            done = cloudflow("version", stdout=full)
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot write", done.stderr.decode())

    def test_wrong_command_lines_end_with_2(self):
        for arguments in ([], ["verfy"], ["run", "a", "b"], ["schema"], ["run", "--duration", "soon"], ["new", "A B"],
                          ["verify", "--nope"], [b"\xff\xfe"], ["-"], [""]):
            done = cloudflow(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, b""), arguments)
            self.assertTrue(done.stderr, arguments)

    def test_help_names_every_command(self):
        text = self.ok("--help")
        for name in ("new", "verify", "run", "test", "describe", "graph", "config", "schema", "version", "Exit status"):
            self.assertRegex(text, rf"(?m)^ *{name}\b")


if __name__ == "__main__":
    unittest.main()
