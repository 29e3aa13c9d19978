"""Articles: title, date, body, source, gate; and what is none of these."""

from __future__ import annotations

from datetime import date

import pytest

from shio_scraper.items import Article, Status
from tests.parsers.pages import (
    ABOVE,
    ARTICLE,
    BODY,
    P1,
    P2,
    P3,
    SIDEBAR,
    UNKNOWN,
    article,
    beside_sidebar,
    parse,
    reasons,
)

TITLE = "Harbour office opens reading room"
DAY = "2024-03-04"
HEAD = f"{ABOVE}<h1>{TITLE} {DAY}</h1>"

FORMS = (
    "<h1>{title}   {day}</h1>",
    "<div>{title} {day}</div>",
    "<div>{title} - {day}</div>",
    "<h1>{title}</h1><p>{day}</p>",
    "<div><b>{title}</b><i>{day}</i></div>",
    "<table><tr><td>{title}</td><td>{day}</td></tr></table>",
    "<div>{title}&nbsp;&nbsp;{day}</div>",
    "<div>{title}<br>{day}</div>",
    "<dl><dt>{title}</dt><dd>{day}</dd></dl>",
    "<b>{title}</b> ({day})",
    "<div><b>{title}</b> <i>{day}</i> <i>Source: Xinhua</i></div>",
)
TITLES = (
    "Plan for 2025",
    "Plan of 2024-01-01 is revised",
    "Cargo up 5% in 2023",
    "Shanghai - a port - in 2016",
    "“Night run” draws 3,000",
    "12 parks to open",
    "• Bullet story",
    "Q3 results: exports rise",
    "Q: what next for the port?",
    "A: plan B for the port",
    "Source: where the river begins",
    "Government News portal opens",
    "FAQ for the fair is out",
    "Application Status of visas now online",
    "The fair of March 3, 2023",
    "COVID-19",
    "Report 2016-10-14 - the summary",
    "2024-03-01 becomes a holiday",
    "Events in the city",
    "3-5 year plan",
)


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("form", FORMS)
def test_title_and_date_are_told_apart(form: str, title: str) -> None:
    found = article(beside_sidebar(ABOVE + form.format(title=title, day=DAY) + BODY))
    assert found.title == title
    assert found.published == date(2024, 3, 4)
    assert found.paragraphs == [P1, P2, P3]
    assert (found.section, found.category) == ("Government News", "City News")
    assert found.source == ("Xinhua" if "Source: Xinhua" in form else None)


@pytest.mark.parametrize(
    ("beside", "source"),
    [
        (f"{DAY} Views: 123", None),
        (f"{DAY} <a href='javascript:print()'>Print</a> | <a href='#'>Share</a>", None),
        (f"Source: Xinhua | {DAY} | Views: 123", "Xinhua"),
        (f"By Tang Wei | {DAY} 10:30", None),
        (f"Date: {DAY}   Source: Shanghai Daily   Author: Tang Wei", "Shanghai Daily"),
        (f"<span>Release date: {DAY}</span> <span>Source: Xinhua</span>", "Xinhua"),
        (f"Updated: {DAY}", None),
        (f"Posted on {DAY}", None),
        ("March 4, 2024, Monday", None),
        ("March 4, 2024", None),
        ("4 March 2024", None),
        ("2024年3月4日", None),
        (f"[{DAY}] [Source: Xinhua]", "Xinhua"),
        (f"{DAY} / Source: Xinhua", "Xinhua"),
        (f"({DAY}) (Source: Xinhua)", "Xinhua"),
        (f"Source: Xinhua {DAY}", "Xinhua"),
        (f"Published: {DAY} | Updated: 2024-03-06 08:20", None),
        (f"Updated: 2024-03-06 | Published: {DAY}", None),
        (f"<span>Published: {DAY}</span> <span>Updated: 2024-03-06</span>", None),
        (f"{DAY} (updated 2024-03-06)", None),
        (f"Published: {DAY} | Last updated: 2024-03-06 | Source: Xinhua", "Xinhua"),
        (f"{DAY}</div><div>Updated: 2024-03-06", None),
        (f"发布时间：{DAY} 更新时间：2024-03-06 来源：新华社", "新华社"),
        (f"发布日期：{DAY} 来源：新华社", "新华社"),
        (f"发布时间：{DAY} 10:20:30  来源：新华社  作者：李明  浏览次数：12", "新华社"),
    ],
)
def test_a_line_beside_the_date(beside: str, source: str | None) -> None:
    found = article(beside_sidebar(f"{ABOVE}<h1>{TITLE}</h1><div>{beside}</div>{BODY}"))
    assert found.title == TITLE
    assert found.published == date(2024, 3, 4)
    assert found.source == source
    assert found.paragraphs == [P1, P2, P3]


def test_a_line_of_two_dates_is_no_title() -> None:
    main = f"{ABOVE}<h1>{TITLE}</h1><div>{DAY} 2024-03-06</div>{BODY}"
    assert article(beside_sidebar(main)).title == TITLE


