"""WACZ 1.1.1: WARC files with an index and a list of their pages, in one ZIP.

https://specs.webrecorder.net/wacz/1.1.1/ . Packing needs the extra ``[wacz]``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from hashlib import file_digest, sha256
from heapq import merge
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeAlias
from uuid import uuid4
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from shio_scraper.archives import warc
from shio_scraper.archives.reading import Found, Options, Skipped, unreadable
from shio_scraper.archives.sources import Source, members, shown
from shio_scraper.items import Reject
from shio_scraper.pages import Capture, reject
from shio_scraper.parsers import Extraction

Read: TypeAlias = Callable[[Capture], Extraction | Reject]
"""Reads a capture of any content."""
_ARCHIVE: Final = "archive/"
_INDEX: Final = "indexes/index.cdxj"
_PAGES: Final = "pages/pages.jsonl"
_SORT_BUFFER: Final = 16 * 2**20
"""Bytes of the index that are sorted in memory at a time."""
_MOST: Final = 20_000
"""Maximum characters of a page's text in the list of pages. Viewers keep the list in memory."""


def read(path: Path, options: Options) -> Iterator[Found]:
    """Yield what the WARC files in ``path`` hold, or a reject if the file is no ZIP."""
    try:
        inside = sorted(members(path))
    except OSError as error:
        yield unreadable(shown(path), error)
        return
    if not inside:
        yield reject("read", "broken_record", f"{shown(path)}: a ZIP without a WARC file")
    yield from warc.read_sources((Source(path, name) for name in inside), options)


def pack(warcs: Sequence[Path], target: Path, read: Read) -> None:
    """Pack ``warcs`` into ``target``. ``target`` appears only when complete. Raises ``OSError``.

    ``read`` gives the title and the text of each page for the list of pages.
    """
    unfinished = target.with_name(target.name + ".new")
    with TemporaryDirectory(dir=target.parent) as folder, ZipFile(unfinished, "w") as wacz:
        index, pages = Path(folder, "index.cdxj"), Path(folder, "pages.jsonl")
        shown = Path(folder, "shown.cdxj")
        _write_index(warcs, index)
        _write_index(warcs, shown, "conversion")
        _write_pages(_pages([index, shown], warcs, read), pages)
        resources = [_add(wacz, path, f"{_ARCHIVE}{path.name}", ZIP_STORED) for path in warcs]
        resources.append(_add(wacz, index, _INDEX, ZIP_DEFLATED))
        resources.append(_add(wacz, pages, _PAGES, ZIP_DEFLATED))
        _describe(wacz, target.stem, resources)
    unfinished.rename(target)


def _write_index(warcs: Sequence[Path], index: Path, records: str | None = None) -> None:
    """Write a sorted CDXJ index of ``warcs``. What does not fit in memory is sorted in files.

    ``records`` is a type of records. Without it, the index has the records that can be replayed.
    """
    from cdxj_indexer.main import CDXJIndexer  # noqa: PLC0415  (an extra)

    inputs = [str(path) for path in warcs]
    how = {"sort": True, "max_sort_buff_size": _SORT_BUFFER, "records": records}
    CDXJIndexer(str(index), inputs, **how).process_all()


def _write_pages(found: Iterator[dict[str, str]], pages: Path) -> None:
    """Write the list of pages: each address that answered with HTML, at its first capture.

    A page that a browser rendered is listed as the browser showed it.
    """
    head = {"format": "json-pages-1.0", "id": "pages", "title": "All Pages", "hasText": True}
    with pages.open("w", encoding="utf-8") as file:
        for line in (head, *found):
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _pages(indexes: Sequence[Path], warcs: Sequence[Path], read: Read) -> Iterator[dict[str, str]]:
    files = {path.name: path for path in warcs}
    with ExitStack() as opened:
        lines = (opened.enter_context(index.open(encoding="utf-8")) for index in indexes)
        entries = filter(None, map(_entry, merge(*lines)))
        for url, captures in groupby(entries, lambda entry: entry["url"]):
            entry = min(
                captures,
                key=lambda candidate: (candidate.get("status", ""), candidate["timestamp"]),
            )
            found = _capture(files[entry["filename"]], entry)
            if not isinstance(found, Skipped):  # skipped: a resource that a script asked for
                moment = datetime.strptime(entry["timestamp"], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
                page = {"id": str(uuid4()), "url": url, "ts": moment.isoformat()}
                yield page | _title_and_text(found, read)


def _entry(line: str) -> dict[str, str] | None:
    """Return a line of an index if it is of a page.

    A line without a status is of a rendered page.
    """
    _, timestamp, text = line.split(" ", 2)
    entry: dict[str, str] = json.loads(text)
    is_page = entry.get("status", "200") == "200" and "html" in entry.get("mime", "")
    return entry | {"timestamp": timestamp} if is_page else None


def _capture(path: Path, entry: Mapping[str, str]) -> Found:
    """Return what the record of an index entry holds."""
    offset, length = int(entry["offset"]), int(entry["length"])
    with path.open("rb") as file:
        file.seek(offset)
        return warc.capture_of_member(file.read(length), path.name, offset, length, Options())


def _title_and_text(found: Found, read: Read) -> dict[str, str]:
    """Return the title and the text of a page as a reader sees it. Empty if it cannot be read."""
    extraction = read(found) if isinstance(found, Capture) else found
    if not isinstance(extraction, Extraction):
        return {}
    page, own = extraction.page, extraction.own
    title = own["title"].value if own else page.said.title or page.blocks[0].text
    return {"title": title, "text": "\n".join(block.text for block in page.blocks)[:_MOST]}


def _add(wacz: ZipFile, path: Path, name: str, compression: int) -> dict[str, Any]:
    """Add a file to the ZIP. Return its entry for the data package."""
    wacz.write(path, name, compression)
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    return {
        "name": path.name.lower(),  # Data Package allows no capitals
        "path": name,
        "hash": f"sha256:{digest}",
        "bytes": path.stat().st_size,
    }


def _describe(wacz: ZipFile, title: str, resources: list[dict[str, Any]]) -> None:
    package = {
        "profile": "data-package",
        "wacz_version": "1.1.1",
        "title": title,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "software": f"shio-scraper {version('shio-scraper')}",
        "resources": resources,
    }
    text = json.dumps(package, indent=2)
    digest = sha256(text.encode()).hexdigest()
    wacz.writestr("datapackage.json", text, ZIP_DEFLATED)
    signed = {"path": "datapackage.json", "hash": f"sha256:{digest}"}
    wacz.writestr("datapackage-digest.json", json.dumps(signed), ZIP_DEFLATED)
