#!/usr/bin/env python3
"""Reads configs with MMEngine and writes the tree of each as JSON that keeps what plain JSON loses.

    mmengine_trees.py FILE.py ...      writes FILE.tree beside each: keys sorted, no blanks; a tuple is {"(tuple)": [...]},
                                       a set {"(set)": sorted [...]}, a key that is no string {"(key)": ...} as text
"""

import json
import sys

from mmengine.config import Config


def tagged(value):
    if isinstance(value, dict):
        return {key if isinstance(key, str) else f"(key) {key!r}": tagged(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return {"(tuple)": [tagged(item) for item in value]}
    if isinstance(value, list):
        return [tagged(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return {"(set)": sorted((tagged(item) for item in value), key=json.dumps)}
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return {"(float)": repr(value)}
    return value


for path in sys.argv[1:]:
    tree = Config.fromfile(path, import_custom_modules=False)._cfg_dict.to_dict()
    text = json.dumps(tagged(tree), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    with open(path.removesuffix(".py") + ".tree", "w", encoding="utf-8") as file:
        file.write(text + "\n")