BOX = (
    "<h4>Application Status</h4>"
    "<table><tr><td>04-16</td><td>21315227</td><td>Processing</td></tr></table>"
)


@pytest.mark.parametrize("box", [f"<aside>{BOX}</aside>", f"<div>{BOX}</div>" * 2])
@pytest.mark.parametrize("after", ["", "<div>Copyright 2024 Harbour office</div>"])
def test_a_body_goes_on_behind_a_box_that_floats_in_it(box: str, after: str) -> None:
    page = f"<div>{HEAD}<p>{P1}</p>{box}<p>{P2}</p><p>{P3}</p>{after}</div>"
    found, *rows = parse(page)
    assert isinstance(found, Article)
    assert found.paragraphs == [P1, P2, P3]
    assert {row.key for row in rows if isinstance(row, Status)} == {"status/application/227"}


def test_a_body_ends_at_a_box_where_no_paragraph_follows() -> None:
    page = f"<div>{HEAD}<p>{P1}</p><aside>{BOX}</aside><div>{P2}</div></div>"
    found = parse(page)[0]
    assert isinstance(found, Article)
    assert found.paragraphs == [P1]


@pytest.mark.parametrize(
    "between",
    [
        "<div>Source: Xinhua</div>",
        "<div><a href='javascript:print()'>Print</a></div>",
        "<div>Font size: Large Medium Small</div>",
        "<div>【字号：大 中 小】 【打印】 【关闭】</div>",
        f"<h2>{TITLE}</h2>",
    ],
)
def test_a_line_between_title_and_date(between: str) -> None:
    found = article(beside_sidebar(f"{ABOVE}<h1>{TITLE}</h1>{between}<div>{DAY}</div>{BODY}"))
    assert (found.title, found.published) == (TITLE, date(2024, 3, 4))
    assert found.paragraphs == [P1, P2, P3]
    assert found.source == ("Xinhua" if "Source" in between else None)


def test_the_date_above_the_title() -> None:
    found = article(beside_sidebar(f"{ABOVE}<div>{DAY}</div><h1>{TITLE}</h1>{BODY}"))
    assert (found.title, found.published) == (TITLE, date(2024, 3, 4))
    assert found.paragraphs == [P1, P2, P3]


@pytest.mark.parametrize("first", [f"<p>{DAY}</p>", "<p>March 4, 2024</p>", f"<h2>{TITLE}</h2>"])
def test_title_or_date_printed_again_is_no_paragraph(first: str) -> None:
    found = article(beside_sidebar(HEAD + first + BODY))
    assert (found.title, found.paragraphs) == (TITLE, [P1, P2, P3])


@pytest.mark.parametrize(
    "before",
    [
        "<h1>Touch Shanghai</h1><p>The press portal of the Information Office of Shanghai</p>",
        (
            "<div><a href='/'>Home</a> | <a href='/jsp/cfbm_default_en.jsp'>Events</a> | "
            "<a href='/jsp/about.jsp'>About Us</a></div>"
        ),
        (
            "<div><h2>Latest news</h2><ul><li><a href='/jsp/zfxw_detail_en.jsp?id=9'>City adds bus "
            "lanes</a> 2024-03-01</li></ul></div>"
        ),
    ],
)
@pytest.mark.parametrize("title", [f"<h1>{TITLE} {DAY}</h1>", f"<h1>{TITLE}</h1><p>{DAY}</p>"])
def test_the_head_of_the_page_is_no_article(before: str, title: str) -> None:
    found = article(beside_sidebar(ABOVE + title + BODY, before=before))
    assert (found.title, found.published) == (TITLE, date(2024, 3, 4))
    assert found.paragraphs == [P1, P2, P3]


def test_the_name_of_the_site_is_no_title() -> None:
    page = beside_sidebar(f"{ABOVE}<h1>{TITLE}</h1>{BODY}", before="<h1>Touch Shanghai</h1>")
    assert article(page).title == TITLE


@pytest.mark.parametrize(
    ("crumbs", "category"),
    [
        ("<div>Home &gt; Government News &gt; City News</div>", "City News"),
        ("<ul><li>Home</li><li>Government News</li><li>City News</li></ul>", "City News"),
        ("<div>You are here: <a href='/'>Home</a> » <a href='x'>Government News</a> » Text</div>",
         None),
        (f"<div>Home&gt;&gt;Government News&gt;&gt;City News&gt;&gt;{TITLE}</div>", "City News"),
        (("<h2>Government News</h2><ul><li>Shanghai Daily News Digest</li><li>City News</li>"
         "<li>Commission/Bureau News</li></ul>"), None),
    ],
)  # fmt: skip
def test_breadcrumbs_and_tabs(crumbs: str, category: str | None) -> None:
    found = article(beside_sidebar(f"{crumbs}<h1>{TITLE} {DAY}</h1>{BODY}"))
    assert (found.section, found.category) == ("Government News", category)
    assert (found.title, found.paragraphs) == (TITLE, [P1, P2, P3])


