"""The capture that a record's provenance names: found wherever its file lies."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Final
from zipfile import ZipFile

import pytest

from shio_scraper.archives import read
from shio_scraper.archives.locate import Places, as_fetched, find_capture
from shio_scraper.archives.reading import ArchiveError, Options
from shio_scraper.archives.sources import Source
from shio_scraper.items import ArchivePosition, Provenance
from shio_scraper.pages import Capture
from shio_scraper.portals import ALL

if TYPE_CHECKING:
    from pathlib import Path

BODY: Final = "Government News\nThe lock opens   2023-02-06\nBoats wait at the lock.\n"
PORTAL: Final = "https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id="
AT: Final = datetime(2024, 5, 6, tzinfo=UTC)


def provenance_of(file: str, body: str = BODY, **changes: object) -> Provenance:
    data = body.encode()
    position = ArchivePosition(file=file, offset=0, length=len(data), record_id="file")
    made = Provenance(
        fetched_url=None,
        fetched_at=None,
        body_sha256=sha256(data).hexdigest(),
        layout="text",
        parser="p",
        archive=position,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def write(path: Path, body: str = BODY) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body.encode())
    return path


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "runs" / "20240506T000000Z-portal"
    folder.mkdir(parents=True)
    return folder


def found_at(place: Path, file: str, run: Path) -> Path:
    found, capture = find_capture(provenance_of(file), run, Places([place]), Options())
    assert capture.body == BODY.encode()
    return found.path


@pytest.mark.parametrize(
    "where",
    [
        "runs/20240506T000000Z-portal/archive/page.txt",
        "runs/20240506T000000Z-portal/archive/page.txt.open",
        "runs/other/archive/page.txt",
        "deep/er/page.txt",
        "page.txt",
    ],
)
def test_below_the_data(run: Path, where: str) -> None:
    data = run.parents[1]
    path = write(data / where)
    if where.endswith(".open"):
        found = [place.path for place in Places([data]).find("page.txt", run)]
        assert found == [path]
    else:
        assert found_at(data, "page.txt", run) == path


def test_in_the_run_that_the_file_is_named_after(run: Path) -> None:
    name = "20230101T000000Z-portal-00003.txt"
    path = write(run.parent / "20230101T000000Z-portal" / "archive" / name)
    assert found_at(run, name, run) == path


def test_a_place_that_is_the_file_itself(run: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "elsewhere" / "page.txt")
    assert found_at(path, "page.txt", run) == path


def test_a_place_added_later(run: Path, tmp_path: Path) -> None:
    places = Places([run])
    assert list(places.find("page.txt", run)) == []
    path = write(tmp_path / "elsewhere" / "page.txt")
    places.add([path.parent, path.parent, path])
    assert [place.path for place in places.find("page.txt", run)] == [path]


def test_an_entry_of_a_wacz(run: Path, tmp_path: Path) -> None:
    wacz = tmp_path / "packed.wacz"
    with ZipFile(wacz, "w") as packed:
        packed.writestr("archive/x.warc", b"")
        packed.writestr("pages/y.warc", b"")
    places = Places([tmp_path])
    inside = Source(wacz, "archive/x.warc")
    assert list(places.find("x.warc", run)) == [inside]
    assert list(places.find("y.warc", run)) == []


def test_a_file_that_a_service_names_with_its_folders(run: Path, tmp_path: Path) -> None:
    """Common Crawl's index does; whoever has the file has it in a folder of their own."""
    path = write(tmp_path / "elsewhere" / "x.warc.gz")
    (found,) = Places([tmp_path]).find("crawl-data/2020-10/segments/1/x.warc.gz", run)
    assert found.path == path


def test_a_damaged_wacz_holds_nothing(run: Path, tmp_path: Path) -> None:
    write(tmp_path / "packed.wacz")
    assert list(Places([tmp_path]).find("x.warc", run)) == []


def test_of_two_files_of_a_name_the_one_with_the_digest(run: Path, tmp_path: Path) -> None:
    other = BODY.replace("2023", "2022")
    write(run / "archive" / "page.txt", other)
    right = write(tmp_path / "z" / "page.txt")
    assert found_at(tmp_path, "page.txt", run) == right


def test_a_file_that_cannot_be_read_is_passed_for_one_that_can(run: Path, tmp_path: Path) -> None:
    write(run / "archive" / "page.txt", "longer than it was: " + BODY)
    right = write(tmp_path / "z" / "page.txt")
    assert found_at(tmp_path, "page.txt", run) == right


