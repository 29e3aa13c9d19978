"""All links of a dataset: both ways, with what relates the two."""

from __future__ import annotations

from typing import Any

from shio_scraper.dataset.builds.columns import SameAs
from shio_scraper.dataset.builds.links import Links
from tests.dataset.builds.stories import article, prose
from tests.dataset.builds.test_entries import faq, teaser


def links(articles: Any = (), events: Any = (), faqs: Any = ()) -> dict[str, list[SameAs]]:
    records = {"article": list(articles), "event": list(events), "faq": list(faqs)}
    with Links.among(lambda kind: records[kind]) as found:
        every = [one["key"] for some in records.values() for one in some]
        return {key: found.of(key) for key in every if found.of(key)}


def to(key: str, relation: Any, similarity: float | None = None) -> list[SameAs]:
    return [SameAs(key=key, relation=relation, similarity=similarity)]


def test_english_and_chinese_pages_share_their_id() -> None:
    assert links([article("en/7", prose(1)), article("zh/7", prose(2)), article("zh/8")]) == {
        "article/en/7": to("article/zh/7", "language"),
        "article/zh/7": to("article/en/7", "language"),
    }


def test_a_shared_id_with_an_equal_text_says_so() -> None:
    found = links([article("en/7", prose(1)), article("zh/7", prose(1))])
    assert found["article/en/7"] == to("article/zh/7", "language", 1.0)


def test_numbers_of_the_two_layouts() -> None:
    assert links([article("en/7", prose(1)), article("en/aspx-9", prose(1))]) == {
        "article/en/7": to("article/en/aspx-9", "layout", 1.0),
        "article/en/aspx-9": to("article/en/7", "layout", 1.0),
    }


def test_the_same_number_in_two_layouts_is_no_link() -> None:
    assert not links([article("en/2625", prose(1)), article("en/aspx-2625", prose(2))])


def test_a_copy_under_another_id() -> None:
    found = links([article("en/7", prose(1)), article("en/8", prose(1)), article("zh/9", prose(1))])
    assert found["article/en/7"] == [
        *to("article/en/8", "copy", 1.0), *to("article/zh/9", "copy", 1.0)
    ]  # fmt: skip


def test_only_the_portals_own_numbers_serve_both_languages() -> None:
    for page in ("en_shio-3002", "text-0123456789abcdef"):
        assert not links([article(f"en/{page}", prose(1)), article(f"zh/{page}", prose(2))])


def test_events_share_their_id_too() -> None:
    found = links(events=[{"key": "event/en/37"}, {"key": "event/zh/37"}])
    assert found["event/zh/37"] == to("event/en/37", "language")


def test_a_teaser_and_its_entry() -> None:
    assert links(faqs=[teaser("faq/en/1"), faq("faq/en/2")]) == {
        "faq/en/1": to("faq/en/2", "entry"),
        "faq/en/2": to("faq/en/1", "teaser"),
    }