@pytest.mark.parametrize(
    "after",
    [
        "<div>Previous: <a href='zfxw_detail_en.jsp?id=1'>City adds bus lanes</a></div>",
        "<div>Next article: <a href='zfxw_detail_en.jsp?id=1'>City adds bus lanes</a></div>",
        "<div><a href='zfxw_detail_en.jsp?id=1'>&lt; City adds bus lanes</a></div>",
        (
            "<h3>Related news</h3><ul><li>"
            "<a href='zfxw_detail_en.jsp?id=1'>City adds bus lanes</a> "
            "2024-03-01</li><li><a href='zfxw_detail_en.jsp?id=2'>Fair</a> 2024-02-29</li></ul>"
        ),
        (
            "<h3>Related news</h3><ul><li>"
            "<a href='zfxw_detail_en.jsp?id=1'>Bus lanes - March 1, 2024"
            "</a></li><li><a href='zfxw_detail_en.jsp?id=2'>Fair - February 9, 2024</a></li></ul>"
        ),
        "<div><a href='?id=2241&p=1'>1</a> <a href='?id=2241&p=2'>2</a></div>",
        "<div><a href='#'>Print</a> <a href='#'>Close</a></div>",
        "<div>[ Large Medium Small ] [ Print ] [ Close ]</div>",
        "<div>Hits: 1234</div>",
        "<div><a href='?p=1'>Previous page</a> 1 <a href='?p=2'>2</a> Next</div>",
    ],
)
def test_the_tools_below_the_body_are_no_body(after: str) -> None:
    found = article(beside_sidebar(HEAD + BODY + after))
    assert (found.paragraphs, found.links) == ([P1, P2, P3], [])


FOOT = (
    "<div>Copyright © 2012 Information Office. All rights reserved.</div>"
    "<div>Address: 1 River Road</div><div>Tel: +86-21-12345678</div>"
)


@pytest.mark.parametrize(
    "page",
    [
        beside_sidebar(HEAD + BODY, after=FOOT),
        beside_sidebar(HEAD + BODY + FOOT),
        (
            f"<table><tr><td>{HEAD}{BODY}</td><td>{SIDEBAR}</td></tr>"
            f"<tr><td colspan=2>{FOOT}</td></tr></table>"
        ),
        f"<div>{HEAD}{BODY}</div><div>{SIDEBAR}</div><footer>{FOOT}</footer>",
        *(
            f"<div>{HEAD}{BODY}<p>{line}</p></div>"
            for line in (
                "CopyRight@2014 Harbour Office",
                "Copyrights © 2014 Harbour Office",
                "(c) 2014 Harbour Office",
                "Copyright Harbour Office. All rights reserved.",
            )
        ),
    ],
)
def test_the_foot_of_the_page_is_no_body(page: str) -> None:
    assert article(page).paragraphs == [P1, P2, P3]


def test_a_day_that_a_title_ends_with_is_its_own() -> None:
    line = "Notes of the talk on March 4, 2024"
    found = article(beside_sidebar(f"{ABOVE}<h1>{line}</h1>{BODY}"))
    assert (found.title, found.published, found.paragraphs) == (line, None, [P1, P2, P3])


@pytest.mark.parametrize(
    "line",
    [
        "<div>March 4, 2024 9:30 AM - 10:30 AM</div>",
        "<h2>Mon, Mar 4 2024, 9 - 11am</h2>",
        "<p>Monday, March 4, 2024</p><p>3:30 – 5:30 pm</p>",
        f"<time datetime='2024-03-04'>Mar 4</time><p>We open on March 4, 2024. {P1}</p>",
        "<p>March 4, 2024</p><p>April 8, 2024</p><p>May 6, 2024</p>",
    ],
)
def test_the_day_of_a_meeting_is_not_the_pages(line: str) -> None:
    page = f"<html lang='en'><body><h1>Open day of the mill</h1>{line}{BODY}</body></html>"
    (found,) = parse(page, "https://mill.example.org/open-day")
    assert isinstance(found, Article)
    assert (found.title, found.published) == ("Open day of the mill", None)


def test_the_script_tells_chinese_where_the_page_names_another_language() -> None:
    body = "<p>水车磨坊今天重新开放，全市居民都可以免费参观。</p>" * 3
    page = f"<html lang='en'><body><h1>磨坊重新开放</h1><p>2024-03-04</p>{body}</body></html>"
    (found,) = parse(page, "https://mill.example.org/open-day")
    assert isinstance(found, Article)
    assert (found.language, str(found.published)) == ("zh", "2024-03-04")


@pytest.mark.parametrize(
    "lines", [("The licence runs until 2024-12-31", P2), (P2, "Harbour office", "March 4, 2024")]
)
def test_a_day_of_the_text_is_not_the_pages(lines: tuple[str, ...]) -> None:
    body = "".join(f"<p>{line}</p>" for line in (P1, *lines))
    found = article(beside_sidebar(f"{ABOVE}<h1>{TITLE}</h1>{body}"))
    assert (found.published, found.paragraphs) == (None, [P1, *lines])


