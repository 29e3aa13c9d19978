"""An archive that refers to another run's → one that holds all that it needs."""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from shio_scraper import archives
from shio_scraper.archives.reading import ArchiveError
from shio_scraper.archives.standalone import Standalone
from shio_scraper.pages import Capture
from tests.archives.test_writer import GET, ended, page_at, records
from tests.archives.warcs import OPTIONS

if TYPE_CHECKING:
    from pathlib import Path

LATER = replace(
    GET, url=f"{GET.url}9", fetched_at=GET.fetched_at + timedelta(days=1),
    headers=[("Content-Type", "text/html"), ("X-Clerk", "Ann")],
)  # fmt: skip
OTHER = replace(GET, url=f"{GET.url}8", body=b"<p>Another page</p>")


def copied(run: Path, target: Path) -> dict[str, tuple[dict[str, str], Any, bytes]]:
    """Copy the archive of a run; return the answers in it by their addresses."""
    target.mkdir()
    with closing(Standalone(run / "archive", target)) as archive:
        archive.copy()
    found = [one for path in sorted(target.iterdir()) for one in records(path)]
    kinds = {"response", "revisit"}
    return {one[0]["WARC-Target-URI"]: one for one in found if one[0]["WARC-Type"] in kinds}


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "payloads.db"


def test_a_revisit_becomes_the_response_that_it_stands_for(tmp_path: Path, index: Path) -> None:
    """A second one of the same payload refers to it, and what the run itself holds is as it was."""
    second = tmp_path / "2"
    ended(tmp_path / "1", index, OTHER, GET)
    again = replace(LATER, url=f"{LATER.url}0")
    written = ended(second, index, replace(OTHER, body=b"<p>Its own</p>"), LATER, again)
    assert [repeated for _, repeated in written] == [False, True, True]
    found = copied(second, tmp_path / "out")
    shutil.rmtree(tmp_path / "1")
    head, http, body = found[LATER.url]
    assert (head["WARC-Type"], body) == ("response", GET.body)
    assert head["WARC-Date"] == "2025-06-19T08:30:05Z"
    assert http.get_header("X-Clerk") == "Ann"
    assert not [name for name in head if "Refers" in name or name == "WARC-Profile"]
    next_head, _, nothing = found[again.url]
    assert (next_head["WARC-Type"], nothing) == ("revisit", b"")
    assert next_head["WARC-Refers-To"] == head["WARC-Record-ID"]
    assert next_head["WARC-Refers-To-Target-URI"] == LATER.url
    captures = list(archives.read(tmp_path / "out" / "2-00000.warc.gz", OPTIONS))
    bodies = {one.url: one.body for one in captures if isinstance(one, Capture)}
    assert bodies == {OTHER.url: b"<p>Its own</p>", LATER.url: GET.body, again.url: GET.body}


def test_what_a_server_called_not_modified_stays_beside_what_it_refers_to(
    tmp_path: Path, index: Path
) -> None:
    ((held, _),) = ended(tmp_path / "1", index, GET)
    unmodified = replace(GET, status=304, body=b"", unmodified=held, fetched_at=LATER.fetched_at)
    ended(tmp_path / "2", index, unmodified)
    (tmp_path / "out").mkdir()
    with closing(Standalone(tmp_path / "2" / "archive", tmp_path / "out")) as archive:
        archive.copy()
        there = archive.place_of(held.position)
    shutil.rmtree(tmp_path / "1")
    (path,) = (tmp_path / "out").iterdir()
    _, original, revisit, _ = records(path)
    assert (original[0]["WARC-Type"], original[2]) == ("response", GET.body)
    assert original[0]["WARC-Date"] == "2025-06-18T08:30:05Z"
    assert revisit[0]["WARC-Profile"].endswith("server-not-modified")
    assert revisit[0]["WARC-Refers-To-Filename"] == path.name
    assert page_at(tmp_path / "out", there) == GET.body


def test_a_payload_that_is_gone_is_named(tmp_path: Path, index: Path) -> None:
    ended(tmp_path / "1-portal", index, GET)
    ended(tmp_path / "2-portal", index, GET)
    shutil.rmtree(tmp_path / "1-portal")
    with pytest.raises(ArchiveError, match="of run 1-portal, which is not here"):
        copied(tmp_path / "2-portal", tmp_path / "out")
