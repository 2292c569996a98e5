"""Makes param_groups.json: the groups that MMEngine's constructors make of made-up networks.

    python make_param_groups.py > param_groups.json

Needs MMEngine 0.10, mmcv, mmpretrain 1.2, mmsegmentation 1.2 and mmpose 1.3 on PyTorch. The file is {networks, cases}. A
network is a list of [path, type, params], its params are [name, shape, trainable]. A case is {constructor, optimizer,
paramwise_cfg, network, groups}; the groups are those of the optimizer in its order: [names, lr, weight_decay].
"""
import contextlib
import json
import random
import sys

import torch
from torch import nn

from mmcv.ops import ModulatedDeformConv2dPack
from mmengine.optim import DefaultOptimWrapperConstructor
from mmpose.engine import ForceDefaultOptimWrapperConstructor, LayerDecayOptimWrapperConstructor
from mmpretrain.engine import LearningRateDecayOptimWrapperConstructor
from mmpretrain.models import ConvNeXt, MixMIMTransformer, ResNet, SwinTransformer, VisionTransformer
from mmseg.engine import LayerDecayOptimizerConstructor, LearningRateDecayOptimizerConstructor


def tree(**children):
    module = nn.Module()
    for name, child in children.items():
        setattr(module, name, child)
    return module


def param(*shape):
    return nn.Parameter(torch.zeros(*shape))


def block():
    return tree(ln1=nn.LayerNorm(4), attn=tree(qkv=nn.Linear(4, 12), gamma=param(4)), ffn=nn.Linear(4, 4))


def named(name, module, bases=(nn.Module,), **attributes):
    """The module under another class name, with attributes that are no modules."""
    made = type(name, bases, attributes)()
    for key, child in list(module.named_children()) + list(module._parameters.items()):
        setattr(made, key, child)
    return made


def network(backbone):
    model = tree(backbone=backbone, neck=nn.Linear(4, 4), head=tree(fc=nn.Linear(4, 3), norm=nn.BatchNorm1d(3)))
    if hasattr(backbone, 'get_layer_depth'):
        model.get_layer_depth = lambda name: backbone.get_layer_depth(name, 'backbone.')
    return model


def vit(name, layers):
    parts = tree(cls_token=param(1, 1, 4), pos_embed=param(1, 5, 4), mask_token=param(1, 1, 4),
                 patch_embed=tree(projection=nn.Conv2d(3, 4, 2)), layers=nn.ModuleList([block() for _ in range(layers)]),
                 ln2=nn.LayerNorm(4))
    return named(name, parts, get_layer_depth=VisionTransformer.get_layer_depth, num_layers=layers)


def swin(depths, last_norm=True):
    stages = nn.ModuleList()
    for i, depth in enumerate(depths):
        stage = tree(blocks=nn.ModuleList([block() for _ in range(depth)]))
        if i + 1 < len(depths):
            stage.downsample = tree(reduction=nn.Linear(4, 4, bias=False), norm=nn.LayerNorm(4))
        stages.append(stage)
    return stages


def convnext(depths):
    parts = tree(downsample_layers=nn.ModuleList([nn.Conv2d(3, 4, 2) for _ in depths]),
                 stages=nn.ModuleList([nn.Sequential(*[tree(norm=nn.LayerNorm(4), gamma=param(4), fc=nn.Linear(4, 4, bias=False)) for _ in range(d)]) for d in depths]), norm3=nn.LayerNorm(4))
    return named('ConvNeXt', parts, get_layer_depth=ConvNeXt.get_layer_depth, depths=depths)


def resnet(depths):
    parts = tree(conv1=nn.Conv2d(3, 4, 3, bias=False), bn1=nn.BatchNorm2d(4),
                 **{f'layer{i + 1}': nn.Sequential(*[nn.Conv2d(4, 4, 1, bias=False) for _ in range(d)])
                    for i, d in enumerate(depths)})
    return named('ResNet', parts, get_layer_depth=ResNet.get_layer_depth, stage_blocks=depths)


def mixed():
    model = tree(stem=nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU()),
                 backbone=tree(conv=nn.Conv2d(4, 4, 1, bias=False), dw=nn.Conv2d(4, 4, 3, groups=4),
                               one=nn.Conv2d(1, 2, 3), dw1=nn.Conv1d(4, 4, 3, groups=4), up=nn.ConvTranspose2d(4, 4, 2, groups=4),
                               dcn=ModulatedDeformConv2dPack(4, 4, 3), ln=nn.LayerNorm(4), gn=nn.GroupNorm(2, 4),
                               inorm=nn.InstanceNorm2d(4, affine=True), conv_offset=nn.Conv2d(4, 4, 1),
                               frozen=nn.Linear(2, 2)),
                 head=tree(fc=nn.Linear(4, 3), embed=nn.Embedding(3, 4), temperature=param(1)))
    model.scale = param(1)
    model.register_parameter('bias', param(2))
    for one in model.backbone.frozen.parameters():
        one.requires_grad = False
    return model


def described(model):
    return [[path, type(module).__name__,
             [[name, list(p.shape), p.requires_grad] for name, p in module.named_parameters(recurse=False)]]
            for path, module in model.named_modules()]


NETWORKS = {}


