#!/usr/bin/env python3
"""What the pages of docs/ tell a reader to type works, in its order, and the programs that they show print what they should."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / os.environ.get("MILLRACE_BUILD", "build")
# Commands of a page: the lines of its indented blocks that begin so. A mistake that a page makes on purpose exits with 2.
TYPED = re.compile(r"^    ((?:millrace|cd) .*)$", re.M)
ON_PURPOSE = ".lrr="
PROGRAMS = {"own_network": r"^0\.5 x 0\.5 = 0\.2\d$", "own_data": r"^500 steps of 64 samples$",
            "embedding": r"^sin\(1\.5\) = 1\.0$", "threads": r"^100 steps beside another training$",
            "optimizers": r"^LBFGS is more than 100 times as close$", "ranks": r"^rows: 101$"}
# Those that need no data; cifar10 has its own test.
EXAMPLES = [("gan_points", r"^radius of generated points: ", ["150"]), ("embedded", r"^host: ", ["1"]),
            ("lbfgs_fit", r"^largest residual: .*e-(09|[1-9]\d), ", []),  # whole
            ("mean_teacher", r"^accuracy of the labels alone: .* with a mean teacher: ", ["100"]),
            ("own_loop", r"^0\.5 x 0\.5 = .*, after \d+ batches$", ["100"]),
            ("cart_pole", r"^mean return of 20 episodes: \d+ of 500$", ["5"])]


def follow(page):
    text = (ROOT / "docs" / page).read_text()
    environment = dict(os.environ, PATH=f"{BUILD / 'bin'}:{os.environ['PATH']}")
    with tempfile.TemporaryDirectory() as folder:
        for line in TYPED.findall(text):
            if line.startswith("cd "):
                folder = os.path.join(folder, line[3:])
                continue
            wanted = 2 if ON_PURPOSE in line else 0
            done = subprocess.run(line, shell=True, cwd=folder, env=environment, text=True, capture_output=True)
            if done.returncode != wanted:
                return f"{page}: {line}: exit code {done.returncode}, not {wanted}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    return ""


def losses_of(folder):
    """The losses of the records below a folder, a list for each run; those of training iterations alone."""
    runs = []
    for path in sorted(pathlib.Path(folder).rglob("scalars.json")):
        records = [json.loads(line) for line in path.read_text().splitlines()]
        runs.append([(record["step"], record["loss"]) for record in records if "loss" in record])
    return runs


def run_program(name, wanted, program=None, runs=3):
    """Each of the runs prints what it should, and all have the same losses, as far as the shortest goes: a host may stop it."""
    program = program or [BUILD / "tests" / f"doc_{name}"]
    printed, losses = [], []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(program, cwd=folder, text=True, capture_output=True)
            losses.append(losses_of(folder))
        printed.append(done.stdout)
        if done.returncode != 0 or not re.search(wanted, done.stdout, re.M):
            return f"{name}: exit code {done.returncode}, printed {done.stdout!r}\n{done.stderr[-2000:]}"
    if len(set(printed)) > 1:
        return f"{name} prints other digits in each run: {printed}"
    for other in losses[1:]:
        if len(other) != len(losses[0]):
            return f"{name}: {len(losses[0])} runs, then {len(other)}"
        for first, second in zip(losses[0], other):
            both = min(len(first), len(second))
            if first[:both] != second[:both]:
                return f"{name} has other losses in each run: {first[:3]} and {second[:3]}"
    return ""


def train_with_own_parts():
    """The project of own_parts.md: its hook ends the training, each time after the same losses."""
    program, losses = BUILD / "tests" / "doc_own_parts", []
    config = BUILD / "docs" / "own_parts" / "config.py"
    for _ in range(2):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([program, "train", config], cwd=folder, text=True, capture_output=True)
            losses.append(losses_of(folder))
        if done.returncode != 0 or "wave/worst is small enough" not in done.stderr:
            return f"own_parts: exit code {done.returncode}, printed {done.stdout!r}\n{done.stderr[-2000:]}"
    if losses[0] != losses[1] or not losses[0]:
        return f"own_parts has other losses in each run: {losses}"
    listed = subprocess.run([program, "list", "PinballLoss"], text=True, capture_output=True).stdout
    return "" if "quantile" in listed else f"own_parts: its list has no quantile: {listed}"


def main():
    failures = [follow(page) for page in ("index.md", "resume.md", "seeing.md")]
    failures += [run_program(name, wanted) for name, wanted in PROGRAMS.items()]
    failures.append(train_with_own_parts())
    for name, wanted, arguments in EXAMPLES:
        failures.append(run_program(name, wanted, [BUILD / "examples" / name, *arguments]))
    failures = [failure for failure in failures if failure]
    print("\n".join(failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
