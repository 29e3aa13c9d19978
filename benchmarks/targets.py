"""Prints figures beside their targets, and writes them to a file for ``python -m benchmarks``."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

KEPT: Final = "SHIO_BENCHMARK_FIGURES"
"""The environment variable with the file that gets a line of JSON for each figure."""


def at_least(what: str, figure: float, target: float) -> bool:
    """Print a figure that must not be smaller than ``target``. Tell whether it is met."""
    return _tell(what, figure, "at least", target, met=figure >= target)


def at_most(what: str, figure: float, target: float) -> bool:
    """Print a figure that must not be larger than ``target``. Tell whether it is met."""
    return _tell(what, figure, "at most", target, met=figure <= target)


def keep(what: str, figure: float, bound: str, target: float, *, met: bool) -> None:
    """Write a figure for the table of all benchmarks."""
    if path := os.environ.get(KEPT):
        line = {"what": what, "figure": figure, "bound": bound, "target": target, "met": met}
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def _tell(what: str, figure: float, bound: str, target: float, *, met: bool) -> bool:
    print(f"{what}: {figure:.2f}, {bound} {target:g}: {'met' if met else 'MISSED'}", flush=True)
    keep(what, figure, bound, target, met=met)
    return met
