#!/usr/bin/env python3
"""Each row of tests/parity.md names tests, or why it has none, and what it names exists.

    tests/docs/parity_test.py [--strict]     --strict: a row that is pending is a mistake, too
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (\w+) \| (.+?) \| (\w) \| `(.+?)` \| (.+) \|$")
TESTS = re.compile(r"`[^` ]+`(?: `[^` ]+`)*")
ELSEWHERE = re.compile(r"(python|tasks|ranks|data|pending): .+")
TEST = re.compile(r"^(?:TEST|TEST_F|TEST_P)\((\w+), (\w+)\)", re.M)
REGISTERED = re.compile(r"^MILLRACE_REGISTER\w*\(\w+, (\w+)", re.M)


def found(pattern, folder):
    return [match for path in (ROOT / folder).rglob("*.cpp") for match in pattern.findall(path.read_text())]


def main():
    strict = "--strict" in sys.argv[1:]
    tests = {f"{suite}.{name}" for suite, name in found(TEST, "tests")}
    components = set(found(REGISTERED, "millrace"))
    lines = [line for line in (ROOT / "tests/parity.md").read_text().splitlines() if line.startswith("|")][2:]
    mistakes, pending, seen = [], 0, set()
    for line in lines:
        row = ROW.match(line)
        if not row:
            mistakes.append(f"this is no row: {line}")
            continue
        module, feature, its_class, where, proof = row.groups()
        name = f"{module}, {feature}"
        if name in seen:
            mistakes.append(f"{name}: two rows")
        seen.add(name)
        if its_class not in "EU":
            mistakes.append(f"{name}: no class '{its_class}'")
        if not (where in components or "/" in where and (ROOT / where).is_file()):
            mistakes.append(f"{name}: there is no component or file {where}")
        named = re.findall(r"`([^`]+)`", proof)
        if elsewhere := ELSEWHERE.fullmatch(proof):
            pending += elsewhere[1] == "pending"
            if strict and elsewhere[1] == "pending":
                mistakes.append(f"{name}: {proof}")
        elif not TESTS.fullmatch(proof):
            mistakes.append(f"{name}: neither tests nor python, tasks, ranks, data or pending with a reason: {proof}")
        else:
            mistakes += [f"{name}: there is no test {test}" for test in named if test not in tests]
            mistakes += [f"{name}: names {test} twice" for test in sorted(set(named)) if named.count(test) > 1]
    if not seen:
        mistakes.append("there are no rows")
    print("\n".join(mistakes) or f"{len(seen)} rows, {pending} pending")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
