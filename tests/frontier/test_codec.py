"""What is stored of a request is what it was, and nothing but data."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import FormRequest, Request, Spider

from shio_scraper.component import CrawlSpider, Meta
from shio_scraper.frontier.codec import NotStorableError, decode, encode, url_of
from shio_scraper.portals import TOUCH_SHANGHAI
from shio_scraper.spiders.sites import PortalSite

_LEAVES = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text() | st.binary()
    | st.floats(allow_nan=False) | st.dates() | st.datetimes(timezones=st.just(UTC))
)  # fmt: skip
_HASHABLE = st.text() | st.integers(0, 99) | st.dates()
DATA = st.recursive(
    _LEAVES | st.sets(_HASHABLE) | st.frozensets(_HASHABLE),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


class Reader(Spider):
    """A spider with callbacks."""

    name = "reader"

    def parse_page(self, response: Any) -> None:
        """Do nothing."""

    def failed(self, failure: Any) -> None:
        """Do nothing."""


def again(request: Request, spider: Spider | None = None) -> Request:
    spider = spider or Reader()
    return decode(encode(request, spider), spider)


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are equal, down to their types."""
    if type(one) is not type(other) or one != other:
        return False
    if isinstance(one, dict):
        return all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list | tuple):
        return all(map(same, one, other))
    return True


_KEYS = st.text(min_size=1).filter(lambda key: key not in vars(Meta).values())


@given(st.dictionaries(_KEYS, DATA, max_size=4), DATA)
def test_meta_and_arguments_come_back_as_they_were(meta: dict[str, Any], value: Any) -> None:
    found = again(Request("http://example.org/", meta=meta, cb_kwargs={"value": value}))
    assert same(found.meta, meta)
    assert same(found.cb_kwargs, {"value": value})


def test_the_rest_comes_back_as_it_was() -> None:
    spider = Reader()
    request = FormRequest(
        "http://example.org/a?b=c",
        formdata={"q": "政府"},
        headers={"X-One": ["1", "2"]},
        callback=spider.parse_page,
        errback=spider.failed,
        priority=-7,
        dont_filter=True,
        flags=["seen"],
    )
    found = again(request, spider)
    assert type(found) is FormRequest
    assert found.to_dict(spider=spider) == request.to_dict(spider=spider)


def test_what_belongs_to_one_fetch_is_left_out() -> None:
    request = Request("http://example.org/", meta={Meta.LEASE: object(), "kept": 1})
    assert again(request).meta == {}


@pytest.mark.parametrize("value", [object(), Reader, lambda: None, 2**70, UTC, date.today])
def test_what_is_no_data_is_refused(value: Any) -> None:
    with pytest.raises(NotStorableError, match="example"):
        encode(Request("http://example.org/", meta={"value": value}), Reader())


def test_a_callback_that_is_no_method_of_the_spider_is_refused() -> None:
    def elsewhere(_: Any) -> None:
        """Do nothing."""

    with pytest.raises(NotStorableError):
        encode(Request("http://example.org/", callback=elsewhere), Reader())


@pytest.mark.parametrize(
    ("url", "elsewhere"),
    [
        ("http://127.0.0.1:1/jsp/a.jsp?id=1", "http://127.0.0.1:2/jsp/a.jsp?id=1"),
        ("http://127.0.0.1:3/off", "http://127.0.0.1:3/off"),
        ("http://127.0.0.1:12/off", "http://127.0.0.1:12/off"),
    ],
)
def test_a_copy_may_have_another_address_tomorrow(url: str, elsewhere: str) -> None:
    before, after = CrawlSpider("one"), CrawlSpider("two")
    before.site = PortalSite({TOUCH_SHANGHAI: "http://127.0.0.1:1"})
    after.site = PortalSite({TOUCH_SHANGHAI: "http://127.0.0.1:2"})
    data = encode(Request(url, meta={"redirect_urls": [url]}), before)
    found = decode(data, after)
    assert found.url == elsewhere
    assert found.meta["redirect_urls"] == [elsewhere]
    assert url_of(encode(Request("http://a.org/"), Reader())) == "http://a.org/"


def test_a_time_keeps_its_zone() -> None:
    moment = datetime(2024, 2, 29, 12, 30, 1, 5, UTC)
    assert again(Request("http://a.org/", meta={"at": moment})).meta["at"] == moment
