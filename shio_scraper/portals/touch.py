"""The map of Touch Shanghai. All data is from PORTAL.md."""

from __future__ import annotations

from shio_scraper.items import Language, Layout
from shio_scraper.portals.family import Family, FamilyKind
from shio_scraper.portals.portal import Portal
from shio_scraper.portals.vocabulary import StatusNumber, Vocabulary

_ID = "0*([1-9][0-9]*)"


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split(", "))


def _page(path: str, kind: FamilyKind, language: Language, layout: Layout = "jsp") -> Family:
    # The ASPX layout numbers its pages on its own: its id 2625 is not the id 2625 of a JSP page.
    prefix = "aspx-" if layout == "aspx" else ""
    return Family(
        path=path,
        kind=kind,
        language=language,
        layout=layout,
        parameters=("id",),
        id_prefix=prefix,
        id_form=_ID,
        wrapped=kind == "event",
    )


def _listing(path: str, kind: FamilyKind, language: Language) -> Family:
    return Family(
        path=path,
        kind=kind,
        language=language,
        layout="jsp",
        parameters=("p_page", "siteId"),
        defaults=(("p_page", "1"),),
        page="p_page",
    )


TOUCH_SHANGHAI = Portal(
    name="touch",
    title="Touch Shanghai",
    publisher="Information Office of Shanghai Municipality",
    time_zone="Asia/Shanghai",
    origin="https://touch.shio.gov.cn",
    hosts=("touch.shio.gov.cn", "61.129.132.137", "61.129.132.155"),
    families=(
        Family(path="/", kind="home"),
        _listing("/jsp/zfxw_default_en.jsp", "listing", "en"),
        _listing("/jsp/zfxw_default.jsp", "listing", "zh"),
        _page("/jsp/zfxw_detail_en.jsp", "article", "en"),
        _page("/jsp/zfxw_detail.jsp", "article", "zh"),
        # The listings of events and the Chinese event are by analogy: no such page was seen.
        _listing("/jsp/cfbm_default_en.jsp", "event_listing", "en"),
        _listing("/jsp/cfbm_default.jsp", "event_listing", "zh"),
        _page("/jsp/cfbm_detail_en.jsp", "event", "en"),
        _page("/jsp/cfbm_detail.jsp", "event", "zh"),
        Family(
            path="/jsp/tjcf_detail.jsp",
            kind="recommended",
            language="zh",
            layout="jsp",
            parameters=("id", "lineId"),
            id_form=_ID,
        ),
        # "Today Shanghai". Its listings and English pages are by analogy: no such page was seen.
        _listing("/jsp/jrsh_default_en.jsp", "listing", "en"),
        _listing("/jsp/jrsh_default.jsp", "listing", "zh"),
        _page("/jsp/jrsh_detail_en.jsp", "article", "en"),
        _page("/jsp/jrsh_detail.jsp", "article", "zh"),
        _page("/en/government-news/detail_long.aspx", "article", "en", "aspx"),
        _page("/en/event-list/detailindex.aspx", "event", "en", "aspx"),
    ),
    listings=(
        "/jsp/zfxw_default_en.jsp?siteId=300",
        "/jsp/zfxw_default_en.jsp?siteId=7",
        "/jsp/zfxw_default.jsp?siteId=300",
        "/jsp/zfxw_default.jsp?siteId=7",
        "/jsp/cfbm_default_en.jsp",
    ),
    leads={
        "more": frozenset({"status"}),
        "question": frozenset({"faq"}),
        "answer": frozenset({"faq"}),
    },
    layouts={".jsp": "jsp", ".aspx": "aspx"},
    named_in_keys=False,
    private=r"/usercenter(/|$)|sign[-_]?(in|up)|log[-_]?(in|on)\b|regist|forgot|password",
    vocabulary=Vocabulary(
        phrases={
            "section": {"en": ("Government News",), "zh": ("政府新闻", "今日上海")},
            "category": {
                "en": (
                    "Shanghai Daily News Digest",
                    "City News",
                    "Commission/Bureau News",
                    "Municipal Government News",
                    "District News",
                ),
                "zh": ("上海日报时政新闻",),
            },
            "application": {"en": ("Application Status",), "zh": ("采访申请流程",)},
            "inquiry": {"en": ("Inquiry Status",), "zh": ("咨询申请流程",)},
            "faq": {"en": ("FAQ", "FAQs"), "zh": ("共性问题提示",)},
            "more": {"en": ("view more", "more"), "zh": ("查看全部", "更多")},
            "account": {
                "en": ("Sign in", "Free sign-up", "Forgot password", "Forgot password?"),
                "zh": ("注册记者登录", "记者点此免费注册", "忘记密码", "忘记密码?", "忘记密码？"),
            },
            "events": {"en": ("Events",), "zh": ()},
            "navigation": {
                "en": _words("Today, This Week, This Month, All Events, All News"),
            },
        },
        furniture=("Touch Shanghai", "推荐采访线路"),
        status_words={
            "Processing": "processing",
            "受理中": "processing",
            "Received": "received",
            "Completed": "completed",
            "已办结": "completed",
        },
        question_labels=("Q", "Ｑ", "问"),
        answer_labels=("A", "Ａ", "答"),
        event_fields={
            "Registration Deadline": "registration_deadline",
            "End Time": "ends",
            "Contact": "contact",
            "Phone": "phone",
            # Chinese labels are by analogy: no Chinese event was seen.
            "报名截止时间": "registration_deadline",
            "报名截止日期": "registration_deadline",
            "结束时间": "ends",
            "联系人": "contact",
            "电话": "phone",
            "联系电话": "phone",
        },
        # The form of a subsection that is not in the list above. It stands between the section and
        # the title.
        category=r"^[\w/&' -]{2,40} (News|News Digest)$|^\w{2,12}(新闻|要闻)$",
        gate=(
            r"\b(to (view|read|see|download)\b[^.]{0,60}?\b(full|whole|complete|entire)"
            r" (text|article|story|content|version|document|report)\b[^.]{0,60}?"
            r"\b(log|sign)[ -]?(in|on)\b[^.]{0,60}"
            r"|(please )?(log|sign)[ -]?(in|on) (first )?to (view|read|see|download)\b[^.]{0,60})"
            r"[.!…]*$|((如[需要]|查看|阅读|浏览|下载)\w{0,8}(全文|全部内容).{0,20}登[录陆].*"
            r"|请?(先)?登[录陆]后?再?(查看|阅读|浏览|下载)\w{0,12}[。！]?)$"
        ),
        gate_goes_on=r"\b(sign[ -]?up|regist(er|ration)|accounts?)\b|注册",
        gate_words=(
            *("log in", "log-in", "login", "log on", "log-on", "logon"),
            *("sign in", "sign-in", "signin", "sign on", "sign-on", "signon", "登录", "登陆"),
        ),
        number_label=r"No\.?|№|#|编号[:：]?",
    ),
    status_numbers=(
        StatusNumber("application", r"[1-9]\d{4}(\d{3})"),
        StatusNumber("inquiry", r"0\d{5}(\d{2})"),
    ),
    id_date=r"(\d{4})(\d{2})(\d{2})\d{9}",
    settings={"SHIO_MONITOR_FLOOR": {"article": 1000, "status": 6, "faq": 3}},
    teaser_length={"en": 35, "zh": 14},
)
"""Touch Shanghai, the press portal of the Information Office of Shanghai Municipality."""
