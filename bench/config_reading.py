#!/usr/bin/env python3
"""The other side of bench/config_reading.cpp: reads configs with MMEngine as they are asked for.

    config_reading.py SOURCES      each line of stdin is a path; the answer is a line with the seconds of processor time that
                                   reading it took, or -1 where MMEngine refuses it

SOURCES holds the folders mmpretrain, mmdetection, mmsegmentation, mmpose and restyled. Packages that bases name are looked for
as installed ones: a folder of stand-ins with nothing but the configs is made beside SOURCES.
"""

import os
import pathlib
import sys
import time
import warnings

sources = pathlib.Path(sys.argv[1]).resolve()
packages = sources.parent / "packages"
for module, repository in dict(mmpretrain="mmpretrain", mmdet="mmdetection", mmseg="mmsegmentation", mmpose="mmpose").items():
    (packages / module / ".mim").mkdir(parents=True)
    (packages / module / "__init__.py").write_text("")
    (packages / module / ".mim" / "model-index.yml").write_text("Import: []\n")
    os.symlink(sources / repository / "configs", packages / module / ".mim" / "configs")
    if (sources / "restyled" / module).exists():
        os.symlink(sources / "restyled" / module / "configs", packages / module / "configs")
sys.path.append(str(packages))
warnings.simplefilter("ignore")

import mmengine.config.utils  # noqa: E402 -- the packages must be in place
from mmengine.config import Config  # noqa: E402
from mmengine.logging import MMLogger  # noqa: E402

MMLogger.get_instance("mmengine", log_level="ERROR")
# It takes Python's own modules to be below /usr/lib/python, wherever this Python stands.
mmengine.config.utils.SYSTEM_PYTHON_PREFIX = sys.base_prefix
print("ready", flush=True)
for line in sys.stdin:
    begin = time.process_time()
    try:
        Config.fromfile(line.rstrip("\n"), import_custom_modules=False)
        seconds = time.process_time() - begin
    except Exception:  # noqa: BLE001 -- whatever it refuses is left out
        seconds = -1
    print(f"{seconds:.9f}", flush=True)
