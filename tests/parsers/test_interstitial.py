"""Pages that stand in for another are told apart; articles about such pages are articles."""

from __future__ import annotations

import pytest

from shio_scraper import parse_page
from shio_scraper.items import Article, Event, Reject
from tests.spiders.scripted import PROSE, article, event, page, sidebar

ARTICLE = "https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=77"
HEAD = "<h3>Government News</h3><h4>City News</h4>"
FULL = "".join(f"<p>{text}</p>" for text in PROSE)
JS_CHALLENGE = (
    "<html><body><script>document.cookie='w=1;path=/';location.reload()</script></body></html>"
)
INSTEAD = {
    "challenge": [
        page("<h1>Just a moment...</h1><p>The site checks who comes.</p>"),
        page("<h2>Please verify you are human</h2><p>This takes a second.</p>"),
        page("<h2>Sorry, you have been blocked</h2><p>Ray ID: 8f00aa</p>"),
        page("<p>Please complete the security check to go on.</p><img src=c.png>"),
        page("<p>Hold the line.</p><form><input name=captcha></form>"),
        page("<div class=h-captcha></div><p>One more step</p>"),
        page("<h1>Access Denied</h1><p>2024-03-04 10:00</p><p>Your request was not liked by the "
             "rules of this server.</p><p>Event ID: 5512-A</p>"),
        page("<h3>请完成安全验证</h3><p>请完成以下安全验证后继续访问。</p>"),
        page("<p>请输入验证码：</p><form><input name=code></form>"),
        page("<p>您的访问被拦截，事件编号 5512。</p>"),
        page("<p>抱歉，您的访问过于频繁，请稍后再试。</p>"),
        page("<h1>touch.shio.gov.cn</h1><p>Verifying you are human. Stay here a little.</p>"),
        page("<h1>405</h1>很抱歉，由于您访问的URL可能带来威胁，没有放行。<br>编号: 7b4f"),
        page("<p>You have sent too many requests. Take it easy.</p>"),
        JS_CHALLENGE,
        "Just a moment...\nThe site checks who comes.\n",
    ],
    "forbidden": [
        page("<h1>403 Forbidden</h1><hr><center>nginx</center>"),
        page("<p>Sorry, you don’t have permission to access this page.</p>"),
        page("<p>您没有权限访问该页面</p>"),
    ],
    "maintenance": [
        page("<h1>System maintenance</h1><p>Back at noon, we hope.</p>"),
        page("<p>The site is currently down for scheduled maintenance.</p>"),
        page("<p>We are performing some maintenance tonight. Thank you.</p>"),
        page("<h1>Service Temporarily Unavailable</h1>"),
        page("<h2>系统维护中</h2><p>给您带来的不便，敬请谅解。</p>"),
        page("<p>尊敬的用户：本网站正在进行升级维护，请明天再来。</p>"),
        page("<p>系统繁忙，请稍后再试</p>"),
    ],
    "server_error": [
        page("<h1>HTTP Status 500 – Internal Server Error</h1><p>Type Exception Report</p>"),
        page("<h1>Server Error in '/' Application.</h1><h2>Runtime Error</h2>"),
        page("<pre>java.lang.NullPointerException\n at org.site.Page(Page.java:7)</pre>"),
        page("<p>系统错误，请联系管理员</p>"),
        page("<h1>HTTP Status 500 - </h1><p>message</p><p>Nothing is known of it.</p>"),
        page("Error establishing a database connection"),
        page("<p>An unexpected error has occurred while your request was handled.</p>"),
    ],
    "login_wall": [
        page("<p>You must be logged in.</p>"),
        page("<p>Please log in to continue.</p><form>User <input><input type=password></form>"),
        page("<form><p>User name</p><input><p>Password</p><input type='password'></form>"),
        page("<p>您尚未登录，请先登录。</p>"),
        page("<p>登录超时，请重新登录</p>"),
    ],
    "script_shell": [
        "<html><head><script src=app.js></script></head><body><div id=root></div></body></html>",
        page("<noscript>Please enable JavaScript.</noscript><div id='app'></div>"
             "<script src=/chunk.js></script>"),
        page("<p>Please enable JavaScript to see this page.</p><script src=a.js></script>"),
        page("<p>Loading...</p><script src=a.js></script>"),
        page("<p>加载中</p>"),
    ],
    "not_found": [
        page("<h1>Page not found</h1>"),
        page("<p>The article you asked for has been removed.</p>", side=sidebar()),
        page("<p>您访问的页面不存在</p>", side=sidebar()),
    ],
}  # fmt: skip
PAGES = [
    pytest.param(reason, body, id=f"{reason}-{number}")
    for reason, bodies in INSTEAD.items()
    for number, body in enumerate(bodies)
]


@pytest.mark.parametrize(
    "body",
    [
        "<h1>Hold on</h1><p>A word that nobody has heard from a firewall before this.</p>",
        "<h1>稍候</h1><p>这里有一句从来没有见过的话，谁也不知道它从哪里来。</p>",
    ],
)
def test_words_that_nobody_knows_are_no_article(body: str) -> None:
    """Neither a date nor anything of the portal's frame: whoever it is by, it is no article."""
    (reject,) = parse_page(page(body), ARTICLE)
    assert isinstance(reject, Reject)
    assert reject.reason == "no_frame"
    (one,) = (r for r in parse_page(page(body, side=sidebar()), ARTICLE) if r.type == "article")
    assert isinstance(one, Article)
    assert one.published is None