@pytest.mark.parametrize(
    "line",
    [
        "Copyright fees rose by a tenth.",
        "The song, all rights reserved, was played twice.",
        "Application Status",
        "The words Application Status stand on the screen.",
        "Sign in",
        "FAQ",
        "04-16 21315227 Processing",
        "02131558",
        "Contact: Tang Wei, 021-5555",
        "End Time: never, he says",
        "Q: How many seats?",
        "A: B comparison of two rooms",
        "Source: the spring that feeds the river was found in 1901.",
        "Room planned: 2021-02-03",
        "Plan agreed 2021-02-03",
        "To view the full list, log in at the desk, the clerk said in a letter to readers.",
        "Sources say so.",
        "Government News is its name.",
    ],
)
def test_words_of_the_frame_within_the_body_are_body(line: str) -> None:
    found = article(beside_sidebar(f"{HEAD}<p>{P1}</p><p>{line}</p><p>{P3}</p>"))
    assert found.paragraphs == [P1, line, P3]
    assert not found.gated
    assert found.source is None


@pytest.mark.parametrize("tag", ["h2", "h3", "h4"])
def test_a_dated_heading_within_the_body_is_body(tag: str) -> None:
    title = f"{ABOVE}<{tag}>{TITLE} {DAY}</{tag}>"
    page = f"{title}<p>{P1}</p><{tag}>Plan agreed 2021-02-03</{tag}><p>{P2}</p>"
    assert article(beside_sidebar(page)).paragraphs == [P1, "Plan agreed 2021-02-03", P2]


@pytest.mark.parametrize(
    ("body", "paragraphs"),
    [
        ("<table><tr><th>Year</th><th>Books</th></tr><tr><td>2022</td><td>3,100</td></tr></table>",
         ["Year Books", "2022 3,100"]),
        ("<ol><li>Bring a card.</li><li>Ring the bell.</li></ol>",
         ["Bring a card.", "Ring the bell."]),
        ("<h3>Background</h3><p>It is old.</p>", ["Background", "It is old."]),
        ("<blockquote><p>It is old.</p></blockquote>", ["It is old."]),
        ("It is old.<br><br>It is dry.<br>", ["It is old.", "It is dry."]),
        ("<p>It is old.</p><p>It is old.</p>", ["It is old.", "It is old."]),
        ("<p>&nbsp;&nbsp;It is old.</p><p>　　It is dry.</p>", ["It is old.", "It is dry."]),
        ("<p>1. Ring.</p><p>1. Wait.</p>", ["1. Ring.", "1. Wait."]),
        ("<p>Touch Shanghai (</p>", ["Touch Shanghai ("]),
    ],
)  # fmt: skip
def test_bodies(body: str, paragraphs: list[str]) -> None:
    found = article(beside_sidebar(f"{HEAD}<p>{P1}</p>{body}<p>{P3}</p>"))
    assert found.paragraphs == [P1, *paragraphs, P3]


@pytest.mark.parametrize(
    "noise",
    [
        (
            "<p>(function(sogouExplorer){ if(a==undefined){return;} a.b(function(s){eval(s);}); })"
            "(window.external.sogouExplorer(window,7));</p>"
        ),
        (
            "<p>(function(sogouExplorer){<br>if(sogouExplorer==undefined){return;}<br>"
            "sogouExplorer.run(function(s){eval(s);});<br>})(window.external(window,7));</p>"
        ),
        '<p>&lt; style="text-align:right;"&gt;</p>',
        r"<p>&amp;\\;nbsp\\;</p>",
        "<p>&amp;nbsp;&amp;nbsp;</p>",
    ],
)
def test_noise_is_no_body(noise: str) -> None:
    found = article(beside_sidebar(f"{HEAD}<p>{P1}</p>{noise}<p>{P3}</p>"))
    assert found.paragraphs == [P1, P3]


SOURCES = [
    ("Source: Xinhua", "Xinhua"),
    ("(Source: Shanghai Daily)", "Shanghai Daily"),
    ("[Source: Xinhua]", "Xinhua"),
    ("（来源：新华社）", "新华社"),
    ("Sources: Xinhua, Shanghai Daily", "Xinhua, Shanghai Daily"),
    ("来源：新华社", "新华社"),
    ("稿件来源：上海日报", "上海日报"),
    ("From: Yicai Global.", "Yicai Global"),
    ("Source：Yicai Global", "Yicai Global"),
    ("SOURCE: XINHUA", "XINHUA"),
    ("Source : Xinhua", "Xinhua"),
    ("<b>Source:</b> <a href='http://x.cn'>Xinhua</a>", "Xinhua"),
    ("Source: Xinhua;", "Xinhua"),
    ("(Source: Xinhua).", "Xinhua"),
    ("—Source: Xinhua", "Xinhua"),
    ("Source: www.shanghai.gov.cn", "www.shanghai.gov.cn"),
    ("Source: Xinhua/Shanghai Daily", "Xinhua/Shanghai Daily"),
    ("Source: Xinhua News Agency (English)", "Xinhua News Agency (English)"),
    ("Source: St. Petersburg Times", "St. Petersburg Times"),
    ("Source: Xinhua   Editor: Tang Wei", "Xinhua"),
    ("Source: Shanghai Daily   2024-03-04", "Shanghai Daily"),
]


