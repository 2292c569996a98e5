"""Makes tests/optim/torch_optim.json: what PyTorch's optimizers do on a small problem, in float64.

    python3 tests/optim/make_torch_series.py > tests/optim/torch_optim.json

The problem: two parameters, a of shape (2, 3) and b of shape (4,), element i (row-major, a before b) starting at
sin(i + 1); the loss is the sum over neighbours of 10 (x[i + 1] - x[i]^2)^2 + (1 - x[i])^2, x all elements in one row.
Each case: `loss` before each step (of LBFGS: of the first evaluation), `x` after the last one.
"""
import json

import torch

CASES = [
    ("rmsprop", "RMSprop", dict(lr=0.01), 30),
    ("rmsprop_momentum", "RMSprop", dict(lr=0.003, alpha=0.95, momentum=0.9, eps=1e-6), 30),
    ("rmsprop_centered", "RMSprop", dict(lr=0.01, alpha=0.9, centered=True, weight_decay=0.1), 30),
    ("rmsprop_centered_momentum", "RMSprop", dict(lr=0.002, centered=True, momentum=0.5), 30),
    ("rmsprop_maximize", "RMSprop", dict(lr=0.001, maximize=True), 10),
    ("lbfgs", "LBFGS", dict(lr=0.1, max_iter=4), 12),
    ("lbfgs_one_direction", "LBFGS", dict(lr=0.05, max_iter=1, history_size=5), 25),
    ("lbfgs_short_history", "LBFGS", dict(lr=0.2, max_iter=6, history_size=2), 12),
    ("lbfgs_wolfe", "LBFGS", dict(lr=1.0, max_iter=5, line_search_fn="strong_wolfe"), 10),
    ("lbfgs_wolfe_few_evaluations", "LBFGS", dict(lr=2.0, max_iter=8, max_eval=6, line_search_fn="strong_wolfe"), 8),
    ("lbfgs_wolfe_to_the_end", "LBFGS", dict(lr=1.0, max_iter=20, line_search_fn="strong_wolfe"), 12),
]


def loss_of(a, b):
    x = torch.cat([a.reshape(-1), b])
    return (10 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def run(kind, options, steps):
    start = torch.sin(torch.arange(1, 11, dtype=torch.float64))
    a = start[:6].reshape(2, 3).clone().requires_grad_()
    b = start[6:].clone().requires_grad_()
    optimizer = getattr(torch.optim, kind)([a, b], **options)
    losses = []
    for _ in range(steps):

        def closure():
            optimizer.zero_grad()
            loss = loss_of(a, b)
            loss.backward()
            return loss

        losses.append(float(optimizer.step(closure)))
    return {"loss": losses, "x": torch.cat([a.reshape(-1), b]).tolist()}


def main():
    cases = [
        {"name": name, "optimizer": {"type": kind, **options}, "steps": steps, **run(kind, options, steps)}
        for name, kind, options, steps in CASES
    ]
    lines = ",\n".join(json.dumps(case) for case in cases)
    print("[\n" + lines + "\n]")


main()
