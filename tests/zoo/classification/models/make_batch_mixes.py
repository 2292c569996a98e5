"""Writes batch_mixes.json: what mmpretrain 1.2's Mixup, CutMix and ResizeMix make of a batch, by batch_augments_test.cpp.

Run it with a Python that has mmpretrain:  python make_batch_mixes.py > batch_mixes.json

The draws are given: lam of the beta distribution, the order of the rows, and the middle of the patch.
"""
import json
from unittest import mock

import numpy as np
import torch
from mmpretrain.models.utils.batch_augments import CutMix, Mixup, ResizeMix

HEIGHT, WIDTH, CLASSES = 5, 6, 3


def case(cls, lam, order, middle, **options):
    size = (len(order), 1, HEIGHT, WIDTH)
    images = torch.arange(np.prod(size), dtype=torch.float64).reshape(size).sin()
    scores = torch.nn.functional.one_hot(torch.arange(len(order)) % CLASSES, CLASSES)
    draws = iter(middle)
    with mock.patch('numpy.random.beta', lambda a, b: lam), \
            mock.patch('torch.randperm', lambda n: torch.tensor(order)), \
            mock.patch('numpy.random.randint', lambda low, high, size=None: next(draws)):
        mixed, mixed_scores = cls(alpha=1.0, **options)(images.clone(), scores)
    return dict(type=cls.__name__, options=options, lam=lam, order=order, middle=middle,
                images=[round(x, 7) for x in mixed.flatten().tolist()], scores=[round(x, 7) for x in mixed_scores.flatten().tolist()])


def main():
    cases = [case(Mixup, lam, [2, 0, 1], []) for lam in (0.0, 0.3, 1.0)]
    for cls in (CutMix, ResizeMix):
        for lam, middle in ((0.3, [2, 3]), (0.7, [0, 5]), (0.05, [4, 1])):
            for options in ({}, dict(correct_lam=False)):
                cases.append(case(cls, lam, [1, 2, 0], middle, **options))
    cases.append(case(ResizeMix, 0.4, [1, 2, 0], [2, 3], interpolation='bicubic', lam_min=0.2, lam_max=0.5))
    print(json.dumps(dict(height=HEIGHT, width=WIDTH, classes=CLASSES, cases=cases)))


main()
