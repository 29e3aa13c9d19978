"""``mode=update``: what is asked for again, what is not, and what the summary says of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import pytest
from warcio.archiveiterator import ArchiveIterator

from shio_scraper.parsers.records import digest
from shio_scraper.spiders.arguments import PortalArguments
from tests.crawl.living import Crawl, Living, page_at, story, today
from tests.server import Reply, ScriptedPortal
from tests.spiders.running import Run, assert_calm, crawl_portal, in_process, scrapy
from tests.spiders.scripted import (
    EVENTS,
    STARTS,
    article,
    en,
    event,
    item,
    link,
    listing,
    page,
    sidebar,
)

if TYPE_CHECKING:
    from pathlib import Path

ASPX = "/en/government-news/detail_long.aspx?id=7"
LIST = "/jsp/cxbm_list_en.jsp?type=1"
EVENT = "/jsp/cfbm_detail_en.jsp?id={}"
ROW = "04-16", "21315227"
QUESTION = "Is there a desk for visitors?"
GATE = "To view the full text or download it, please log in"

StartLiving = Callable[..., Living]


@pytest.fixture
def living(tmp_path: Path) -> Iterator[StartLiving]:
    """Return what starts a portal that changes."""
    portals: list[ScriptedPortal] = []

    def start(*numbers: int) -> Living:
        portals.append(ScriptedPortal().__enter__())
        return Living(tmp_path, portals[-1], numbers)

    yield start
    for portal in portals:
        portal.__exit__(None, None, None)


class Changed(NamedTuple):
    """A full crawl, and an update after the portal changed."""

    full: Crawl
    update: Crawl


def front(word: str, answer: str) -> dict[str, str]:
    """Return the home page, and the sidebar of the listings, as status and FAQ stand."""
    side = sidebar([(*ROW, word)], [(QUESTION, answer)], more=LIST)
    return {"/": page(f"<p>Welcome</p><p>{link(ASPX, 'an old story')}</p>", side=side)}


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Changed]:
    """Crawl a portal, change it, and crawl what changed."""
    fair = event("Fair 2", (today() + timedelta(days=1)).isoformat())
    over = event("Fair 3", (today() - timedelta(days=3)).isoformat())
    gated = article("Story 105", "2024-03-05", body=["The first of many.", GATE])
    rows = [("03-12", "21315226", "Processing"), ("03-11", "21315225", "Processing")]
    with ScriptedPortal() as portal:
        site = Living(tmp_path_factory.mktemp("changed"), portal, range(127, 100, -1))
        fairs = [item(EVENT.format(n), f"Fair {n}", "March 4, 2024") for n in (3, 2, 1)]
        site.put({EVENTS: listing(fairs), EVENT.format(2): fair, EVENT.format(3): over})
        site.put(front("Processing", "Yes, in the hall."))
        site.put({ASPX: article("An old story", "2015-02-03"), en(105): gated})
        site.put({LIST: Reply(page(sidebar(rows)), headers={"ETag": '"list"'})})
        site.put({en(103): Reply("busy", status=503)})
        full = site.full()
        # Four new ones, one that is gone, and an old one that is pinned.
        site.show([102, 131, 130, 129, 128, 127, *range(125, 102, -1), 101])
        site.put(front("Completed", "No, on the first floor."))
        site.put({en(120): story(120, edited="Edited."), en(104): story(104, edited="Edited.")})
        site.put({en(105): article("Story 105", "2024-03-05"), en(103): story(103)})
        yield Changed(full, site.update())


def test_the_full_crawl_asks_for_everything(changed: Changed) -> None:
    """It is no update: nothing is conditional, and the summary says nothing of one."""
    assert changed.full.pages() == list(range(1, 11))
    assert changed.full.stories == {*range(101, 128)} - {103}
    assert "Update:" not in changed.full.stderr
    assert changed.full.conditional == []


def test_a_listing_is_read_to_its_watermark_and_two_pages_beyond(changed: Changed) -> None:
    """The pinned one on the first page does not end it, and the one that is gone does not miss."""
    assert changed.update.pages() == [1, 2, 3, 4, 5]


def test_which_pages_are_asked_for(changed: Changed) -> None:
    """New and young ones, one that failed, one that was gated; not the edited one of old."""
    asked = [*range(113, 132), 103, 105]
    assert sorted(changed.update.asked("zfxw_detail")) == sorted(map(en, asked))
    assert sorted(changed.update.asked("cfbm_detail")) == [EVENT.format(n) for n in (2, 3)]
    assert changed.update.asked(ASPX) == [ASPX]  # no listing has that layout's sidebar
    assert len(changed.update.targets) == len(set(changed.update.targets))


def test_what_the_server_can_compare_is_asked_for_conditionally(changed: Changed) -> None:
    assert sorted(changed.update.conditional) == sorted([*map(en, range(113, 128)), LIST])


def test_records_of_what_changed_and_no_others(changed: Changed) -> None:
    assert changed.update.stories == {128, 129, 130, 131, 120, 103, 105}
    assert {k for k in changed.update.keys if not k.startswith("article/en/1")} == {
        "article/en/aspx-7", "event/en/2", "event/en/3",
        "status/application/227", f"faq/en/{digest(QUESTION)}",
    }  # fmt: skip
    assert changed.update.rejects == []
    assert changed.full.rejects == [("http_status", en(103))]
    assert_calm(Run(changed.update.folder, 0, "", changed.update.stderr))


def test_the_summary_says_what_became_of_it(changed: Changed) -> None:
    """Home, five listings, four more pages; stories, events, and a page of the other layout."""
    assert changed.update.update == {
        "fetched": 1 + 5 + 4 + 7 + 2 + 1,
        "not modified": 14 + 1,
        "changed": 4,  # two stories, the row, the answer
        "new": 5,
        "not due": 4,  # the anchors, the fair that is over, the one that is pinned
    }
    assert changed.update.status == 0


def test_a_story_keeps_its_teaser_where_no_listing_is_asked(changed: Changed) -> None:
    (found,) = [r for r in changed.update.file("articles") if r["portal_id"] == "105"]
    assert found["teaser"] == "T105"
    assert not found["gated"]


def test_what_is_not_modified_is_a_revisit_of_what_was_captured(changed: Changed) -> None:
    """WARC 1.1, section 6.7.3; so the archive of both runs reads as if it had been fetched."""
    held = {record["id"]: record for record in archived(changed.full)}
    found = [r for r in archived(changed.update) if r["status"] == "304"]
    assert len(found) == 15
    for record in found:
        assert record["type"] == "revisit"
        assert record["profile"] == "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
        original = held[record["refers_to"]]
        assert (original["url"], original["date"]) == (record["url"], record["refers_to_date"])
        assert original["digest"] == record["digest"]


def test_archives_of_both_runs_hold_everything(changed: Changed, tmp_path: Path) -> None:
    data = changed.full.folder.parents[1]
    archives = f"{changed.full.folder}/archive,{changed.update.folder}/archive"
    run = scrapy(tmp_path, "crawl", "archive", "-a", f"path={archives}")
    assert not [r for r in run.rejects if r["reason"] != "http_status"]
    assert {r["key"] for r in run.records} >= changed.full.keys | changed.update.keys
    verified = in_process(tmp_path, "verify", str(data))
    assert verified.status == 0, verified.stdout


def test_a_page_whose_capture_is_gone_is_asked_for_whole(living: StartLiving) -> None:
    """An archive that was pruned, with what was needed of it too: the page is kept again."""
    site = living(*range(127, 120, -1))
    full = site.full()
    shutil.rmtree(full.folder / "archive")
    update = site.update()
    assert update.asked("zfxw_detail_en")
    assert not update.conditional
    assert not [record for record in archived(update) if record["status"] == "304"]


def archived(crawl: Crawl) -> list[dict[str, str]]:
    """Return the answers in the archive of a crawl."""
    names = {
        "id": "WARC-Record-ID", "type": "WARC-Type", "url": "WARC-Target-URI",
        "date": "WARC-Date", "profile": "WARC-Profile", "refers_to": "WARC-Refers-To",
        "refers_to_date": "WARC-Refers-To-Date", "digest": "WARC-Payload-Digest",
    }  # fmt: skip
    found = []
    for path in (crawl.folder / "archive").glob("*.warc.gz"):
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream):
                if record.rec_type in {"response", "revisit"}:
                    fields = {k: record.rec_headers.get_header(v) for k, v in names.items()}
                    found.append(fields | {"status": record.http_headers.get_statuscode()})
    return found


def test_an_update_right_after_another_asks_for_little(living: StartLiving) -> None:
    site = living(*range(127, 100, -1))
    site.full()
    site.update()
    again = site.update()
    assert again.pages() == [1, 2, 3]
    assert again.update["new"] == again.update["changed"] == 0
    assert sorted(again.asked("zfxw_detail")) == sorted(map(en, range(113, 128)))
    assert again.status == 0


def test_the_first_update_is_a_full_crawl(living: StartLiving) -> None:
    site = living(*range(127, 118, -1))
    first = site.update()
    assert first.stories == set(range(119, 128))
    assert first.update["new"] == len(first.keys)
    assert first.update["not due"] == first.update["not modified"] == 0


def test_a_page_that_failed_before_the_watermark_leaves_it_where_it_was(
    living: StartLiving,
) -> None:
    site = living(*range(127, 100, -1))
    site.full()
    site.show([*range(145, 100, -1)])
    broken = site.portal.pages[page_at(3)]
    site.put({page_at(3): Reply("busy", status=503)})
    hit = site.update()
    assert hit.pages() == [1, 2, 3]
    assert hit.rejects == [("http_status", page_at(3))]
    site.put({page_at(3): broken})
    site.show([*range(147, 100, -1)])
    after = site.update()
    assert after.stories | hit.stories >= set(range(128, 148))
    assert max(after.pages()) == 20 // 3 + 1 + 3
    assert site.update().pages() == [1, 2, 3]


def test_an_update_that_is_killed_and_resumed_misses_nothing(living: StartLiving) -> None:
    site = living(*range(127, 100, -1))
    site.full()
    site.show([*range(145, 100, -1)])
    site.killed_at(page_at(4), "-a", "mode=update")
    done = site.update()
    assert "Resuming the crawl" in done.stderr
    assert done.stories == set(range(128, 146))
    assert done.update["new"] == 18
    site.show([*range(148, 100, -1)])
    assert site.update().stories == {146, 147, 148}


def test_an_update_that_is_killed_and_given_up_misses_nothing(living: StartLiving) -> None:
    """The next one starts anew: the watermark stands, and what was read stays read."""
    site = living(*range(127, 100, -1))
    site.full()
    site.show([*range(145, 100, -1)])
    site.killed_at(page_at(4), "-a", "mode=update", after=1.5)
    anew = site.update("-a", "fresh=1")
    assert anew.pages()[:6] == [1, 2, 3, 4, 5, 6]
    assert site.everything == set(range(101, 146))


def test_a_full_crawl_that_is_killed_leaves_the_rest_to_an_update(living: StartLiving) -> None:
    """The listing was read to its end, its articles were not: none of them is forgotten."""
    site = living(*range(127, 100, -1))
    site.killed_at(en(120), after=1.5)
    assert page_at(10) in site.targets  # there is none: the listing ended
    assert en(119) not in site.targets
    done = site.update()
    assert site.everything == set(range(101, 128))
    assert done.rejects == []


def test_what_max_pages_and_until_leave_out_is_read_by_the_next(living: StartLiving) -> None:
    site = living(*range(127, 100, -1))
    site.full()
    site.show([*range(145, 100, -1)])
    assert site.update("-a", "max_pages=2").stories == set(range(140, 146))
    site.update("-a", f"until={today() - timedelta(days=1)}")
    assert site.update().stories == set(range(128, 140))


def test_since_limits_an_update_as_it_does_a_crawl(living: StartLiving) -> None:
    """A listing that was read back to a day is known from that day on, and no further."""
    site = living(*range(127, 100, -1))
    since = f"since={today() - timedelta(days=11)}"
    assert site.full("-a", since).pages() == [1, 2, 3]
    site.show([*range(133, 100, -1)])
    narrow = site.update("-a", since, "-s", "SHIO_UPDATE_PAGES_BEYOND=0")
    assert narrow.stories == set(range(128, 134))
    assert set(narrow.asked("zfxw_detail_en.jsp?id=1")) == set(map(en, range(122, 134)))
    wide = site.update()
    assert wide.pages()[-1] == 12
    assert wide.stories == set(range(101, 122))


@pytest.mark.parametrize("only", ["status", "faq,status"])
def test_status_and_faq_alone(living: StartLiving, only: str) -> None:
    """The home page, a page of each language and layout, and the lists that they lead to."""
    site = living(*range(127, 100, -1))
    site.put(front("Processing", "Yes, in the hall."))
    site.put({ASPX: article("An old story", "2015-02-03"), LIST: page(sidebar())})
    site.full()
    found = site.update("-a", f"only={only}")
    assert sorted(found.targets) == sorted(["/", STARTS[0], STARTS[2], ASPX, LIST])
    assert "status/application/227" in found.keys


def test_each_site_has_a_memory_of_its_own(living: StartLiving) -> None:
    """The demo portal knows nothing of a copy's pages in the same file."""
    site = living(127)
    site.full()
    shared = ("-s", f"SHIO_FRONTIER={site.folder}/data/frontier.db")
    demo = crawl_portal(site.folder / "demo", "demo", "-a", "mode=update", *shared)
    assert len(demo.records) > 100
    again = crawl_portal(site.folder / "again", "demo", "-a", "mode=update", *shared)
    assert again.stats["update/not_modified"] > 0
    assert again.stats["update/not_due"] > 50


