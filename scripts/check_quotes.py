#!/usr/bin/env python3
"""Checks that code in pages is the code of compiled examples. A fenced block behind the line

    <!-- quote: FILE#REGION -->

equals the lines of FILE between `tag::REGION[]` and `end::REGION[]`, without their common indent; without #REGION it is
the whole file. Also that links of pages to files of the tree lead somewhere. Prints every difference; exit 1 if there is
one. `--fix` writes the code into the pages."""
import pathlib
import re
import sys
import textwrap

root = pathlib.Path(__file__).resolve().parent.parent
quote = re.compile(r"(<!-- quote: (\S+?)(?:#(\S+))? -->\n```\w*\n)(.*?)(```\n)", re.S)
link = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


def region_of(file, region):
    text = (root / file).read_text()
    if region is None:
        return text
    found = re.search(rf"^[^\n]*tag::{re.escape(region)}\[\][^\n]*\n(.*?)^[^\n]*end::{re.escape(region)}\[\]", text, re.S | re.M)
    if not found:
        raise LookupError(f"{file} has no region 'tag::{region}[]' to 'end::{region}[]'")
    return textwrap.dedent(found.group(1))


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def check(page, fix):
    text = page.read_text()
    name = page.relative_to(root)
    problems = []

    def wanted(match):
        try:
            code = region_of(match[2], match[3])
        except (OSError, LookupError) as why:
            problems.append(f"{name}:{line_of(text, match.start())}: {why}")
            return match[0]
        if code != match[4] and not fix:
            problems.append(f"{name}:{line_of(text, match.start())}: is not what {match[2]} says; run scripts/check_quotes.py --fix")
        return match[1] + code + match[5]

    made = quote.sub(wanted, text)
    if len(re.findall("<!-- quote:", text)) != len(quote.findall(text)):
        problems.append(f"{name}:1: a quote has no fenced block right behind it")
    if fix and made != text:
        page.write_text(made)
    for found in link.finditer(re.sub(r"```.*?```", lambda m: "\n" * m[0].count("\n"), text, flags=re.S)):
        target = found[1]
        if "://" not in target and not target.startswith("mailto:") and not (page.parent / target).exists():
            problems.append(f"{name}: leads to {target}, which is not there")
    return problems


def main():
    fix = "--fix" in sys.argv[1:]
    pages = [root / "README.md", root / "CONTRIBUTING.md", *sorted((root / "docs").rglob("*.md")), *sorted((root / "examples").glob("*/README.md"))]
    problems = [p for page in pages for p in check(page, fix)]
    print("\n".join(problems) if problems else f"{len(pages)} pages say what the examples say")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
