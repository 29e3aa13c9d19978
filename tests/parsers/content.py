"""One page's content, in either language, and the records that it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final
from unicodedata import normalize

import msgspec

from shio_scraper.items import Language, RecordType, Reject

FETCHED_AT: Final = "2024-03-05T02:00:00Z"


@dataclass(frozen=True)
class Row:
    """A status row as printed, and what it means on the day of the capture."""

    day: str
    number: str
    word: str
    serial: str
    month_day: str
    latest: str
    status: str


@dataclass(frozen=True)
class Pair:
    """A teaser as printed, and what it says."""

    printed_question: str
    printed_answer: str
    question: str
    answer: str
    question_cut: bool
    answer_cut: bool


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a page shows, whatever its markup."""

    language: Language
    url: str
    key: str
    portal_id: str
    section: str
    category: str | None
    title: str
    day: str
    paragraphs: tuple[str, ...]
    source_line: str | None
    source: str | None
    sign_in: str
    account: tuple[str, str]
    application_heading: str
    applications: tuple[Row, ...]
    inquiry_heading: str
    inquiries: tuple[Row, ...]
    more: str
    faq_heading: str
    pairs: tuple[Pair, ...]

    def without(self, **changes: Any) -> Content:
        """Return the content that a rendering leaves."""
        return replace(self, **changes)


def digest(text: str) -> str:
    """Return the digest of DESIGN.md, written anew."""
    return sha256(normalize("NFC", text).casefold().encode()).hexdigest()[:16]


def truth(content: Content) -> list[dict[str, Any]]:
    """Return the records that a page of ``content`` is, without provenance."""
    article = {
        "type": "article",
        "key": content.key,
        "language": content.language,
        "url": content.url,
        "portal_id": content.portal_id,
        "section": content.section,
        "category": content.category,
        "title": content.title,
        "published": content.day,
        "paragraphs": list(content.paragraphs),
        "source": content.source,
        "gated": False,
        "teaser": None,
        "images": [],
        "links": [],
    }
    rows = [
        {
            "type": "status",
            "key": f"status/{kind}/{row.serial}",
            "language": content.language,
            "url": None,
            "kind": kind,
            "number": row.number,
            "serial": row.serial,
            "month_day": row.month_day,
            "latest_date": row.latest,
            "status": row.status,
            "status_text": row.word,
        }
        for kind, of_kind in (
            ("application", content.applications),
            ("inquiry", content.inquiries),
        )
        for row in of_kind
    ]
    pairs = [
        {
            "type": "faq",
            "key": f"faq/{content.language}/{digest(pair.question)}",
            "language": content.language,
            "url": None,
            "question": pair.question,
            "answer": pair.answer,
            "question_truncated": pair.question_cut,
            "answer_truncated": pair.answer_cut,
        }
        for pair in content.pairs
    ]
    return [article, *rows, *pairs]


def bare(records: list[RecordType | Reject]) -> list[dict[str, Any]]:
    """Return ``records`` as JSON has them, without provenance."""
    plain: list[dict[str, Any]] = msgspec.to_builtins(records)
    for record in plain:
        record.pop("doubts", None)
        record.pop("provenance", None)
    return plain


