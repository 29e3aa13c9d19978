"""Where a new store is, by backend; `tests/services` has Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=["memory", "file"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where a new store is."""
    return "memory" if request.param == "memory" else str(tmp_path / "frontier.db")


@pytest.fixture
def durable(tmp_path: Path) -> str:
    """Return where a new store is that outlives the process."""
    return str(tmp_path / "frontier.db")
