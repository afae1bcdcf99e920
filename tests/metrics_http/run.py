#!/usr/bin/env python3
"""Runs `cloudflow run examples/metrics-http`, drives it by HTTP, and holds what it prints against what was accepted.

    run.py CLOUDFLOW EXAMPLE
"""
import concurrent.futures
import http.client
import json
import re
import signal
import subprocess
import sys
import threading

RECORDS = 2000  # by eight clients, on connections that are kept
ONE_BY_ONE = 15  # by one


def metric(device, value):
    return json.dumps({"device": device, "timestamp": 1000, "name": "power", "value": value})


def check(what, seen, wanted):
    if seen != wanted:
        raise AssertionError(f"{what}: {seen!r}, expected {wanted!r}")


def ask(connection, method, path, body=None, **headers):
    connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
    answer = connection.getresponse()
    return answer.status, answer.read().decode(), answer.headers


def one_by_one(port):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    check("a record", ask(c, "POST", "/", metric("one", 1), Content_Type="application/json")[:2], (202, ""))
    check("the same by PUT", ask(c, "PUT", "/", metric("one", 2), Content_Type="application/json")[0], 202)
    status, text, _ = ask(c, "POST", "/", metric("one", "much"), Content_Type="application/json")
    check("a bad record", (status, json.loads(text)["line"]), (400, 1))
    status, _, headers = ask(c, "DELETE", "/")
    check("another method", (status, headers["Allow"]), (405, "POST, PUT"))
    check("another media type", ask(c, "POST", "/", "a=b", Content_Type="text/plain")[0], 415)
    check("nowhere", ask(c, "GET", "/nowhere")[0], 404)
    lines = "".join(metric("many", v) + "\n" for v in (1, 2, -3))
    status, text, _ = ask(c, "POST", "/stream", lines, Content_Type="application/x-ndjson")
    check("lines", (status, json.loads(text)), (202, {"accepted": 3}))
    status, text, _ = ask(c, "POST", "/stream", lines + "{}\n" + lines)
    check("a bad line", (status, json.loads(text)["accepted"], json.loads(text)["error"]["line"]), (400, 3, 4))
    rows = "device,timestamp,name,value\r\nrows,1,power,7\r\nrows,1,power,8\r\n"
    status, text, _ = ask(c, "POST", "/stream", rows, Content_Type="text/csv")
    check("rows", (status, json.loads(text)), (202, {"accepted": 2}))
    # Chunked, as a client that does not know how much will come.
    pieces = (metric("chunks", v).encode() + b"\n" for v in range(5))
    status, text, _ = ask(c, "POST", "/stream", pieces, Content_Type="application/x-ndjson")
    check("chunks", (status, json.loads(text)), (202, {"accepted": 5}))
    large = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    check("too large", ask(large, "POST", "/", "x" * (1 << 20) + "x", Content_Type="application/json")[0], 413)


def load(port, client):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    accepted = []
    for i in range(RECORDS // 8):
        name = f"load-{client}-{i}"
        while True:
            status, _, _ = ask(c, "POST", "/", metric(name, i), Content_Type="application/json")
            if status != 503:
                break
        check("a record under load", status, 202)
        accepted.append(name)
    return accepted


class output_lines:
    """What the run prints, read as it comes: a pipe that nobody empties would hold the run back."""

    def __init__(self, pipe):
        self.lines = []
        self.more = threading.Condition()
        self.reader = threading.Thread(target=self._read, args=(pipe,), daemon=True)
        self.reader.start()

    def _read(self, pipe):
        for line in pipe:
            with self.more:
                self.lines.append(line)
                self.more.notify_all()

    def wait_for(self, count):
        with self.more:
            if not self.more.wait_for(lambda: len(self.lines) >= count, 60):
                raise AssertionError(f"{len(self.lines)} lines were printed, {count} were to be")

    def all(self):
        """After the run ended."""
        self.reader.join(60)
        return self.lines


def drive(run):
    output = output_lines(run.stdout)
    port = None
    for line in run.stderr:
        found = re.search(r"'ingress' serves http://127\.0\.0\.1:(\d+)", line)
        if found:
            port = int(found.group(1))
            break
    if port is None:
        raise AssertionError("the run does not say where it serves")
    one_by_one(port)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        accepted = [name for names in pool.map(lambda n: load(port, n), range(8)) for name in names]
    # A run without --data-dir takes its log along: what was accepted must be through before it is asked to end.
    output.wait_for(len(accepted) + ONE_BY_ONE)
    run.send_signal(signal.SIGTERM)
    for _ in run.stderr:
        pass
    check("the exit code", run.wait(60), 0)
    lines = [json.loads(line) for line in output.all()]
    loaded = sorted(r["valid"] for r in lines if r.get("valid", "").startswith("load-"))
    check("every accepted record, once", loaded, sorted(accepted))
    values = sorted((r.get("valid") or r.get("invalid"), r["value"], "reason" in r) for r in lines
                    if not (r.get("valid") or r.get("invalid")).startswith("load-"))
    many = [("many", v, v < 0) for v in (1, 2, -3)]
    check("the others", values, sorted([("one", 1, False), ("one", 2, False)] + many * 2 +
                                       [("rows", 7, False), ("rows", 8, False)] + [("chunks", v, False) for v in range(5)]))
    print(f"{len(lines)} records were accepted and reported, each once")


def main(cloudflow, example):
    # Without a port in the configuration it is the first that is free.
    run = subprocess.Popen([cloudflow, "run", example], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True)
    try:
        drive(run)
    finally:
        if run.poll() is None:
            run.kill()
            run.wait()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
