"""Standard output whose reader may go away."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress


def write_lines(lines: Iterable[bytes]) -> None:
    """Write lines, as long as anyone reads them."""
    try:
        for line in lines:
            sys.stdout.write(f"{line.decode()}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        leave()


def leave() -> None:
    """Where the reader went away, Python would fail once more as it flushes."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
