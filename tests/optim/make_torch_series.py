"""Makes tests/optim/torch_optim.json: what PyTorch's optimizers do on a small problem, in float64.

    python3 tests/optim/make_torch_series.py > tests/optim/torch_optim.json

The problem: two parameters, a of shape (2, 3) and b of shape (4,), element i (row-major, a before b) starting at
sin(i + 1); the loss is the sum over neighbours of 10 (x[i + 1] - x[i]^2)^2 + (1 - x[i])^2, x all elements in one row.
The optimizers' own scalars are float64 too. Each case: `loss` before each step (of LBFGS: of the first evaluation),
`x` after the last one.
"""
import json

import torch

CASES = [
    ("rmsprop", "RMSprop", dict(lr=0.01), 30),
    ("rmsprop_momentum", "RMSprop", dict(lr=0.003, alpha=0.95, momentum=0.9, eps=1e-6), 30),
    ("rmsprop_centered", "RMSprop", dict(lr=0.01, alpha=0.9, centered=True, weight_decay=0.1), 30),
    ("rmsprop_centered_momentum", "RMSprop", dict(lr=0.002, centered=True, momentum=0.5), 30),
    ("rmsprop_maximize", "RMSprop", dict(lr=0.001, maximize=True), 10),
    ("adamax", "Adamax", dict(lr=0.02), 30),
    ("adamax_decay", "Adamax", dict(lr=0.02, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1), 30),
    ("adamax_maximize", "Adamax", dict(lr=0.002, maximize=True), 10),
    ("nadam", "NAdam", dict(lr=0.02), 30),
    ("nadam_decay", "NAdam", dict(lr=0.02, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1, momentum_decay=0.1), 30),
    ("nadam_decoupled", "NAdam", dict(lr=0.02, weight_decay=0.1, decoupled_weight_decay=True), 30),
    ("nadam_maximize", "NAdam", dict(lr=0.002, maximize=True), 10),
    ("radam", "RAdam", dict(lr=0.02), 30),
    ("radam_decay", "RAdam", dict(lr=0.02, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1), 30),
    ("radam_decoupled", "RAdam", dict(lr=0.02, weight_decay=0.1, decoupled_weight_decay=True), 30),
    ("radam_maximize", "RAdam", dict(lr=0.002, betas=(0.9, 0.9), maximize=True), 10),
    ("adagrad", "Adagrad", dict(lr=0.1), 30),
    ("adagrad_decay", "Adagrad", dict(lr=0.1, lr_decay=0.05, weight_decay=0.1, eps=1e-6), 30),
    ("adagrad_from_a_value", "Adagrad", dict(lr=0.1, initial_accumulator_value=2.0), 30),
    ("adagrad_maximize", "Adagrad", dict(lr=0.002, maximize=True), 10),
    ("adadelta", "Adadelta", dict(), 30),
    ("adadelta_decay", "Adadelta", dict(lr=0.5, rho=0.7, eps=1e-4, weight_decay=0.1), 30),
    ("adadelta_maximize", "Adadelta", dict(maximize=True), 10),
    ("rprop", "Rprop", dict(), 30),
    ("rprop_within_steps", "Rprop", dict(lr=0.05, etas=(0.6, 1.5), step_sizes=(0.01, 0.08)), 30),
    ("rprop_maximize", "Rprop", dict(lr=0.001, maximize=True), 10),
    ("asgd", "ASGD", dict(), 30),
    ("asgd_averages", "ASGD", dict(lr=0.01, lambd=0.01, alpha=0.6, t0=5, weight_decay=0.1), 30),
    ("asgd_maximize", "ASGD", dict(lr=0.001, maximize=True), 10),
    ("adafactor", "TorchAdafactor", dict(), 30),
    ("adafactor_decay", "TorchAdafactor", dict(lr=0.05, beta2_decay=-0.5, eps=(1e-12, 0.01), weight_decay=0.1), 30),
    ("adafactor_clipped", "TorchAdafactor", dict(lr=0.05, d=1.5), 30),
    ("adafactor_maximize", "TorchAdafactor", dict(maximize=True), 10),
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
    optimizer = getattr(torch.optim, kind.removeprefix("Torch"))([a, b], **options)
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
    torch.set_default_dtype(torch.float64)
    cases = [
        {"name": name, "optimizer": {"type": kind, **options}, "steps": steps, **run(kind, options, steps)}
        for name, kind, options, steps in CASES
    ]
    lines = ",\n".join(json.dumps(case) for case in cases)
    print("[\n" + lines + "\n]")


main()
