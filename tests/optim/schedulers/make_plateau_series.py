"""Makes tests/optim/schedulers/plateau.json: what MMEngine's ReduceOnPlateau schedules do.

    python3 tests/optim/schedulers/make_plateau_series.py > tests/optim/schedulers/plateau.json      (mmengine 0.10.7)

A case: `optimizer`, the schedules in `param_scheduler` (by epoch, in the order in which they act), `metrics`: the metric
of the validation after each epoch; `values`: lr and momentum (Adam's: betas[0]) after that validation; `state`: what the
plateau schedule remembers at the end.
"""
import json

import torch
from mmengine.optim import scheduler as mm

PLAIN = dict(type="SGD", lr=1.0, momentum=0.9)
NOISE = [3.0, 2.5, 2.6, 2.4, 2.4, 2.39, 2.41, 2.5, 2.1, 2.2, 2.3, 2.2, 2.1, 2.2, 2.15, 2.3, 2.4, 1.9, 2.0, 2.1]
CASES = [
    ("parity", PLAIN, [dict(type="ReduceOnPlateauLR", patience=1, factor=0.5, cooldown=1)], [1.0] * 7 + [0.1] * 4),
    ("relative", PLAIN, [dict(type="ReduceOnPlateauLR", patience=2, factor=0.3, threshold=0.05)], NOISE),
    ("absolute", PLAIN, [dict(type="ReduceOnPlateauLR", patience=1, factor=0.3, threshold=0.2, threshold_rule="abs")], NOISE),
    ("greater", PLAIN, [dict(type="ReduceOnPlateauLR", rule="greater", patience=1, factor=0.5, cooldown=2)], NOISE),
    ("greater_absolute", PLAIN,
     [dict(type="ReduceOnPlateauLR", rule="greater", patience=0, factor=0.9, threshold=0.1, threshold_rule="abs")],
     [-x for x in NOISE]),
    ("floor", PLAIN, [dict(type="ReduceOnPlateauLR", patience=0, factor=0.1, min_value=0.05)], [1.0] * 8),
    ("small_changes_are_left_out", PLAIN, [dict(type="ReduceOnPlateauLR", patience=0, factor=0.5, eps=0.2)], [1.0] * 8),
    ("begin_and_end", PLAIN, [dict(type="ReduceOnPlateauLR", patience=0, factor=0.5, begin=3, end=7)], [1.0] * 10),
    ("momentum", PLAIN, [dict(type="ReduceOnPlateauMomentum", patience=1, factor=0.5)], NOISE),
    ("beta", dict(type="Adam", lr=1.0), [dict(type="ReduceOnPlateauMomentum", patience=1, factor=0.5)], NOISE),
    ("by_name", PLAIN, [dict(type="ReduceOnPlateauParamScheduler", param_name="lr", patience=1, factor=0.5)], NOISE),
    ("behind_a_warm_up", PLAIN,
     [dict(type="LinearLR", start_factor=0.1, end=5), dict(type="ReduceOnPlateauLR", patience=1, factor=0.5)], NOISE),
    ("before_a_decay", PLAIN,
     [dict(type="ReduceOnPlateauLR", patience=2, factor=0.5), dict(type="ExponentialLR", gamma=0.9)], NOISE),
]


def run(optimizer, schedules, metrics):
    options = dict(optimizer)
    optim = getattr(torch.optim, options.pop("type"))([torch.nn.Parameter(torch.zeros(1))], **options)
    made = []
    for schedule in schedules:
        options = dict(schedule)
        made.append(getattr(mm, options.pop("type"))(optim, **options))
    values = []
    for metric in metrics:
        optim.step()
        for schedule in made:
            schedule.step()
        for schedule in made:
            if getattr(schedule, "need_val_args", False):
                schedule.step({"loss": metric})
        group = optim.param_groups[0]
        values.append([group["lr"], group["betas"][0] if "betas" in group else group["momentum"]])
    plateau = next(one for one in made if getattr(one, "need_val_args", False)).state_dict()
    keys = ["last_step", "_global_step", "best", "num_bad_epochs", "cooldown_counter", "_last_value", "min_values"]
    return {"values": values, "state": {key: plateau[key] for key in keys}, "keys": sorted(set(plateau) - {"use_betas"})}


def main():
    cases = [
        {"name": name, "optimizer": optimizer, "param_scheduler": schedules, "metrics": metrics,
         **run(optimizer, schedules, metrics)}
        for name, optimizer, schedules, metrics in CASES
    ]
    print("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]")


main()
