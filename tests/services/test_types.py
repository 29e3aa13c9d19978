"""The examples of docs/python.md pass the type checkers of those who use the package."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.spiders.running import must_have
from tests.test_python import CODE


@pytest.mark.parametrize("checker", [("mypy", "--strict"), ("pyright",)])
def test_the_examples_have_types(tmp_path: Path, checker: tuple[str, ...]) -> None:
    """A user's checker knows our types, since the package says that it has them."""
    must_have(f"{checker[0]} is not installed", there=find_spec(checker[0]) is not None)
    file = tmp_path / "example.py"
    file.write_text(CODE + "\nreveal_type(article.paragraphs)\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", *checker, str(file)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"list\[(builtins\.)?str\]", done.stdout), done.stdout
