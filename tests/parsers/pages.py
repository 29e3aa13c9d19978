"""Small pages around the piece that a test is about."""

from __future__ import annotations

from hashlib import sha256
from typing import Final
from unicodedata import normalize

from shio_scraper import parse_page
from shio_scraper.items import Article, Event, Faq, RecordType, Reject, Status

ARTICLE: Final = "http://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=2241"
EVENT: Final = "http://touch.shio.gov.cn/jsp/cfbm_detail_en.jsp?id=37"
UNKNOWN: Final = "http://touch.shio.gov.cn/jsp/other_en.jsp"
FETCHED_AT: Final = "2024-03-05T02:00:00Z"

P1: Final = "The harbour office opened a reading room on Monday, its director told reporters."
P2: Final = "More than 4,000 volumes were moved from the old hall, and 900 wait to be listed."
P3: Final = "Readers can book a seat by telephone from next week, the office said."
BODY: Final = f"<p>{P1}</p><p>{P2}</p><p>{P3}</p>"
ABOVE: Final = "<div>Government News</div><div>City News</div>"
SIDEBAR: Final = (
    '<div><a href="/usercenter/in.jsp">Sign in</a></div><h3>Application Status</h3>'
    "<table><tr><td>04-16</td><td>21315227</td><td>Processing</td></tr></table>"
    "<h3>Inquiry Status</h3>"
    "<table><tr><td>02-29</td><td>02131558</td><td>Received</td></tr></table>"
    '<p><a href="/jsp/all_en.jsp">view more »</a></p>'
    "<h3>FAQ</h3><div>Q: Q: Where are the lock...<br>A: A: Next to the lifts.</div>"
)


def beside_sidebar(main: str, before: str = "", after: str = "") -> str:
    """Return a page with ``main`` and the sidebar side by side."""
    table = f"<table><tr><td>{main}</td><td>{SIDEBAR}</td></tr></table>"
    return f"<html><body>{before}{table}{after}</body></html>"


def parse(body: bytes | str, url: str | None = ARTICLE) -> list[RecordType | Reject]:
    """Return the records of ``body``."""
    return parse_page(body, url, FETCHED_AT)


def article(body: str, url: str | None = ARTICLE) -> Article:
    """Return the page's article; its sidebar, where it has one, is whole too."""
    found, *rest = parse(body, url)
    assert isinstance(found, Article)
    in_sidebar = ["status", "status", "faq"] if SIDEBAR in body else []
    assert [record.type for record in rest] == in_sidebar
    return found


def event(body: str, url: str | None = EVENT) -> Event:
    """Return the page's event; its sidebar, where it has one, is whole too."""
    found, *rest = parse(body, url)
    assert isinstance(found, Event)
    assert [record.type for record in rest] == (
        ["status", "status", "faq"] if SIDEBAR in body else []
    )
    return found


def statuses(body: str, url: str | None = UNKNOWN) -> list[Status]:
    """Return the page's status rows."""
    return [record for record in parse(body, url) if isinstance(record, Status)]


def faqs(body: str, url: str | None = UNKNOWN) -> list[Faq]:
    """Return the page's pairs."""
    return [record for record in parse(body, url) if isinstance(record, Faq)]


def reasons(body: str, url: str | None = UNKNOWN) -> list[str]:
    """Return why the page, or a part of it, was refused."""
    return [record.reason for record in parse(body, url) if isinstance(record, Reject)]


def digest(text: str) -> str:
    """Return the digest that stands in keys, by other means than the code under test."""
    return sha256(normalize("NFC", text).casefold().encode()).hexdigest()[:16]
