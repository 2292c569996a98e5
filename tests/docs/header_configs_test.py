#!/usr/bin/env python3
"""The configs that comments of headers show can be read, and have only keys that their components have."""

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("MILLRACE_BUILD", ROOT / "build")).resolve()
CONFIGS = BUILD / "docs/headers/configs.py"


def run(*words):
    done = subprocess.run([str(BUILD / "bin/millrace"), *words], text=True, capture_output=True)
    if done.returncode != 0:
        sys.exit(f"millrace {' '.join(words)}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


# Keys whose dict has a 'type' that is a choice, not a component.
CHOICES = {"on_trace_ready"}


def dicts_in(value):
    if isinstance(value, dict):
        yield value
        value = [part for key, part in value.items() if key not in CHOICES]
    for part in value if isinstance(value, list) else []:
        yield from dicts_in(part)


def main():
    components = [json.loads(line) for line in run("list", "--json").splitlines()]
    keys = {}
    for component in components:
        keys.setdefault(component["name"], {"type"}).update(key["key"] for key in component["keys"])
    config = json.loads(run("config", "print", str(CONFIGS), "--json"))
    mistakes, checked = [], 0
    for example, value in config.items():
        for part in dicts_in(value):
            if "type" not in part:
                continue
            checked += 1
            name = part["type"]
            if name not in keys:
                mistakes.append(f"{example}: there is no component {name}")
                continue
            mistakes += [f"{example}: {name} has no key '{key}'" for key in part if key not in keys[name]]
    if checked < 10:
        mistakes.append(f"only {checked} components in {CONFIGS}")
    print("\n".join(mistakes) or f"{checked} components")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
