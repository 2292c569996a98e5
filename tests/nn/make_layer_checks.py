#!/usr/bin/env python3
"""Writes layer_checks.json: what PyTorch's layers refuse, case by case.

    make_layer_checks.py > layer_checks.json      (torch 2.13)

A case is {layer, args, kwargs, shape, training, refuses: where PyTorch raises: "layer" (when it is made), "call" or
null}. Inputs are ones; those of Embedding are the integers in `shape` themselves.
"""
import json
import sys

import torch


def case(layer, args, shape, training=True, **kwargs):
    refuses = None
    try:
        module = getattr(torch.nn, layer)(*args, **kwargs).train(training)
        try:
            module(torch.tensor(shape) if layer == 'Embedding' else torch.ones(shape))
        except (ValueError, RuntimeError, IndexError, NotImplementedError):
            refuses = 'call'
    except (ValueError, RuntimeError, AssertionError):
        refuses = 'layer'
    return {'layer': layer, 'args': args, 'kwargs': kwargs, 'shape': shape, 'training': training, 'refuses': refuses}


def cases():
    norms = {'BatchNorm1d': ([1, 4], [2, 4], [1, 4, 1], [1, 4, 2], [2, 4, 1], [2, 3], [4], [2, 4, 1, 1]),
             'BatchNorm2d': ([1, 4, 1, 1], [2, 4, 1, 1], [1, 4, 1, 2], [1, 3, 2, 2], [4, 1, 1], [2, 4]),
             'BatchNorm3d': ([1, 4, 1, 1, 1], [2, 4, 1, 1, 1], [1, 4, 1, 1, 2], [1, 4, 1, 1])}
    for layer, shapes in norms.items():
        for shape in shapes:
            for training in (True, False):
                yield case(layer, [4], shape, training)
                yield case(layer, [4], shape, training, track_running_stats=False)
        yield case(layer, [4], shapes[1], True, eps=0.0)
        yield case(layer, [4], shapes[1], False, eps=0.0)
    for shape in ([1, 8, 1, 1], [2, 8, 1, 1], [1, 8], [1, 8, 2], [2, 8], [1, 6, 2], [8]):
        for groups in (1, 2, 8):
            for training in (True, False):
                yield case('GroupNorm', [groups, 8], shape, training)
    yield case('GroupNorm', [3, 8], [2, 8])
    for shape in ([2, 3, 8, 8], [3, 8, 8], [2, 1, 8, 8], [2, 3, 2, 8], [2, 3, 8, 2], [2, 3, 8], [8, 8], [2, 3, 8, 8, 8]):
        yield case('Conv2d', [3, 4, 3], shape)
        yield case('Conv2d', [3, 4, 3], shape, padding=1)
        yield case('Conv2d', [3, 4, 3], shape, dilation=4)
        yield case('ConvTranspose2d', [3, 4, 3], shape)
    yield case('Conv2d', [3, 4, 3], [2, 3, 8, 8], groups=2)
    yield case('Conv2d', [4, 3, 3], [2, 4, 8, 8], groups=2)
    yield case('Conv2d', [3, 4, 3], [2, 3, 8, 8], groups=0)
    yield case('Conv2d', [3, 4, 3], [2, 3, 8, 8], stride=0)
    yield case('Conv2d', [3, 4, 3], [2, 3, 8, 8], dilation=0)
    for shape in ([2, 3, 8], [3, 8], [2, 1, 8], [2, 3, 2], [8], [2, 3, 8, 8]):
        yield case('Conv1d', [3, 4, 3], shape)
    for shape in ([2, 3, 4, 4, 4], [3, 4, 4, 4], [2, 3, 4, 2, 4], [2, 1, 4, 4, 4], [4, 4, 4]):
        yield case('Conv3d', [3, 4, 3], shape)
    for shape in ([2, 6], [6], [2, 5, 6], [2, 5], [6, 2]):
        yield case('Linear', [6, 3], shape)
        yield case('LayerNorm', [6], shape)
    for layer in ('MaxPool2d', 'AvgPool2d'):
        for shape in ([2, 3, 8, 8], [3, 8, 8], [2, 3, 2, 8], [2, 8]):
            for padding in (0, 1, 2):
                yield case(layer, [3], shape, padding=padding)
    for layer in ('MaxPool1d', 'AvgPool1d'):
        for shape in ([2, 3, 8], [3, 8], [2, 3, 2], [8]):
            for padding in (0, 1, 2):
                yield case(layer, [3], shape, padding=padding)
    for layer in ('AdaptiveAvgPool2d', 'AdaptiveMaxPool2d'):
        for shape in ([2, 3, 8, 8], [3, 8, 8], [2, 8], [2, 3, 0, 8]):
            yield case(layer, [2], shape)
        yield case(layer, [-1], [2, 3, 8, 8])
    for p in (-0.1, 0.0, 0.5, 1.0, 1.1):
        yield case('Dropout', [p], [2, 3])
        yield case('Dropout2d', [p], [2, 3, 4, 4])
    for indices in ([0, 9], [10], [-1], [[1, 2], [3, 4]]):
        yield case('Embedding', [10, 3], indices)
    for dim in (0, 1, -1, 2, -3):
        yield case('Softmax', [dim], [2, 3])
        yield case('LogSoftmax', [dim], [2, 3])
    for shape in ([2, 3, 4], [2, 4, 3], [3]):
        yield case('PReLU', [3], shape)


if __name__ == '__main__':
    print('[\n' + ',\n'.join(json.dumps(each) for each in cases()) + '\n]')
    print('torch', torch.__version__, file=sys.stderr)
