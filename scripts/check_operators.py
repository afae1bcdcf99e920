#!/usr/bin/env python3
"""Checks that every operator is complete (STYLE 4.5): a line in fluent.hpp, a doc comment with all its parts, a test, the
contract, and a page whose example is the marked region of the test. Prints every gap; exit 1 if there is one."""
import pathlib
import re
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent
OPS = ROOT / "cloudflow/stream/op"
PAGES = ROOT / "docs/operators"
DOC_PARTS = ["Shape: ", "- Emits ", "Backpressures ", "Completes ", "Cancels ", "Fails ", "Keeps: ", "Page: docs/operators/"]
KEEPS = ("nothing to keep", "offsets held until emitted", "durable state")


def example_of(test):
    found = re.search(r"// \[example\]\n(.*?)\n *// \[/example\]", test, re.S)
    return textwrap.dedent(found.group(1)).strip() if found else None


def gaps_of(header, fluent):
    name = header.stem
    text = header.read_text()
    flat = re.sub(r"\n/// ?", " ", text)
    if name not in re.findall(r"[a-z_]+", fluent):
        yield "no line in stream/fluent.hpp"
    for part in DOC_PARTS:
        if part.strip() not in flat.replace("backpressures", "Backpressures").replace("emits,", "- Emits "). \
                replace("completes", "Completes").replace("cancels", "Cancels").replace("fails", "Fails"):
            yield f"doc comment without '{part.strip()}'"
    keeps = re.search(r"^/// Keeps: (.*)", text, re.M)
    if not keeps or not keeps.group(1).startswith(KEEPS):
        yield f"the line 'Keeps:' says none of: {'; '.join(KEEPS)}"
    test = OPS / f"{name}.test.cpp"
    if not test.exists():
        yield "no test beside it"
        return
    test_text = test.read_text()
    if f"OPERATOR_CONTRACT({name}" not in test_text:
        yield f"no OPERATOR_CONTRACT({name}, ...) in its test"
    page = PAGES / f"{name}.md"
    if not page.exists():
        yield f"no page {page.relative_to(ROOT)}"
        return
    example = example_of(test_text)
    shown = re.search(r"```cpp\n(.*?)\n```", page.read_text(), re.S)
    if example is None:
        yield "no region // [example] in its test"
    elif shown is None or shown.group(1).strip() != example:
        yield f"the example of {page.relative_to(ROOT)} is not the region // [example] of its test"
    for word in ("**Shape**", "**Keeps**", "| Emits |", "| Backpressures |", "| Completes |", "| Cancels |", "| Fails |"):
        if word not in page.read_text():
            yield f"page without {word}"


def main():
    fluent = (ROOT / "cloudflow/stream/fluent.hpp").read_text()
    bad = 0
    headers = sorted(OPS.glob("*.hpp"))
    for header in headers:
        for gap in gaps_of(header, fluent):
            print(f"{header.relative_to(ROOT)}: {gap}")
            bad += 1
    for page in sorted(PAGES.glob("*.md")):
        if not (OPS / f"{page.stem}.hpp").exists():
            print(f"{page.relative_to(ROOT)}: no such operator")
            bad += 1
    print(f"{len(headers)} operators, {bad} gaps")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
