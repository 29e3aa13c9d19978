"""``scrapy crawl archive`` over collections: JSON Lines, Parquet and saved pages in one folder."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
import zstandard
from pyarrow import parquet

from tests.spiders.running import Run, assert_calm, scrapy
from tests.spiders.scripted import PROSE, article

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.spiders.running import Json

PAGE = "http://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id="
WAYBACK = "https://web.archive.org/web/20190304050607/"
ELSEWHERE = {"url": "https://news.example.org/1", "text": "Another site's news"}


def html(number: int) -> str:
    return article(f"Title {number}", "2018-03-04")


def text(number: int) -> str:
    return "\n".join(("Government News", "City News", f"Title {number}   2018-03-04", *PROSE))


def jsonl(rows: Iterable[Json]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def read(folder: Path, path: str, *arguments: str) -> Run:
    return scrapy(folder, "crawl", "archive", "-a", f"path={path}", *arguments)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Read a folder of collections in every format, a page of the portal in each."""
    folder = tmp_path_factory.mktemp("mixed")
    pages = folder / "pages"
    pages.mkdir()
    (pages / "a.jsonl").write_bytes(
        jsonl(
            [ELSEWHERE, {"url": f"{PAGE}1", "text": text(1), "timestamp": "2019-03-04T05:06:07Z"}]
        )
        + b"broken\n"
    )
    row = {"url": f"{PAGE}2", "html": html(2), "text": text(99), "date": 20190304050607}
    (pages / "b.jsonl.gz").write_bytes(gzip.compress(jsonl([row, ELSEWHERE])))
    row = {"url": f"{PAGE}3", "content": html(3), "timestamp": 1551675967000}
    (pages / "c.jsonl.zst").write_bytes(zstandard.ZstdCompressor().compress(jsonl([row])))
    table = pa.Table.from_pylist([ELSEWHERE, {"url": f"{PAGE}4", "text": text(4)}, ELSEWHERE])
    parquet.write_table(table, pages / "d.parquet")
    mark = f"<!-- saved from url=(00{len(WAYBACK + PAGE) + 1}){WAYBACK}{PAGE}5 -->"
    (pages / "e.html").write_text(f"{mark}{html(5)}", encoding="utf-8")
    (pages / "f.txt").write_text(text(6), encoding="utf-8")
    (pages / "h.txt").write_text("Recipe\n\nTake two eggs.\n", encoding="utf-8")
    lines = ("Press Release for Media Briefing of the Harbour", "2024.02.20", *PROSE)
    (pages / "i.txt").write_text("\n\n".join(lines), encoding="utf-8")
    (pages / "g.jsonl").write_bytes(jsonl({"id": n} for n in range(100)))
    return read(folder, "pages")


def test_every_format_gives_its_page(mixed: Run) -> None:
    assert mixed.status == 0
    articles = {record["title"]: record for record in mixed.file("articles")}
    sister = articles.pop("Press Release for Media Briefing of the Harbour")
    assert sister["key"].startswith("article/en/en_shio-text-")
    assert sorted(articles) == [f"Title {n}" for n in range(1, 7)]
    for number in range(1, 6):
        assert articles[f"Title {number}"]["key"] == f"article/en/{number}"
    assert {tuple(record["paragraphs"]) for record in articles.values()} == {PROSE}
    assert_calm(mixed)


def test_what_a_record_says_of_its_capture(mixed: Run) -> None:
    found = {
        record["title"][-1]: record["provenance"]
        for record in mixed.file("articles")
        if record["title"].startswith("Title")
    }
    places = {n: (p["archive"]["file"], p["archive"]["record_id"]) for n, p in found.items()}
    assert places == {
        "1": ("a.jsonl", "line:2"),
        "2": ("b.jsonl.gz", "line:1"),
        "3": ("c.jsonl.zst", "line:1"),
        "4": ("d.parquet", "row:1"),
        "5": ("e.html", "file"),
        "6": ("f.txt", "file"),
    }
    layouts = {n: p["layout"] for n, p in found.items()}
    assert layouts == {"1": "text", "2": "jsp", "3": "jsp", "4": "text", "5": "jsp", "6": "text"}
    times = {n: p["fetched_at"] for n, p in found.items()}
    assert times == dict.fromkeys("1235", "2019-03-04T05:06:07Z") | dict.fromkeys("46")
    assert found["5"]["fetched_url"] == f"{WAYBACK}{PAGE}5"


def test_the_rest_is_counted_or_rejected(mixed: Run) -> None:
    assert mixed.counted("skipped") == {"other_site": 5}
    assert "Passed over: h.txt, file: no address" in mixed.stderr
    assert [reject for reject in mixed.rejected() if reject[0] == "read"] == [
        ("read", "broken_record", None),
        ("read", "no_column", None),
    ]
    details = {reject["reason"]: reject["detail"] for reject in mixed.rejects}
    assert details["broken_record"].startswith("pages/a.jsonl: line 3: no JSON")
    assert details["no_column"].startswith("pages/g.jsonl: no text or HTML column; it has: id;")


def test_columns_as_arguments(tmp_path: Path) -> None:
    row = {"Link": f"{PAGE}7", "body": text(7), "raw": None, "seen": "2019-03-04"}
    (tmp_path / "pages.jsonl").write_bytes(jsonl([row]))
    columns = ("url=link", "text=body", "html=raw", "date=seen")
    run = read(tmp_path, "pages.jsonl", *(a for c in columns for a in ("-a", _column(c))))
    (record,) = run.file("articles")
    assert record["key"] == "article/en/7"
    assert record["provenance"]["fetched_at"] == "2019-03-04T00:00:00Z"
    assert run.rejects == []


def test_a_column_that_the_file_does_not_have(tmp_path: Path) -> None:
    (tmp_path / "pages.jsonl").write_bytes(jsonl([{"url": f"{PAGE}1", "text": text(1)}]))
    run = read(tmp_path, "pages.jsonl", "-a", "url_column=link")
    assert run.status == 1
    assert run.rejected() == [("read", "no_column", None)]
    assert "no column 'link' (url_column); it has: url, text" in run.rejects[0]["detail"]


def test_parquet_without_its_library_is_said_before_anything_is_read(tmp_path: Path) -> None:
    """The library is blocked: in a process of its own its import fails."""
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "a.html").write_text(html(1), encoding="utf-8")
    (tmp_path / "pages" / "b.parquet").write_bytes(b"")
    code = (
        "import sys; sys.modules['pyarrow'] = None; from scrapy.cmdline import execute;"
        "execute(['scrapy', 'crawl', 'archive', '-a', 'path=' + sys.argv[1]])"
    )
    ends = {"pages": 2, "pages/*.html": 0}
    for path, status in ends.items():
        done = scrapy(tmp_path, "-c", code, path)
        assert done.status == status, done.stderr
        if status:
            expected = "scrapy crawl: pages/b.parquet is Parquet: install shio-scraper[parquet]\n"
            assert done.stderr == expected
            assert not list((tmp_path / "data").glob("runs/*"))


def _column(pair: str) -> str:
    name, _, column = pair.partition("=")
    return f"{name}_column={column}"
