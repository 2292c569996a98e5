"""Writes tta_scores.json: scores of mmpretrain 1.2 with test-time augmentation, by average_cls_score_tta_test.cpp.

Run it with a Python that has mmpretrain:  python make_tta_scores.py > tta_scores.json

Weights and pixels are the fill `hash` of tests/golden/README.md.
"""
import json
import sys

out, sys.stdout = sys.stdout, sys.stderr  # what libraries print is no JSON

import mmpretrain.datasets  # noqa: F401
import mmpretrain.models  # noqa: F401
import torch
from mmcv.transforms import TestTimeAug
from mmengine.dataset import pseudo_collate
from mmengine.registry import DefaultScope
from mmpretrain.registry import MODELS

sys.path.insert(0, __file__.rsplit('/', 1)[0])
from make_resnet_variants import fill, uniform  # noqa: E402

MODEL = dict(
    type='ImageClassifier',
    data_preprocessor=dict(mean=[120, 110, 100], std=[60, 50, 40]),
    backbone=dict(type='ResNet_CIFAR', depth=18, stem_channels=8, base_channels=8),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(type='LinearClsHead', num_classes=5, in_channels=64))
TRANSFORMS = [[dict(type='CenterCrop', crop_size=32), dict(type='CenterCrop', crop_size=24)],
              [dict(type='RandomFlip', prob=0.0), dict(type='RandomFlip', prob=1.0)], [dict(type='PackInputs')]]
SAMPLES, SIZE = 3, 40


def main():
    DefaultScope.get_instance('tta', scope_name='mmpretrain')
    pixels = (uniform(1 << 20, SAMPLES * SIZE * SIZE * 3).reshape(SAMPLES, SIZE, SIZE, 3) + 1) * 127.5
    text = json.dumps(dict(model=MODEL, transforms=TRANSFORMS, samples=SAMPLES, size=SIZE))
    views = TestTimeAug(json.loads(text)['transforms'])
    data = pseudo_collate([views(dict(img=image.astype('uint8'), gt_label=i)) for i, image in enumerate(pixels)])
    net = MODELS.build(json.loads(text)['model'])
    fill(net)
    with torch.no_grad():
        net.head.fc.weight.mul_(0.05)  # scores that differ
    net.eval()
    tta = MODELS.build(dict(type='AverageClsScoreTTA', module=net))
    with torch.no_grad():
        merged = tta.test_step(data)
    print(json.dumps(dict(json.loads(text), scores=[each.pred_score.tolist() for each in merged]), indent=1), file=out)


main()