@pytest.mark.parametrize(("reason", "body"), PAGES)
@pytest.mark.parametrize("url", [ARTICLE, "https://touch.shio.gov.cn/", None])
def test_what_stands_in_for_a_page_is_told(reason: str, body: str, url: str | None) -> None:
    found = [r for r in parse_page(body, url) if isinstance(r, Reject)]
    assert [reject.reason for reject in found] == [reason]
    assert found[0].detail


IN_THE_FRAME = {
    "challenge": ["<h1>Please verify you are human</h1>", "<p>请完成以下安全验证后继续访问</p>"],
    "maintenance": ["<p>The system is under maintenance.</p>", "<p>系统正在维护，请稍后访问。</p>"],
    "server_error": ["<p>An error occurred while your request was handled.</p>"],
    "login_wall": ["<p>Please log in to view this page.</p>", "<p>请先登录</p>"],
    "script_shell": ["<div>Loading…</div><script src=a.js></script>"],
}


@pytest.mark.parametrize("reason", IN_THE_FRAME)
def test_also_within_the_portals_own_frame(reason: str) -> None:
    for words in IN_THE_FRAME[reason]:
        for head in ("", HEAD):
            found = parse_page(page(head + words, side=sidebar()), ARTICLE)
            assert [r.reason for r in found if isinstance(r, Reject)] == [reason], words
            assert len(found) == 1


ABOUT = [
    ("Site asks readers to verify they are human", "Please verify you are human, it says."),
    ("Access Denied", "The museum closed its doors for a day, and reopened on Tuesday."),
    ("System maintenance", "The system is under maintenance on Sunday, the operator said."),
    ("404", "Page not found is what a lost reader sees; a new book collects such pages."),
    ("Just a moment", "Just a moment: a theatre play about waiting opens on Friday night."),
    ("Please log in to continue", "You must log in, the new rules of the library say."),
    ("Internal Server Error", "Something went wrong in a kitchen, and a comedy was born."),
    ("Loading", "Loading of the first ship at the new pier began on Monday morning."),
]
ABOUT_ZH = [
    ("系统维护中", "系统正在维护，市民可改用窗口办理，预计周一恢复。"),
    ("验证码如何保护网站", "请输入验证码，这句话人人都见过。专家解释了其中的道理。"),
    ("页面不存在", "您访问的页面不存在，一本新书以此为题。"),
]  # fmt: skip


@pytest.mark.parametrize(("title", "text"), ABOUT)
@pytest.mark.parametrize("more", [(), PROSE])
def test_an_article_about_such_pages_is_an_article(
    title: str, text: str, more: tuple[str, ...]
) -> None:
    body = article(title, "2024-03-04", body=(text, *more), side=sidebar())
    for captured in (body, body.replace("<div id=side>", "<div class=g-recaptcha></div><div>")):
        found = parse_page(captured, ARTICLE)
        assert isinstance(found[0], Article), found[-1]
        assert (found[0].title, found[0].paragraphs) == (title, [text, *more])
        assert not [r for r in found if isinstance(r, Reject)]


@pytest.mark.parametrize(("title", "text"), ABOUT_ZH)
def test_the_same_in_chinese(title: str, text: str) -> None:
    found = parse_page(
        article(title, "2024-03-04", body=(text,), zh=True),
        "https://touch.shio.gov.cn/jsp/zfxw_detail.jsp?id=78",
    )
    assert isinstance(found[0], Article), found
    assert (found[0].title, found[0].paragraphs) == (title, [text])


def test_an_event_about_maintenance_is_an_event() -> None:
    found = parse_page(event("Routine maintenance", "2024-03-08"))
    assert isinstance(found[0], Event)


@pytest.mark.parametrize("head", ["", "<div id=app></div><script src=a.js></script>"])
def test_a_short_undated_article_stays_one_whatever_scripts_stand_beside(head: str) -> None:
    found = parse_page(page(f"{HEAD}<h1>Pier opens</h1><p>{PROSE[0]}</p>", head=head), ARTICLE)
    assert [type(record) for record in found] == [Article]


def test_a_gated_article_is_no_login_wall() -> None:
    text = "To view the full text or download it, please log in"
    found = parse_page(article("Pier opens", "2024-03-04", body=(PROSE[0], text)), ARTICLE)
    assert isinstance(found[0], Article)
    assert found[0].gated


def test_an_answer_that_asks_to_log_in_is_an_answer() -> None:
    body = page(
        "<div>Q: Where is the form?<br>A: It is online.<br>Please log in to continue.</div>"
    )
    (found,) = parse_page(body, "https://touch.shio.gov.cn/jsp/cjwt_detail_en.jsp?id=3")
    assert found.type == "faq"


def test_a_home_page_with_a_login_and_little_text_is_one() -> None:
    links = "".join(
        f"<p><a href='/jsp/zfxw_detail_en.jsp?id={n}'>Read on</a></p>" for n in range(5)
    )
    form = "<form><input type=password name=captcha></form>"
    found = parse_page(page(f"<p>Welcome</p>{links}{form}"), "https://touch.shio.gov.cn/")
    assert not [r for r in found if isinstance(r, Reject) and r.reason != "no_records"]
