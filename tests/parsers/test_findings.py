"""Text that a program wrote is told from text that a person wrote about anything."""

from __future__ import annotations

import pytest

from fixtures.portal_builder.sheet import articles
from shio_scraper.parsers.findings import is_nothing, machine_text

WRITTEN = [
    "The pier&nbsp;is open",
    "The pier &#8217;s gate",
    "${title}",
    "Hello {{ user.name }}, the pier is open",
    "<%= article.body %>",
    "{% include 'foot.html' %}",
    "[object Object]",
    "java.lang.NullPointerException",
    "at cn.gov.press.Detail.show(Detail.java:88)",
    "Traceback (most recent call last):",
    "Warning: mysql_connect() expects one parameter",
    "in /var/www/html/detail.php on line 12",
    "Microsoft ODBC Provider error '80004005'",
    "[an error occurred while processing this directive]",
    "Failed to load content",
    "加载失败",
    "We use cookies to improve your visit.",
    "本网站使用Cookie",
    "?????,???",
    "Lorem ipsum dolor sit amet",
    ".zw p { text-indent: 2em; line-height: 26px }",
    '{"code":500,"msg":"fail","data":[]}',
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
    "T h e p i e r i s o p e n",
    "<span class=x>The pier is open.</span>",
    "A night on the pier â€“ for 50 guests",
    "Thepierisopen again,theharbour officesaid onMonday,and soisitsgate.",
    "Thepierisopenagaintheharbourofficesaidonmondaymorning",
]
MEANT = [
    "R&D at AT&T; profits rose 12.5% (2019: 11%), the office said.",
    "What?! Who knows?? He asked twice.",
    "See https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=20160321&type=a_b_c_d_e_f_g_h_i_j_k.",
    "Write to press_office@shio.gov.cn or to the_editor_of_the_day@shio.gov.cn.",
    "The error was found in time; the exception proves the rule.",
    "The <p> tag was named.",
    "A cookie is baked for each visitor, and cookies are sold at the gate.",
    "The museum of null and void instruments opens at nine.",
    "Plan A, Plan B and Plan C: I or we, a or b, x or y?",
    "Rooms 4/5/6, [sic] 3 < 4 and C# or C++ courses.",
    "上海市人民政府新闻办公室（以下简称“市新闻办”）今日举行发布会？！",
    "Donaudampfschiffahrtselektrizitätenhaupt is a long word {of a kind}; others are longer.",
]


@pytest.mark.parametrize("text", WRITTEN)
def test_by_a_program(text: str) -> None:
    assert machine_text(text)


@pytest.mark.parametrize(
    "text", [*MEANT, *(line for sheet in articles() for line in (sheet.title, *sheet.body))]
)
def test_by_a_person(text: str) -> None:
    assert machine_text(text) is None


@pytest.mark.parametrize("value", ["null", "undefined", "N/A", "[object Object]", "NaN", "无标题"])
def test_nothing(value: str) -> None:
    assert is_nothing(value)


@pytest.mark.parametrize(
    "value", ["Null Island Post", "The Undefined", "Nan Jing Daily", "新民晚报"]
)
def test_a_name(value: str) -> None:
    assert not is_nothing(value)
