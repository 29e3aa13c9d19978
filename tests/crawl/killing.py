"""Crawls of the demo portal that are killed, and what they and an undisturbed one left."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator

from tests.spiders.running import RECORD_FILES, TIMEOUT, Json, Run, lines, start_scrapy, without

CRAWL = ("crawl", "portal", "-a", "site=demo", "-s", "SHIO_FRONTIER=data/frontier.db")
SLOW = ("-s", "DOWNLOAD_DELAY=0.03")
OF_A_FETCH = ("fetched_url", "fetched_at", "archive")
"""Fields of ``provenance`` that differ from crawl to crawl."""
OF_A_PAGE = ("provenance", "latest_date", "language")
"""Fields of a sidebar's record that tell on which page it was read first."""


def kill_at(folder: Path, number: int, *arguments: str, send: int = signal.SIGKILL) -> bool:
    """Crawl; send a signal when the run has so many records; tell whether it came in time."""
    process = start_scrapy(folder, *arguments)
    end = time.monotonic() + TIMEOUT
    while process.poll() is None and time.monotonic() < end and written(folder) < number:
        time.sleep(0.005)
    process.send_signal(send)
    process.communicate(timeout=TIMEOUT)
    return process.returncode != 0


def written(folder: Path) -> int:
    """Count the records of every run; -1 before there is a run."""
    files = [
        path
        for path in folder.glob("data/runs/*/*.jsonl")
        if path.stem in {*RECORD_FILES, "rejects"}
    ]
    runs = list(folder.glob("data/runs/*-*"))
    return sum(file.read_bytes().count(b"\n") for file in files) if runs else -1


def content(records: list[Json]) -> dict[str, Json]:
    """Return the records by key, without what differs from crawl to crawl; each stands once."""
    found = {record["key"]: _stable(record) for record in records}
    assert len(found) == len(records), Counter(r["key"] for r in records).most_common(3)
    return found


def records_of(folders: list[Path]) -> list[Json]:
    """Return the records of several runs."""
    return [r for run in folders for name in RECORD_FILES for r in of_file(run / f"{name}.jsonl")]


def rejects_of(folders: list[Path]) -> list[tuple[str, str, str]]:
    """Return stage, reason and page of the rejects of several runs, in order."""
    found = [r for run in folders for r in of_file(run / "rejects.jsonl")]
    return sorted((r["stage"], r["reason"], str(r["url"])) for r in found)


def of_file(path: Path) -> list[Json]:
    """Return the lines of a file; of none where there is none."""
    return lines(path) if path.exists() else []


def captured(folders: list[Path]) -> Counter[str]:
    """Count the captures of each page in the archives of several runs; robots.txt aside."""
    found = ((r.rec_type, r.rec_headers.get_header("WARC-Target-URI")) for r in _archived(folders))
    pages = (url for kind, url in found if kind in {"response", "revisit"})
    return Counter(url for url in pages if not url.endswith("/robots.txt"))


def payloads(folders: list[Path]) -> Counter[str]:
    """Count in how many records of the archives of several runs each payload stands."""
    found = (r.rec_headers for r in _archived(folders) if r.rec_type == "response")
    return Counter(headers.get_header("WARC-Payload-Digest") for headers in found)


def _archived(folders: list[Path]) -> Iterator[Any]:
    for path in (path for run in folders for path in (run / "archive").glob("*.warc.gz")):
        with path.open("rb") as file:
            yield from ArchiveIterator(file)


def assert_same(run: Run, undisturbed: Run, *, out_of_reach: bool = False) -> None:
    """The dataset is that of an undisturbed crawl: nothing lost, nothing twice.

    Where a run before it is out of reach, with its archive and its templates, pages that waited
    are asked for once more, and templates learnt from others.
    """
    ours, theirs = records_of(run.run_folders), records_of(undisturbed.run_folders)
    for record in (*ours, *theirs) if out_of_reach else ():
        record["provenance"] = without(record["provenance"], "template")
    assert content(ours) == content(theirs)
    assert rejects_of(run.run_folders) == rejects_of(undisturbed.run_folders)
    found, expected = captured(run.run_folders), captured(undisturbed.run_folders)
    if out_of_reach:
        found, expected = Counter({*found}), Counter({*expected})
    assert found == expected, (found - expected, expected - found)


def _stable(record: Json) -> Json:
    if record["type"] in {"status", "faq"}:
        return without(record, *OF_A_PAGE)
    provenance = without(record["provenance"], *OF_A_FETCH)
    return without(record, "provenance") | {"provenance": provenance}
