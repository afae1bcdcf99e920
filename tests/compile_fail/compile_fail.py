"""Compiles one misuse, only as far as its errors: `compile_fail.py <compiler> <include root> <case.cpp>`.

A case must compile with -DRIGHT and must not without. The first 15 lines that the compiler then says must hold every
text that the case names in a comment `// expect: <text>`, and its first error must take at most 15 lines beside the
excerpts of sources.
"""
import pathlib
import re
import subprocess
import sys

LONGEST = 15


def compile_case(compiler, root, case, *more):
    command = [compiler, "-std=c++20", "-fsyntax-only", "-fdiagnostics-color=never", f"-I{root}", *more, str(case)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def first_error(text):
    """The lines up to the second error, with the template context in front of the first."""
    lines, errors = [], 0
    for line in text.splitlines():
        if re.search(r": (fatal )?error: ", line):
            errors += 1
        if errors > 1:
            break
        lines.append(line)
    return lines


def main():
    compiler, root, case = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    expected = re.findall(r"^// expect: (.+)$", case.read_text(encoding="utf-8"), re.MULTILINE)
    if not expected:
        sys.exit(f"{case.name}: names no text with '// expect:'")
    right = compile_case(compiler, root, case, "-DRIGHT")
    if right.returncode != 0:
        sys.exit(f"{case.name}: the right use does not compile either:\n{right.stderr}")
    wrong = compile_case(compiler, root, case)
    if wrong.returncode == 0:
        sys.exit(f"{case.name}: compiles")
    lines = first_error(wrong.stderr)
    print("\n".join(lines))
    missing = [text for text in expected if text not in "\n".join(lines[:LONGEST])]
    if missing:
        sys.exit(f"{case.name}: the first {LONGEST} lines do not name {missing}")
    told = [line for line in lines if re.search(r"error: |note: |required |In (file|subst)|in requirements|^ +from ", line)]
    if len(told) > LONGEST:
        sys.exit(f"{case.name}: the first error takes {len(told)} lines, more than {LONGEST}")


if __name__ == "__main__":
    main()
