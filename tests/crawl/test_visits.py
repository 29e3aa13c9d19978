"""Which pages are asked for: each once, none that is private or elsewhere, redirects to the end."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.server import ORIGIN, Reply, ScriptedPortal, canonical
from tests.spiders.running import assert_calm, crawl_portal
from tests.spiders.scripted import STARTS, article, en, item, listing, page, portal_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.spiders.crawling import Crawled, CrawlScripted

SPELLINGS = (
    en(10),
    "/jsp/zfxw_detail_en.jsp?siteId=300&id=10",
    "/jsp/zfxw_detail_en.jsp;jsessionid=0A1B2C?id=10",
    "/jsp/zfxw_detail_en.jsp?lang=en&id=10#top",
    f"{ORIGIN}{en(10)}",
    f"http://touch.shio.gov.cn{en(10)}",
    f"http://61.129.132.137{en(10)}",
    f"http://TOUCH.shio.gov.cn:80{en(10)}&utm_source=mail",
)
NEVER = (
    "/usercenter/login.jsp",
    "/usercenter/",
    "/jsp/login.jsp?id=10",
    "/en/SignIn.aspx",
    "/jsp/register.jsp",
    "http://en.shio.gov.cn/resource/new/3002.shtml",
    "https://www.example.org/jsp/zfxw_detail_en.jsp?id=999",
    "mailto:desk@example.org",
    "javascript:void(0)",
    "/about/contact.html",
    "/jsp/tjcf_detail.jsp?id=5&lineId=6",
)


@pytest.fixture(scope="module")
def crawled(crawl: CrawlScripted) -> Crawled:
    """Crawl a portal that names one page in many ways, on its home page and in its listings."""
    pages = portal_of(*SPELLINGS, *NEVER) | {en(10): article("Ten", "2024-03-04")}
    for start, other in zip(STARTS[:2], (SPELLINGS[6], SPELLINGS[2]), strict=True):
        pages[start] = listing([item(other, "Ten", "March 4, 2024", "Of the listing.")])
    return crawl(pages)


def test_a_page_is_visited_once(crawled: Crawled) -> None:
    assert crawled.asked("zfxw_detail_en") == [en(10)]
    assert max(Counter(crawled.targets).values()) == 1
    record = crawled.run.by_key["article/en/10"]
    assert record["url"] == ORIGIN + en(10)
    assert record["teaser"] == "Of the listing."


def test_private_and_foreign_pages_are_never_asked_for(crawled: Crawled) -> None:
    allowed = {"/", *STARTS, "/jsp/cfbm_default_en.jsp", en(10), "/jsp/zfxw_detail.jsp?id=1"}
    allowed |= {"/jsp/cfbm_detail_en.jsp?id=1"}
    assert {t for t in crawled.targets if "p_page" not in t} == allowed
    assert crawled.run.rejects == []


def test_recommended_routes_are_counted(crawled: Crawled) -> None:
    assert crawled.run.stats["links/recommended"] == 1


def test_nobody_shares_a_session(crawled: Crawled) -> None:
    assert crawled.requests
    assert not any("Cookie" in seen.headers for seen in crawled.requests)


@pytest.mark.parametrize("path", ["/a/copy", "/a/copy/"])
def test_a_copy_may_lie_in_a_folder(tmp_path: Path, path: str) -> None:
    pages = portal_of(f"http://61.129.132.137{en(10)}") | {en(10): article("Ten", "2024-03-04")}
    with ScriptedPortal({f"/a/copy{target}": reply for target, reply in pages.items()}) as portal:
        upper = portal.url.replace("http://127.0.0.1", "HTTP://LocalHost")
        portal.otherwise = in_folder(pages)
        for number, site in enumerate((portal.url, upper)):
            run = crawl_portal(tmp_path / str(number), f"{site}{path}")
            assert len(run.by_key) == 6
            assert run.by_key["article/en/10"]["url"] == ORIGIN + en(10)
            assert run.rejects == []


def in_folder(pages: dict[str, Reply | str]) -> Callable[[str], Reply | None]:
    """Answer below ``/a/copy`` alone, in any order of the parameters."""

    def answer(target: str) -> Reply | None:
        found = pages.get(canonical(target.removeprefix("/a/copy")))
        if found is None or not target.startswith("/a/copy/"):
            return None
        return found if isinstance(found, Reply) else Reply(found)

    return answer


# Redirects


def to(location: str, status: int = 302) -> Reply:
    return Reply(status=status, headers={"Location": location, "Set-Cookie": "JSESSIONID=9"})


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[ScriptedPortal]:
    """Run a server that must never be asked."""
    with ScriptedPortal() as server:
        yield server


BY_SCRIPT = (r"\jsp\zfxw_detail_en.jsp?id=61", f"javascript:window.open('{en(62)}')")
"""Links that browsers follow."""


def again(number: int) -> str:
    """Return an article's address as a page that leads on to it spells it."""
    return f"{en(number)}&r=1"


def meta(content: str) -> str:
    return f'<meta http-equiv="Refresh" content="{content}">'


def shown(number: int, head: str, **headers: str) -> Reply:
    """Return an article that leads on all the same."""
    return Reply(
        article(f"Shown {number}", "2024-03-04").replace("<head>", f"<head>{head}"), headers=headers
    )


