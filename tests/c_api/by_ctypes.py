"""Trains and predicts by the C interface from Python, with ctypes alone: by_ctypes.py LIBRARY CONFIG [OVERRIDE ...]"""

import ctypes as c
import sys

lib = c.CDLL(sys.argv[1])
config, overrides = sys.argv[2].encode(), [text.encode() for text in sys.argv[3:]]
lib.millrace_last_error.restype = lib.millrace_version.restype = c.c_char_p


class Progress(c.Structure):
    _fields_ = [("mode", c.c_int32), ("count", c.c_int32), ("epoch", c.c_int64), ("max_epochs", c.c_int64),
                ("iter", c.c_int64), ("max_iters", c.c_int64), ("names", c.POINTER(c.c_char_p)),
                ("values", c.POINTER(c.c_double))]


class Tensor(c.Structure):
    _fields_ = [("name", c.c_char_p), ("data", c.c_void_p), ("shape", c.POINTER(c.c_int64)),
                ("strides", c.POINTER(c.c_int64)), ("dtype", c.c_int32), ("dims", c.c_int32)]


Callback = c.CFUNCTYPE(c.c_int32, c.POINTER(Progress), c.c_void_p)


def ok(status):
    assert status == 0, (status, lib.millrace_last_error().decode())


losses = []


@Callback
def on_progress(progress, user):
    seen = progress.contents
    if seen.mode == 0:
        losses.append(dict(zip([seen.names[i].decode() for i in range(seen.count)], seen.values[:seen.count])))
    return int(len(losses) == 3)


runner, checkpoint, network = c.c_void_p(), c.c_void_p(), c.c_void_p()
assert lib.millrace_runner_open(b"missing.py", None, c.c_int64(0), b"", c.byref(runner)) == 5
assert b"missing.py: this file does not exist" in lib.millrace_last_error(), lib.millrace_last_error()
names = (c.c_char_p * len(overrides))(*overrides)
ok(lib.millrace_runner_open(config, names, c.c_int64(len(overrides)), b"", c.byref(runner)))
ok(lib.millrace_runner_on_progress(runner, on_progress, None, c.c_int64(1)))
assert lib.millrace_runner_train(runner) == 6
assert len(losses) == 3 and all(0 < each["loss"] < 20 for each in losses), losses
ok(lib.millrace_runner_checkpoint(runner, c.byref(checkpoint)))
data, size = c.c_void_p(), c.c_int64()
ok(lib.millrace_bytes_get(checkpoint, c.byref(data), c.byref(size)))
ok(lib.millrace_inferencer_open_memory(None, data, size, None, c.c_int64(0), c.byref(network)))
pixels = (c.c_uint8 * (2 * 784))(*(i % 256 for i in range(2 * 784)))
shape = (c.c_int64 * 4)(2, 1, 28, 28)
image = Tensor(None, c.cast(pixels, c.c_void_p), shape, None, 5, 4)
ok(lib.millrace_inferencer_predict(network, c.byref(image), c.c_int64(1)))
scores = (c.c_float * 20)()
ok(lib.millrace_inferencer_copy_output(network, b"pred_score", scores, c.c_int64(c.sizeof(scores))))
assert abs(sum(scores[:10]) - 1) < 1e-4 and abs(sum(scores[10:]) - 1) < 1e-4, list(scores)
ok(lib.millrace_inferencer_close(network))
ok(lib.millrace_bytes_close(checkpoint))
ok(lib.millrace_runner_close(runner))
print("ctypes: trained 3 steps,", lib.millrace_version().decode())