@pytest.mark.parametrize(("line", "source"), SOURCES)
@pytest.mark.parametrize("form", ["<p>{}</p>", "<div align=right>{}</div>", "<br>{}<br>"])
def test_the_source_line(form: str, line: str, source: str) -> None:
    found = article(beside_sidebar(HEAD + BODY + form.format(line)))
    assert found.source == source
    assert found.paragraphs == [P1, P2, P3]


def test_the_source_in_a_cell_beside_its_label() -> None:
    end = "<table><tr><td>Source:</td><td>Xinhua</td></tr></table>"
    assert article(beside_sidebar(HEAD + BODY + end)).source == "Xinhua"


def test_the_source_in_brackets_at_the_end_of_the_last_paragraph() -> None:
    found = article(beside_sidebar(f"{HEAD}<p>{P1}</p><p>{P2} (Source: Xinhua)</p>"))
    assert (found.source, found.paragraphs) == ("Xinhua", [P1, P2])


@pytest.mark.parametrize("after", ["Editor: Tang Wei", "(Editor: Tang Wei)", "Attachment"])
def test_the_source_before_a_short_last_line(after: str) -> None:
    found = article(beside_sidebar(f"{HEAD}{BODY}<p>Source: Xinhua</p><p>{after}</p>"))
    assert found.source == "Xinhua"
    assert found.paragraphs[:3] == [P1, P2, P3]


def test_the_source_beside_the_date_and_at_the_end_is_one() -> None:
    head = f"{ABOVE}<h1>{TITLE}</h1><div>{DAY} Source: Xinhua</div>"
    found = article(beside_sidebar(f"{head}{BODY}<p>Source: Xinhua</p>"))
    assert (found.source, found.paragraphs) == ("Xinhua", [P1, P2, P3])


@pytest.mark.parametrize(
    "lines",
    [
        ["Source: the spring that feeds the river", P1, P2],
        [P1, "Source: the spring", P2],
        [P1, P2, "Source: a spring. It feeds the river and the mill."],
        [P1, P2, "From: the river, to the sea, runs a path which walkers love and cyclists too."],
    ],
)
def test_a_sentence_that_begins_like_a_source_is_text(lines: list[str]) -> None:
    body = "".join(f"<p>{line}</p>" for line in lines)
    found = article(beside_sidebar(HEAD + body))
    assert (found.source, found.paragraphs) == (None, lines)


NOTICE = "To view the full text or download it, please log in"
LINKED = "To view the full text or download it, please <a href='/usercenter/login.jsp'>log in</a>"


@pytest.mark.parametrize(
    "end",
    [
        f"<p>{NOTICE}</p>",
        f"<p>{LINKED}</p>",
        f"<p><a href='/usercenter/login.jsp'>{NOTICE}</a></p>",
        f"<div><a href='javascript:login()'>{NOTICE}</a></div>",
        f"<div><div>{NOTICE}.</div></div>",
        "<p>To read the full article, please sign in.</p>",
        "<p>Please log in to view the full text.</p>",
        "<p>如要查看或下载全文，请登录</p>",
        "<p>请登录后查看全文</p>",
    ],
)
def test_a_gated_article_says_so(end: str) -> None:
    found = article(beside_sidebar(f"{HEAD}<p>{P1}</p>{end}"))
    assert found.gated
    assert found.paragraphs == [P1]
    assert found.links == []


@pytest.mark.parametrize("notice", [NOTICE, LINKED])
@pytest.mark.parametrize("form", ["<p>Of these, most of {}</p>", "<p>Of these, most of<br>{}</p>"])
def test_a_gate_in_mid_sentence(form: str, notice: str) -> None:
    found = article(beside_sidebar(f"{HEAD}<p>{P1}</p>{form.format(notice)}"))
    assert found.gated
    assert found.paragraphs == [P1, "Of these, most of"]


def test_a_gate_beside_the_body() -> None:
    main = f"{ABOVE}<div><h1>{TITLE} {DAY}</h1><p>{P1}</p></div><div>{LINKED}</div>"
    found = article(beside_sidebar(main))
    assert found.gated
    assert found.paragraphs == [P1]


@pytest.mark.parametrize(
    "second",
    [
        "New here? It takes a minute to sign up with us.",
        "Whoever has no account can ask for one at the desk.",
    ],
)
def test_a_gate_of_two_sentences(second: str) -> None:
    found = article(beside_sidebar(f"{HEAD}<p>{P1}</p><p>{NOTICE}.</p><p>{second}</p>"))
    assert (found.gated, found.paragraphs) == (True, [P1])


def test_a_sentence_on_accounts_below_no_gate_is_body() -> None:
    last = "Readers sign up at the desk, where an account is made for them."
    found = article(beside_sidebar(f"{HEAD}<p>{P1}</p><p>{last}</p>"))
    assert (found.gated, found.paragraphs) == (False, [P1, last])


def test_a_gate_before_the_source() -> None:
    found = article(beside_sidebar(f"{HEAD}<p>{P1}</p><p>{NOTICE}</p><p>Source: Xinhua</p>"))
    assert (found.gated, found.source, found.paragraphs) == (True, "Xinhua", [P1])


