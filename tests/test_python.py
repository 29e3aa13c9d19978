"""The examples of docs/python.md run, and print what the page shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[1] / "docs" / "python.md").read_text(encoding="utf-8")
CODE = "\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))


def test_the_examples_run(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(CODE, "docs/python.md", "exec"), {})  # noqa: S102  (our own page)
    (shown,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    assert shown in capsys.readouterr().out
