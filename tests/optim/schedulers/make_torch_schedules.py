"""Makes tests/optim/schedulers/torch_schedules.json: what PyTorch's schedules do, and WSD by its formula.

    python3 tests/optim/schedulers/make_torch_schedules.py > tests/optim/schedulers/torch_schedules.json   (torch 2.13)

A case: `optimizer` and `param_scheduler` as a config has them, by iteration; `lr` and `momentum` (Adam's: betas[0])
during each iteration. The factors are the texts of the config, evaluated by Python. WSD, which PyTorch lacks, is a
LambdaLR with the formula of wsd_lr.h.
"""
import json
import math

import torch
from torch.optim import lr_scheduler

SGD = dict(type="SGD", lr=0.1, momentum=0.9)
ADAM = dict(type="AdamW", lr=0.001, betas=[0.9, 0.999])
STEPS = 60
CYCLE = dict(base_lr=0.01, max_lr=0.2)

CYCLIC = [
    ("triangular", SGD, dict(CYCLE, step_size_up=7)),
    ("triangular_of_adam", ADAM, dict(base_lr=1e-4, max_lr=1e-2, step_size_up=5, base_momentum=0.85, max_momentum=0.95)),
    ("triangular2", SGD, dict(CYCLE, step_size_up=5, step_size_down=9, mode="triangular2")),
    ("exp_range", SGD, dict(CYCLE, step_size_up=4, mode="exp_range", gamma=0.97)),
    ("of_the_lr_alone", SGD, dict(CYCLE, step_size_up=6, cycle_momentum=False)),
    ("default_size", SGD, CYCLE),
    ("down_at_once", SGD, dict(CYCLE, step_size_up=6, step_size_down=0)),
    ("scaled_by_cycle", SGD, dict(CYCLE, step_size_up=5, scale_fn="1 / 5 ** (x * 0.1)")),
    ("scaled_by_step", SGD,
     dict(CYCLE, step_size_up=5, scale_fn="lambda t: 0.5 * (1 + math.sin(t * math.pi / 2))", scale_mode="iterations")),
]
LAMBDA = [
    ("power", "0.95 ** t"),
    ("floor", "lambda epoch: epoch // 30"),
    ("noam", "min((t + 1) ** -0.5, (t + 1) * 10 ** -1.5)"),
    ("poly", "(1 - t / 60) ** 0.9"),
    ("cosine", "lambda t: 1.0 if t < 20 else 0.5 * (1 + math.cos(math.pi * (t - 20) / 40))"),
    ("of_integers", "t % 7 + 1"),
]
ONE_CYCLE = [
    ("default", dict(eta_max=0.3, total_steps=60)),
    ("linear", dict(eta_max=0.3, total_steps=60, pct_start=0.25, anneal_strategy="linear", div_factor=10, final_div_factor=1e3)),
    ("three_phase", dict(eta_max=0.3, total_steps=60, pct_start=0.4, three_phase=True)),
    ("no_rise", dict(eta_max=0.3, total_steps=60, pct_start=0.0)),
    ("rise_alone", dict(eta_max=0.3, total_steps=60, pct_start=1.0)),
    ("longer_than_the_training", dict(eta_max=0.3, total_steps=100)),
]
WSD = [
    ("linear", dict(decay_steps=20, warmup_steps=10)),
    ("cosine", dict(decay_steps=30, warmup_steps=12, warmup_type="cosine", decay_type="cosine", start_factor=0.1, eta_min_ratio=0.1)),
    ("one_minus_sqrt", dict(decay_steps=25, decay_type="one_minus_sqrt", eta_min_ratio=0.05)),
    ("no_decay", dict(decay_steps=0, warmup_steps=5)),
]


def function(text, variable):
    return eval(text if text.startswith("lambda") else f"lambda {variable}: {text}")


def wsd(decay_steps, warmup_steps=0, warmup_type="linear", decay_type="linear", start_factor=0.0, eta_min_ratio=0.0):
    stable = STEPS - warmup_steps - decay_steps

    def factor(step):
        if step < warmup_steps:
            part = step / max(1, warmup_steps)
            rise = part if warmup_type == "linear" else 0.5 * (1.0 - math.cos(math.pi * part))
            return rise * (1.0 - start_factor) + start_factor
        if step < warmup_steps + stable:
            return 1.0
        part = (step - warmup_steps - stable) / max(1, decay_steps)
        fall = {"linear": 1.0 - part, "cosine": 0.5 * (1.0 + math.cos(math.pi * part)),
                "one_minus_sqrt": 1.0 - math.sqrt(part)}[decay_type]
        return fall * (1.0 - eta_min_ratio) + eta_min_ratio

    return factor


def run(optimizer, make):
    options = dict(optimizer)
    optim = getattr(torch.optim, options.pop("type"))([torch.nn.Parameter(torch.zeros(1))], **options)
    schedule = make(optim)
    series = {"lr": [], "momentum": []}
    for step in range(STEPS):
        group = optim.param_groups[0]
        series["lr"].append(group["lr"])
        series["momentum"].append(group["betas"][0] if "betas" in group else group["momentum"])
        optim.step()
        if step + 1 < STEPS:  # OneCycle has no value after its last one
            schedule.step()
    return series


def case(name, optimizer, kind, options, make):
    return {"name": name, "optimizer": optimizer, "param_scheduler": dict(type=kind, by_epoch=False, **options),
            **run(optimizer, make)}


def main():
    cases = []
    for name, optimizer, options in CYCLIC:
        given = dict(options)
        if "scale_fn" in given:
            given["scale_fn"] = function(given["scale_fn"], "x")
        cases.append(case("cyclic_" + name, optimizer, "CyclicLR", options, lambda optim: lr_scheduler.CyclicLR(optim, **given)))
    for name, text in LAMBDA:
        cases.append(case("lambda_" + name, SGD, "LambdaLR", dict(lr_lambda=text),
                          lambda optim: lr_scheduler.LambdaLR(optim, function(text, "t"))))
    for name, options in ONE_CYCLE:
        given = dict(options)
        cases.append(case("one_cycle_" + name, SGD, "OneCycleLR", options,
                          lambda optim: lr_scheduler.OneCycleLR(optim, given.pop("eta_max"), cycle_momentum=False, **given)))
    for name, options in WSD:
        cases.append(case("wsd_" + name, SGD, "WSDLR", dict(options, end=STEPS),
                          lambda optim: lr_scheduler.LambdaLR(optim, wsd(**options))))
    print("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]")


main()
