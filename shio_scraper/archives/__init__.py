"""Archives → captures. A format's module reads it; the end of a file's name tells which."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from glob import glob
from pathlib import Path
from typing import Final

from shio_scraper.archives import jsonl, mhtml, mirrors, parquet, saved, wacz, warc
from shio_scraper.archives.holdings import Holdings
from shio_scraper.archives.reading import Format, Found, Options
from shio_scraper.archives.sources import OPEN

FORMATS: Final[dict[str, Format]] = {
    ".html": saved,
    ".htm": saved,
    ".txt": saved,
    ".mhtml": mhtml,
    ".mht": mhtml,
    ".jsonl": jsonl,
    ".jsonl.gz": jsonl,
    ".jsonl.zst": jsonl,
    ".parquet": parquet,
    ".warc": warc,
    ".warc.gz": warc,
    ".warc.zst": warc,
    ".warc.open": warc,
    ".warc.gz.open": warc,
    ".wacz": wacz,
    ".wet": warc,
    ".wet.gz": warc,
}
"""The end of a file's name → its format."""
SHOWN: Final = ", ".join(end for end in FORMATS if not end.endswith(OPEN))
"""The ends, for the user."""


def files(pattern: str) -> Iterator[Path]:
    """Yield the files that a path, a glob or a folder names, in order of their names."""
    named = Path(pattern)
    matches = [named] if named.exists() else _matches(pattern)
    for match in matches:
        inside = sorted(match.rglob("*")) if match.is_dir() else [match]
        yield from (path for path in inside if not path.is_dir())


def _matches(pattern: str) -> list[Path]:
    # Path.glob takes no absolute pattern.
    return sorted(map(Path, glob(pattern, recursive=True)))  # noqa: PTH207


def read(path: Path, options: Options | None = None) -> Iterator[Found]:
    """Yield what the file ``path`` holds, in its order. Raises ``ValueError`` without a format."""
    options = options or Options()
    form = format_of(path, options)
    if form is None:
        raise ValueError(f"no reader for {path}")
    return form.read(path, options)


def read_all(paths: Iterable[Path], options: Options) -> Iterator[Found]:
    """Yield what the files hold, at last the revisits of payloads that lie in other files."""
    with closing(Holdings()) as own:
        options = options if options.holdings else replace(options, holdings=own)
        for path in paths:
            yield from read(path, options)
        yield from warc.waiting(options)


def format_of(path: Path, options: Options | None = None) -> Format | None:
    """Return the format of a file, by its name; a mirror's page may have any."""
    options = options or Options()
    name = path.name.lower()
    form = next((form for end, form in FORMATS.items() if name.endswith(end)), None)
    return form or (saved if mirrors.address_of(path, options.portals, options.copy) else None)
