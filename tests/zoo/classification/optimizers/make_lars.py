"""Makes tests/zoo/classification/optimizers/lars.json: what mmpretrain's LARS does on a small problem, in float64.

    python3 make_lars.py > lars.json        (needs mmpretrain 1.2)

The problem: two parameters, a of shape (2, 3) and b of shape (4,), element i (row-major, a before b) starting at
sin(i + 1); in step k = 0, 1, … the gradient of element i is cos(i + k) + x_i. `excluded`: b has lars_exclude and no
weight decay. Each case: `x` after the last step, all elements in one row.
"""
import json

import torch
from mmpretrain.engine.optimizers.lars import LARS

CASES = [
    ("plain", dict(lr=0.5), False, 10),
    ("momentum", dict(lr=2.0, momentum=0.9, weight_decay=0.1, eta=0.02), False, 10),
    ("dampened", dict(lr=2.0, momentum=0.8, weight_decay=0.01, dampening=0.3, eta=0.05, eps=1e-3), False, 10),
    ("nesterov", dict(lr=1.0, momentum=0.9, nesterov=True, eta=0.02), False, 10),
    ("excluded", dict(lr=0.1, momentum=0.9, weight_decay=0.1, eta=0.02), True, 10),
]


def run(options, excluded, steps):
    start = torch.sin(torch.arange(1, 11, dtype=torch.float64))
    params = [start[:6].reshape(2, 3).clone(), start[6:].clone()]
    groups = [{"params": [params[0]]}, {"params": [params[1]]}]
    if excluded:
        groups[1].update(lars_exclude=True, weight_decay=0.0)
    optimizer = LARS(groups, **options)
    for k in range(steps):
        push = torch.cos(torch.arange(10, dtype=torch.float64) + k)
        params[0].grad = push[:6].reshape(2, 3) + params[0]
        params[1].grad = push[6:] + params[1]
        optimizer.step()
    return torch.cat([params[0].reshape(-1), params[1]]).tolist()


def main():
    cases = [
        {"name": name, "optimizer": options, "excluded": excluded, "steps": steps, "x": run(options, excluded, steps)}
        for name, options, excluded, steps in CASES
    ]
    print("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]")


main()
