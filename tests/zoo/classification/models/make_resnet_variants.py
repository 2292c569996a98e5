#!/usr/bin/env python3
"""Writes resnet_variants.json: options of mmpretrain's ResNet family and what its networks give under them.

    make_resnet_variants.py > resnet_variants.json      (mmpretrain 1.2.0, mmcv-lite 2.1.0, mmengine 0.10.7, torch)

Weights and inputs are the fill `hash` of tests/golden/README.md, all in float64. A case is {type, options, size, state:
[[name, shape], …], eval: [[sum, norm], …] of each output, train: the same, loss_train: the sum over outputs of the mean
of the squares, grad_norm: of all gradients together, trained: number of parameters that want a gradient, statistics:
[sum, norm] of all running means and variances after the training pass}.
"""
import importlib
import json
import pathlib
import sys
import types

import numpy as np
import torch


def backbones():
    """mmpretrain's modules of this family, without the package's own imports, which want much else."""
    found = importlib.util.find_spec('mmpretrain').submodule_search_locations[0]
    for name in ('mmpretrain', 'mmpretrain.models', 'mmpretrain.models.backbones'):
        package = types.ModuleType(name)
        package.__path__ = [str(pathlib.Path(found, *name.split('.')[1:]))]
        sys.modules[name] = package
    load = lambda name: importlib.import_module('mmpretrain.models.backbones.' + name)
    return {
        'ResNet': load('resnet').ResNet,
        'ResNetV1c': load('resnet').ResNetV1c,
        'ResNetV1d': load('resnet').ResNetV1d,
        'ResNet_CIFAR': load('resnet_cifar').ResNet_CIFAR,
        'ResNeXt': load('resnext').ResNeXt,
    }


def uniform(k, count):
    with np.errstate(over='ignore'):
        z = np.uint64(k << 40) + np.arange(count, dtype=np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
        return (z >> np.uint64(11)).astype(np.float64) * 2.0 ** -52 - 1


def fill(net):
    k = 0
    for name, tensor in net.state_dict().items():
        if not tensor.is_floating_point():
            tensor.zero_()
            continue
        u = torch.from_numpy(uniform(k, tensor.numel())).reshape(tensor.shape)
        if tensor.dim() > 1:
            u = (6 / tensor[0].numel()) ** 0.5 * u
        elif name.endswith(('weight', 'running_var')):
            u = 1 + 0.1 * u
        else:
            u = 0.01 * u
        tensor.copy_(u)
        k += 1


def brief(tensor):
    return [tensor.sum().item(), tensor.norm().item()]


NARROW = dict(stem_channels=8, base_channels=8)
CASES = [
    ('ResNet', dict(depth=18, out_indices=[0, 1, 2, 3], **NARROW), 72),
    ('ResNet', dict(depth=50, style='caffe', out_indices=[1, 3], **NARROW), 65),
    ('ResNet', dict(depth=50, num_stages=3, strides=[1, 2, 1], dilations=[1, 1, 2], out_indices=[2], **NARROW), 72),
    ('ResNet', dict(depth=50, expansion=2, in_channels=1, stem_channels=8, base_channels=16), 64),
    ('ResNet', dict(depth=18, avg_down=True, frozen_stages=1, norm_eval=True, **NARROW), 69),
    ('ResNet', dict(depth=18, frozen_stages=2, **NARROW), 64),
    ('ResNet', dict(depth=18, norm_cfg=dict(type='GN', num_groups=2), **NARROW), 64),
    ('ResNet', dict(depth=50, with_cp=True, norm_cfg=dict(type='BN', requires_grad=False, eps=1e-3), **NARROW), 64),
    ('ResNetV1c', dict(depth=50, **NARROW), 64),
    ('ResNetV1d', dict(depth=50, **NARROW), 67),
    ('ResNet_CIFAR', dict(depth=34, **NARROW), 32),
    ('ResNeXt', dict(depth=50, groups=4, width_per_group=2, **NARROW), 64),
]


def case(kinds, name, options, size):
    net = kinds[name](**options).double()
    state = [[key, list(tensor.shape)] for key, tensor in net.state_dict().items()]
    channels = options.get('in_channels', 3)
    x = torch.from_numpy(uniform(1 << 20, 2 * channels * size * size)).reshape(2, channels, size, size)
    fill(net)
    net.eval()
    with torch.no_grad():
        evaluated = [brief(y) for y in net(x)]
    fill(net)
    net.train()
    # Checkpointed blocks want an input with a gradient, and move running statistics twice: the first pass counts.
    outputs = net(x.clone().requires_grad_() if options.get('with_cp') else x)
    statistics = torch.cat([b.flatten() for b in net.buffers() if b.is_floating_point()] or [torch.zeros(1)]).clone()
    loss = sum((y * y).mean() for y in outputs)
    loss.backward()
    wanted = [p for p in net.parameters() if p.requires_grad]
    norm = torch.cat([p.grad.flatten() for p in wanted]).norm().item()
    return dict(type=name, options=options, size=size, state=state, eval=evaluated,
                train=[brief(y.detach()) for y in outputs], loss_train=loss.item(), grad_norm=norm,
                trained=len(wanted), statistics=brief(statistics))


if __name__ == '__main__':
    torch.set_num_threads(1)
    found = backbones()
    print('[' + ',\n'.join(json.dumps(case(found, *each), separators=(',', ':')) for each in CASES) + ']')
