"""scripts/check_layers.py finds what it is there to find: each case is a small tree with one fault."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parent.parent.parent / "scripts" / "check_layers.py"

BASE = """cloudflow_add_room(base LAYER 0 CORE HEADERS id.hpp SOURCES id.cpp)"""
CONFIG = """cloudflow_add_room(config LAYER 1 CORE USES base HEADERS parse.hpp SOURCES parse.cpp TESTS parse.test.cpp)"""
GOOD = {
    "cloudflow/base/CMakeLists.txt": BASE,
    "cloudflow/base/id.hpp": "#pragma once\n",
    "cloudflow/base/id.cpp": '#include "cloudflow/base/id.hpp"\n',
    "cloudflow/base/internal/table.hpp": "#pragma once\n",
    "cloudflow/config/CMakeLists.txt": CONFIG,
    "cloudflow/config/parse.hpp": '#pragma once\n#include "cloudflow/base/id.hpp"\n',
    "cloudflow/config/parse.cpp": '#include "cloudflow/config/parse.hpp"\n// std::cout in a comment\n',
    "cloudflow/config/parse.test.cpp": '#include "cloudflow/config/parse.hpp"\n',
}


class CheckLayers(unittest.TestCase):
    def run_on(self, changes):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {**GOOD, **changes}.items():
                path = pathlib.Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            pathlib.Path(folder, "tools").mkdir(exist_ok=True)
            done = subprocess.run([sys.executable, CHECK, folder], text=True, capture_output=True)
            self.assertEqual(done.stderr, "")
            return done.returncode, done.stdout

    def finds(self, changes, place, words):
        code, out = self.run_on(changes)
        self.assertEqual(code, 1, out)
        self.assertTrue(any(line.startswith(place) and words in line for line in out.splitlines()), out)
        self.assertIn("1 problems", out)

    def test_a_good_tree_has_no_problem(self):
        code, out = self.run_on({})
        self.assertEqual((code, "0 problems" in out), (0, True), out)

    def test_an_include_of_a_higher_room_is_found(self):
        self.finds({"cloudflow/base/id.cpp": '\n#include "cloudflow/config/parse.hpp"\n'}, "cloudflow/base/id.cpp:2", "'config'")

    def test_a_use_of_a_higher_layer_is_found(self):
        self.finds({"cloudflow/base/CMakeLists.txt": BASE.replace("CORE", "CORE USES config")},
                   "cloudflow/base/CMakeLists.txt:1", "layer 0 may not use 'config'")

    def test_a_private_header_of_another_room_is_found(self):
        self.finds({"cloudflow/config/parse.cpp": '#include "cloudflow/base/internal/table.hpp"\n'},
                   "cloudflow/config/parse.cpp:1", "private to 'base'")

    def test_a_file_that_no_list_names_is_found(self):
        self.finds({"cloudflow/config/forgotten.cpp": ""}, "cloudflow/config/forgotten.cpp:1", "no list names")

    def test_a_sleep_in_a_test_is_found(self):
        self.finds({"cloudflow/config/parse.test.cpp": "std::this_thread::sleep_for(1s);\n"},
                   "cloudflow/config/parse.test.cpp:1", "sleeps")

    def test_printing_in_a_room_is_found(self):
        self.finds({"cloudflow/config/parse.cpp": "std::cout << 1;\n"}, "cloudflow/config/parse.cpp:1", "prints")

    def test_a_clock_in_the_core_is_found(self):
        self.finds({"cloudflow/config/parse.cpp": "auto t = std::chrono::steady_clock::now();\n"},
                   "cloudflow/config/parse.cpp:1", "calls a clock")

    def test_a_thread_outside_its_rooms_is_found(self):
        self.finds({"cloudflow/config/parse.cpp": "std::jthread t;\n"}, "cloudflow/config/parse.cpp:1", "starts a thread")

    def test_a_vendor_in_the_core_is_found(self):
        self.finds({"cloudflow/config/parse.cpp": "#include <rocksdb/db.h>\n"}, "cloudflow/config/parse.cpp:1", "rocksdb")


if __name__ == "__main__":
    unittest.main()
