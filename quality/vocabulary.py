"""The material of made-up pages: addresses, the portals' phrases and forms, tags."""

from __future__ import annotations

from typing import Final

ADDRESSES: Final[tuple[str | None, ...]] = (
    None,
    "https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=2241",
    "https://touch.shio.gov.cn/jsp/zfxw_detail.jsp?id=20240304101112131",
    "http://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=20240304101112131",
    "http://61.129.132.137/en/government-news/detail_long.aspx?id=2625",
    "http://touch.shio.gov.cn/jsp/cfbm_detail_en.jsp?id=37",
    "http://touch.shio.gov.cn/jsp/tjcf_detail.jsp?id=3&lineId=4",
    "http://touch.shio.gov.cn/jsp/zfxw_default_en.jsp?siteId=7",
    "http://touch.shio.gov.cn/jsp/other.jsp",
    "http://touch.shio.gov.cn/",
    "https://en.shio.gov.cn/resource/press/2654.shtml",
    "https://en.shio.gov.cn/resource/services/service-detail.html",
    "https://en.shio.gov.cn/sh/resource/office/office.shtml",
    "https://en.shio.gov.cn/TrueCMS/shxwbgs/newss/content/20240221101530007.html",
    "https://example.org/a",
    "http://[",
)
PHRASES: Final = (
        "Government News", "City News", "Shanghai Daily News Digest", "政府新闻",
        "上海日报时政新闻",
        "Pond drained", "Pond drained 2024-03-04", "Pond drained - 2024-03-04", "2024-03-04",
        "Plan for 2025 - January 25, 2016", "水塘排干 2024年03月04日", "2023-02-30",
        "March 4, 2024",
        "The pond was drained on Sunday, and its carp were moved to the canal.",
        "水塘里的鲤鱼周日已经移到运河里了，明年五月再放水。", "It is dry.", "over the",
        "Source: Xinhua", "(Source: Xinhua)", "来源：新华社", "Source:", "From: the mill",
        "To view the full text or download it, please log in", "如要查看或下载全文，请登录",
        "Sign in", "Free sign-up | Forgot password", "注册记者登录", "Application Status",
        "Inquiry Status", "采访申请流程", "咨询申请流程", "view more »", "查看全部 »",
        "04-16", "02-29", "13-45", "06月08日", "21315227", "02131558", "SH-7", "Processing",
        "已办结", "Waiting, step 2", "04-16 21315227 Processing", "02-29 02131558 Received",
        "04-16 | 21315227 | Processing |", "06月12日 02131545 已办结", "04-16 Processing",
        "FAQ", "共性问题提示", "Q:", "A:", "Q: Q: Is there a ma...", "A: A: Ask at the de...",
        "Q:问:地图在哪...", "A：答：一楼", "Q: A:", "Q3 results: up", "...", "…",
        "Events | Today This Week This Month All Events", "End Time:2020-06-23", "End Time:",
        "Registration Deadline:2012-08-06 25:00", "Contact:Tang Wei,021-55501234", "Phone:",
        "Home | Events", "Previous: Kiln opened", "Copyright 2012", '< style="x:y">', "|", "||",
        "Press Conferences", "About Us", "Touch Shanghai", "Q & A for resident journalists",
        "Shanghai, City of Inspiration", "View More", "| 中文版 |", "Feb 22, 2018", "2024.02.21",
        "Han Yue, Deputy Mayor", "Han Yue: The tide is high.", "Xinhua: Is it high?", "Han Yue:",
        "Le Phare: Why?", "Han Yue and Xinhua: Yes. Han Yue: No.", "1. Who has the key?",
        "2. May I fish?", "1. May I fish?", "Host: Lu Yan",
        "(function(sogouExplorer){ if(a){b();}", "})(window);", "404", "page not found", "\ufeff",
        "\x00", "\ud800", "&amp;", "&#0;", "&nbsp;", "<", ">", "\u200b", "\u0344", "½",
    )  # fmt: skip
TAGS: Final = (
    "div", "p", "table", "tr", "td", "th", "ul", "ol", "li", "dl", "dt", "dd", "h1", "h2", "h3",
    "span", "b", "i", "a", "br", "hr", "pre", "form", "nav", "footer", "aside", "main",
    "section", "center", "font", "script", "style", "title", "textarea", "select", "body",
    "html",
)  # fmt: skip
ATTRIBUTES: Final = ("", "", "", ' href="zfxw_detail_en.jsp?id=5"', ' href="?p_page=2"', ' href="http://["',
     ' href="javascript:go()"', ' style="display: none"', " hidden", ' href=""')  # fmt: skip
