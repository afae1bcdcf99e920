#!/usr/bin/env python3
"""Does the check of pages find what it is there to find?"""
import importlib.util
import pathlib
import tempfile
import unittest

script = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "check_quotes.py"
spec = importlib.util.spec_from_file_location("check_quotes", script)
check_quotes = importlib.util.module_from_spec(spec)
spec.loader.exec_module(check_quotes)


class Quotes(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        check_quotes.root = pathlib.Path(temporary.name)
        (check_quotes.root / "a.cpp").write_text("x;\n  // tag::part[]\n  int a;\n    int b;\n  // end::part[]\n")
        self.page = check_quotes.root / "page.md"

    def problems(self, text, fix=False):
        self.page.write_text(text)
        return check_quotes.check(self.page, fix)

    def test_equal_code_is_right_and_other_code_is_wrong(self):
        page = "text\n<!-- quote: a.cpp#part -->\n```cpp\n%s```\n"
        self.assertEqual(self.problems(page % "int a;\n  int b;\n"), [])
        self.assertIn("page.md:2: is not what a.cpp says", self.problems(page % "int c;\n")[0])

    def test_fix_writes_the_code(self):
        self.assertEqual(self.problems("<!-- quote: a.cpp#part -->\n```cpp\n```\n", fix=True), [])
        self.assertIn("```cpp\nint a;\n  int b;\n```", self.page.read_text())

    def test_what_is_not_there_is_a_problem(self):
        for text, says in (("<!-- quote: b.cpp -->\n```cpp\n```\n", "b.cpp"),
                           ("<!-- quote: a.cpp#other -->\n```cpp\n```\n", "no region"),
                           ("<!-- quote: a.cpp -->\n\ntext\n", "no fenced block"),
                           ("[x](nowhere.md)\n", "leads to nowhere.md")):
            self.assertIn(says, "\n".join(self.problems(text)))
        self.assertEqual(self.problems("[x](a.cpp#there) [y](https://example.org)\n```\n[z](nowhere)\n```\n"), [])


if __name__ == "__main__":
    unittest.main()
