"""A key is written once, as records stream; a history tells content and day apart."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from scrapy.exceptions import DropItem
from scrapy.utils.test import get_crawler

from shio_scraper.component import CrawlSpider
from shio_scraper.crawl.deduplication import DeduplicatePipeline
from shio_scraper.spiders.archive import ArchiveSpider
from shio_scraper.spiders.portal import PortalSpider
from tests.pipelines.samples import FETCHED, article, event, faq, having, provenance, reject, status

if TYPE_CHECKING:
    from collections.abc import Iterator


class Deduplicated:
    """A pipeline of a real crawler, and what it let through."""

    def __init__(self, spider: type[PortalSpider | ArchiveSpider] = PortalSpider) -> None:
        self.crawler = get_crawler(spider, {"SHIO_MAX_PAGE": 5_000_000})
        self.crawler.spider = CrawlSpider("crawl")
        self.crawler.spider.keeps_history = spider.keeps_history
        self.pipeline = DeduplicatePipeline.from_crawler(self.crawler)

    def __call__(self, *items: Any) -> list[Any]:
        written = []
        for item in items:
            try:
                written.append(self.pipeline.process_item(item))
            except DropItem:
                continue
        return written

    @property
    def stats(self) -> dict[str, Any]:
        assert self.crawler.stats
        return self.crawler.stats.get_stats()


@pytest.fixture
def run() -> Iterator[Deduplicated]:
    deduplicated = Deduplicated()
    yield deduplicated
    deduplicated.pipeline.close_spider()


@pytest.fixture
def history() -> Iterator[Deduplicated]:
    deduplicated = Deduplicated(ArchiveSpider)
    yield deduplicated
    deduplicated.pipeline.close_spider()


@pytest.mark.parametrize("record", [article(), status(), faq(), event()])
def test_the_same_again_is_counted_and_dropped(
    run: Deduplicated, record: Any, caplog: pytest.LogCaptureFixture
) -> None:
    later = provenance()
    later.fetched_at = FETCHED + timedelta(days=3)
    again = having(having(record, "provenance", later), "url", None)
    assert run(record, again, record) == [record]
    assert run.stats == {f"duplicates/{record.type}": 2}
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("record", "name", "value"),
    [
        (article(), "title", "Another title"),
        (article(), "paragraphs", ["One."]),
        (status(), "status", "completed"),
        (faq(), "answer", "No"),
        (event(), "ends", "2024-03-06"),
    ],
)
def test_a_conflict_is_counted_and_told_once(
    run: Deduplicated, record: Any, name: str, value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    other = having(record, name, value)
    with caplog.at_level(logging.DEBUG):
        assert run(record, other, other, record) == [record]
    assert run.stats == {f"conflicts/{record.type}": 2, f"duplicates/{record.type}": 1}
    (told,) = caplog.records
    for part in (
        record.key,
        name,
        repr(getattr(record, name)),
        repr(value),
        record.provenance.fetched_url,
    ):
        assert part in told.getMessage()
    assert told.levelno == logging.WARNING


def test_every_value_that_differs_is_told(
    run: Deduplicated, caplog: pytest.LogCaptureFixture
) -> None:
    other = having(having(article(), "title", "Other"), "source", "Elsewhere")
    run(article(), other)
    assert "title" in caplog.text
    assert "source" in caplog.text
    assert "'Xinhua', then 'Elsewhere'" in caplog.text


def test_nothing_is_held_back(run: Deduplicated, caplog: pytest.LogCaptureFixture) -> None:
    """Each first record is out before the next one is in; many keys, more than memory keeps."""
    long = "x" * 100_000
    for number in range(300):
        record = having(having(article(), "key", f"article/en/{number}"), "source", long)
        assert run(record) == [record]
    run(having(having(article(), "key", "article/en/0"), "source", "short"))
    assert "then 'short'" in caplog.text


def test_rejects_are_all_written(run: Deduplicated) -> None:
    assert run(reject(), reject()) == [reject(), reject()]
    assert run.stats == {}


def test_keys_of_other_kinds_do_not_meet(run: Deduplicated) -> None:
    same = "one/key"
    first, second = having(article(), "key", same + "/a"), having(event(), "key", same + "/b")
    assert run(first, second) == [first, second]


# A history


def captured(record: Any, moment: datetime | None) -> Any:
    return having(record, "provenance.fetched_at", moment)


def test_a_history_keeps_each_content_of_each_day(
    history: Deduplicated, caplog: pytest.LogCaptureFixture
) -> None:
    monday = captured(article(), datetime(2024, 3, 4, 2, tzinfo=UTC))
    changed = having(monday, "title", "Changed")
    tuesday = captured(article(), datetime(2024, 3, 5, 2, tzinfo=UTC))
    undated = captured(article(), None)
    items = [monday, changed, tuesday, undated]
    assert history(*items, *items) == items
    assert history.stats == {"duplicates/article": 4}
    assert caplog.text == ""


def test_the_day_of_a_history_is_the_portal_s_own(history: Deduplicated) -> None:
    """16:00 UTC is midnight in Shanghai."""
    before = captured(article(), datetime(2024, 3, 4, 15, 59, tzinfo=UTC))
    after = captured(article(), datetime(2024, 3, 4, 16, 0, tzinfo=UTC))
    same_day = captured(article(), datetime(2024, 3, 5, 15, 59, tzinfo=UTC))
    assert history(before, after, same_day) == [before, after]


def test_only_archives_keep_a_history(run: Deduplicated) -> None:
    tuesday = captured(article(), FETCHED + timedelta(days=1))
    assert run(article(), tuesday) == [article()]
