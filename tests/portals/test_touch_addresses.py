"""Addresses as browsers, servers and tables write them: one page, one key, and no junk in it."""

from __future__ import annotations

import pytest

from shio_scraper.addresses import link_of
from shio_scraper.portals import TOUCH_SHANGHAI

ORIGIN = TOUCH_SHANGHAI.origin
PAGE = "/jsp/zfxw_detail_en.jsp"
ID = "20240311083000004"
LISTING = f"{ORIGIN}/jsp/zfxw_default_en.jsp?siteId=300"


@pytest.mark.parametrize(
    "target",
    [
        f"{PAGE}?id={ID}'",
        f"{PAGE}?id={ID}%22%3E",
        f"{PAGE}?id={ID});",
        f"{PAGE}?id={ID},cn,index",
        f"{PAGE}?id={ID}%20or%202=2",
        f"{PAGE}?id={ID}%EF%BC%8C",
        f"{PAGE}?id={ID}%E2%80%8B",
        f"{PAGE}?id={ID}/",
        f"{PAGE}?ID=00{ID}",
        f"/jsp/zfxw%5fdetail%5Fen.jsp?id={ID}",
        f"\\jsp\\zfxw_detail_en.jsp?id={ID}",
        f"/jsp/zfxw_de\ntail_en.jsp?id={ID}\t",
    ],
)
def test_an_id_is_a_number_whatever_stands_around_it(target: str) -> None:
    address = TOUCH_SHANGHAI.locate(ORIGIN + target)
    assert address is not None
    assert (address.key_id, address.url) == (ID, f"{ORIGIN}{PAGE}?id={ID}")


@pytest.mark.parametrize("junk", ["abc", "12abc", "-1", "'12", "١٢", "0", "undefined", "12é"])
def test_what_is_no_id_makes_no_key(junk: str) -> None:
    address = TOUCH_SHANGHAI.locate(f"{ORIGIN}{PAGE}?id={junk}")
    assert address is not None
    assert (address.family, address.key_id) == (None, None)
    other = TOUCH_SHANGHAI.locate(f"{ORIGIN}{PAGE}?id={junk}x")
    assert other is not None
    assert other.url != address.url


@pytest.mark.parametrize(
    ("link", "absolute"),
    [
        (r"\jsp\zfxw_detail_en.jsp?id=7", f"{ORIGIN}{PAGE}?id=7"),
        (r"https:\\touch.shio.gov.cn\jsp\zfxw_detail_en.jsp?id=7", f"{ORIGIN}{PAGE}?id=7"),
        ("javascript:window.open('zfxw_detail_en.jsp?id=7')", f"{ORIGIN}{PAGE}?id=7"),
        ("JavaScript:void(open(%22/jsp/zfxw_detail_en.jsp?id=7%22))", f"{ORIGIN}{PAGE}?id=7"),
        (f"javascript:location.href='{PAGE}?id=7'", f"{ORIGIN}{PAGE}?id=7"),
        (f"javascript:show('{PAGE}?id=7', 600, 400)", f"{ORIGIN}{PAGE}?id=7"),
        ("javascript:show('zfxw_detail_en.jsp?id=7')", f"{ORIGIN}{PAGE}?id=7"),
        ("javascript:show('news')", None),
        ("javascript:open('/share?to=' + address)", None),
        ("javascript:void(0)", None),
        ("javascript:", None),
        ("http://", None),
        (f"/jsp/{'%25' * 2_729}", f"{ORIGIN}/jsp/{'%25' * 2_729}"),
        (f"/jsp/{'%25' * 2_730}", None),
        ("mailto:a@example\x07.org\x07", "mailto:a@example%07.org"),
        ("https://example.org/a\x1b[31m\x9b b", "https://example.org/a%1B[31m%C2%9B%20b"),
        ("https://example.org/a?q=b\\c", "https://example.org/a?q=b\\c"),
        ("/jsp/a\x7f\u2067.jsp", f"{ORIGIN}/jsp/a%7F%E2%81%A7.jsp"),
    ],
)
def test_links_lead_where_browsers_go(link: str, absolute: str | None) -> None:
    assert TOUCH_SHANGHAI.canonical(link, LISTING) == absolute


@pytest.mark.parametrize(
    ("attributes", "link"),
    [
        ({"href": "/a.jsp", "onclick": "location='/b.jsp'"}, "/a.jsp"),
        ({"href": "#", "onclick": "location='/b.jsp'"}, "/b.jsp"),
        ({"onclick": "window.open('/b.jsp?id=1')"}, "/b.jsp?id=1"),
        ({"href": "javascript:;", "onclick": "go('/b.jsp'); return false"}, "/b.jsp"),
        ({"href": "#top", "onclick": "count(1)"}, "#top"),
        ({"onclick": "count(1)"}, None),
        ({}, None),
    ],
)
def test_a_click_leads_on_where_the_address_does_not(
    attributes: dict[str, str], link: str | None
) -> None:
    assert link_of(attributes) == link


@pytest.mark.parametrize("piece", ["open('", 'open("', "'a", "location=", "('/", "'a.jsp?"])
def test_of_a_long_script_the_beginning_is_read(piece: str) -> None:
    late = f"javascript:{piece * 100_000};x('/a.jsp')"
    assert TOUCH_SHANGHAI.canonical(late, LISTING) != f"{ORIGIN}/a.jsp"
