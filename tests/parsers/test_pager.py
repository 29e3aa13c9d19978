"""The next page of any list: by words, rel, numbers, counts, scripts; or none."""

from __future__ import annotations

import pytest

from shio_scraper import examine_page

BASE = "https://town.example"


def _next(body: str, path: str = "/news", head: str = "") -> str | None:
    found = examine_page(f"<head>{head}</head><body><h1>News</h1>{body}</body>", BASE + path)
    url = found.next_page
    return url.removeprefix(BASE) if url else None


@pytest.mark.parametrize(
    ("path", "body", "following"),
    [
        ("/news", "<a href=/news?page=2>Next page</a>", "/news?page=2"),
        ("/news", "1 <a href=?page=2>2</a> <a href=?page=3>3</a>", "/news?page=2"),
        ("/news?page=2", "<a href=?page=1>1</a> <b>2</b> <a href=?page=3>3</a>", "/news?page=3"),
        ("/news?page=0", "<b>1</b> <a href=?page=1>2</a> <a href=?page=2>3</a>", "/news?page=1"),
        ("/news/page/4/", "<a href=/news/page/3/>Prev</a> <a href=/news/page/5/>Next</a>",
         "/news/page/5/"),
        ("/news/", "<a href=/news/page/2/ rel=next>»</a> <a href=/news/page/9/>»»</a>",
         "/news/page/2/"),
        ("/news?start=20", "<a href=?start=10>2</a> 3 <a href=?start=30>4</a>", "/news?start=30"),
        ("/index.html", "<a href=index_1.html>下一页</a> <a href=index_8.html>末页</a>",
         "/index_1.html"),
        ("/n/list.html", "<script>createPageHTML(6, 0, 'list', 'html')</script>", "/n/list_1.html"),
        ("/news", "<a href=/news?p=2>Weiter</a>", "/news?p=2"),
        ("/blog", "<a href=/search?before=7>← Older posts</a> <a href=/blog>Newer posts →</a>",
         "/search?before=7"),
        ("/f4-101.html", "<a href=f4-100.html>100</a> <a href=f4-102.html>102</a>", "/f4-102.html"),
        ("/events/list", "<a href=/events/list/page/2/>Next Events</a>", "/events/list/page/2/"),
        ("/reviews", "<a href=/r?pg=1>1</a> <a href=/r?pg=2>2</a> <a href=/r?pg=2>ouder »</a>",
         "/r?pg=2"),
        ("/news", "<a href=\"javascript:location.href='/news?page=2'\">Next</a>", "/news?page=2"),
        ("/news?page=3", "<a href=?page=4><img src=arrow.png></a><p>Town of Mill", "/news?page=4"),
    ],
)  # fmt: skip
def test_a_pager_leads_on(path: str, body: str, following: str) -> None:
    """Whatever it says, and in whatever form its address counts."""
    assert _next(body, path) == following


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/news/41", "<p>Text.</p><a href=/news/the-fair>Next</a> <a href=/news/39>Previous</a>"),
        ("/news?page=3", "<a href=?page=1>1</a> <a href=?page=2>2</a> <b>3</b>"),
        ("/news?page=3", "<a href=?page=3>Next</a>"),
        ("/cal", "<table>" + "".join(
            "<tr>" + "".join(f"<td><a href=?d={d}>{d}</a></td>" for d in range(w, w + 7)) + "</tr>"
            for w in (2, 9, 16)) + "</table>"),
        ("/news", "<a href=/archive?year=2022>2022</a> <a href=/archive?year=2023>2023</a>"),
        ("/news", "<a href=#more>Next</a> <a href='javascript:more()'>Next page</a>"),
        ("/news", "<a href=https://elsewhere.example/news?page=2>Next page</a>"),
        ("/cal", "<a href=/cal/week>Next 7 days</a>"),
        ("/cal/2026/04", "<a href=/cal/2026/03>Previous</a> April <a href=/cal/2026/05>Next</a>"),
        ("/cal?date=2026-04-02", "<div>2</div>" + "".join(
            f"<div><a href=?date=2026-04-{d:02}>{d}</a></div>" for d in (1, 3, 4, 9))),
        ("/news/41", "<p>Text.</p><a href=/news/40>Previous</a> <a href=/news/42>Next</a>"),
        ("/e/board-7/", "<a href=/e/board-6/>June</a> <a href=/e/board-8/ rel=next>August</a>"),
        ("/permits", "<p>Text.</p><a href=/permits/fees>Next page: Fees</a>"),
        ("/", "<h2>Meetings</h2><p>Council, 4 May</p><a href=/meetings>More meetings</a>"),
    ],
    ids=["an article's", "the last page", "the page itself", "a calendar", "years", "scripts",
         "another site", "a week", "months", "days in boxes", "an article's number",
         "a name's number", "a guide's next part", "the whole of a list"],
)  # fmt: skip
def test_what_is_no_next_page_gives_none(path: str, body: str) -> None:
    """None is better than a wrong one."""
    assert _next(body, path) is None


def test_what_the_head_alone_says_is_no_page_that_a_reader_can_go_to() -> None:
    """The ``rel=next`` of an article's head leads to the next article."""
    assert _next("<p>Text.</p>", "/2024/pond", "<link rel=next href=/2024/fair>") is None
