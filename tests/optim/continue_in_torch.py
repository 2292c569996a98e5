"""Goes on from a checkpoint of Millrace with torch.optim, and writes one that Millrace goes on from.

    python3 continue_in_torch.py CHECKPOINT OPTIMIZER STEPS RESULT

The problem is that of make_torch_series.py. CHECKPOINT and RESULT: {state_dict: {a, b}, optimizer}.
"""
import sys

import torch


def main(checkpoint, kind, steps, result):
    torch.set_default_dtype(torch.float64)  # of the optimizer's own scalars
    saved = torch.load(checkpoint)
    a, b = (saved["state_dict"][name].clone().requires_grad_() for name in "ab")
    optimizer = getattr(torch.optim, kind.removeprefix("Torch"))([a, b])
    optimizer.load_state_dict({key: saved["optimizer"][key] for key in ("state", "param_groups")})

    def closure():
        optimizer.zero_grad()
        x = torch.cat([a.reshape(-1), b])
        loss = (10 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()
        loss.backward()
        return loss

    for _ in range(int(steps)):
        optimizer.step(closure)
    torch.save({"state_dict": {"a": a.detach(), "b": b.detach()}, "optimizer": optimizer.state_dict()}, result)


main(*sys.argv[1:])
