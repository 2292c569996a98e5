#!/usr/bin/env python3
"""tools/lint finds what is drawn in an order that C++ leaves open, and lets alone what has an order."""
import importlib.machinery
import importlib.util
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LOADER = importlib.machinery.SourceFileLoader("lint", str(ROOT / "tools/lint"))
lint = importlib.util.module_from_spec(importlib.util.spec_from_loader("lint", LOADER))
LOADER.exec_module(lint)

OPEN = [
    "auto net = torch::nn::Sequential(nn::Linear(1, 2), nn::ReLU(), nn::Linear(2, 1));",
    "nn::Sequential net(nn::Conv2d(nn::Conv2dOptions(1, 6, 5)),\n  nn::Conv2d(6, 1, 5));",
    "place(rng.integer(0, 3), rng.integer(0, 3));",
    "place({rng.integer(0, 3)}, 2 + rng.integer(0, 3));",
    "const double x = rng.uniform() - rng.uniform();",
    "stages.emplace_back(register_module(\"a\", conv), register_module(\"b\", norm));",
]
ORDERED = [
    "nn::Sequential net{nn::Linear(1, 2), nn::ReLU(), nn::Linear(2, 1)};",
    "register_module(\"body\", nn::Sequential{nn::Linear(1, 2), nn::Linear(2, 1)});",
    "stages.push_back({register_module(\"a\", conv), register_module(\"b\", norm)});",
    "const int64_t x = rng.integer(0, 3), y = rng.integer(0, 3);",
    "if (rng.uniform() < 0.5 && rng.uniform() < 0.5) flip();",
    "const double x = rng.uniform() < 0.5 ? rng.uniform() : 0;",
    "place(rng.integer(0, rng.integer(1, 3)));",
    "run([&] { return rng.uniform(); }, [&] { return rng.uniform(); });",
    "Net() : a(register_module(\"a\", nn::Linear(1, 2))), b(register_module(\"b\", nn::Linear(2, 1))) {}",
    "// place(rng.integer(0, 3), rng.integer(0, 3));",
]

for text in OPEN:
    assert lint.Draws(text).found, f"not found: {text}"
for text in ORDERED:
    assert not lint.Draws(text).found, f"found where there is an order: {text}"