def test_a_page_whose_address_leads_elsewhere_now_is_read(living: StartLiving) -> None:
    """The condition holds for the page that was read, not for another that it redirects to."""
    site = living(127, 126)
    site.full()
    stamp = {"Last-Modified": "Mon, 01 Jun 2026 08:00:00 GMT"}
    site.put({en(127): Reply(status=302, headers={"Location": en(999)})})
    site.put({en(999): Reply(article("Moved", today().isoformat()), headers=stamp)})
    found = site.update()
    assert "article/en/999" in found.keys
    assert en(999) not in found.conditional


def test_304_to_a_request_without_a_condition_is_a_reject(living: StartLiving) -> None:
    site = living(127)
    site.put({en(127): Reply(status=304)})
    assert site.full().rejects == [("http_status", en(127))]


def test_a_page_that_is_rejected_is_asked_for_again_without_a_condition(
    living: StartLiving,
) -> None:
    site = living(*range(127, 100, -1))
    cut = page("<h3>Government News</h3>")
    site.put({en(101): Reply(cut, headers={"ETag": '"cut"'})})
    assert [target for _, target in site.full().rejects] == [en(101)]
    again = site.update()
    assert [target for _, target in again.rejects] == [en(101)]
    assert en(101) not in again.conditional


def test_an_update_and_a_full_crawl_are_crawls_of_their_own() -> None:
    """A cut-off one of either kind is not resumed by the other."""
    given: tuple[dict[str, str], ...] = ({}, {"mode": "full"}, {"mode": "update"})
    identities = [PortalArguments.parse(each).identity for each in given]
    assert identities == [{}, {}, {"mode": "update"}]


def test_spelling_makes_no_other_crawl() -> None:
    given = ({"only": "news,faq", "language": "zh,en"}, {"only": "faq,news"})
    identities = [PortalArguments.parse(each).identity for each in given]
    assert identities == [{"only": ["faq", "news"]}] * 2


def test_memory_forgets_and_says_so(tmp_path: Path) -> None:
    run = crawl_portal(tmp_path, "demo", "-a", "mode=update")
    assert "The frontier forgets (memory): mode=update is a full crawl here" in run.stderr
    assert len(run.records) > 100
    assert run.status == 0


def test_young_days_and_pages_beyond_are_settings(living: StartLiving) -> None:
    site = living(*range(127, 100, -1))
    site.full()
    settings = ("-s", "SHIO_UPDATE_YOUNG_DAYS=5", "-s", "SHIO_UPDATE_PAGES_BEYOND=0")
    found = site.update(*settings)
    assert found.pages() == [1]
    assert sorted(found.asked("zfxw_detail")) == [en(n) for n in (125, 126, 127)]
