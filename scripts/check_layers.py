#!/usr/bin/env python3
"""Holds the rooms to their layers and manners (STYLE: folders, conventions).

Reads the cloudflow_add_room(...) calls, then every source file below cloudflow/ and tools/. Prints file:line, what is
wrong and what to do. Exit 1 if anything is.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
FLAGS = {"CORE", "KIT"}
KEYWORDS = {"LAYER", "USES", "HEADERS", "SOURCES", "TESTS", "TEST_USES", "BENCHES", "BYTES", "THREADS", "LINK_PRIVATE",
            "LINK_PUBLIC", "TEST_LINK"}
# A vendor's headers are seen by one room (and by tests, for doctest and the like).
VENDORS = {"fmt": None, "spdlog": None, "CLI": {"cli"}, "nlohmann": None, "rocksdb": {"store/rocksdb"},
           "re2": {"blueprint"}, "boost": {"http/server"}, "curl": {"http/client"}, "librdkafka": {"kafka"}, "google": {"schema/protobuf", "engine/spark"},
           "doctest": {"testkit"}, "rapidcheck": {"testkit"}, "rapidcheck.h": {"testkit"}, "benchmark": set()}
CLOCK = re.compile(r"(system|steady|high_resolution)_clock::now|\bclock_gettime\b|\bgettimeofday\b|\btime\((nullptr|NULL|0)\)")
RANDOM = re.compile(r"\brandom_device\b|\bgetrandom\b|\bgetentropy\b|\bs?rand\(")
THREAD = re.compile(r"\bstd::j?thread\b(?!::(id|hardware_concurrency))|\bstd::async\b|\bpthread_create\b")
SLEEP = re.compile(r"\bsleep_(for|until)\b|\b(usleep|nanosleep)\(|::sleep\(")
PRINT = re.compile(r"\bstd::(cout|cerr|clog)\b|(?<![\w:])(std::)?(printf|puts|putchar)\(|\bfprintf\(\s*std(out|err)\b")
EXIT = re.compile(r"(?<![\w.>])(std::)?(exit|quick_exit|terminate)\(")
CLOCK_PLACES = ("stream/run/", "base/clock.", "base/random.")
THREAD_PLACES = ("stream/run/", "http/server", "kafka/", "kube/client", "engine/", "sandbox/")
PRINT_PLACES = ("base/assert.cpp",)  # it reports our own bug, and aborts

problems = []


def report(path, line, what, todo):
    problems.append((str(path.relative_to(ROOT)), line, f"{what}: {todo}"))


class Room:
    def __init__(self, name, cmake, line, arguments):
        self.name, self.cmake, self.line = name, cmake, line
        self.folder = ROOT / "cloudflow" / name
        self.lists = {k: [] for k in KEYWORDS}
        self.kind = "tool"
        key = None
        for word in arguments:
            if word in FLAGS:
                self.kind = word.lower()
            elif word in KEYWORDS:
                key = word
            elif key:
                self.lists[key].append(word)
        self.layer = int(self.lists["LAYER"][0]) if self.lists["LAYER"] else -1


def read_rooms():
    rooms = {}
    for cmake in sorted((ROOT / "cloudflow").rglob("CMakeLists.txt")):
        text = re.sub(r"#[^\n]*", "", cmake.read_text())
        for call in re.finditer(r"cloudflow_add_room\(([^)]*)\)", text):
            words = call.group(1).split()
            rooms[words[0]] = Room(words[0], cmake, text.count("\n", 0, call.start()) + 1, words[1:])
    return rooms


def room_of(path, rooms):
    """The room with the longest name that holds this path, relative to cloudflow/."""
    parts = path.split("/")
    for n in range(len(parts) - 1, 0, -1):
        name = "/".join(parts[:n])
        if name in rooms:
            return rooms[name]
    return None


def without_comments(line):
    return re.sub(r"//.*", "", re.sub(r'"(\\.|[^"\\])*"', '""', line))


def is_test(name):
    return re.search(r"\.(test|bench|fuzz)\.cpp$", name) or name.startswith("test_")


def check_declarations(rooms):
    for room in rooms.values():
        for used in room.lists["USES"]:
            if used not in rooms:
                report(room.cmake, room.line, f"room '{used}' does not exist", "take it out of USES")
            elif room.kind == "kit" and rooms[used].kind == "kit":
                pass  # kits are one room in parts
            elif rooms[used].layer >= room.layer:
                report(room.cmake, room.line, f"layer {room.layer} may not use '{used}' of layer {rooms[used].layer}",
                       "move what is shared down a layer")
            elif room.kind == "core" and rooms[used].kind != "core":
                report(room.cmake, room.line, f"'{used}' is not of the core", "a core room uses core rooms only")
        listed = {f for k in ("HEADERS", "SOURCES", "TESTS", "BENCHES") for f in room.lists[k]}
        for file in listed:
            if '$' not in file and not (room.folder / file).exists():
                report(room.cmake, room.line, f"there is no {file}", "take it out of the list, or write it")
        everything = room.cmake.read_text()
        for path in room.folder.rglob("*.cpp"):
            rel = str(path.relative_to(room.folder))
            if room_of(f"{room.name}/{rel}", rooms) is room and not rel.endswith(".fuzz.cpp") \
                    and not rel.startswith("testdata/") and rel not in everything:
                report(path, 1, "no list names this file", f"add it to {room.cmake.relative_to(ROOT)}, or delete it")


def check_include(path, number, line, room, rooms, test, public):
    ours = re.match(r'\s*#\s*include\s+"cloudflow/([^"]+)"', line)
    if ours:
        target = ours.group(1)
        other = room_of(target, rooms)
        if not (ROOT / "cloudflow" / target).exists():
            return  # generated, or reported by the compiler
        if public and re.search(r"/internal/", target):
            report(path, number, f"a public header includes {target}", "only .cpp files may see internal/")
        if other is None or other is room:
            return
        allowed = set(room.lists["USES"]) | (set(room.lists["TEST_USES"]) if test else set())
        kit = other.name.split("/")[0] == "testkit"
        if not (other.name in allowed or (kit and (test or room.name.split("/")[0] == "testkit"))):
            report(path, number, f"room '{room.name}' (layer {room.layer}) includes '{other.name}' (layer {other.layer})",
                   "name it in TEST_USES" if test else "name it in USES if its layer is lower; else invert it by a port")
        elif other.lists["HEADERS"] and target[len(other.name) + 1:] not in other.lists["HEADERS"] and not kit:
            report(path, number, f"{target} is private to '{other.name}'", "include a public header, or list it in HEADERS")
        return
    foreign = re.match(r"\s*#\s*include\s+[<\"]([A-Za-z0-9_]+)(?:[/.][^>\"]*)?[>\"]", line)
    if not foreign or test:
        return
    vendor = foreign.group(1)
    if vendor not in VENDORS:
        return
    where = VENDORS[vendor]
    if public and room.kind == "core":
        report(path, number, f"a public header of the core includes {vendor}", "move it into the .cpp file")
    elif room.kind == "core" and vendor != "fmt":
        report(path, number, f"the core includes {vendor}", "the core links libstdc++, libgcc_s, libm, libc only; make it a port")
    elif where is not None and room.name not in where and room.name.split("/")[0] not in where:
        report(path, number, f"{vendor} is seen by {', '.join(sorted(where)) or 'benchmarks only'}, not by '{room.name}'",
               "go through that room's own types")


def check_manners(path, rel, number, code, room, test):
    if SLEEP.search(code) and not path.name.endswith(".bench.cpp"):
        report(path, number, "sleeps", "wait for an event; in tests drive the clock by hand")
    if test:
        return
    if PRINT.search(code) and rel not in PRINT_PLACES:
        report(path, number, "prints", "return it, or log through base/logging.hpp; printing is for tools/")
    if EXIT.search(code):
        report(path, number, "ends the process", "return an error; exit() is for tools/")
    if room.kind == "core":
        if CLOCK.search(code) and not rel.startswith(CLOCK_PLACES):
            report(path, number, "calls a clock", "take a clock_source from the caller")
        if RANDOM.search(code) and not rel.startswith(CLOCK_PLACES):
            report(path, number, "takes randomness from the system", "take a random source from the caller")
    if THREAD.search(code) and not rel.startswith(THREAD_PLACES):
        report(path, number, "starts a thread", "threads start in " + ", ".join(THREAD_PLACES))


def check_file(path, room, rooms):
    rel = str(path.relative_to(ROOT / "cloudflow"))
    lines = path.read_text().splitlines()
    test = bool(is_test(path.name))
    header = path.suffix == ".hpp"
    public = header and rel[len(room.name) + 1:] in room.lists["HEADERS"]
    if header and "#pragma once" not in lines[:40]:
        report(path, 1, "has no #pragma once", "add it")
    if header and len(lines) > 600:
        report(path, len(lines), f"a header of {len(lines)} lines", "split it by noun (stop at 600)")
    for number, line in enumerate(lines, 1):
        check_include(path, number, line, room, rooms, test, public)
        check_manners(path, rel, number, without_comments(line), room, test)


def main():
    rooms = read_rooms()
    check_declarations(rooms)
    files = 0
    for path in sorted((ROOT / "cloudflow").rglob("*.[ch]pp")):
        room = room_of(str(path.relative_to(ROOT / "cloudflow")), rooms)
        if room:
            files += 1
            check_file(path, room, rooms)
    for path in sorted((ROOT / "tools").rglob("*.cpp")):
        lines = path.read_text().splitlines()
        files += 1
        if len(lines) > 80:
            report(path, len(lines), f"a main of {len(lines)} lines", "tools hold main() only (80 lines); move the rest to a room")
    for path, line, text in sorted(problems):
        print(f"{path}:{line}: {text}")
    print(f"layers: {len(rooms)} rooms, {files} files, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
