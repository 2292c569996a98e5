"""What torch.load gives, as JSON that the tests compare with what Millrace reads.

    torch_tree.py FILE...    one line a file, of torch.load(FILE) with its default arguments

None, True and False are themselves, everything else is {kind: content}. A tensor's storage is a number: tensors with the
same number share memory; None is for no memory at all, which torch.load does not share.
"""
import ctypes
import json
import struct
import sys
import zlib

import torch


def data_of(tensor):
    flat = tensor.detach().resolve_conj().resolve_neg().contiguous().reshape(-1)
    # Not by numpy(): a Python that has torch need not have numpy.
    data = ctypes.string_at(flat.data_ptr(), flat.numel() * flat.element_size()) if flat.numel() else b""
    return data.hex() if len(data) <= 256 else f"{len(data)} bytes, crc32 {zlib.crc32(data):08x}"


class Describer:
    def __init__(self):
        self.storages = {}
        self.alive = []  # the key of a storage is its address

    def of(self, value):
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int):
            return {"int": str(value)}
        if isinstance(value, float):
            return {"float": "nan" if value != value else struct.pack(">d", value).hex()}
        if isinstance(value, str):
            return {"str": value}
        if isinstance(value, bytes):
            return {"bytes": value.hex()}
        if isinstance(value, torch.Tensor):
            return {"tensor": self.tensor(value)}
        if isinstance(value, dict):
            return {"dict": [[self.of(k), self.of(v)] for k, v in value.items()]}
        if isinstance(value, list):
            return {"list": [self.of(v) for v in value]}
        if isinstance(value, tuple):
            return {"tuple": [self.of(v) for v in value]}
        return self.other(value)

    def other(self, value):
        raise TypeError(f"no description of a {type(value)}")

    def tensor(self, value):
        storage = value.untyped_storage()
        self.alive.append(storage)
        number = self.storages.setdefault(storage._cdata, len(self.storages)) if storage.nbytes() else None
        return {
            "dtype": str(value.dtype).removeprefix("torch."),
            "shape": list(value.shape),
            "stride": list(value.stride()),
            "offset": value.storage_offset(),
            "requires_grad": value.requires_grad,
            "storage": number,
            "data": data_of(value),
        }


if __name__ == "__main__":
    for path in sys.argv[1:]:
        print(json.dumps(Describer().of(torch.load(path))))
