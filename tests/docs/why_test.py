#!/usr/bin/env python3
"""Each of the 75 points of docs/why.md that is mended or warned names tests, and those tests exist."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
POINTS = 75
ROW = re.compile(r"^\| (\d+) \| (.*?) \| (.*?) \| (\S+) \| (.*?) ?\|$", re.M)
TEST = re.compile(r"^(?:TEST|TEST_F|TEST_P)\((\w+), (\w+)\)", re.M)


def main():
    rows = ROW.findall((ROOT / "docs/why.md").read_text())
    tests = {f"{suite}.{name}" for path in (ROOT / "tests").rglob("*.cpp") for suite, name in TEST.findall(path.read_text())}
    mistakes = []
    numbers = [int(row[0]) for row in rows]
    if numbers != list(range(1, POINTS + 1)):
        mistakes.append(f"the rows are not 1 to {POINTS}: {numbers}")
    for number, _, _, status, named in rows:
        names = re.findall(r"`([^`]+)`", named)
        if status not in ("mended", "warned", "n/a", "decided"):
            mistakes.append(f"row {number}: no status '{status}'")
        if status in ("mended", "warned") and not names:
            mistakes.append(f"row {number} is {status}, and names no test")
        for name in names:
            if name not in tests and not ("/" in name and (ROOT / name).exists()):
                mistakes.append(f"row {number}: there is no test {name}")
    print("\n".join(mistakes) or f"{len(rows)} rows")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
