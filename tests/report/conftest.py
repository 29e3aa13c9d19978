"""One browser for all tests of the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.dataset.making import day, made
from tests.pipelines.samples import reject
from tests.report.browsing import chromium
from tests.report.reporting import (
    article,
    hostile_records,
    run_of,
    status,
    summary_of_dataset,
    taken,
    written,
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium. While it is open, Playwright's event loop runs: nobody else's can."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a dataset that has everything a page can show."""
    data = tmp_path_factory.mktemp("full")
    many = [article(n, title=f"Story {n}", source=f"Paper {n % 9}") for n in range(10, 130)]
    rows = [status(n, latest_date=None if n % 2 else day(-n).date()) for n in range(200, 240)]
    others = [made(kind, day(0)) for kind in ("faq", "event", "press_conference")]
    old = [*many, *rows, *others, article(1), article(2)]
    runs = [
        run_of(data, 0, old),
        run_of(data, 1, old[:-1]),
        run_of(data, 2, [*old[:-2], *hostile_records(), reject()]),
    ]
    taken(data, *runs)
    return written(summary_of_dataset(data), data / "report.html")
