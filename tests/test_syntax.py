"""Every module is written in the syntax of the oldest Python that the package declares."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_declared_versions_read_every_module() -> None:
    oldest = int(PROJECT["requires-python"].rpartition(".")[2])
    declared = [line for line in PROJECT["classifiers"] if ":: Python :: 3." in line]
    assert declared[0].endswith(f"3.{oldest}")
    for path in (ROOT / "shio_scraper").rglob("*.py"):
        ast.parse(path.read_text(encoding="utf-8"), str(path), feature_version=(3, oldest))