@pytest.mark.parametrize("tag", ["p", "div", "li"])
@pytest.mark.parametrize("heading", ["", "<h3>FAQ</h3>"])
def test_an_interview_is_a_body(tag: str, heading: str) -> None:
    lines = ["Q: How many seats?", "A: Sixty.", "Q：And books?", "答：四千。"]
    body = "".join(f"<{tag}>{line}</{tag}>" for line in lines)
    found = article(beside_sidebar(HEAD + heading + body))
    assert found.paragraphs[-4:] == lines


@pytest.mark.parametrize(
    "main",
    [
        (
            f"<div>{ABOVE}</div><div><div><h1>{TITLE}</h1></div><div><span>{DAY}</span></div></div>"
            f"<div><div>{BODY}</div></div>"
        ),
        (
            f"<table><tr><td>Government News</td></tr></table><table><tr>"
            f"<td>City News</td></tr></table>"
            f"<table><tr><td>{TITLE}</td></tr><tr><td>{DAY}</td></tr></table>"
            f"<table><tr><td>{P1}</td></tr></table><table><tr><td>{P2}<br>{P3}</td></tr></table>"
        ),
        f"Government News<br>City News<br>{TITLE} &nbsp;{DAY}<br><br>{P1}<br>{P2}<br>{P3}",
    ],
)
def test_nesting(main: str) -> None:
    found = article(beside_sidebar(main))
    assert (found.section, found.category) == ("Government News", "City News")
    assert (found.title, found.published) == (TITLE, date(2024, 3, 4))
    assert found.paragraphs == [P1, P2, P3]


def test_lines_that_a_break_splits_inside_a_sentence_are_one() -> None:
    broken = "<p>The harbour office opened a reading room<br>on Monday, its director said.</p>"
    assert article(beside_sidebar(f"{HEAD}{broken}<p>{P3}</p>")).paragraphs == [
        "The harbour office opened a reading room on Monday, its director said.",
        P3,
    ]


@pytest.mark.parametrize(
    "line", ["{0} {1}", "{0} - {1}", "<b>{0}</b><i>{1}</i>", "<p>{0}</p><p>{1}</p>"]
)
@pytest.mark.parametrize("url", [UNKNOWN, None])
def test_a_dated_title_line_makes_an_article_anywhere(line: str, url: str | None) -> None:
    found = article(beside_sidebar(ABOVE + f"<div>{line.format(TITLE, DAY)}</div>{BODY}"), url)
    assert (found.title, found.paragraphs) == (TITLE, [P1, P2, P3])
    assert found.key.startswith("article/en/text-")


@pytest.mark.parametrize(
    "main",
    [
        (
            "<h1>About Touch Shanghai</h1><p>It serves reporters who visit the city.</p>"
            "<p>Last updated 2020-01-01</p>"
        ),
        "<h1>About Touch Shanghai</h1><p>It serves reporters who visit the city.</p>",
        (
            "<h1>Touch Shanghai</h1><ul><li>"
            "<a href='zfxw_detail_en.jsp?id=1'>Bus lanes</a> 2016-01-25"
            "</li><li><a href='zfxw_detail_en.jsp?id=2'>Fair</a> 2016-01-24</li></ul>"
        ),
        (
            "<ul><li><a href='zfxw_detail_en.jsp?id=1'>Bus lanes - January 25, "
            "2016</a><p>Four streets "
            "get lanes for buses, the city says.</p></li></ul>"
        ),
        (
            "<table><tr><td><a href='zfxw_detail_en.jsp?id=1'>Bus lanes</a></td><td>2016-01-25</td>"
            "</tr><tr><td><a href='zfxw_detail_en.jsp?id=2'>Fair</a></td>"
            "<td>2016-01-24</td></tr></table>"
        ),
    ],
)
@pytest.mark.parametrize("url", [UNKNOWN, None])
def test_other_pages_are_no_articles(main: str, url: str | None) -> None:
    records = parse(beside_sidebar(main), url)
    assert [record.type for record in records] == ["status", "status", "faq"]


def test_a_recommended_route_is_no_article() -> None:
    url = "http://touch.shio.gov.cn/jsp/tjcf_detail.jsp?id=2241&lineId=3"
    page = "<div>政府新闻</div><h1>沿江采访线路 2018-01-01</h1><p>第一站是河边的阅览室。</p>"
    assert parse(page, url) == []


def test_a_text_whose_title_line_is_lost_is_a_reject() -> None:
    assert reasons(f"Government News\n{P1}\n{P2}\n", None) == ["no_title"]


@pytest.mark.parametrize("bullet", ["- ", "* ", "• "])
def test_text_with_list_bullets(bullet: str) -> None:
    lines = ["Q: Where are the lock...", "A: Next to the lifts."]
    rows = ["Application Status", f"{bullet}04-16 21315227 Processing"]
    text = ["Government News", f"{TITLE} {DAY}", P1, *rows, *(bullet + line for line in lines)]
    assert [r.type for r in parse("\n".join(text), ARTICLE)] == ["article", "status", "faq"]