def case(constructor, paramwise, model, **optimizer):
    optimizer = {'type': 'AdamW', 'lr': 0.5, **optimizer}
    cfg = {'optimizer': dict(optimizer)}
    with contextlib.redirect_stdout(sys.stderr):
        made = constructor(cfg, json.loads(json.dumps(paramwise)))(model)
    made = getattr(made, 'optimizer', made)
    text = described(model)
    NETWORKS.setdefault(json.dumps(text), len(NETWORKS))
    names = {id(p): name for name, p in model.named_parameters()}
    groups = [[[names[id(p)] for p in g['params']], g['lr'], g['weight_decay']] for g in made.param_groups]
    return dict(constructor=constructor.__name__, optimizer=optimizer, paramwise_cfg=paramwise, network=NETWORKS[json.dumps(text)],
                groups=groups)


def rules(rng):
    """Some of the rules at random, with factors that tell which one held."""
    factors = dict(bias_lr_mult=2.0, bias_decay_mult=0.5, norm_decay_mult=0.25, dwconv_decay_mult=0.125,
                   flat_decay_mult=0.0625, dcn_offset_lr_mult=0.75)
    keys = {'backbone': dict(lr_mult=0.1), 'dw': dict(decay_mult=0.0), '.ln': dict(lr_mult=3.0, decay_mult=3.0),
            'dcn.conv_offset': dict(lr=7.0), '.bias': dict(decay_mult=0.0), 'head.fc': dict(lr_mult=10.0, betas=[0.5, 0.6]),
            'heed': dict(lr_mult=2.0), '.scale': dict(weight_decay=0.3), 'gn': dict(lr_mult=5.0), 'ln': dict(lr_mult=6.0)}
    chosen = {key: value for key, value in factors.items() if rng.random() < 0.6}
    custom = {key: value for key, value in keys.items() if rng.random() < 0.35}
    return dict(chosen, custom_keys=custom) if custom else chosen


def main():
    rng = random.Random(16)
    cases = []
    for _ in range(12):
        cases.append(case(DefaultOptimWrapperConstructor, rules(rng), mixed(), weight_decay=0.25))
    cases.append(case(DefaultOptimWrapperConstructor, dict(bias_lr_mult=2.0, flat_decay_mult=0.0), mixed()))
    for force in (False, True, True, True):
        cases.append(case(ForceDefaultOptimWrapperConstructor, dict(rules(rng), force_default_settings=force), mixed(),
                          weight_decay=0.25))
    beit = {'.ln': dict(decay_mult=0.0), '.bias': dict(decay_mult=0.0), '.cls_token': dict(decay_mult=0.0),
            '.pos_embed': dict(decay_mult=0.0), '.gamma': dict(decay_mult=0.0)}
    for rate, paramwise, backbone in (
            (0.65, dict(custom_keys=beit), vit('VisionTransformer', 12)),
            (2.0, dict(bias_decay_mult=0.0, norm_decay_mult=0.5), vit('BEiTViT', 2)),
            (0.9, dict(flat_decay_mult=0.0, custom_keys={'.absolute_pos_embed': dict(decay_mult=0.0)}),
             named('SwinTransformer', tree(patch_embed=nn.Conv2d(3, 4, 2), stages=swin([2, 2, 6, 2]), norm3=nn.LayerNorm(4)),
                   get_layer_depth=SwinTransformer.get_layer_depth, depths=[2, 2, 6, 2])),
            (0.7, dict(bias_decay_mult=0.0),
             named('MixMIMTransformer',
                   tree(patch_embed=nn.Conv2d(3, 4, 2), absolute_pos_embed=param(1, 5, 4), layers=swin([2, 2, 3, 2]),
                        norm=nn.LayerNorm(4)),
                   get_layer_depth=MixMIMTransformer.get_layer_depth, depths=[2, 2, 3, 2])),
            (0.7, dict(), convnext([3, 3, 9, 3])), (0.7, dict(), convnext([3, 3, 27, 3])),
            (0.7, dict(norm_decay_mult=0.0), resnet([3, 4, 6, 3])), (0.7, dict(), resnet([3, 4, 23, 3])),
            (0.8, dict(), resnet([3, 8, 36, 3])), (0.8, dict(), resnet([3, 24, 36, 3])), (0.8, dict(), resnet([3, 30, 48, 8]))):
        cases.append(case(LearningRateDecayOptimWrapperConstructor, dict(paramwise, layer_decay_rate=rate),
                          network(backbone), weight_decay=0.25))
    cases.append(case(LearningRateDecayOptimizerConstructor, dict(num_layers=6, decay_rate=0.8, decay_type='stage_wise'),
                      network(convnext([3, 3, 9, 3])), weight_decay=0.25))
    cases.append(case(LearningRateDecayOptimizerConstructor, dict(num_layers=12, decay_rate=0.8, decay_type='layer_wise'),
                      network(convnext([3, 3, 27, 3])), weight_decay=0.25))
    cases.append(case(LearningRateDecayOptimizerConstructor, dict(num_layers=6, decay_rate=0.8),
                      network(convnext([3, 3, 9, 3])), weight_decay=0.25))
    cases.append(case(LearningRateDecayOptimizerConstructor, dict(num_layers=4, decay_rate=0.65), network(vit('MAE', 4)),
                      weight_decay=0.25))
    cases.append(case(LayerDecayOptimizerConstructor, dict(num_layers=4, layer_decay_rate=0.9), network(vit('BEiT', 4)),
                      weight_decay=0.25))
    cases.append(case(LayerDecayOptimWrapperConstructor, dict(num_layers=4, layer_decay_rate=0.75),
                      network(vit('VisionTransformer', 4)), weight_decay=0.25))
    lines = [',\n'.join(json.dumps(one, separators=(',', ':')) for one in many)
             for many in (map(json.loads, NETWORKS), cases)]
    sys.stdout.write('{"networks": [\n%s\n],\n"cases": [\n%s\n]}\n' % tuple(lines))


main()
