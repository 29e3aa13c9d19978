"""Fuzzing by coverage: atheris changes pages of the corpus so that they reach new branches.

    python -m quality.guided [SECONDS]

Its own command, since the project must not be imported before it is instrumented. What fails, or
takes ten seconds, is written to ``fixtures/found``. Extra ``fuzz``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris

with atheris.instrument_imports(include=["shio_scraper"]):
    from quality.corpus import corpus
    from quality.fuzz import FOUND, addressed, check

_SMALL = 6_000
"""Bytes of an input, at most."""
_TIMEOUT = 10
"""Seconds by the clock: instrumented code is slow."""


def main(seconds: str = "60") -> None:
    """Run for so long; atheris ends the process, with a status of its own where it found one."""
    with TemporaryDirectory(prefix="shio-fuzz-") as folder:
        for number, sample in enumerate(corpus()[::9]):
            (Path(folder) / str(number)).write_bytes(b"\x00" + sample.body[:_SMALL])
        FOUND.mkdir(exist_ok=True)
        options = [
            f"-max_total_time={seconds}",
            f"-max_len={_SMALL}",
            f"-timeout={_TIMEOUT}",
            f"-artifact_prefix={FOUND}/",
        ]
        atheris.Setup([sys.argv[0], *options, folder], lambda data: check(addressed(data)))
        atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:2])
