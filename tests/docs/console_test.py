#!/usr/bin/env python3
"""The commands that pages show print what the page says.

A block ```console holds lines "$ COMMAND" and below each what it prints, stdout and stderr together; a line "..." stands
for any number of lines. The commands of a page run one after the other in a folder that holds the files which the page
shows (tools/extract_docs); `millrace` is the one of the build.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("MILLRACE_BUILD", ROOT / "build")).resolve() / "bin"
PAGES = ["docs/commands.md", "docs/config.md"]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)


def steps_of(block):
    """[(command, expected text)]"""
    steps = []
    for line in block.splitlines():
        if line.startswith("$ "):
            steps.append((line[2:], []))
        else:
            steps[-1][1].append(line)
    return [(command, "".join(line + "\n" for line in lines)) for command, lines in steps]


def matches(expected, printed):
    pattern = "".join("(?:.*\n)*" if line == "..." else re.escape(line) + "\n" for line in expected.splitlines())
    return re.fullmatch(pattern, printed) is not None


def main():
    failed = ran = 0
    for page in PAGES:
        blocks = BLOCK.findall((ROOT / page).read_text())
        with tempfile.TemporaryDirectory(prefix="millrace_docs_") as folder:
            subprocess.run([str(ROOT / "tools/extract_docs"), str(ROOT / page), folder], check=True,
                           stdout=subprocess.DEVNULL)
            environment = dict(os.environ, PATH=f"{BIN}:{os.environ['PATH']}")
            for command, expected in (step for block in blocks for step in steps_of(block)):
                done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, text=True,
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                ran += 1
                if not matches(expected, done.stdout):
                    failed += 1
                    print(f"{page}: $ {command}\n-- shown\n{expected}-- printed\n{done.stdout}")
        if not blocks:
            failed += 1
            print(f"{page}: no ```console block")
    print(f"{ran} commands, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