def test_where_no_file_has_the_digest_the_first_is_taken(run: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "page.txt", BODY.replace("2023", "2022"))
    place, capture = find_capture(provenance_of("page.txt"), run, Places([tmp_path]), Options())
    assert place.path == path
    assert b"2022" in capture.body


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("nowhere.txt", "no file nowhere.txt found"),
        ("", "no file  found"),
        ("..", "no file .. found"),
        ("page.pdf", "no reader for this format"),
        ("long.txt", "no page of"),
    ],
)
def test_a_capture_that_cannot_be_found(run: Path, tmp_path: Path, file: str, words: str) -> None:
    write(tmp_path / "page.pdf")
    write(tmp_path / "long.txt", BODY * 2)
    write(run / "page.txt")
    with pytest.raises(ArchiveError, match=words):
        find_capture(provenance_of(file), run, Places([tmp_path]), Options())


def test_a_record_without_a_position(run: Path) -> None:
    with pytest.raises(ArchiveError, match="archive was off"):
        find_capture(provenance_of("x", archive=None), run, Places([run]), Options())


def test_a_line_of_a_jsonl(run: Path, tmp_path: Path) -> None:
    lines = [
        json.dumps({"url": f"{PORTAL}{number}", "text": f"{BODY} {number}"}) for number in (1, 2)
    ]
    path = write(tmp_path / "dump.jsonl", "\n".join(lines) + "\n")
    (_, second) = read(path)
    assert isinstance(second, Capture)
    made = provenance_of("dump.jsonl", f"{BODY} 2", archive=second.archive)
    _, capture = find_capture(made, run, Places([tmp_path]), Options())
    assert (capture.body, capture.url) == (f"{BODY} 2", f"{PORTAL}2")


COPY: Final = "http://127.0.0.1:8/jsp/zfxw_detail_en.jsp?id="
BY_NUMBER: Final = "http://61.129.132.137/jsp/zfxw_detail_en.jsp?id="
REPLAY: Final = "http://archive.example/web/20160102030405id_/"


@pytest.mark.parametrize(
    ("own", "copy", "fetched", "page"),
    [
        pytest.param(f"{PORTAL}1", f"{PORTAL}1", f"{PORTAL}1", f"{PORTAL}1", id="its own"),
        pytest.param(*[f"{BY_NUMBER}1"] * 4, id="its own, on the other host"),
        pytest.param(f"{PORTAL}1", f"{PORTAL}1", f"{BY_NUMBER}2", f"{PORTAL}2", id="revisit"),
        pytest.param(f"{PORTAL}1", f"{COPY}1", f"{COPY}1", f"{PORTAL}1", id="a copy"),
        pytest.param(f"{PORTAL}1", f"{COPY}1", f"{COPY}2", f"{PORTAL}2", id="revisit of a copy"),
        pytest.param(
            f"{PORTAL}1",
            f"{COPY}1".replace(":8/", ":8/in/"),
            f"{COPY}2".replace(":8/", ":8/in/"),
            f"{PORTAL}2",
            id="revisit of a copy in a folder",
        ),
        pytest.param(
            f"{PORTAL}1", f"{COPY}1", f"{COPY}1".replace(":8", ":9"), f"{PORTAL}1", id="copy moved"
        ),
        pytest.param(
            f"{PORTAL}1",
            f"{REPLAY}{PORTAL}1",
            f"{REPLAY.replace('2016', '2017')}{PORTAL}2",
            f"{PORTAL}2",
            id="revisit of a replay",
        ),
        pytest.param(None, None, None, None, id="no address"),
        pytest.param(f"{PORTAL}1", None, None, f"{PORTAL}1", id="no provenance"),
    ],
)
def test_the_page_is_the_one_that_was_fetched(
    own: str | None, copy: str | None, fetched: str | None, page: str | None
) -> None:
    capture = Capture(body=BODY, url=own, fetched_url=copy)
    made = as_fetched(capture, provenance_of("x", fetched_url=fetched, fetched_at=AT), ALL)
    assert (made.url, made.fetched_url, made.fetched_at) == (page, fetched, AT)


def test_the_position_is_as_read_but_for_the_name(run: Path, tmp_path: Path) -> None:
    write(tmp_path / "page.txt")
    wrong = ArchivePosition(file="page.txt", offset=0, length=len(BODY), record_id="another")
    made = provenance_of("page.txt", archive=wrong)
    _, capture = find_capture(made, run, Places([tmp_path]), Options())
    assert capture.archive == replace(wrong, record_id="file")