def test_a_subsection_that_is_not_on_the_list_yet() -> None:
    page = beside_sidebar(
        f"<div>Government News</div><div>Harbour News</div><h1>{TITLE} {DAY}</h1>{BODY}"
    )
    found = article(page)
    assert (found.section, found.category) == ("Government News", "Harbour News")


def test_the_source_in_the_footer_of_an_article() -> None:
    found = article(
        f"<body><article><h1>{TITLE} {DAY}</h1>{BODY}<footer>Source: Xinhua</footer></article>"
    )
    assert (found.source, found.paragraphs) == ("Xinhua", [P1, P2, P3])


@pytest.mark.parametrize(
    ("line", "title", "day"),
    [
        ("<h2>Fair of 2019-05-06</h2><p>2024-03-04</p>", "Fair of 2019-05-06", date(2024, 3, 4)),
        ("<p>Fair of 2019-05-06<br>2024-03-04</p>", "Fair of 2019-05-06", date(2024, 3, 4)),
        ("<h1>Copyright 2020 law amended   2024-03-04</h1>", "Copyright 2020 law amended", None),
        (
            "<h2>Copyright 2020 law amended</h2><p>2024-03-04</p>",
            "Copyright 2020 law amended",
            None,
        ),
        ("<h2>Print</h2><p>2024-03-04</p>", "Print", None),
        ("<h1>The mill   Date: 2024-03-04</h1>", "The mill", None),
    ],
)
def test_titles_that_look_like_something_else(line: str, title: str, day: date | None) -> None:
    found = article(beside_sidebar(f"{ABOVE}<div>{line}</div>{BODY}"))
    assert (found.title, found.published) == (title, day or date(2024, 3, 4))
    assert found.paragraphs == [P1, P2, P3]


def test_a_sentence_that_opens_like_a_link_to_the_next_page_is_body() -> None:
    last = "Next: the bridges of the city, says the man."
    found = article(beside_sidebar(f"{ABOVE}<h1>{TITLE} {DAY}</h1>{BODY}<p>{last}</p>"))
    assert found.paragraphs == [P1, P2, P3, last]


def test_a_dated_heading_below_a_dated_title_is_body() -> None:
    page = (
        f"{ABOVE}<h1>{TITLE} {DAY}</h1><h3>2024-03-01</h3><p>{P1}</p><h3>2024-03-02</h3><p>{P2}</p>"
    )
    found = article(beside_sidebar(page))
    assert (found.title, found.published) == (TITLE, date(2024, 3, 4))
    assert found.paragraphs == ["2024-03-01", P1, "2024-03-02", P2]


@pytest.mark.parametrize("mark", ["***", "—", "...", "Last."])
def test_a_line_of_marks_between_paragraphs_stays(mark: str) -> None:
    page = f"{ABOVE}<h1>{TITLE} {DAY}</h1><p>{P1}</p><p>{mark}</p><p>{P2}</p>"
    assert article(beside_sidebar(page)).paragraphs == [P1, mark, P2]


def test_a_text_that_names_tags_stays_text() -> None:
    lines = ["Government News", f"{TITLE}   {DAY}", "The <p>, <br> and <div> tags were named.", P2]
    found = article("\n".join(lines), None)
    assert (found.title, found.paragraphs) == (TITLE, lines[2:])


@pytest.mark.parametrize("word", ["More", "View more", "Sign in", "Events", "Home", "City News"])
def test_subheadings_that_are_words_of_the_frame(word: str) -> None:
    lines = f"<h4>{word}</h4><p>{P2}</p><h4>{word}</h4><p>{P3}</p>"
    found = article(beside_sidebar(f"{HEAD}<p>{P1}</p>{lines}"))
    assert found.paragraphs == [P1, word, P2, word, P3]


def test_what_is_not_visible_is_no_body() -> None:
    hidden = f"<p style='visibility: hidden'>{P3}</p>"
    assert article(beside_sidebar(f"{HEAD}<p>{P1}</p>{hidden}<p>{P2}</p>")).paragraphs == [P1, P2]


@pytest.mark.parametrize("form", ["<p>{}</p>", "<div>{}</div>", "{}<br>"])
def test_a_first_sentence_is_no_title(form: str) -> None:
    page = f"{ABOVE}<div>{form.format(P1)}{form.format(P2)}</div>"
    assert reasons(beside_sidebar(page), ARTICLE) == ["no_title"]


ANYWHERE = "https://harbour.example/mole/lamp"
LAMP = "The lamp at the end of the mole was lit again on Monday, a keeper says."
TEXT = [f"{LAMP} It is the lamp number {number} of the harbour." for number in range(4)]
NAMED = "<head><title>The lamp is lit | Harbour post</title></head>"


