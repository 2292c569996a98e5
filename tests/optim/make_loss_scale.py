"""Makes loss_scale.json: what torch.amp.GradScaler does with gradients that overflow in fp16, on the CPU.

    python make_loss_scale.py > loss_scale.json

Two weights in float32, the forward pass in fp16: loss = sum(w * c), with c large in two iterations. SGD with momentum.
"""
import json
import sys

import torch

COEFFICIENTS = [[1.0, 0.5], [0.25, 1.5], [1.0, 1.0], [0.5, 0.5], [40.0, 0.5], [1.0, 0.25], [0.5, 1.0], [3000.0, 1.0],
                [0.125, 0.5], [1.0, 1.0], [0.5, 0.25], [1.0, 2.0]]


def series(scaler):
    weight = torch.tensor([1.0, 2.0], requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=0.125, momentum=0.5)
    scales, weights = [], []
    for c in COEFFICIENTS:
        loss = (weight.half() * torch.tensor(c).half()).float().sum()
        optimizer.zero_grad()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        scales.append(scaler.get_scale())
        weights.append(weight.detach().tolist())
    return dict(scale=scales, weights=weights)


cases = {
    'dynamic': (dict(init_scale=65536.0, growth_interval=3), None),
    'slow': (dict(init_scale=4096.0, growth_factor=4.0, backoff_factor=0.125, growth_interval=2), None),
}
out = [dict(name=name, loss_scale=config, **series(torch.amp.GradScaler('cpu', **config))) for name, (config, _) in cases.items()]
fixed = torch.amp.GradScaler('cpu', init_scale=512.0, growth_interval=10**9, backoff_factor=1 - 1e-15)
out.append(dict(name='static', loss_scale=512.0, **series(fixed)))
json.dump(dict(coefficients=COEFFICIENTS, cases=out), sys.stdout, indent=1)
sys.stdout.write('\n')
