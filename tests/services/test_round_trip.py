"""Crawl → archive → crawl of the archive: the same records, whatever carries the captures."""

from __future__ import annotations

import gzip
import json
from hashlib import sha256
from html import unescape
from io import BytesIO
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import lxml.html
import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.warcwriter import WARCWriter

from tests.server import of_folder
from tests.services.pywb_server import Pywb
from tests.spiders.running import FAST, Json, Run, assert_calm, in_process, scrapy, without

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCKS = (
    "p",
    "div",
    "li",
    "tr",
    "h1",
    "h2",
    "h3",
    "h4",
    "br",
    "dt",
    "dd",
    "ul",
    "table",
    "center",
)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Crawl the demo portal; its files roll, and are packed."""
    return scrapy(
        tmp_path_factory.mktemp("live"),
        "crawl",
        "portal",
        *("-a", "site=demo", "-s", "SHIO_ARCHIVE=wacz", "-s", "SHIO_ARCHIVE_FILE_SIZE=100000"),
    )


def again(folder: Path, path: Path | str) -> Run:
    run = scrapy(folder, "crawl", "archive", "-a", f"path={path}")
    assert run.status == 0
    assert_calm(run)
    return run


def by_key(run: Run, *left_out: str) -> dict[str, Json]:
    """Return the records without what may differ."""
    found = {}
    for record in run.records:
        provenance = without(record["provenance"], "parser", "template", *left_out)
        found[record["key"]] = without(record, "teaser") | {"provenance": provenance}
    assert len(found) == len(run.records)
    return found


def rejected(run: Run) -> list[str]:
    return sorted(json.dumps(reject, sort_keys=True) for reject in run.rejects)


def captures(run: Run) -> Iterator[tuple[str, str, bytes]]:
    """Yield address, date and body of each page that the run kept, by warcio alone."""
    for path in sorted((run.run_folder / "archive").glob("*.warc.gz")):
        with path.open("rb") as file:
            for record in ArchiveIterator(file):
                url = record.rec_headers.get_header("WARC-Target-URI")
                if record.rec_type == "response" and not url.endswith("robots.txt"):
                    date = record.rec_headers.get_header("WARC-Date")
                    if record.http_headers.get_statuscode() == "200":
                        yield url, date, record.content_stream().read()


def test_the_archive_gives_the_run_again(live: Run, tmp_path: Path) -> None:
    assert len(list((live.run_folder / "archive").glob("*.warc.gz"))) > 1
    run = again(tmp_path, live.run_folder / "archive" / "*.warc.gz")
    assert by_key(run) == by_key(live)
    assert rejected(run) == rejected(live)
    assert not run.counted("conflicts")


def test_the_wacz_gives_the_run_again(live: Run, tmp_path: Path) -> None:
    run = again(tmp_path, live.run_folder / "archive" / "*.wacz")
    assert by_key(run) == by_key(live)
    assert rejected(run) == rejected(live)


def test_both_together_give_it_once(live: Run, tmp_path: Path) -> None:
    run = again(tmp_path, live.run_folder / "archive")
    assert by_key(run) == by_key(live)


def test_the_run_s_folder_gives_it_again(live: Run, tmp_path: Path) -> None:
    """Its own records are no pages to read."""
    run = again(tmp_path, live.run_folder)
    assert by_key(run) == by_key(live)
    assert "no_column" not in run.counted("rejects")


def test_files_left_open_give_the_run_again(live: Run, tmp_path: Path) -> None:
    for path in (live.run_folder / "archive").glob("*.warc.gz"):
        (tmp_path / f"{path.name}.open").write_bytes(path.read_bytes())
    run = again(tmp_path, tmp_path)
    assert by_key(run) == by_key(live)


# Tables


def rows(run: Run) -> list[Json]:
    """Return a table of the run's pages, in the portal's own charsets turned to text."""
    found = []
    for url, date, body in captures(run):
        try:
            html = body.decode("utf-8")
        except UnicodeDecodeError:
            html = body.decode("gb18030")
        found.append({"url": url, "html": html, "date": date})
    return found


def as_jsonl(folder: Path, table: list[Json]) -> Path:
    path = folder / "pages.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in table)
    return path


def as_parquet(folder: Path, table: list[Json]) -> Path:
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    path = folder / "pages.parquet"
    pq.write_table(pa.Table.from_pylist(table), path)
    return path


@pytest.mark.parametrize("make", [as_jsonl, as_parquet])
def test_tables_of_html_give_the_run_again(live: Run, tmp_path: Path, make: Any) -> None:
    """But for where they come from, and the digest of a body that was in another charset."""
    run = again(tmp_path, make(tmp_path, rows(live)))
    left_out = ("archive", "fetched_url", "body_sha256")
    assert by_key(run, *left_out) == by_key(live, *left_out)


# Text keeps fewer fields


def text_of(html: str) -> str:
    """Return the page's text, a line a block, as text extractors print it."""
    tree: Any = lxml.html.document_fromstring(html)
    for element in list(tree.iter("script", "style", "head")):
        element.drop_tree()
    for element in tree.iter(*_BLOCKS):
        element.tail = "\n" + (element.tail or "")
        element.text = "\n" + (element.text or "")
    for cell in tree.iter("td", "th"):
        cell.tail = " " + (cell.tail or "")
    return "\n".join(line.strip() for line in tree.text_content().splitlines() if line.strip())


