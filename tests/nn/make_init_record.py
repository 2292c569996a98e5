"""Writes init_record.json: which initializer MMEngine 0.10 names for each parameter, by tests/nn/init_record_test.cpp.

Run it with a Python that has MMEngine:  python make_init_record.py > init_record.json
"""
import json

import torch
from mmengine.model import BaseModule

CASES = {
    'override_by_name': dict(
        type='Constant', layer='Conv2d', val=2, bias=3, override=dict(name='head')),
    'override_of_another_type': dict(
        type='Normal', layer=['Conv2d', 'Linear'], std=0.01, override=dict(type='Constant', name='head', val=5, bias=6)),
    'override_without_layer': dict(
        type='Xavier', distribution='uniform', override=dict(type='Kaiming', name='body', mode='fan_in')),
    'two_overrides': dict(
        type='Uniform', a=1, b=2, layer='Linear',
        override=[dict(name='body'), dict(type='TruncNormal', name='head', std=0.5, bias_prob=0.25)]),
    'a_list': [
        dict(type='Caffe2Xavier', layer='_ConvNd'),
        dict(type='Constant', layer='_BatchNorm', val=4, bias=1),
        dict(type='Constant', layer='Linear', val=0.5)],
    'nothing': None,
}
PART = dict(type='Constant', layer='Linear', val=7, bias=8)


class Head(BaseModule):
    def __init__(self, init_cfg):
        super().__init__(init_cfg)
        self.fc = torch.nn.Linear(3, 2)
        self.out = torch.nn.Linear(2, 2)


class Net(BaseModule):
    def __init__(self, init_cfg, part):
        super().__init__(init_cfg)
        self.body = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3), torch.nn.Conv2d(3, 3, 1))
        self.bn = torch.nn.BatchNorm2d(3)
        self.head = Head(part)
        self._net = True

    def _dump_init_info(self):
        if hasattr(self, '_net'):
            self.record = {name: self._params_init_info[param]['init_info'] for name, param in self.named_parameters()}


def main():
    torch.manual_seed(0)
    cases = []
    for name, init_cfg in CASES.items():
        for part in (None, PART):
            net = Net(init_cfg, part)
            net.init_weights()
            values = {}
            for key, param in net.named_parameters():
                low, high = float(param.min()), float(param.max())
                values[key] = low if low == high else None  # what is drawn differs
            cases.append(dict(name=name + ('_and_part' if part else ''), init_cfg=init_cfg, part=part,
                              record={key: text.strip() for key, text in net.record.items()}, values=values))
    print(json.dumps(cases, indent=1))


main()