@pytest.mark.parametrize(
    "box",
    [
        "<div>© Ann Lee</div>",
        "<figure><figcaption>The lamp</figcaption><footer>Ann Lee</footer></figure>",
        "<div><form>Your address</form><footer>We keep no address.</footer></div>",
    ],
)
@pytest.mark.parametrize("place", [0, 1, 3])
def test_a_foot_above_or_among_paragraphs_is_not_the_pages(box: str, place: int) -> None:
    lines = [f"<p>{line}</p>" for line in TEXT]
    lines.insert(place, box)
    found = article(f"{NAMED}<h1>The lamp is lit</h1><div>{''.join(lines)}</div>", ANYWHERE)
    assert found.paragraphs == TEXT


def test_paragraphs_that_stand_deep_in_boxes_of_their_own_are_one_text() -> None:
    boxes = "".join(
        f"<div><section><div><div><p>{line}</p></div></div></section></div>" for line in TEXT
    )
    lead = "<div><div>A lamp that was dark for a year shines.</div></div>"
    found = article(f"{NAMED}<h1>The lamp is lit</h1>{lead}<div>{boxes}</div>", ANYWHERE)
    assert found.paragraphs[-4:] == TEXT


@pytest.mark.parametrize(("box", "role"), [("<div>", "text"), ('<div class="x">', "lead")])
@pytest.mark.parametrize("at", [0, 3])
def test_a_box_without_attributes_sets_no_paragraph_apart(box: str, role: str, at: int) -> None:
    lines = [f"<p>{line}</p>" for line in TEXT]
    lines[at] = f"{box}{lines[at]}</div>"
    found = article(beside_sidebar(f"{HEAD}<div>{''.join(lines)}</div>"))
    assert found.paragraphs == [line for i, line in enumerate(TEXT) if role == "text" or i != at]


@pytest.mark.parametrize("heading", ["<h3>12 Comments</h3>", "<div>热门评论 12 条</div>"])
def test_what_readers_write_is_no_text_however_long(heading: str) -> None:
    written = "".join(
        f"<li><b>Reader {number}</b><p>{LAMP * 3}</p><i>2 days ago</i></li>" for number in range(12)
    )
    text = "".join(f"<p>{line}</p>" for line in TEXT)
    body = f"{NAMED}<h1>The lamp is lit</h1><div>{text}</div><div>{heading}<ul>{written}</ul></div>"
    assert article(body, ANYWHERE).paragraphs == TEXT


@pytest.mark.parametrize("button", ["<h3>Write a comment</h3>", "<div>Comments</div>"])
def test_a_button_to_the_comments_above_a_text_ends_no_page(button: str) -> None:
    text = "".join(f"<p>{line}</p>" for line in TEXT)
    menu = f"<div>{TEXT[0]}</div>"
    body = f"{NAMED}{menu}<h1>The lamp is lit</h1>{button}<div>{text}</div>"
    assert article(body, ANYWHERE).paragraphs == TEXT


@pytest.mark.parametrize(
    "day",
    ["2024–03–04", "２０２４－０３－０４", "Monday, 4 March 2024", "2024-03-04T09:30:00+08:00"],
)
def test_a_day_in_any_form_alone_below_the_title_makes_an_article(day: str) -> None:
    found = article(f"{ABOVE}<h2>{TITLE}</h2><div>{day}</div>{BODY}", None)
    assert (found.title, found.published) == (TITLE, date(2024, 3, 4))


@pytest.mark.parametrize("label", ["Event date", "Page generated on", "Deadline"])
def test_a_day_of_something_else_below_the_title_is_not_of_publication(label: str) -> None:
    page = f"{ABOVE}<h1>{TITLE}</h1><div>{label}: {DAY}</div>{BODY}"
    found = article(beside_sidebar(page), ARTICLE)
    assert (found.title, found.published) == (TITLE, None)


def test_a_heading_of_the_site_or_of_a_part_is_no_title() -> None:
    head = "<head><title>Harbour post: The lamp is lit</title>"
    head += '<meta property="og:title" content="The lamp is lit"></head>'
    text = "".join(f"<p>{line}</p>" for line in TEXT)
    page = f"{head}<h1>Harbour post</h1><h3>The lamp is lit</h3><div>{text}</div>"
    assert article(page, ANYWHERE).title == "The lamp is lit"


def test_an_owner_named_below_the_text_ends_it_and_no_more() -> None:
    text = "".join(f"<p>{line}</p>" for line in TEXT)
    picture = f"<div><div>The keeper is seen below the lamp. {LAMP}</div></div>"
    body = f"{NAMED}<h1>The lamp is lit</h1>{picture}<div>{text}<div>© Harbour post</div></div>"
    assert article(body, ANYWHERE).paragraphs[-4:] == TEXT


def test_two_dated_headings_of_any_site_are_no_reason_to_refuse_it() -> None:
    text = "".join(f"<p>{line}</p>" for line in TEXT)
    other = "<h1>The ferry sails</h1><p>2024-03-01</p><p>It sails at noon, and at six.</p>"
    body = f"{NAMED}<h1>The lamp is lit</h1><p>{DAY}</p><div>{text}</div><div>{other}</div>"
    found = article(body, ANYWHERE)
    assert (found.title, found.published) == ("The lamp is lit", date(2024, 3, 4))
    assert found.paragraphs[:4] == TEXT
