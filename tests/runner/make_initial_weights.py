#!/usr/bin/env python3
"""Writes initial_weights.json: where a network begins under MMEngine's loops after a seed.

    make_initial_weights.py > initial_weights.json      (torch 2.13)

MMEngine's Runner builds the model, then the train loop, then calls init_weights. Its iteration loop makes the iterator
of its loader when it is built, and an iterator of PyTorch takes one number of the default generator; its epoch loop
makes iterators only when it runs. This is that order, by PyTorch alone. An entry is {seed, by_epoch, bias, weight}: a
linear layer of 4 to 3 as it is made, whose weight is then drawn from a normal of deviation 0.01.
"""
import json

import torch


def weights_of(seed, by_epoch):
    torch.manual_seed(seed)
    layer = torch.nn.Linear(4, 3)
    if not by_epoch:
        iter(torch.utils.data.DataLoader([0, 1, 2]))
    torch.nn.init.normal_(layer.weight, 0, 0.01)
    return {'seed': seed, 'by_epoch': by_epoch, 'bias': layer.bias.tolist(), 'weight': layer.weight.flatten().tolist()}


print('[\n' + ',\n'.join(json.dumps(weights_of(seed, by_epoch)) for seed in (0, 42) for by_epoch in (True, False)) + '\n]')
