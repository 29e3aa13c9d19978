"""How far a listing is read, by what its page links to."""

from __future__ import annotations

import pytest

from shio_scraper.portals import TOUCH_SHANGHAI, Address
from shio_scraper.spiders.following import next_page

LISTING = "https://touch.shio.gov.cn/jsp/zfxw_default_en.jsp?siteId=300"


def address(url: str) -> Address:
    found = TOUCH_SHANGHAI.locate(url)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("linked", "guessed"),
    [
        (None, True),
        ({1}, True),  # the navigation's link to the listing itself is no pager
        ({1, 2}, False),
        ({2, 3, 9}, False),
    ],
)
def test_a_listing_goes_on(linked: set[int] | None, guessed: bool) -> None:  # noqa: FBT001
    assert next_page(address(LISTING), linked) == (f"{LISTING}&p_page=2", guessed)


def test_a_pager_without_a_later_page_may_have_its_next_page_in_a_script() -> None:
    here = address(f"{LISTING}&p_page=3")
    assert next_page(here, {1, 2}) == (f"{LISTING}&p_page=4", True)