def as_wet(folder: Path, table: list[Json]) -> Path:
    path = folder / "pages.warc.wet.gz"
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for row in table:
            text = text_of(row["html"]).encode()
            writer.write_record(
                writer.create_warc_record(
                    row["url"],
                    "conversion",
                    payload=BytesIO(text),
                    length=len(text),
                    warc_content_type="text/plain",
                    warc_headers_dict={"WARC-Date": row["date"]},
                )
            )
    return path


def as_text_jsonl(folder: Path, table: list[Json]) -> Path:
    texts = [
        {"URL": row["url"], "text": text_of(row["html"]), "timestamp": row["date"]} for row in table
    ]
    return as_jsonl(folder, texts)


@pytest.mark.parametrize("make", [as_wet, as_text_jsonl])
def test_texts_give_the_same_stories(live: Run, tmp_path: Path, make: Any) -> None:
    table = [row for row in rows(live) if row["html"].strip()]
    run = scrapy(tmp_path, "crawl", "archive", "-a", f"path={make(tmp_path, table)}")
    found = by_key(run)
    lost = {key for key in by_key(live) if key not in found}
    assert not lost
    for key, record in by_key(live).items():
        names = ("title", "published", "section", "number", "month_day", "status", "question")
        assert {n: found[key].get(n) for n in names} == {n: record.get(n) for n in names}
        assert found[key]["provenance"]["layout"] == "text"
        assert not found[key].get("links")


# Other tools


@pytest.fixture(scope="module")
def pywb(live: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pywb]:
    warcs = sorted((live.run_folder / "archive").glob("*.warc.gz"))
    with Pywb(tmp_path_factory.mktemp("pywb") / "pywb", warcs) as server:
        yield server


def test_pywb_replays_a_page_of_it(live: Run, pywb: Pywb) -> None:
    records = live.file("articles")[:5]
    assert len(records) == 5
    for record in records:
        at = record["provenance"]["fetched_at"]
        timestamp = "".join(filter(str.isdigit, at))
        with urlopen(f"{pywb.url}{timestamp}id_/{record['url']}") as answer:
            body = answer.read()
        assert sha256(body).hexdigest() == record["provenance"]["body_sha256"]


def test_pywb_rewrites_a_page_for_readers(live: Run, pywb: Pywb) -> None:
    record = live.by_key["article/en/1298"]
    assert record["title"].isascii()  # pywb's rewriter garbles other signs
    with urlopen(f"{pywb.url}mp_/{record['url']}") as answer:
        assert record["title"].split('"')[0] in unescape(answer.read().decode())


@pytest.mark.parametrize("site", ["wayback", "commoncrawl"])
def test_an_archive_service_that_holds_it_gives_the_run_again(
    live: Run, pywb: Pywb, tmp_path: Path, site: str
) -> None:
    with of_folder(pywb.archive) as files:
        data = ("-a", f"data={files.url}/") if site == "commoncrawl" else ()
        cdx = ("-a", f"site={site}", "-a", f"cdx={pywb.cdx}", *data, *FAST)
        run = scrapy(tmp_path, "crawl", "portal", *cdx)
    assert run.status == 0
    assert_calm(run)
    found, kept = by_key(run, "archive", "fetched_url"), by_key(live, "archive", "fetched_url")
    for key, record in kept.items():
        # The index has another order: the sidebar is read on another page.
        of_page = record["type"] in {"article", "event"}
        other = () if of_page else ("provenance", "latest_date")
        assert without(found[key], *other) == without(record, *other)
    assert found.keys() == kept.keys()
    if site == "wayback":
        assert in_process(tmp_path, "verify", "data").status == 0


# Damage


@pytest.mark.parametrize("seed", range(3))
def test_a_damaged_archive_costs_only_what_was_damaged(
    live: Run, tmp_path: Path, seed: int
) -> None:
    random = Random(seed)
    for path in (live.run_folder / "archive").glob("*.warc.gz"):
        data = bytearray(path.read_bytes())
        for _ in range(3):
            data[random.randrange(len(data))] ^= 1 << random.randrange(8)
        (tmp_path / path.name).write_bytes(data[: -random.randrange(1, 2000)])
    run = scrapy(tmp_path, "crawl", "archive", "-a", f"path={tmp_path}")
    assert "Traceback" not in run.stderr
    whole, found = by_key(live), by_key(run)
    assert len(found) > len(whole) * 0.8
    assert run.counted("rejects")["broken_record"] >= 2
    sure = ("title", "paragraphs", "number", "question")
    for key in found.keys() & whole.keys():
        assert {n: found[key].get(n) for n in sure} == {n: whole[key].get(n) for n in sure}
