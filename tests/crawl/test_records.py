"""How records find together: teasers, dates that disagree, conflicts, boxes, unknown addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.server import ORIGIN
from tests.spiders.running import assert_calm
from tests.spiders.scripted import STARTS, article, en, item, listing, page, portal_of, sidebar

if TYPE_CHECKING:
    from tests.spiders.crawling import Crawled, CrawlScripted

BY_TIME = 20240305101112131
MORE, FAQ = "/jsp/any_list.jsp?type=1", "/jsp/any_answer.jsp?id=1"
LISTED = "/jsp/any_answer.jsp?id=2"
QUESTION = "Is there a desk for visitors?"


@pytest.fixture(scope="module")
def crawled(crawl: CrawlScripted) -> Crawled:
    """Crawl a portal that contradicts and repeats itself."""
    rows = [("04-16", "21315227", "Processing"), ("03-12", "21315226", "Processing")]
    side = sidebar(rows, more=MORE, faq=FAQ)
    other_prefix = sidebar([("04-16", "20714227", "Processing")], more=MORE)
    other_words = sidebar([("04-16", "21315227", "Completed"), ("03-12", "21315226", "Received")])
    again = sidebar([("04-16", "21315227", "Received")])
    pages = portal_of(en(10), en(11), en(12), en(BY_TIME), en(13), en(14), en(15)) | {
        STARTS[0]: listing(
            [
                item(en(10), "Ten", "March 4, 2024", "The teaser of ten."),
                item(en(11), "Eleven", "March 5, 2024", "The teaser of eleven, cut mid-wo"),
                item(en(12), "Twelve", "March 6, 2024"),
                item(en(BY_TIME), "By time", "March 4, 2024"),
            ],
            side=side,
        ),
        en(10): article("Ten", "2024-03-04", side=side),
        en(11): article("Eleven", "2024-03-04", side=side),
        en(12): article("Twelve", "2024-03-04", side=side),
        en(13): article("Thirteen", "2024-03-04", side=other_prefix),
        en(14): article("Fourteen", "2024-03-04", side=other_words),
        en(15): article("Fifteen", "2024-03-04", side=again),
        en(BY_TIME): article("By time", "2024-03-04", side=side),
        MORE: page(
            "<h3>Application Status</h3><table>"
            "<tr><td>04-16</td><td>21315227</td><td>Processing</td></tr>"
            "<tr><td>12-30</td><td>21315224</td><td>Withdrawn</td></tr></table>"
            f"<p><a href='{LISTED}'>Ask</a></p>"
        ),
        FAQ: page(f"<h3>FAQ</h3><div>Q: {QUESTION}</div><div>A: Yes, in the hall.</div>"),
    }
    return crawl(pages)


def test_a_teaser_reaches_its_article(crawled: Crawled) -> None:
    """Also where the home page links the article before any listing does."""
    assert crawled.run.by_key["article/en/10"]["teaser"] == "The teaser of ten."
    assert crawled.run.by_key["article/en/11"]["teaser"] == "The teaser of eleven, cut mid-wo"
    assert crawled.run.by_key["article/en/12"]["teaser"] is None
    assert crawled.run.by_key["article/en/13"]["teaser"] is None


@pytest.mark.parametrize(("note", "count"), [("listing_date_mismatch", 2), ("id_date_mismatch", 1)])
def test_a_date_that_disagrees_is_counted_and_told_once(
    crawled: Crawled, note: str, count: int
) -> None:
    assert crawled.run.counted("notes")[note] == count
    (line,) = [line for line in crawled.run.stderr.splitlines() if f"Noted: {note}" in line]
    assert en("") in line


def test_the_page_decides_its_date(crawled: Crawled) -> None:
    published = {r["published"] for r in crawled.run.records if r["type"] == "article"}
    assert published == {"2024-03-04"}


def test_the_first_of_two_contents_is_kept(crawled: Crawled) -> None:
    row = crawled.run.by_key["status/application/227"]
    assert (row["status"], row["number"], row["status_text"]) == (
        "processing", "21315227", "Processing",
    )  # fmt: skip
    assert crawled.run.counted("conflicts") == {"status": 3}


def test_both_values_of_a_conflict_are_told_once(crawled: Crawled) -> None:
    told = [
        line
        for line in crawled.run.stderr.splitlines()
        if "onflict" in line and "Noted" not in line
    ]
    about = [line for line in told if "status/application/227" in line]
    (line,) = about
    assert "'processing'" in line
    assert "'completed'" in line or "'received'" in line
    assert len([line for line in told if "status/application/226" in line]) == 1


def test_a_row_with_two_prefixes_is_one_record(crawled: Crawled) -> None:
    """The same again is counted, not told line by line."""
    assert crawled.run.counted("duplicates")["status"] >= 2
    assert "uplicate of" not in crawled.run.stderr


def test_links_of_the_boxes_are_followed_whatever_their_address(crawled: Crawled) -> None:
    assert MORE in crawled.targets
    assert FAQ in crawled.targets
    assert LISTED not in crawled.targets
    row = crawled.run.by_key["status/application/224"]
    assert (row["url"], row["status"], row["status_text"]) == (ORIGIN + MORE, "other", "Withdrawn")


def test_a_box_has_no_address(crawled: Crawled) -> None:
    assert crawled.run.by_key["status/application/226"]["url"] is None
    (pair,) = [r for r in crawled.run.records if r["type"] == "faq"]
    assert (pair["question"], pair["url"]) == (QUESTION, None)


def test_each_form_of_the_box_is_read_once(crawled: Crawled) -> None:
    """Five pages show the same box: one of them is read."""
    assert crawled.run.counted("notes")["sidebar_repeated"] >= 4
    assert_calm(crawled.run)


def test_a_crawl_without_a_record(crawl: CrawlScripted) -> None:
    """One line says so, also where the log is off; the exit status is 1."""
    nothing = {"/": page("<p>Nothing is here.</p>")}
    crawled = crawl(nothing, "--nolog")
    assert crawled.run.status == 1
    (line,) = crawled.run.stderr.splitlines()
    assert line.startswith("scrapy crawl: no record: status 404 (5 of 6 pages)")
    assert len(crawled.run.rejects) == len(crawled.targets) == 6
    assert crawled.run.stats["rejects"] == 6
