"""Who meets whom in `make bench-peers`, and what Millrace promises there."""

import dataclasses
import math

OURS = "Millrace"

# What the command `millrace` sets for itself, and a program of one's own is told to (docs/libtorch.md): here every
# contestant has it, so that it explains no difference. Those of `as_it_comes` have a plain environment.
PROCESS_SETTINGS = {
    "GOMP_SPINCOUNT": "10000",
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str((1 << 31) - 1),
}


@dataclasses.dataclass(frozen=True)
class Entry:
    """A process. A process of Millrace has the loop written by hand on libtorch in it, too."""
    who: str
    flags: tuple = ()
    process_settings: bool = True
    needs_bf16: bool = False


@dataclasses.dataclass(frozen=True)
class Comparison:
    """`ours` and `theirs` are (entry, role); `at_least` is what is promised of the ratio of speeds."""
    label: str
    ours: tuple
    theirs: tuple
    at_least: float | None = None
    theirs_outside: bool = False  # their blocks are around ours, not ours around theirs
    block_s: float = 0.1  # of the faster one, unless that is less than two steps
    times_a_round: int = 1
    every: int = 1  # rounds from one time to the next

    @property
    def outer(self):
        return self.theirs if self.theirs_outside else self.ours

    @property
    def inner(self):
        return self.ours if self.theirs_outside else self.theirs


@dataclasses.dataclass(frozen=True)
class Case:
    network: str
    shape: tuple
    batch: int
    rows: int
    seconds: float
    entries: dict
    comparisons: tuple

    @property
    def floats(self):
        return math.prod(self.shape)


def against_hand(entry, times_a_round=1):
    """What is promised here is a matter of 2%: many short blocks, since no process has to change."""
    return Comparison("the loop by hand, libtorch", (entry, "engine"), (entry, "hand"), 0.98, theirs_outside=True,
                      block_s=0.05, times_a_round=times_a_round)


def against(entry, rival, at_least=None, times_a_round=1):
    """Where nothing is promised, a third as often."""
    return Comparison(rival, (entry, "engine"), (rival, "engine"), at_least, times_a_round=times_a_round,
                      every=1 if at_least else 3)


MMENGINE, STOCK, LIGHTNING, HAND = "MMEngine", "MMEngine as it comes", "Lightning", "the loop by hand, Python"
MMENGINE_BF16 = "MMEngine, bf16 channels last by hand"
FP32, LAST, BF16 = "fp32", "fp32 channels last", "bf16 channels last"

RIVALS = {
    MMENGINE: Entry("mmengine"),
    STOCK: Entry("mmengine", ("stock",), process_settings=False),
    LIGHTNING: Entry("lightning"),
    HAND: Entry("hand"),
}


def small(network, shape, times_mmengine):
    """A network whose step takes microseconds: what is around it counts."""
    return Case(
        network, shape, batch=32, rows=60000, seconds=90,
        entries={FP32: Entry("millrace"), **RIVALS},
        comparisons=(
            against_hand(FP32, times_a_round=8),
            against(FP32, MMENGINE, times_mmengine),
            *(against(FP32, rival) for rival in (STOCK, LIGHTNING, HAND)),
        ))


CASES = (
    small("MLP", (784,), 2.0),
    small("LeNet", (1, 28, 28), 1.3),
    Case(
        "ResNet-20", (3, 32, 32), batch=128, rows=10240, seconds=330,
        entries={
            FP32: Entry("millrace"),
            LAST: Entry("millrace", ("channels_last",)),
            BF16: Entry("millrace", ("channels_last", "bf16"), needs_bf16=True),
            **RIVALS,
            MMENGINE_BF16: Entry("mmengine", ("channels_last", "bf16"), needs_bf16=True),
        },
        comparisons=(
            *(against_hand(entry) for entry in (FP32, LAST, BF16)),
            against(FP32, MMENGINE, 1.0, times_a_round=3),
            against(LAST, MMENGINE, 1.3),
            against(BF16, MMENGINE, 2.0),
            against(BF16, MMENGINE_BF16),
            *(against(FP32, rival) for rival in (STOCK, LIGHTNING, HAND)),
        )),
)
