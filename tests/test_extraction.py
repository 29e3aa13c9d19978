"""All of one capture from Python: what ``examine_page`` tells beside the records."""

from __future__ import annotations

from datetime import date

from shio_scraper import examine_page, parse_page
from shio_scraper.items import Article

BASE = "https://touch.shio.gov.cn/jsp"
ARTICLE = f"{BASE}/zfxw_detail_en.jsp?id=2241"
PAGE = """<h2>Government News</h2><h1>Mill pond drained 2024-03-04</h1>
<p>The mill pond was drained on Sunday, and its carp were moved to the canal.</p>
<figure><img src="carp.jpg" alt="fish"><figcaption>A carp leaves the pond</figcaption></figure>
<p><img src="/pond.jpg" alt="The pond">It will be filled again by May, the district said.</p>"""


def test_an_article_is_examined() -> None:
    found = examine_page(PAGE, ARTICLE, "2024-03-05T02:00:00Z")
    assert [*found.records, *found.rejects] == parse_page(PAGE, ARTICLE, "2024-03-05T02:00:00Z")
    assert (found.items, found.next_page) == ([], None)
    assert found.page is not None


def test_pictures_have_their_caption_and_are_no_paragraph() -> None:
    (found,) = (r for r in parse_page(PAGE, ARTICLE) if isinstance(r, Article))
    pictures = [(image.url, image.text) for image in found.images]
    assert pictures == [
        (f"{BASE}/carp.jpg", "A carp leaves the pond"),
        ("https://touch.shio.gov.cn/pond.jpg", "The pond"),
    ]
    assert len(found.paragraphs) == 2
    assert found.to_dict()["images"][1] == {"url": pictures[1][0], "text": pictures[1][1]}


def test_what_is_no_page_is_a_reject() -> None:
    found = examine_page(b"\x00\x01\x02" * 50, ARTICLE)
    assert [reject.stage for reject in found.rejects] == ["read"]
    assert (found.records, found.page) == ([], None)


def test_a_listing_has_items_and_a_next_page() -> None:
    rows = "".join(
        f'<li><a href="zfxw_detail_en.jsp?id=22{n}">Bridge number {n} opens</a> 2024-03-0{n}</li>'
        for n in range(1, 6)
    )
    found = examine_page(f"<h2>Government News</h2><ul>{rows}</ul>", f"{BASE}/zfxw_default_en.jsp")
    assert [item.portal_id for item in found.items] == ["221", "222", "223", "224", "225"]
    first = found.items[0]
    assert (first.title, first.day) == ("Bridge number 1 opens", date(2024, 3, 1))
    assert first.url == f"{BASE}/zfxw_detail_en.jsp?id=221"
    assert found.next_page
    assert found.next_page.startswith(f"{BASE}/zfxw_default_en.jsp?")
