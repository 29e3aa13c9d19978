"""The corpus: the demo portals' content in every markup, with records made from the content."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache, partial
from hashlib import sha256
from typing import Final

import msgspec

from fixtures.portal_builder import pages, sister, truth
from fixtures.portal_builder.addresses import address_of, canonical
from fixtures.portal_builder.content import Content, Entry, read_content
from fixtures.portal_builder.sidebar import HEADINGS, SIGN_IN
from fixtures.portal_builder.skins import SKINS
from quality.renderings import rendered
from quality.sample import Json, Sample, in_order
from shio_scraper.portals import EN_SHIO

SISTER_SKINS: Final = (("columns", "today"), ("lists", "today_divs"), ("flat", "today"))
"""Pairs of skins: one of the old layout, one of today's layout."""


@cache
def corpus() -> tuple[Sample, ...]:
    """Return every page, always in the same order."""
    content = read_content()
    return (
        *(sample for entry in content.articles for sample in _articles(entry, content)),
        *(sample for entry in content.events for sample in _events(entry, content)),
        *_lists(content),
        *_sister(),
    )


def fingerprint(samples: Iterable[Sample]) -> str:
    """Return the SHA-256 of the pages and their records."""
    digest = sha256()
    for sample in samples:
        for part in (sample.name.encode(), sample.url.encode(), sample.body):
            digest.update(b"%d\n" % len(part) + part)
        digest.update(msgspec.json.encode(sample.gold, order="deterministic"))
    return digest.hexdigest()


def sidebar_gold(content: Content, language: str, layout: str) -> list[Json]:
    """Return the true records of a sidebar: first the rows, then the pairs."""
    rows = [
        truth.status_record(row, language, kind, None)
        for kind in ("application", "inquiry")
        for row in content.sidebars[language, layout, kind]
    ]
    teasers = [pair for pair in content.pairs if pair.teaser and pair.language == language]
    return [*rows, *map(truth.teaser_record, teasers)]


def _articles(entry: Entry, content: Content) -> Iterator[Sample]:
    gold = {**truth.article_record(entry), "teaser": None}
    records = (gold, *sidebar_gold(content, entry.language, entry.layout))
    for dressed in _in_every_skin(entry):
        page = pages.article_page(dressed, content)
        yield _sample("article", dressed, page, records)
    yield from rendered(entry, content, records)


def _events(entry: Entry, content: Content) -> Iterator[Sample]:
    gold = (
        truth.event_record(entry),
        *sidebar_gold(content, entry.language, entry.layout),
    )
    for dressed in _in_every_skin(entry):
        yield _sample("event", dressed, pages.event_page(dressed, content), gold)


def _in_every_skin(entry: Entry) -> Iterator[Entry]:
    """Yield an entry in its own skin, then in every other skin with the style of that skin."""
    yield entry
    habits = {"form", "body"}
    rest = {name: value for name, value in entry.headers.items() if name not in habits}
    for skin in SKINS:
        if skin not in {"bare", entry.text("skin")}:  # the skin "bare" is for listings only
            yield replace(entry, headers={**rest, "skin": skin})


def _sample(family: str, entry: Entry, page: pages.Page, gold: tuple[Json, ...]) -> Sample:
    codec = pages.CHARSETS[entry.text("charset", "utf-8")][0]
    name = f"{gold[0]['key']}/{entry.text('skin')}"
    return Sample(name, canonical(address_of(entry, family)), page.data, codec, in_order(gold))


def _lists(content: Content) -> Iterator[Sample]:
    """Yield listings, and the pages of rows and of pairs."""
    for page in pages.listing_pages(content):
        yield _list_sample("listing", page, content, [])
    for status, page in zip(content.status_pages, pages.status_list_pages(content), strict=True):
        url = canonical(status.address)
        rows = [truth.status_record(r, status.language, status.kind, url) for r in status.rows]
        yield _list_sample("rows", page, content, rows)
    for page in pages.faq_pages(content):
        pairs = [truth.faq_record(pair) for pair in content.pairs if pair.page == page.address]
        yield _list_sample("pairs", page, content, pairs)


def _list_sample(family: str, page: pages.Page, content: Content, own: list[Json]) -> Sample:
    chinese = any(HEADINGS["zh", part] in page.data.decode() for part in ("application", "faq"))
    language = "zh" if chinese else "en"
    has_sidebar = SIGN_IN[language][0] in page.data.decode()
    beside = sidebar_gold(content, language, "jsp") if has_sidebar else []
    gold = _once([*own, *beside])
    return Sample(f"{family}{page.address}", canonical(page.address), page.data, "utf-8", gold)


def _once(records: list[Json]) -> tuple[Json, ...]:
    """Return the first record of each key. So a page's own row wins over the sidebar's."""
    first: dict[str, Json] = {}
    for record in records:
        first.setdefault(record["key"], record)
    return in_order(first.values())


def _sister() -> Iterator[Sample]:
    """Yield the sister site's pages that hold records, in each of its skins."""
    gold: dict[str, list[Json]] = {}
    for record in sister.sister_records():
        gold.setdefault(record["url"], []).append(record)
    dressed = [
        (f"sister{page.address}/{old}/{today}", page)
        for old, today in SISTER_SKINS
        for page in sister.record_pages(partial(_dressed, old=old, today=today))
    ]
    whole = [(f"sister{page.address}", page) for page in sister.sister_pages()]
    seen: set[bytes] = set()
    for name, page in [*whole, *dressed]:
        url = EN_SHIO.canonical(page.address, EN_SHIO.origin)
        if url in gold and page.data not in seen:
            seen.add(page.data)
            yield Sample(name, url, page.data, "utf-8", in_order(gold[url]))


def _dressed(entry: Entry, old: str, today: str) -> Entry:
    skin = today if entry.layout == "today" else old
    return replace(entry, headers={**entry.headers, "skin": skin})
