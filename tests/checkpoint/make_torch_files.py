"""Writes files with torch.save, of all that a state dict, an optimizer and their surroundings may hold.

    make_torch_files.py FOLDER COUNT    writes N.pth and N.json (see torch_tree.py) for N below COUNT
"""
import collections
import json
import random
import sys
import warnings

import torch
from torch_tree import Describer

warnings.filterwarnings("ignore")

DTYPES = [
    torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8,
    torch.uint8, torch.bool, torch.complex64, torch.complex128, torch.complex32, torch.uint16, torch.uint32,
    torch.uint64, torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz,
]  # fmt: skip


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.generator = torch.Generator().manual_seed(seed)
        self.made = []

    def tensor(self):
        choice = self.random.randrange(8)
        if choice == 0 and self.made:
            return self.random.choice(self.made)
        if choice == 1 and self.made:
            return self.view(self.random.choice(self.made))
        dtype = self.random.choice(DTYPES)
        shape = [self.random.randrange(5) for _ in range(self.random.randrange(5))]
        size = torch.empty(0, dtype=dtype).element_size()
        count = size
        for n in shape:
            count *= n
        raw = torch.randint(0, 2 if dtype == torch.bool else 256, (count,), dtype=torch.uint8, generator=self.generator)
        tensor = raw.view(dtype).clone().reshape(shape)
        if self.random.random() < 0.2 and len(shape) == 4:
            tensor = tensor.contiguous(memory_format=torch.channels_last)
        if self.random.random() < 0.2 and dtype in (torch.float32, torch.float64, torch.bfloat16):
            tensor.requires_grad_(True)
        if self.random.random() < 0.3 and dtype in (torch.complex64, torch.complex128):
            return tensor.conj()
        self.made.append(tensor)
        return tensor

    def view(self, tensor):
        tensor = tensor.detach()
        if tensor.dim() == 0:
            return tensor.expand(3)
        choice = self.random.randrange(3)
        if choice == 0:
            return tensor.transpose(0, -1)
        if choice == 1 and tensor.shape[0] > 0:
            return tensor[self.random.randrange(tensor.shape[0])]
        return tensor[::2]

    def scalar(self):
        r = self.random
        return r.choice([
            lambda: None,
            lambda: r.random() < 0.5,
            lambda: r.choice([0, 1, -1, 255, 256, 65535, 65536, 2**31 - 1, 2**31, -(2**31) - 1, 2**63 - 1, -(2**63)]),
            lambda: r.choice([2**63, -(2**63) - 1, 2**64 - 1, 2**100, -(2**200)]),
            lambda: r.choice([0.0, -0.0, 1.5, 1e-310, 1e308, float("nan"), float("inf"), -float("inf"), r.random()]),
            lambda: "".join(r.choice("aZ._é漢🙂\n\\'\0") for _ in range(r.randrange(12))),
            lambda: r.randbytes(r.randrange(6)),
        ])()  # fmt: skip

    def value(self, depth):
        r = self.random
        choice = r.randrange(9) if depth > 0 else r.randrange(5)
        if choice < 3:
            return self.tensor()
        if choice < 5:
            return self.scalar()
        if choice == 5:
            return [self.value(depth - 1) for _ in range(r.randrange(6))]
        if choice == 6:
            return tuple(self.value(depth - 1) for _ in range(r.randrange(6)))
        kind = dict if choice == 7 else collections.OrderedDict
        keys = [r.choice([f"key.{i}", i, (i, "x"), float(i) + 0.5]) for i in range(r.randrange(6))]
        return kind((key, self.value(depth - 1)) for key in keys)


def training_state(seed):
    torch.manual_seed(seed)
    net = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Flatten(), torch.nn.LazyLinear(2))
    net(torch.zeros(1, 1, 6, 6))
    optimizer = torch.optim.AdamW(net.parameters()) if seed % 2 else torch.optim.SGD(net.parameters(), 0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
    for _ in range(3):
        net(torch.randn(4, 1, 6, 6)).square().sum().backward()
        optimizer.step()
        scheduler.step()
    return {
        "meta": {"epoch": 3, "seed": 2**64 - 1 - seed, "shape": torch.Size([1, 2])},
        "state_dict": net.state_dict(),
        "parameters": list(net.parameters()),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "rng": torch.get_rng_state(),
    }


def main():
    folder, count = sys.argv[1], int(sys.argv[2])
    for n in range(count):
        value = training_state(n) if n % 10 == 0 else Maker(n).value(4)
        protocol = [2, 2, 2, 3, 4, 5][n % 6]
        torch.save(value, f"{folder}/{n}.pth", pickle_protocol=protocol)
        expected = torch.load(f"{folder}/{n}.pth", weights_only=False)
        with open(f"{folder}/{n}.json", "w") as file:
            json.dump(Describer().of(expected), file)


main()
