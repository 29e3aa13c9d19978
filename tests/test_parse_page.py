"""The public entry: bad input costs what it must and nothing else; the seed's records."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import pytest

from shio_scraper import parse_page
from shio_scraper.items import Article, Faq, RecordType, Reject, Status
from shio_scraper.pages import MAX_PAGE, Capture, read
from shio_scraper.parsers import extract
from shio_scraper.schema import validate

SEED: Final = Path(__file__).parents[2] / "shared" / "seed" / "page.txt"
FETCHED_AT: Final = "2024-03-05T02:00:00Z"
ADDRESS: Final = "http://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=2241"
ROWS: Final = (
    "<h3>Application Status</h3><table>"
    "<tr><td>02-16</td><td>21315227</td><td>Processing</td></tr></table>"
)
PAIR: Final = "<h3>FAQ</h3><div>Q: Is there a map?<br>A: Ask at the desk.</div>"
TITLE: Final = "<h2>Government News</h2><h1>Mill pond drained 2024-03-04</h1>"
BODY: Final = (
    "<p>The mill pond was drained on Sunday, and its carp were moved to the canal.</p>"
    "<p>It will be filled again by May, the district said.</p>"
)


def page(article: str = TITLE + BODY, side: str = ROWS + PAIR) -> str:
    return f"<html><body><div>{article}</div><div>{side}</div></body></html>"


def parse(body: bytes | str, url: str | None = ADDRESS) -> list[RecordType | Reject]:
    return parse_page(body, url, FETCHED_AT)


def notes(body: bytes | str, url: str | None = ADDRESS) -> Counter[str]:
    capture = Capture(body=body, url=url, fetched_at=datetime(2024, 3, 5, 2, tzinfo=UTC))
    return extract(read(capture)).notes


def reasons(records: list[RecordType | Reject]) -> list[tuple[str, str]]:
    return [(r.stage, r.reason) for r in records if isinstance(r, Reject)]


def kinds(records: list[RecordType | Reject]) -> list[str]:
    return [record.type for record in records]


def article(records: list[RecordType | Reject]) -> Article:
    (found,) = (record for record in records if isinstance(record, Article))
    return found


def statuses(records: list[RecordType | Reject]) -> list[Status]:
    return [record for record in records if isinstance(record, Status)]


def faqs(records: list[RecordType | Reject]) -> list[Faq]:
    return [record for record in records if isinstance(record, Faq)]


@pytest.mark.skipif(not SEED.exists(), reason="../shared is not here")
@pytest.mark.parametrize("as_bytes", [True, False], ids=["bytes", "text"])
def test_the_seed(*, as_bytes: bool) -> None:
    body = SEED.read_bytes()
    records = parse_page(body if as_bytes else body.decode())
    found = article(records)
    assert kinds(records) == ["article", *["status"] * 6, *["faq"] * 3]
    assert found.published == date(2025, 6, 18)
    assert found.section == "Government News"
    assert len(found.paragraphs) == 9
    assert found.source == "Yicai Global"
    assert not found.gated
    assert [row.serial for row in statuses(records)] == ["227", "226", "225", "58", "57", "56"]
    assert [row.latest_date for row in statuses(records)] == [None] * 6
    assert [pair.question_truncated for pair in faqs(records)] == [True] * 3
    assert faqs(records)[0].answer == "Log on to http://touch.shio.gov."


def test_a_whole_page() -> None:
    records = parse(page())
    assert kinds(records) == ["article", "status", "faq"]
    assert article(records).published == date(2024, 3, 4)
    assert len(article(records).paragraphs) == 2


@pytest.mark.parametrize(
    "body",
    [b"", "", b" \n\t\r ", "\ufeff", b"\xef\xbb\xbf", "<html></html>", "<!-- nothing -->",
     "<html><body><script>var a = 'Government News';</script><p>&nbsp;</p></body></html>"],
)  # fmt: skip
def test_an_empty_body(body: bytes | str) -> None:
    assert reasons(parse(body)) == [("read", "empty")]


@pytest.mark.parametrize(
    ("body", "url"),
    [
        ("<h1>404 Not Found</h1><hr><center>nginx</center>", ADDRESS),
        ("<h1>HTTP Status 404</h1><p>The requested resource is not available.</p>", ADDRESS),
        ("<p>The article you are looking for does not exist.</p>", ADDRESS),
        ("<p>您访问的页面不存在</p>", ADDRESS.replace("_en", "")),
        ("<p>Sorry, this page has been removed.</p>", "http://touch.shio.gov.cn/jsp/other.jsp"),
    ],
)
def test_a_not_found_page_with_status_200(body: str, url: str) -> None:
    assert reasons(parse(body, url)) == [("parse", "not_found")]


def test_a_not_found_page_keeps_its_sidebar() -> None:
    records = parse(page("<h2>Government News</h2><p>This article does not exist.</p>"))
    assert kinds(records) == ["status", "faq", "reject"]
    assert reasons(records) == [("parse", "not_found")]


def test_words_of_an_error_in_an_article_are_words() -> None:
    text = "<p>The page was not found in the archive, and 404 others are missing too.</p>"
    assert article(parse(page(TITLE + text, ""))).paragraphs


@pytest.mark.parametrize("end", ["and its carp were mo", "</p><p", '</p><p class="x'])
def test_truncated_html_is_no_short_article(end: str) -> None:
    whole = f"<html><body><div>{TITLE}<p>The mill pond was drained on Sunday, "
    assert reasons(parse(whole + end)) == [("parse", "truncated")]


def test_truncated_behind_the_article_keeps_the_article() -> None:
    cut = page().partition("<h3>FAQ</h3>")[0]
    assert kinds(parse(cut)) == ["article", "status"]


def test_sloppy_markup_without_its_end_is_not_truncated() -> None:
    sloppy = (
        "<HTML><BODY><P>Government News<P>Mill pond drained 2024-03-04<P>It is dry.<P>So are we."
    )
    assert kinds(parse(sloppy)) == ["article"]


def test_too_large_a_page_is_not_read() -> None:
    body = page().encode()
    assert kinds(parse(body + b" " * (MAX_PAGE - len(body)))) == ["article", "status", "faq"]
    assert reasons(parse(body + b" " * MAX_PAGE)) == [("read", "too_large")]
    assert reasons(parse("界" * (MAX_PAGE // 3 + 1))) == [("read", "too_large")]


def test_markup_nested_ten_thousand_levels_deep() -> None:
    deep = page(TITLE + "<div>" * 10_000 + BODY + "</div>" * 10_000)
    assert reasons(parse(deep)) == [("read", "too_deep")]


@pytest.mark.parametrize(
    "body", ["Words\n", "<html><p>Words", "<html><a href=/b>c</a>"], ids=["text", "html", "links"]
)
def test_a_page_of_more_blocks_or_links_than_anybody_reads(body: str) -> None:
    assert reasons(parse(body * 30_000)) == [("read", "too_large")]


def test_a_page_gives_so_many_records_and_counts_the_rest() -> None:
    pairs = "".join(f"<p>Q: Is it {i}?</p><p>A: It is {i}.</p>" for i in range(6_000))
    rows = "<tr><td>04-16</td><td></td><td>Processing</td></tr>" * 6_000
    asked = page(side=f"<h3>FAQ</h3>{pairs}")
    assert Counter(kinds(parse(asked))) == {"article": 1, "faq": 4_999}
    assert notes(asked)["records_left_out"] == 1_001
    listed = page(side=f"<h3>Application Status</h3><table>{rows}</table>")
    assert Counter(kinds(parse(listed))) == {"article": 1, "reject": 5_000}
    assert notes(listed)["rejects_left_out"] == 1_000


def test_a_page_leads_to_so_many_items_and_counts_the_rest() -> None:
    address = "/jsp/zfxw_detail_en.jsp?id="
    items = "".join(f'<li><a href="{address}{i}">A page {i}</a></li>' for i in range(1, 4_501))
    assert notes(page(f"<ul>{items}</ul>"))["listed_left_out"] == 500


@pytest.mark.parametrize("tag", ["div", "span", "b", "font"])
def test_markup_nested_deeper_than_parsers_go_by_default(tag: str) -> None:
    deep = page(TITLE + f"<{tag}>" * 300 + BODY + f"</{tag}>" * 300)
    assert article(parse(deep)).paragraphs == article(parse(page())).paragraphs


@pytest.mark.parametrize("tag", ["div", "span", "table><tr><td", "ul><li", "b"])
def test_cut_markup_is_a_reject_never_a_short_article(tag: str) -> None:
    records = parse(page(TITLE + BODY + f"<{tag}>" * 10_000 + "<p>The last word.</p>"))
    assert reasons(records) == [("read", "too_deep")] or (
        article(records).paragraphs[-1] == "The last word."
    )


def test_two_titles() -> None:
    other = "<h2>Government News</h2><h1>Carp moved 2024-03-03</h1><p>They swim in the canal.</p>"
    records = parse(page(TITLE + BODY + other))
    assert kinds(records) == ["status", "faq", "reject"]
    assert reasons(records) == [("parse", "two_titles")]


def test_one_title_twice_is_one() -> None:
    records = parse(page("<h1>Mill pond drained 2024-03-04</h1>" + TITLE + BODY))
    assert kinds(records) == ["article", "status", "faq"]


def test_no_date() -> None:
    undated = page("<h2>Government News</h2><h1>Mill pond drained</h1>" + BODY)
    assert article(parse(undated)).published is None
    assert article(parse(undated)).title == "Mill pond drained"
    assert notes(undated)["no_date"] == 1


def test_no_date_in_the_calendar() -> None:
    bad = page(TITLE.replace("2024-03-04", "2023-02-29") + BODY)
    assert article(parse(bad)).published is None
    assert article(parse(bad)).title == "Mill pond drained"
    assert notes(bad)["bad_date"] == 1


@pytest.mark.parametrize(
    ("day", "kept"), [("2024-03-05", True), ("2024-03-06", False), ("2042-03-04", False)]
)
def test_a_date_after_the_day_of_the_capture(day: str, *, kept: bool) -> None:
    later = page(TITLE.replace("2024-03-04", day) + BODY)
    assert article(parse(later)).published == (date.fromisoformat(day) if kept else None)
    assert notes(later)["future_date"] == (not kept)
    assert kinds(parse(later)) == ["article", "status", "faq"]


def test_the_day_of_the_capture_is_the_portals() -> None:
    body = page(TITLE.replace("2024-03-04", "2024-03-06") + BODY)
    (found,) = parse_page(body, ADDRESS, "2024-03-05T16:30:00Z")[:1]
    assert isinstance(found, Article)
    assert found.published == date(2024, 3, 6)


def test_a_date_that_disagrees_with_the_id_is_counted_and_kept() -> None:
    url = "http://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=20240303101112131"
    assert article(parse(page(), url)).published == date(2024, 3, 4)
    assert notes(page(), url)["id_date_mismatch"] == 1


def rows(cells: str) -> str:
    first = "<tr><td>02-20</td><td>21315228</td><td>Processing</td></tr>"
    last = "<tr><td>02-10</td><td>21315226</td><td>Processing</td></tr>"
    return f"<h3>Application Status</h3><table>{first}<tr>{cells}</tr>{last}</table>"


@pytest.mark.parametrize(
    "cells",
    [
        "<td></td><td>21315227</td><td>Processing</td>",
        "<td>&nbsp;</td><td>21315227</td><td>Processing</td>",
        "<td>21315227</td><td>Processing</td>",
    ],
)
def test_a_row_without_its_day(cells: str) -> None:
    body = page(side=rows(cells))
    row = statuses(parse(body))[1]
    assert (row.serial, row.month_day, row.latest_date) == ("227", None, None)
    assert (row.status, row.status_text) == ("processing", "Processing")
    assert len(statuses(parse(body))) == 3
    assert notes(body)["row_without_day"] == 1


@pytest.mark.parametrize("cells", ["<td>02-16</td><td>21315227</td><td></td>",
                                   "<td>02-16</td><td>21315227</td>"])  # fmt: skip
def test_a_row_without_its_word(cells: str) -> None:
    body = page(side=rows(cells))
    row = statuses(parse(body))[1]
    assert (row.serial, row.month_day, row.latest_date) == ("227", "02-16", date(2024, 2, 16))
    assert (row.status, row.status_text) == (None, None)
    assert notes(body)["row_without_word"] == 1


@pytest.mark.parametrize("cells", ["<td>02-16</td><td></td><td>Processing</td>",
                                   "<td>02-16</td><td>Processing</td>"])  # fmt: skip
def test_a_row_without_its_number(cells: str) -> None:
    records = parse(page(side=rows(cells)))
    assert [row.serial for row in statuses(records)] == ["228", "226"]
    assert reasons(records) == [("parse", "row_without_number")]
    assert kinds(records)[0] == "article"


def test_a_row_without_its_number_in_div_cells() -> None:
    cells = "<div><div>02-16</div><div></div><div>Processing</div></div>"
    whole = "<div><div>02-10</div><div>21315226</div><div>Processing</div></div>"
    records = parse(page(side=f"<h3>Application Status</h3>{cells}{whole}"))
    assert [row.serial for row in statuses(records)] == ["226"]
    assert reasons(records) == [("parse", "row_without_number")]


def test_a_question_without_an_answer() -> None:
    body = page(side="<h3>FAQ</h3><p>Q: Is there a map?</p><p>Q: And a guide?</p><p>A: Yes.</p>")
    assert [(pair.question, pair.answer) for pair in faqs(parse(body))] == [
        ("Is there a map?", None),
        ("And a guide?", "Yes."),
    ]
    assert notes(body)["no_answer"] == 1
    assert reasons(parse(body)) == []


def test_nul_and_control_characters() -> None:
    dirty = page().replace("pond", "po\x00nd\x07").replace("carp", "c\x1barp\x7f\ufeff")
    for body in (dirty, dirty.encode()):
        found = article(parse(body))
        assert found.title == "Mill pond drained"
        assert found.paragraphs == article(parse(page())).paragraphs
        assert notes(body)["control_characters"] == 1


def test_character_references_to_control_characters() -> None:
    dirty = page().replace("mill", "mi&#0;ll&#7;").replace("Mill", "Mi&#x1F;ll")
    found = article(parse(dirty))
    assert all(character.isprintable() for text in found.paragraphs for character in text)
    assert found.title.isprintable()


def test_a_few_lost_characters_are_noted() -> None:
    body = page().encode().replace(b"mill pond", b"mill\xff pond", 1)
    assert kinds(parse(body)) == ["article", "status", "faq"]
    assert notes(page().replace("mill", "mi\ufffdll"))["characters_lost"] == 1


def test_a_stray_surrogate() -> None:
    assert article(parse(page(TITLE + BODY + "<p>One more \ud800 line here.</p>"))).paragraphs[2]


@pytest.mark.parametrize(
    "text",
    [
        "<h1>Новости города 2024-03-04</h1><p>Пруд у мельницы осушили в воскресенье утром.</p>",
        ("<h1>市のお知らせ 2024-03-04</h1><p>水車小屋のいけは日曜日にからになりました。</p>"),
        (
            "<h1>Nouvelles de la ville 2024-03-04</h1>"
            "<p>Le bassin du moulin a été vidé dimanche matin "
            "et les carpes ont été déplacées vers le canal où elles passeront les "
            "mois prochains en "
            "attendant que le bassin soit rempli de nouveau.</p>"
        ),
    ],
    ids=["ru", "ja", "fr"],
)
def test_a_page_in_a_third_language(text: str) -> None:
    records = parse(f"<html><body>{text}</body></html>", "http://touch.shio.gov.cn/jsp/other.jsp")
    assert reasons(records) == [("parse", "language")]
    assert kinds(records) == ["reject"]


def test_an_english_page_with_a_word_of_a_third_language() -> None:
    assert article(parse(page(TITLE + BODY + "<p>The sign says Пруд and 池 in one line.</p>")))


def test_no_title() -> None:
    records = parse(page("<h2>Government News</h2>"))
    assert kinds(records) == ["status", "faq", "reject"]
    assert reasons(records) == [("parse", "no_title")]


def test_a_title_without_a_body_is_noted() -> None:
    assert article(parse(page(TITLE))).paragraphs == []
    assert notes(page(TITLE))["no_body"] == 1


def test_an_event_without_a_title() -> None:
    url = "http://touch.shio.gov.cn/jsp/cfbm_detail_en.jsp?id=37"
    assert reasons(parse(page("<p>End Time:2020-06-23</p>"), url)) == [("parse", "no_event")]


@pytest.mark.parametrize("body", ["A word.", "<p>A word.</p>", "{}", "0", "User-agent: *"])
def test_a_page_of_nothing_known_ends_as_a_reject(body: str) -> None:
    assert reasons(parse(body, "http://touch.shio.gov.cn/jsp/other.jsp")) == [
        ("parse", "no_records")
    ]


@pytest.mark.parametrize("url", ["", "not an address", "http://[", "javascript:void(0)", "//x"])
def test_an_address_that_is_none(url: str) -> None:
    records = parse(page(), url)
    assert kinds(records) == ["article", "status", "faq"]
    assert article(records).portal_id is None
    assert kinds(parse(b"", url)) == ["reject"]


def test_fetched_at_is_utc_where_it_has_no_offset() -> None:
    for fetched_at in ("2024-03-05T02:00:00", datetime(2024, 3, 5, 2)):  # noqa: DTZ001
        found = article(parse_page(page(), ADDRESS, fetched_at))
        assert found.provenance.fetched_at == datetime(2024, 3, 5, 2, tzinfo=UTC)


def test_provenance() -> None:
    found = article(parse(page()))
    assert found.url == "https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=2241"
    assert found.provenance.fetched_url == ADDRESS
    assert found.provenance.layout == "jsp"
    assert found.provenance.archive is None
    assert found.provenance.body_sha256 == article(parse(page().encode())).provenance.body_sha256
    assert article(parse("Mill pond drained 2024-03-04\nIt is dry.")).provenance.layout == "text"


@pytest.mark.parametrize(
    "fetched_at",
    ["9999-12-31T20:00:00Z", "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "0004-01-01"],
)
def test_the_ends_of_time(fetched_at: str) -> None:
    assert kinds(parse_page(page(), ADDRESS, fetched_at)) == ["article", "status", "faq"]


@pytest.mark.parametrize(
    "text",
    ["Metro line 404 opens", "The lost keys were not found in the mill, the keeper said."],
)
def test_an_undated_article_that_only_sounds_like_an_error_page_is_read(text: str) -> None:
    page = f"<body><div>Government News</div><h1>{text}</h1><p>The doors open at noon.</p></body>"
    (found,) = parse_page(page, "http://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=2241")
    assert found.type == "article"


@pytest.mark.parametrize(
    ("url", "fetched_url"),
    [
        ("HTTPS://touch.shio.gov.cn/", "https://touch.shio.gov.cn/"),
        ("https://touch.shio.gov.cn/?x=a b", "https://touch.shio.gov.cn/?x=a%20b"),
        ("https://touch.shio.gov.cn/?x=\t1", "https://touch.shio.gov.cn/?x=1"),
        ("https://me:secret@touch.shio.gov.cn/", "https://touch.shio.gov.cn/"),
        ("https://touch.shio.gov.cn/?m=a@b.cn", "https://touch.shio.gov.cn/?m=a@b.cn"),
    ],
)
def test_the_address_of_a_capture_can_be_cited(url: str, fetched_url: str) -> None:
    (record,) = parse_page("04-16 21315227 Processing", url=url)
    assert isinstance(record, Status)
    validate(record)
    assert record.provenance.fetched_url == fetched_url
