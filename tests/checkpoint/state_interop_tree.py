"""Made state_interop_tree.json, the tree of golden/state_interop/iter_40.pth: needs torch, numpy and mmengine 0.10.7.

    state_interop_tree.py tests/golden/state_interop/iter_40.pth > tests/checkpoint/state_interop_tree.json

Objects of numpy and MMEngine are described as what known_records.h makes of them.
"""
import collections
import json
import sys

import numpy
import torch
from torch_tree import Describer


class KnownObjects(Describer):
    def of(self, value):
        if isinstance(value, numpy.generic):
            return self.of(value.item())
        if isinstance(value, numpy.ndarray):
            return self.of(torch.from_numpy(value))
        if isinstance(value, collections.Counter):
            return self.of(dict(value))
        return super().of(value)

    def other(self, value):
        history, counts = value.data
        return self.of({"values": history, "counts": counts, "max_length": value.max_length})


json.dump(KnownObjects().of(torch.load(sys.argv[1], "cpu", weights_only=False)), sys.stdout, indent=0)
