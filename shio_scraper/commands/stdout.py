"""What commands print; the reader of standard output may go away."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress

from shio_scraper.printing import printable


def write_lines(lines: Iterable[bytes]) -> None:
    """Write lines, as long as anyone reads them."""
    try:
        for line in lines:
            say(line.decode())
        sys.stdout.flush()
    except BrokenPipeError:
        leave()


def say(text: object, end: str = "\n") -> None:
    """Print text for people on standard output."""
    sys.stdout.write(printable(f"{text}{end}"))


def complain(line: str) -> None:
    """Print a line for people on standard error."""
    sys.stderr.write(printable(f"{line}\n"))


def leave() -> None:
    """Where the reader went away, Python would fail once more as it flushes."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
