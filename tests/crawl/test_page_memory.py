"""What is remembered of a page, as it is stored and read back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shio_scraper.archives.payload_index import FirstCapture
from shio_scraper.crawl.page_memory import (
    ALWAYS,
    Memory,
    PageMemory,
    Watermark,
    listing_key,
    page_key,
)
from shio_scraper.frontier.sqlite import SqliteStore
from shio_scraper.frontier.store import Checkpoint, Crawl, Memo, Part
from shio_scraper.items import ArchivePosition
from tests.pipelines.samples import article, event

PLACE = ArchivePosition(file="a.warc.gz", offset=7, length=9, record_id="<urn:uuid:1>")
URL = "https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=2241"
FULL = PageMemory(
    complete=True, day=date(2026, 6, 1), listed="2026-06-01", teaser="A tea", etag='"1"',
    last_modified="Mon, 01 Jun 2026 08:00:00 GMT", scope=("en", "news"), parser="p 1",
    capture=FirstCapture(URL, "2026-06-02T08:00:00Z", Path("/data/archive"), PLACE, "sha1:A"),
)  # fmt: skip


async def kept(folder: Path, memos: dict[str, Memo]) -> Memory:
    """Return the memory that holds ``memos``."""
    store = SqliteStore(folder / "frontier.db")
    await store.open(Crawl("one", "portal", {}, "live"), fresh=False)
    await store.join(Part(folder, "here"))
    await store.commit(Checkpoint([], {}, {}, {}, memos))
    return Memory(store)


@pytest.mark.parametrize("page", [FULL, PageMemory()])
def test_a_page_comes_back_as_it_was(tmp_path: Path, page: PageMemory) -> None:
    async def scenario() -> None:
        memory = await kept(tmp_path, {page_key(URL): page.memo("article")})
        assert memory.page(URL) == page
        assert memory.page(f"{URL}0") is None
        assert list(memory.due(0)) == [(URL, page)]

    asyncio.run(scenario())


def test_a_watermark_comes_back_as_it_was(tmp_path: Path) -> None:
    mark = Watermark(((URL, date(2026, 6, 1)), (f"{URL}0", None)), date(2026, 1, 1))

    async def scenario() -> None:
        memory = await kept(tmp_path, {listing_key(URL): mark.memo()})
        assert memory.listing(URL) == mark

    asyncio.run(scenario())


@pytest.mark.parametrize("value", [b"", b"no MessagePack", msgspec.msgpack.encode({"day": 7})])
def test_what_another_version_left_is_as_if_it_were_new(tmp_path: Path, value: bytes) -> None:
    async def scenario() -> None:
        memory = await kept(tmp_path, {page_key(URL): Memo(value, ALWAYS)})
        assert memory.page(URL) is None
        assert list(memory.due(0)) == [(URL, PageMemory())]

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("changes", "complete"), [({}, True), ({"gated": True}, False), ({"paragraphs": []}, False)]
)
def test_a_complete_article(changes: dict[str, Any], *, complete: bool) -> None:
    page = PageMemory()
    page.take(replace(article(), **changes))
    assert (page.complete, page.day) == (complete, article().published)


@pytest.mark.parametrize(
    ("ends", "deadline", "last"),
    [
        ("2026-06-05", None, date(2026, 6, 5)),
        (None, "2026-06-04T16:00:00+08:00", date(2026, 6, 4)),
        ("2026-06-05", "2026-06-09", date(2026, 6, 9)),
        (None, None, None),
    ],
)
def test_the_last_day_of_an_event(
    ends: str | None, deadline: str | None, last: date | None
) -> None:
    page = PageMemory()
    page.take(replace(event(), ends=ends, registration_deadline=deadline))
    assert (page.complete, page.day) == (True, last)
