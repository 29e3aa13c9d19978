"""A record of each class that is whole in every field, and wrong values for each field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final, TypeAlias

from shio_scraper.items import (
    ArchivePosition,
    Article,
    Attachment,
    Document,
    Event,
    Faq,
    Image,
    Link,
    PressConference,
    Provenance,
    RecordType,
    Reject,
    Row,
    Speaker,
    Status,
    Turn,
)

Sample: TypeAlias = RecordType | Reject

SHA: Final = "0123456789abcdef" * 4
URL: Final = "https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=20240304101112131"
FETCHED: Final = datetime(2024, 3, 5, 1, 2, 3, tzinfo=UTC)


def provenance() -> Provenance:
    return Provenance(
        fetched_url=URL,
        fetched_at=FETCHED,
        body_sha256=SHA,
        layout="jsp",
        parser="shio-scraper 0",
        archive=ArchivePosition(file="a.warc.gz", offset=0, length=10, record_id="<urn:uuid:1>"),
    )


def article() -> Article:
    return Article(
        key="article/en/20240304101112131",
        language="en",
        url=URL,
        portal_id="20240304101112131",
        section="Government News",
        category="City News",
        title="A title",
        published=date(2024, 3, 4),
        paragraphs=["One.", "Two."],
        source="Xinhua",
        gated=False,
        teaser="One",
        images=[Image(text="a mill", url="https://www.example.org/mill.jpg")],
        attachments=[Attachment(text="a form", url="https://www.example.org/form.pdf")],
        links=[Link(text="a page", url="https://www.example.org/")],
        provenance=provenance(),
    )


def status() -> Status:
    return Status(
        key="status/application/227",
        language="en",
        url=None,
        kind="application",
        number="21315227",
        serial="227",
        month_day="02-29",
        latest_date=date(2024, 2, 29),
        status="processing",
        status_text="Processing",
        provenance=provenance(),
    )


def faq() -> Faq:
    return Faq(
        key="faq/en/0123456789abcdef",
        language="en",
        url=None,
        question="Is there a desk?",
        answer="1. Yes\n2. In the hall",
        question_truncated=False,
        answer_truncated=True,
        provenance=provenance(),
    )


def event() -> Event:
    return Event(
        key="event/en/37",
        language="en",
        url="https://touch.shio.gov.cn/jsp/cfbm_detail_en.jsp?id=37",
        portal_id="37",
        title="A fair",
        registration_deadline="2024-03-04T16:00:00+08:00",
        starts="2024-03-05T18:00:00",
        ends="2024-03-05",
        place="The old hall",
        contact="Li Ming",
        phone="021-5555",
        documents=[Attachment(text="Agenda", url="https://www.example.org/agenda.pdf")],
        paragraphs=["One."],
        links=[],
        provenance=provenance(),
    )


def press_conference() -> PressConference:
    return PressConference(
        key="press_conference/en/en_shio-2654",
        language="en",
        url="https://en.shio.gov.cn/resource/press/2654.shtml",
        portal_id="2654",
        title="A meeting",
        published=date(2024, 3, 4),
        speakers=[Speaker(name="Li Ming", role="Mayor")],
        turns=[Turn(speaker="Li Ming", kind="answer", paragraphs=["One."])],
        links=[],
        provenance=provenance(),
    )


def document() -> Document:
    return Document(
        key="document/6c0abed2e10d916b",
        language="en",
        url="https://touch.shio.gov.cn/files/form.pdf",
        media_type="application/pdf",
        bytes=7,
        sha256=SHA,
        linked_by=["article/en/2241"],
        provenance=provenance(),
    )


def row() -> Row:
    return Row(
        key="row/en/permits.example-26/00412",
        language="en",
        url="https://permits.example/week/12",
        table="Applications, week 12",
        columns={"Reference": "26/00412", "Received": "3 March 2024", "Status": "Granted"},
        reference="26/00412",
        date=date(2024, 3, 3),
        status="approved",
        status_text="Granted",
        provenance=provenance(),
    )


def reject() -> Reject:
    return Reject(
        stage="parse",
        reason="two_titles",
        detail="'A' and 'B'",
        url=URL,
        fetched_at=FETCHED,
        body_sha256=SHA,
    )


MAKERS: Final[dict[str, Callable[[], Sample]]] = {
    "article": article, "status": status, "faq": faq, "event": event,
    "press_conference": press_conference, "document": document, "row": row, "reject": reject,
}  # fmt: skip
RECORD_MAKERS: Final[dict[str, Callable[[], RecordType]]] = {
    "article": article,
    "status": status,
    "faq": faq,
    "event": event,
    "press_conference": press_conference,
    "document": document,
    "row": row,
}


def having(record: Any, name: str, value: Any) -> Any:
    """Return ``record`` with another value; ``name`` may be a path into it."""
    head, _, rest = name.partition(".")
    if rest:
        value = having(getattr(record, head), rest, value)
    return replace(record, **{head: value})


_TEXT: Final = ("", 7, ["text"])
_TEXTS: Final = ("One.", [""], [None], None, [7])
_LINKS: Final = (None, ["https://www.example.org/"], [{"text": "a"}], [{"text": 1, "url": URL}],
                 [{"text": "a", "url": "page.html"}])  # fmt: skip
_DAY: Final = ("2024-02-30", "4 March 2024", "2024-3-4", datetime(2024, 3, 4, 5, tzinfo=UTC), 2024)
_MOMENT: Final = ("2024-13-01", "2024-03-04 16:00", "2024-03-04T16:00:00Z", "", 2024,
                  "2024-03-04T25:00:00+08:00")  # fmt: skip
_URL: Final = ("touch.shio.gov.cn", "", "https://a b", 7)
_TIME: Final = ("2024-03-05T01:02:03", "yesterday", 1709600523,
                datetime(2024, 3, 5, 1, 2, 3))  # noqa: DTZ001  # fmt: skip
_SHA: Final = (SHA[:-1], SHA.upper(), "", 7)
_FLAG: Final = (None, 1, "true")
_COMMON: Final[dict[str, tuple[Any, ...]]] = {
    "key": (*_TEXT, None),
    "language": ("French", "EN", None, ""),
    "url": _URL,
    "doubts": (None, ["title"], "title:odd", [7]),
    "provenance": (None, {}, "live"),
    "provenance.fetched_url": _URL,
    "provenance.fetched_at": _TIME,
    "provenance.body_sha256": (*_SHA, None),
    "provenance.layout": ("a layout", None, ""),
    "provenance.parser": (*_TEXT, None),
    "provenance.template": ("a", "", 7),
    "provenance.rendered": (None, "true"),
    "provenance.archive": ("a.warc.gz", {}),
    "provenance.archive.file": (*_TEXT, None),
    "provenance.archive.offset": (-1, "0", None, 1.5),
    "provenance.archive.length": (-1, "0", None, 1.5),
    "provenance.archive.record_id": (*_TEXT, None),
}
WRONG: Final[dict[str, dict[str, tuple[Any, ...]]]] = {
    "article": _COMMON
    | {
        "type": ("status", "", None),
        "portal_id": (20240304101112131, ""),
        "section": _TEXT,
        "category": _TEXT,
        "title": (*_TEXT, None),
        "published": _DAY,
        "paragraphs": _TEXTS,
        "source": _TEXT,
        "gated": _FLAG,
        "teaser": _TEXT,
        "images": _LINKS,
        "attachments": _LINKS,
        "links": _LINKS,
    },
    "status": _COMMON
    | {
        "type": ("article", "", None),
        "kind": ("interview", None, ""),
        "number": (21315227, "", None),
        "serial": (227, "", None),
        "month_day": ("13-01", "04-32", "4-16", "2024-04-16", "", 416),
        "latest_date": _DAY,
        "status": ("Processing", "done", ""),
        "status_text": _TEXT,
    },
    "faq": _COMMON
    | {
        "type": ("article", "", None),
        "question": (*_TEXT, None),
        "answer": _TEXT,
        "question_truncated": _FLAG,
        "answer_truncated": _FLAG,
    },
    "event": _COMMON
    | {
        "type": ("article", "", None),
        "portal_id": (37, ""),
        "title": (*_TEXT, None),
        "registration_deadline": _MOMENT,
        "starts": _MOMENT,
        "place": _TEXT,
        "documents": _LINKS,
        "ends": _MOMENT,
        "contact": _TEXT,
        "phone": (2155555, ""),
        "paragraphs": _TEXTS,
        "links": _LINKS,
    },
    "press_conference": _COMMON
    | {
        "type": ("article", "", None),
        "portal_id": (2654, ""),
        "title": (*_TEXT, None),
        "published": _DAY,
        "speakers": (None, ["Li Ming"], [{"name": "Li Ming"}], [{"name": "", "role": None}]),
        "turns": (
            None,
            ["One."],
            [{"speaker": None, "kind": "speech", "paragraphs": []}],
            [{"speaker": "", "kind": None, "paragraphs": []}],
            [{"speaker": None, "kind": None, "paragraphs": [""]}],
        ),
        "links": _LINKS,
    },
    "document": _COMMON
    | {
        "type": ("article", "", None),
        "media_type": _TEXT,
        "bytes": (0, "7", None, 1.5),
        "sha256": (*_SHA, None),
        "linked_by": _TEXTS,
    },
    "row": _COMMON
    | {
        "type": ("article", "", None),
        "table": _TEXT,
        "columns": (None, ["26/00412"], {"Reference": None}, {"": "26/00412"}),
        "reference": _TEXT,
        "date": _DAY,
        "status": ("Granted", "pending", ""),
        "status_text": _TEXT,
    },
    "reject": {
        "type": ("article", "", None),
        "stage": ("write", None, ""),
        "reason": ("Two titles", "two-titles", "", None, 7),
        "detail": (7, ["a"]),
        "url": _URL,
        "fetched_at": _TIME,
        "body_sha256": _SHA,
    },
}
CASES: Final = [
    (kind, name, value)
    for kind, fields in WRONG.items()
    for name, values in fields.items()
    for value in values
]
