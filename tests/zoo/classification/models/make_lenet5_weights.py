#!/usr/bin/env python3
"""Writes lenet5_weights.json: the weights with which mmpretrain's LeNet5 begins after torch.manual_seed.

    make_lenet5_weights.py > lenet5_weights.json      (torch 2.13)

mmpretrain leaves its layers as PyTorch makes them, one after the other. An entry is {seed, params: [[name, the first
three values, the sum in float64], …]}.
"""
import json

import torch
from torch import nn


class LeNet5(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
            nn.Conv2d(16, 120, 5), nn.Tanh())
        self.classifier = nn.Sequential(nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, classes))


def weights_of(seed):
    torch.manual_seed(seed)
    params = [[name, each.flatten()[:3].tolist(), each.double().sum().item()] for name, each in LeNet5().named_parameters()]
    return {'seed': seed, 'params': params}


print('[\n' + ',\n'.join(json.dumps(weights_of(seed)) for seed in (0, 1234)) + '\n]')