ENGLISH: Final = Content(
    language="en",
    url="https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=2241",
    key="article/en/2241",
    portal_id="2241",
    section="Government News",
    category="City News",
    title="Harbour museum sets out its plan for 2025",
    day="2024-03-04",
    paragraphs=(
        (
            "THE harbour museum will open two more halls next year, its director told reporters on "
            "Monday."
        ),
        (
            "“We have 4,000 ship’s logs in boxes,” she said, “and 12 per cent of "
            "them have never been "
            "read.”"
        ),
        (
            "The plan - the third since 2016-10-14 - costs 3 million yuan "
            "(US$417,000) & was agreed "
            "last week."
        ),
        "Visitors can book a place from April 1, 2024.",
    ),
    source_line="Source: Harbour Gazette",
    source="Harbour Gazette",
    sign_in="Sign in",
    account=("Free sign-up", "Forgot password"),
    application_heading="Application Status",
    applications=(
        Row("04-16", "21315227", "Processing", "227", "04-16", "2023-04-16", "processing"),
        Row("03-12", "21315226", "Processing", "226", "03-12", "2023-03-12", "processing"),
        Row("09-26", "21315225", "Processing", "225", "09-26", "2022-09-26", "processing"),
    ),
    inquiry_heading="Inquiry Status",
    inquiries=(
        Row("02-29", "02131558", "Received", "58", "02-29", "2024-02-29", "received"),
        Row("03-06", "02131557", "Received", "57", "03-06", "2023-03-06", "received"),
        Row("11-14", "02131556", "Received", "56", "11-14", "2022-11-14", "received"),
    ),
    more="view more »",
    faq_heading="FAQ",
    pairs=(
        Pair(
            "Q: Q: May I bring a camera crew al...",
            "A: A: Write to http://touch.shio.gov....",
            "May I bring a camera crew al",
            "Write to http://touch.shio.gov.",
            question_cut=True,
            answer_cut=True,
        ),
        Pair(
            "Q: Q: Who lends out a tripod?",
            "A: A: 1. Ask at the desk on the gr...",
            "Who lends out a tripod?",
            "1. Ask at the desk on the gr",
            question_cut=False,
            answer_cut=True,
        ),
        Pair(
            "Q: Where do the ferries leave from...",
            "A: From the second pier.",
            "Where do the ferries leave from",
            "From the second pier.",
            question_cut=True,
            answer_cut=False,
        ),
    ),
)

CHINESE: Final = Content(
    language="zh",
    url="https://touch.shio.gov.cn/jsp/zfxw_detail.jsp?id=20240304101112131",
    key="article/zh/20240304101112131",
    portal_id="20240304101112131",
    section="政府新闻",
    category="上海日报时政新闻",
    title="滨江航海馆公布新展厅计划2025",
    day="2024-03-04",
    paragraphs=(
        "滨江航海馆明年将新开两个展厅，馆长周一向记者介绍了有关安排。",
        "她说：“馆里还有四千册航海日志装在箱子里，其中一成多从未有人读过。”",
        "The plan costs 3 million yuan, a spokesman for the museum said in English.",
        "观众可从2024年4月1日起预约参观，每日限额三百人。",
    ),
    source_line="来源：滨江日报",
    source="滨江日报",
    sign_in="注册记者登录",
    account=("记者点此免费注册", "忘记密码"),
    application_heading="采访申请流程",
    applications=(
        Row("06月08日", "21315203", "受理中", "203", "06-08", "2023-06-08", "processing"),
        Row("02月16日", "21315167", "已办结", "167", "02-16", "2023-02-16", "completed"),
        Row("01月26日", "21315166", "已办结", "166", "01-26", "2023-01-26", "completed"),
    ),
    inquiry_heading="咨询申请流程",
    inquiries=(
        Row("06月12日", "02131545", "已办结", "45", "06-12", "2023-06-12", "completed"),
        Row("05月12日", "02131544", "已办结", "44", "05-12", "2023-05-12", "completed"),
        Row("05月06日", "02131541", "已办结", "41", "05-06", "2023-05-06", "completed"),
    ),
    more="查看全部 »",
    faq_heading="共性问题提示",
    pairs=(
        Pair(
            "Q:问:摄制组能否乘坐轮渡拍摄江...",
            "A:答:可以，请提前三天与码头联...",
            "摄制组能否乘坐轮渡拍摄江",
            "可以，请提前三天与码头联",
            question_cut=True,
            answer_cut=True,
        ),
        Pair(
            "Q:问：哪里可借三脚架？",
            "A:答：一楼服务台可以借...",
            "哪里可借三脚架？",
            "一楼服务台可以借",
            question_cut=False,
            answer_cut=True,
        ),
        Pair(
            "Q:轮渡从哪个码头开出？",
            "A:二号码头。",
            "轮渡从哪个码头开出？",
            "二号码头。",
            question_cut=False,
            answer_cut=False,
        ),
    ),
)
