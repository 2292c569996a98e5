"""Millrace against MMEngine, Lightning and loops written by hand: `make bench-peers`.

    driver.py --peer build/bin/peer [--seconds 560] [--json FILE] [MLP] [LeNet] [ResNet-20]

Every contestant is a process that has built everything and waits for its turn (peer.cpp, peer.py): the same libtorch,
network, tensors, batch size, optimizer, threads and settings of the process. Turns are blocks of training steps, and a
figure is the median over rounds of the speed of a block against that of the blocks beside it. Exits 1 if a promise is
missed, 2 if the contestants do not compute the same.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import torch

from cases import CASES, OURS, PROCESS_SETTINGS

HERE = pathlib.Path(__file__).resolve().parent
MOST_ROUNDS, FEWEST_STEPS = 41, 2
SETTLE_S = 0.02  # threads of libgomp go on spinning after their process' turn, for some milliseconds


class NotTheSame(Exception):
    pass


class Peer:
    """A process with one contestant or more."""

    def __init__(self, name, command, settings, scratch):
        environment = {key: value for key, value in os.environ.items() if key not in PROCESS_SETTINGS}
        environment.update(PROCESS_SETTINGS if settings else {})
        self.name, self.errors = name, open(scratch / "errors.txt", "w+")
        self.process = subprocess.Popen(command, env=environment, text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.errors)

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            self.errors.seek(0)
            raise RuntimeError(f"{self.name} ended\n{self.errors.read()[-3000:]}")
        return line

    def seconds(self, role, steps):
        self.process.stdin.write(f"{role} {steps}\n")
        self.process.stdin.flush()
        return float(self.answer())

    def libtorch(self):
        """The file that it has loaded."""
        for line in open(f"/proc/{self.process.pid}/maps"):
            if "libtorch_cpu" in line:
                return os.path.realpath(line.split(maxsplit=5)[5].strip())
        return "no libtorch"

    def end(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.errors.close()


def check_that_they_agree(introductions, peers):
    """All compute the same function of the same data by the same library."""
    names = list(introductions)
    first = introductions[names[0]]
    for name in names[1:]:
        other = introductions[name]
        for key in ("threads", "torch", "parameters"):
            if other[key] != first[key]:
                raise NotTheSame(f"{key}: {names[0]} has {first[key]}, {name} {other[key]}")
        for key in ("loss", "gradient_norm"):
            if abs(other[key] - first[key]) > 1e-4 * abs(first[key]):
                raise NotTheSame(f"{key} of the first batch: {names[0]} {first[key]}, {name} {other[key]}")
    libraries = {peer.libtorch() for peer in peers}
    if len(libraries) != 1:
        raise NotTheSame(f"they run different libraries: {', '.join(sorted(libraries))}")


def write_data(folder, rows, floats):
    """Seeded noise and labels, for all contestants."""
    if folder.exists():
        return
    folder.mkdir()
    generator = torch.Generator().manual_seed(0)
    torch.randn(rows * floats, generator=generator).numpy().tofile(folder / "inputs.bin")
    torch.randint(10, (rows,), generator=generator).numpy().tofile(folder / "labels.bin")


class Match:
    """The contestants of one case."""

    def __init__(self, case, options, scratch):
        self.case, self.peers, self.facts, self.at_turn = case, {}, None, None
        self.step_s = {}
        self.threads = len(os.sched_getaffinity(0))
        data = scratch / f"data_{case.rows}_{case.floats}"
        write_data(data, case.rows, case.floats)
        self.introductions = {}
        for name, entry in case.entries.items():
            if entry.needs_bf16 and not self.has_bf16():
                continue
            folder = scratch / f"{case.network}_{len(self.peers)}"
            folder.mkdir()
            program = [options.peer] if entry.who == "millrace" else [sys.executable, str(HERE / "peer.py"), entry.who]
            command = [*program, case.network, case.batch, self.threads, data, folder / "work_dir", *entry.flags]
            self.peers[name] = Peer(name, list(map(str, command)), entry.process_settings, folder)
            if self.facts is None:
                self.introduce(name)
        for name in self.peers:
            if name not in self.introductions:
                self.introduce(name)
        check_that_they_agree(self.introductions, self.peers.values())

    def introduce(self, name):
        self.introductions[name] = json.loads(self.peers[name].answer())
        if self.case.entries[name].who == "millrace":
            self.introductions[name + " by hand"] = json.loads(self.peers[name].answer())
            self.facts = self.facts or self.introductions[name]

    def has_bf16(self):
        return any(name in self.facts["instructions"] for name in ("AVX512_BF16", "AMX"))

    def block(self, contestant, steps):
        """Seconds of a turn; where the process changes, the last one has settled and some steps have warmed the caches."""
        name, role = contestant
        if name != self.at_turn:
            time.sleep(SETTLE_S)
            self.peers[name].seconds(role, max(1, steps // 20))
            self.at_turn = name
        return self.peers[name].seconds(role, steps)

    def seconds_a_step(self, contestant):
        """Roughly; warms it on the way."""
        name, role = contestant
        if contestant not in self.step_s:
            steps, took = 1, 0.0
            while took < 0.05:
                steps *= 2
                took = self.peers[name].seconds(role, steps)
            self.step_s[contestant] = took / steps
        return self.step_s[contestant]

    def end(self):
        for peer in self.peers.values():
            peer.end()


class Result:
    """One comparison of a case: Millrace against another."""

    def __init__(self, comparison, match):
        fastest = min(match.seconds_a_step(who) for who in (comparison.outer, comparison.inner))
        self.comparison, self.steps = comparison, max(FEWEST_STEPS, round(comparison.block_s / fastest))
        self.speeds, self.itself, self.ours_s, self.theirs_s = [], [], [], []

    def measure(self, match):
        """A block of the one that the comparison says between two of the other."""
        outer, inner = self.comparison.outer, self.comparison.inner
        before, between, after = (match.block(who, self.steps) for who in (outer, inner, outer))
        around = (before + after) / 2
        ours, theirs = (around, between) if outer == self.comparison.ours else (between, around)
        self.speeds.append(theirs / ours)
        self.itself.append(before / after)
        self.ours_s.append(ours / self.steps)
        self.theirs_s.append(theirs / self.steps)

    def speed(self):
        return statistics.median(self.speeds)

    def as_json(self):
        return dict(ours=self.comparison.ours[0], against=self.comparison.label, steps=self.steps,
                    speeds=self.speeds, itself=self.itself, ours_s=self.ours_s, theirs_s=self.theirs_s)


def spread(values):
    """From where to where the middle eight tenths lie."""
    ordered = sorted(values)
    cut = len(ordered) // 10
    return f"{ordered[cut]:.2f} to {ordered[-1 - cut]:.2f}"


def duration(seconds):
    return f"{seconds * 1e6:.0f} us" if seconds < 0.01 else f"{seconds * 1e3:.1f} ms"


def play(case, options, scratch, seconds):
    begin = time.monotonic()
    match = Match(case, options, scratch)
    try:
        results = [Result(c, match) for c in case.comparisons if c.outer[0] in match.peers and c.inner[0] in match.peers]
        started, rounds = time.monotonic(), 0
        while rounds < MOST_ROUNDS and (rounds == 0 or (time.monotonic() - started) / rounds <
                                        seconds - (time.monotonic() - begin)):
            for result in results:
                if rounds % result.comparison.every == 0:
                    for _ in range(result.comparison.times_a_round):
                        result.measure(match)
            rounds += 1
    finally:
        match.end()
    shape = "x".join(map(str, case.shape))
    print(f"\n{case.network}, {shape}, batch {case.batch}: {rounds} rounds, {match.threads} threads, "
          f"libtorch {match.facts['torch']}, {match.facts['instructions']}")
    print(f"  {OURS:<26}{'against':<38}{'speed':>7}   {'p10 to p90':<17}{'of':>3}{'ours':>9}{'theirs':>10}   one side against itself")
    for result in results:
        c = result.comparison
        print(f"  {c.ours[0]:<26}{c.label:<38}{result.speed():>7.3f}   {spread(result.speeds):<17}{len(result.speeds):>3}"
              f"{duration(statistics.median(result.ours_s)):>9}{duration(statistics.median(result.theirs_s)):>10}   "
              f"{statistics.median(result.itself):.3f} ({spread(result.itself)})", flush=True)
    return match, results


def verdicts(case, match, results):
    """(holds or None, text) of each promise."""
    measured = {id(result.comparison): result for result in results}
    for comparison in case.comparisons:
        if comparison.at_least is None:
            continue
        text = f"{case.network}, {comparison.ours[0]}: at least {comparison.at_least:g} times {comparison.label}"
        result = measured.get(id(comparison))
        if result is None:
            yield None, f"{text}: not measured without AVX-512 BF16 or AMX; this is {match.facts['instructions']}"
        else:
            yield result.speed() >= comparison.at_least, f"{text}: {result.speed():.3f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", required=True, help="the C++ program")
    parser.add_argument("--seconds", type=float, default=560, help="for everything")
    parser.add_argument("--json", help="where every block's time goes")
    parser.add_argument("networks", nargs="*", metavar="NETWORK")
    options = parser.parse_args()
    begin = time.monotonic()
    cases = [case for case in CASES if not options.networks or case.network in options.networks]
    if not cases:
        parser.error(f"no network {options.networks[0]}: {', '.join(case.network for case in CASES)}")
    lines, record = [], {}
    with tempfile.TemporaryDirectory(prefix="millrace_peers_") as scratch:
        for i, case in enumerate(cases):
            left = options.seconds - (time.monotonic() - begin)
            share = min(case.seconds, left * case.seconds / sum(other.seconds for other in cases[i:]))
            match, results = play(case, options, pathlib.Path(scratch), share)
            lines += verdicts(case, match, results)
            record[case.network] = dict(facts=match.facts, results=[result.as_json() for result in results])
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(record, indent=1))
    print()
    for holds, text in lines:
        print(f"{'skip' if holds is None else 'pass' if holds else 'MISS'}  {text}")
    return 1 if any(holds is False for holds, _ in lines) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except NotTheSame as difference:
        print(f"bench-peers: the contestants are not the same: {difference}", file=sys.stderr)
        sys.exit(2)