REFRESHED = {
    40: shown(40, meta(f"30; url={STARTS[0]}")),
    41: shown(41, meta(f"60; url={en(41)}")),
    42: shown(42, meta(f"0; url={en(42)}#top")),
    43: shown(43, meta("5; url=/usercenter/login.jsp")),
    44: shown(44, meta("99; url=http://127.0.0.1:9/x")),
    45: shown(45, meta("600")),
    46: shown(
        46, f"<!-- {meta('0; url=/nowhere')} --><noscript>{meta('0; url=/nowhere')}</noscript>"
    ),
    47: shown(47, "", Refresh=f"20; url={STARTS[0]}"),
    48: shown(48, meta(f"0; url={en(48)}&amp;r=2")),
    49: shown(49, meta("0; url=http://[bad/")),
}
"""Articles that are read, whatever they do later."""
LED_ON = {
    50: Reply(page("", head=f"<!--{'-' * 5_000}-->{meta(f'0;URL={again(50)}')}")),
    51: Reply("", headers={"Refresh": f"0; url={again(51)}"}),
    52: Reply(page("<p>The page has moved.</p>", head=meta(f"3;url='{again(52)}'"))),
    53: Reply(page("", head=meta(r"1, \jsp\zfxw_detail_en.jsp?id=53&amp;r=1"))),
}
"""Pages that show nothing but where they lead."""


@pytest.fixture(scope="module")
def redirected(crawl: CrawlScripted, elsewhere: ScriptedPortal) -> Crawled:
    refresh = f'<meta http-equiv="refresh" content="0; url={elsewhere.url}/x">'
    pages = portal_of(*map(en, (*range(17, 30), *REFRESHED, *LED_ON, 60)), *BY_SCRIPT) | {
        en(17): to(f"{elsewhere.url}/x"),
        en(18): to("/usercenter/login.jsp"),
        en(19): to(en(19)),
        en(20): to(en(21)),
        en(21): to(en(20)),
        en(23): to(ORIGIN + en(24), 301),
        en(24): article("Twenty-four", "2024-03-04"),
        en(25): to(en(26), 301),
        en(26): article("Twenty-six", "2024-03-04"),
        en(27): page("<p>Moved</p>", head=refresh),
        en(28): to("http://[bad/"),
        en(29): Reply(status=302),
        en(60): Reply(status=302, headers={"Location": en(60)}),
    }
    with_session = "/jsp/zfxw_detail_en.jsp;jsessionid=77?id=22"
    pages |= {en(n): article(f"By script {n}", "2024-03-04") for n in (61, 62, 63)}
    clicked = f"""<a href="#" onclick="location.href='{en(63)}'">By script - March 4, 2024</a>"""
    pages[STARTS[0]] = listing([f"<li>{clicked}</li>"])
    answers = {
        en(22): to(with_session),
        with_session: Reply(article("Twenty-two", "2024-03-04")),
        **{en(number): reply for number, reply in (REFRESHED | LED_ON).items()},
        **{again(n): Reply(article(f"Led on to {n}", "2024-03-04")) for n in LED_ON},
    }
    return crawl(pages, otherwise=answers.get)


def test_a_session_in_the_address_is_no_other_page(redirected: Crawled) -> None:
    record = redirected.run.by_key["article/en/22"]
    assert record["url"] == ORIGIN + en(22)
    assert record["provenance"]["fetched_url"].endswith(";jsessionid=77?id=22")


@pytest.mark.parametrize("number", [24, 26])
def test_a_redirect_within_the_portal_is_followed(redirected: Crawled, number: int) -> None:
    """Also one that names the portal's own host, which a copy stands in for."""
    assert redirected.run.by_key[f"article/en/{number}"]["url"] == ORIGIN + en(number)


@pytest.mark.parametrize("number", REFRESHED)
def test_what_a_page_shows_is_read_whatever_it_does_later(redirected: Crawled, number: int) -> None:
    assert redirected.run.by_key[f"article/en/{number}"]["title"] == f"Shown {number}"
    assert len(redirected.asked(en(number))) == 1


@pytest.mark.parametrize("number", LED_ON)
def test_a_page_without_a_word_is_followed(redirected: Crawled, number: int) -> None:
    assert redirected.run.by_key[f"article/en/{number}"]["title"] == f"Led on to {number}"


@pytest.mark.parametrize("number", [61, 62, 63])
def test_links_are_followed_as_in_a_browser(redirected: Crawled, number: int) -> None:
    assert redirected.run.by_key[f"article/en/{number}"]["title"] == f"By script {number}"


def test_a_gate_of_cookies_names_the_way_out(redirected: Crawled) -> None:
    details = {r["url"]: r["detail"] for r in redirected.run.rejects}
    assert "-s COOKIES_ENABLED=1" in details[ORIGIN + en(19)]
    assert "COOKIES" not in details[ORIGIN + en(60)]


def test_no_redirect_leads_away(redirected: Crawled, elsewhere: ScriptedPortal) -> None:
    assert elsewhere.requests == []
    assert redirected.asked("usercenter") == []


def test_each_page_that_was_lost_is_a_reject(redirected: Crawled) -> None:
    assert redirected.run.rejected() == [
        ("fetch", "http_status", en(29)),
        ("fetch", "off_portal", en(17)),
        ("fetch", "off_portal", en(27)),
        ("fetch", "private", en(18)),
        ("fetch", "redirect_loop", en(19)),
        ("fetch", "redirect_loop", en(20)),
        ("fetch", "redirect_loop", en(21)),
        ("fetch", "redirect_loop", en(60)),
        ("fetch", "unreachable", en(28)),
    ]
    assert_calm(redirected.run)
    assert len(redirected.asked("id=19")) < 10
