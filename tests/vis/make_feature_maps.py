"""Writes feature_maps.json: what MMEngine's Visualizer.draw_featmap makes of some maps. Needs MMEngine and OpenCV."""
import json
import pathlib

import numpy as np
import torch
from mmengine.visualization import Visualizer

two = torch.arange(24).float().view(2, 3, 4) * 7 % 13
three = torch.cat([two, two[:1] * 2])
grey = np.full((3, 4, 3), 100, np.uint8)
wide = np.full((6, 8, 3), 100, np.uint8)
signed = torch.tensor([[[-1.5, 0.25, 3.0], [0.7, -0.1, 2.2]]])
flat = torch.ones(1, 2, 2)

CASES = {
    "mean": (two, {}),
    "select_max": (two, dict(channel_reduction="select_max")),
    "resized": (two, dict(resize_shape=(2, 2))),
    "overlaid": (two, dict(overlaid_image=grey, alpha=0.25)),
    "overlaid_larger": (two, dict(overlaid_image=wide, alpha=0.25)),
    "overlaid_resized": (two, dict(overlaid_image=wide, alpha=0.5, resize_shape=(3, 4))),
    "three_channels": (three, dict(channel_reduction=None, topk=-1)),
    "one_channel": (signed, dict(channel_reduction=None, topk=0)),
    "flat": (flat, {}),
}

if __name__ == "__main__":
    cases = [{"name": name, "map": map.tolist(), "image": Visualizer.draw_featmap(map, **keys).tolist()}
             for name, (map, keys) in CASES.items()]
    pathlib.Path(__file__).with_name("feature_maps.json").write_text(json.dumps(cases) + "\n")
