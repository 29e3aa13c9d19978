"""What the tests of ``explain`` and ``verify`` share: one demo crawl."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.inspecting import copied
from tests.spiders.running import crawl_portal

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a demo crawl; not to be changed."""
    run = crawl_portal(tmp_path_factory.mktemp("crawled"), "demo")
    assert run.status == 0, run.stderr
    return run.folder / "data"


@pytest.fixture
def data(crawled: Path, tmp_path: Path) -> Path:
    """A copy of the data folder of a demo crawl."""
    return copied(crawled, tmp_path / "copy")
