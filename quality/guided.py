"""Fuzzing guided by coverage: atheris changes pages of the corpus to reach new branches.

    python -m quality.guided [SECONDS]

It is a command of its own, since the project must not be imported before it is instrumented. A page
that fails or takes ten seconds is written to ``fixtures/found``. It needs the extra ``fuzz``.
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
"""The most bytes of an input."""
_TIMEOUT = 10
"""Seconds of wall-clock time for a page, since instrumented code is slow."""


def main(seconds: str = "60") -> None:
    """Run for ``seconds``. atheris ends the process, with its own exit status if a page failed."""
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
