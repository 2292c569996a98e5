#!/usr/bin/env python3
"""Writes masks.json: what pycocotools makes of some masks and polygons.

    python3 tests/structures/make_masks.py > tests/structures/masks.json      # pip install pycocotools numpy

A bitmap is given as strings of 0 and 1, a row each. `boxes` are x, y, width, height.
"""

import json

import numpy as np
from pycocotools import mask as coco


def bitmaps(rng):
    yield np.zeros((4, 5), np.uint8)
    yield np.ones((4, 5), np.uint8)
    yield np.zeros((1, 1), np.uint8)
    yield np.array([[1]], np.uint8)
    for height, width, share in [(6, 7, 0.5), (1, 9, 0.5), (9, 1, 0.5), (13, 11, 0.05), (13, 11, 0.95), (40, 30, 0.5)]:
        yield (rng.random((height, width)) < share).astype(np.uint8)
    disc = np.hypot(*np.mgrid[-20:21, -25:26]) < 18
    yield disc.astype(np.uint8)
    bar = np.zeros((70, 40), np.uint8)
    bar[1:69, 2:38] = 1
    yield bar


def polygons(rng):
    """Height, width, and the polygons of one mask."""
    yield 10, 12, [[2, 3, 8, 3, 8, 7, 2, 7]]
    yield 10, 12, [[0, 0, 12, 0, 12, 10, 0, 10]]
    yield 10, 12, [[-5, -5, 20, 4.5, -3, 14.25]]
    yield 10, 12, [[1.5, 1.5, 4.25, 1.75, 2.5, 6.5], [3.0, 3.0, 10.5, 3.5, 9.0, 9.0]]
    yield 10, 12, [[20, 20, 30, 20, 30, 30]]
    yield 30, 40, [[10.2, 5.1, 30.7, 8.9, 12.4, 20.6, 28.3, 25.5]]  # crosses itself
    for _ in range(12):
        height, width = rng.integers(5, 50, 2).tolist()
        parts = []
        for _ in range(rng.integers(1, 4)):
            points = rng.random((rng.integers(3, 9), 2)) * [width * 1.4, height * 1.4] - [width * 0.2, height * 0.2]
            parts.append(np.round(points, 2).ravel().tolist())
        yield height, width, parts


def rows(bitmap):
    return ["".join(map(str, row)) for row in bitmap.tolist()]


def described(rle):
    return {
        "compressed": rle["counts"].decode(),
        "area": int(coco.area(rle)),
        "box": [int(x) for x in coco.toBbox(rle)],
    }


def main():
    rng = np.random.default_rng(0)
    masks = []
    for bitmap in bitmaps(rng):
        rle = coco.encode(np.asfortranarray(bitmap))
        flat = bitmap.T.ravel()
        edges = np.flatnonzero(np.diff(np.concatenate([[0], flat])))
        counts = np.diff(np.concatenate([[0], edges, [flat.size]])).tolist()
        masks.append({"rows": rows(bitmap), "counts": counts, **described(rle)})
    filled = []
    for height, width, parts in polygons(rng):
        rle = coco.merge(coco.frPyObjects(parts, height, width))
        filled.append({"height": height, "width": width, "polygons": parts, **described(rle)})
    blocks = [f'"{name}": [\n' + ",\n".join(map(json.dumps, items)) + "\n]"
              for name, items in [("masks", masks), ("polygons", filled)]]
    print("{" + ",\n".join(blocks) + "}")


if __name__ == "__main__":
    main()
