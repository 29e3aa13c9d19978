"""What may be imported alone, and what the documentation names; lint-imports has the layers."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.spiders.running import ROOT


@pytest.mark.parametrize("room", ["shio_scraper", "shio_scraper.bulk.work"])
def test_reading_needs_no_scrapy(room: str) -> None:
    """Parsers are pure; a worker of an extraction starts in half the time without Scrapy."""
    code = (
        f"import sys, {room};"
        "sys.exit(', '.join({m.partition('.')[0] for m in sys.modules} & {'scrapy', 'twisted'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False
    )
    assert done.stderr.strip() == ""


def test_what_the_architecture_says_to_open_is_there() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("|") and "`" in line]
    named = {name for row in rows for name in re.findall(r"`([\w/]+(?:\.py|/))`", row)}
    assert len(named) > 30
    lost = [
        name
        for name in named
        if not ((ROOT / "shio_scraper" / name).exists() or (ROOT / name).exists())
    ]
    assert not lost
