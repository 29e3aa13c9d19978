"""Fuzzing by coverage: atheris changes pages so that they reach new branches of the parsers."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris

with atheris.instrument_imports(include=["shio_scraper"]):
    from quality.corpus import corpus
    from quality.fuzz import check, keep
    from quality.made_up import Made
from quality.vocabulary import ADDRESSES

_SMALL = 6_000


def guided(seconds: int) -> None:
    """Run for so long; atheris ends the process, with a status of its own where it found one."""
    with TemporaryDirectory(prefix="shio-fuzz-") as folder:
        for number, sample in enumerate(corpus()[::9]):
            (Path(folder) / str(number)).write_bytes(b"\x00" + sample.body[:_SMALL])
        limits = [f"-max_total_time={seconds}", "-timeout=5", f"-max_len={_SMALL}"]
        atheris.Setup([sys.argv[0], *limits, folder], _one)
        atheris.Fuzz()


def _one(data: bytes) -> None:
    """Check one input: the first byte chooses the address."""
    made = Made(data[1:], ADDRESSES[data[0] % len(ADDRESSES)] if data else None)
    try:
        check(made)
    except Exception:
        keep(made)
        raise
