#!/usr/bin/env python3
"""Writes the blueprint of a chain: one quiet ingress, then relays. Usage: make_chain.py COUNT > blueprint.conf"""
import sys

count = int(sys.argv[1])
names = ["ingress"] + [f"relay-{i}" for i in range(1, count)]
print("# Made by bench/make_chain.py.")
print("blueprint {\n  streamlets {\n    ingress = bench.quiet-ingress")
for name in names[1:]:
    print(f"    {name} = bench.relay")
print("  }\n  connections {")
for here, there in zip(names, names[1:]):
    print(f"    {here}.out = [{there}.in]")
print("  }")
print(f"  topics {{ end {{ producers = [{names[-1]}.out] }} }}\n}}")
