"""The records: typed, documented, and the only source of every schema.

The order of the fields is the order of the JSON keys. A field is ``None`` if the page does not
say its value; no value is guessed. Dates are ISO 8601 in JSON.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias

from msgspec import Meta, json, to_builtins

Language: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z]{2,3}$")]
Layout: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]*$")]
StatusKind: TypeAlias = Literal["application", "inquiry"]
StatusWord: TypeAlias = Literal["processing", "received", "completed", "other"]
RowStatus: TypeAlias = Literal[
    "received", "processing", "approved", "refused", "withdrawn", "completed", "other"
]
AuditEventName: TypeAlias = Literal[
    "unclaimed_text", "left_over", "unknown_heading", "unknown_label", "unknown_status_word",
    "row_form", "missing_part", "open_end", "stray_line", "odd_title", "prose_in_frame",
    "undated_item", "item_without_link", "machine_text", "repeated_line", "shared_text",
    "more_on_page", "selector_found_nothing",
]  # fmt: skip
TurnKind: TypeAlias = Literal["host", "question", "answer"]
Stage: TypeAlias = Literal["fetch", "read", "parse", "validate"]

_DAY = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"

Text = Annotated[str, Meta(min_length=1)]
Url = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9+.-]*:\S+$")]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$")]
Doubt = Annotated[str, Meta(pattern=r"^[a-z]+(_[a-z]+)*:[a-z]+(_[a-z]+[0-9]?)*$")]
Day: TypeAlias = date
Timestamp = Annotated[datetime, Meta(tz=True)]
MonthDay = Annotated[str, Meta(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]
_CLOCK = r"T([01]\d|2[0-3]):[0-5]\d:[0-5]\d([+-]\d\d:\d\d)?"
Moment = Annotated[str, Meta(pattern=rf"^{_DAY}({_CLOCK})?$")]
"""A date, or a date-time in local time, as ISO 8601 text."""


def says(meaning: str, **bounds: Any) -> Meta:
    """Return a field's description for schemas and the data dictionary, with its value bounds."""
    return Meta(description=meaning, **bounds)


# Fields of several records.
Absolute = Annotated[Url, says("Absolute address; canonical if it is the portal's own.")]
PageUrl = Annotated[Url | None, says("Canonical address of the page.")]
FetchedAt = Annotated[Timestamp | None, says("When the capture was fetched, UTC.")]
PortalId = Annotated[Text | None, says("The portal's `id`, as text: 17 digits exceed a double.")]
EventTime = Annotated[
    Moment | None,
    says(
        "Date, or date-time in the portal's own time with its offset; on a site without a map, "
        "without an offset if the page prints none."
    ),
]


@dataclass(slots=True, kw_only=True)
class Link:
    """A link inside a record's body."""

    text: Annotated[str, says("What the reader sees; empty for a bare image.")]
    url: Absolute


@dataclass(slots=True, kw_only=True)
class Attachment:
    """A document (PDF, Word, Excel, ZIP …) that an article links."""

    url: Absolute
    text: Annotated[str, says("What the reader sees; may be empty.")]


@dataclass(slots=True, kw_only=True)
class Image:
    """A picture inside an article's body."""

    url: Absolute
    text: Annotated[str, says("Its caption, else its alternative text; may be empty.")]


@dataclass(slots=True, kw_only=True)
class ArchivePosition:
    """Where the capture lies: a record of a web archive (WARC 1.1), a row of a table, a file."""

    file: Annotated[
        Text,
        says(
            "Name of the archive file, without its folder; for a file of an archive "
            "service, the name in the service's index."
        ),
    ]
    offset: Annotated[
        int,
        says(
            "Offset of the record (of its gzip member), in bytes; in compressed JSON "
            "Lines, within the uncompressed text; in Parquet 0.",
            ge=0,
        ),
    ]
    length: Annotated[int, says("Length of the record, in bytes; in Parquet, of the file.", ge=0)]
    record_id: Annotated[
        Text, says("`WARC-Record-ID`; `line:N` (from 1) or `row:N` (from 0) in a table.")
    ]


@dataclass(slots=True, kw_only=True)
class Provenance:
    """The capture that the record comes from, and the parser that read it."""

    fetched_url: Annotated[Url | None, says("The address the capture was fetched from.")]
    fetched_at: FetchedAt
    body_sha256: Annotated[Sha256, says("SHA-256 of the body after content decoding, in hex.")]
    layout: Annotated[Layout, says("The layout by the address; `text` for a text rendering.")]
    parser: Annotated[Text, says("Name and version of the parser.")]
    template: Annotated[
        Digest | None, says("Digest of the template that the page was read with; null if none.")
    ] = None
    rendered: Annotated[
        bool, says("True where the capture is what a browser showed of the page.")
    ] = False
    archive: Annotated[
        ArchivePosition | None,
        says(
            "The place of the capture, or of the earlier capture whose payload it "
            "repeats; null if it was not archived."
        ),
    ] = None


Links = Annotated[list[Link], says("The links of the body, in its order.")]
Doubts = Annotated[
    list[Doubt], says("Reasons to think that a field may be wrong, each `field:reason`.")
]
BehindRecord = Annotated[Provenance, says("The capture behind the record.")]


_UNSHOWN: Final = {"type", "provenance"}
_BRIEF: Final = 60
"""The most characters of a text that a ``repr`` shows."""


def _brief(value: Any) -> str:
    if isinstance(value, str) and len(value) > _BRIEF:
        return f"{value[:_BRIEF]!r}…"
    if isinstance(value, date):
        return str(value)
    return f"<{len(value)}>" if isinstance(value, list) else repr(value)


class _Written:
    """The base of everything that is written as JSON."""

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON values, in their order."""
        plain: dict[str, Any] = to_builtins(self)
        return plain

    def to_json(self) -> str:
        """Return its line in the files of a run, without the line feed."""
        return json.encode(self).decode()

    def __repr__(self) -> str:
        """Return a short text: no provenance, no empty fields, and only the lengths of lists."""
        shown = (
            f"{name}={_brief(value)}"
            for name in self.__dataclass_fields__
            for value in [getattr(self, name)]
            if name not in _UNSHOWN and value not in (None, "", [], False)
        )
        return f"{type(self).__name__}({', '.join(shown)})"


@dataclass(slots=True, kw_only=True, repr=False)
class Record(_Written):
    """The first fields of every record. ``doubts`` and ``provenance`` are the last ones."""

    type: str
    key: Annotated[Text, says("The record's identity, the same on every host, layout and run.")]
    language: Annotated[Language, says("The language of the page's frame.")]
    url: Annotated[
        Url | None,
        says(
            "Canonical address of the page; null without an address, and for a status "
            "or faq record that was read in a sidebar."
        ),
    ]


@dataclass(slots=True, kw_only=True, repr=False)
class Article(Record):
    """A news article."""

    type: Literal["article"] = "article"
    portal_id: PortalId
    section: Annotated[Text | None, says("Section, as printed.")]
    category: Annotated[Text | None, says("Subsection, as printed.")]
    title: Annotated[Text, says("Title, without its date.")]
    published: Annotated[date | None, says("The date that the page itself prints.")]
    paragraphs: Annotated[
        list[Text], says("The body, without title line, source line and gate notice.")
    ]
    source: Annotated[Text | None, says("The source line's value, as printed.")]
    gated: Annotated[
        bool, says("True if the page shows only a part and asks the reader to log in.")
    ]
    teaser: Annotated[
        Text | None, says("The teaser in the listing that led here; null if none did.")
    ]
    images: Annotated[list[Image], says("The pictures of the body, in its order.")] = field(
        default_factory=list
    )
    attachments: Annotated[
        list[Attachment],
        says("The documents that the body, or the text after it, links, in order."),
    ] = field(default_factory=list)
    links: Links
    doubts: Doubts = field(default_factory=list)
    provenance: BehindRecord


@dataclass(slots=True, kw_only=True, repr=False)
class Status(Record):
    """One row of an application or inquiry status list."""

    type: Literal["status"] = "status"
    kind: Annotated[StatusKind, says("Which list the row stands in.")]
    number: Annotated[Text, says("The number as printed.")]
    serial: Annotated[
        Text,
        says(
            "The running number without the layout's prefix; a number of another form "
            "is its own serial."
        ),
    ]
    month_day: Annotated[MonthDay | None, says("`MM-DD`; the portal prints no year.")]
    latest_date: Annotated[
        date | None,
        says(
            "Upper bound: the latest such day not after the day of the capture "
            "(at the portal) and not after the bound of the row above; null without `fetched_at`."
        ),
    ]
    status: Annotated[
        StatusWord | None, says("The status word, normalised; null where none stands.")
    ]
    status_text: Annotated[Text | None, says("The status word as printed.")]
    doubts: Doubts = field(default_factory=list)
    provenance: BehindRecord


@dataclass(slots=True, kw_only=True, repr=False)
class Faq(Record):
    """A question with its answer."""

    type: Literal["faq"] = "faq"
    question: Annotated[Text, says("Without labels and cut-off dots.")]
    answer: Annotated[
        Text | None, says("Without labels and cut-off dots; `\\n` separates its lines.")
    ]
    question_truncated: Annotated[bool, says("True if the page prints the question cut off.")]
    answer_truncated: Annotated[bool, says("True if the page prints the answer cut off.")]
    doubts: Doubts = field(default_factory=list)
    provenance: BehindRecord


@dataclass(slots=True, kw_only=True, repr=False)
class Event(Record):
    """An event with registration, or a meeting."""

    type: Literal["event"] = "event"
    portal_id: PortalId
    title: Annotated[Text, says("Title.")]
    registration_deadline: EventTime
    starts: EventTime = None
    ends: EventTime
    place: Annotated[Text | None, says("Where it takes place, as printed.")] = None
    contact: Annotated[Text | None, says("Name of the contact.")]
    phone: Annotated[Text | None, says("Telephone, as printed.")]
    documents: Annotated[
        list[Attachment], says("The event's own documents: an agenda, minutes, a recording.")
    ] = field(default_factory=list)
    paragraphs: Annotated[list[Text], says("The body, without the fields.")]
    links: Links
    doubts: Doubts = field(default_factory=list)
    provenance: BehindRecord


@dataclass(slots=True, kw_only=True, repr=False)
class Remark(_Written):
    """The base of what a run writes about pages beside their records: rejects, audit, layouts."""


@dataclass(slots=True, kw_only=True)
class Speaker:
    """A person on the list of speakers of a press conference."""

    name: Annotated[Text, says("Name, as the list prints it.")]
    role: Annotated[Text | None, says("Office and role, as the list prints them.")]


@dataclass(slots=True, kw_only=True)
class Turn:
    """What one person says at a press conference, up to the next label."""

    speaker: Annotated[Text | None, says("The label, as printed; null where the page prints none.")]
    kind: Annotated[
        TurnKind | None,
        says("`host`: a host, `question`: a news outlet, `answer`: a person; null if unknown."),
    ]
    paragraphs: Annotated[list[Text], says("What is said, without the label.")]


@dataclass(slots=True, kw_only=True, repr=False)
class PressConference(Record):
    """A press conference: who spoke, and what was said."""

    type: Literal["press_conference"] = "press_conference"
    portal_id: PortalId
    title: Annotated[Text, says("Title, without its date.")]
    published: Annotated[
        date | None, says("The date that the page itself prints; it may be weeks after the event.")
    ]
    speakers: Annotated[
        list[Speaker], says("The list of speakers above the turns, where there is one.")
    ]
    turns: Annotated[list[Turn], says("The turns, in their order.")]
    links: Annotated[list[Link], says("The links of the turns, in their order.")]
    doubts: Doubts = field(default_factory=list)
    provenance: BehindRecord


@dataclass(slots=True, kw_only=True, repr=False)
class Document(Record):
    """A file that pages of the portal link: PDF, Word, Excel, ZIP …. A crawl keeps its bytes."""

    type: Literal["document"] = "document"
    media_type: Annotated[Text | None, says("Media type, as the server says it, in lower case.")]
    bytes: Annotated[int, says("Length in bytes after content decoding.", ge=1)]
    sha256: Annotated[Sha256, says("SHA-256 of the file after content decoding, in hex.")]
    linked_by: Annotated[list[Text], says("Keys of the run's records that link it, sorted.")]
    doubts: Doubts = field(default_factory=list)
    provenance: BehindRecord


@dataclass(slots=True, kw_only=True, repr=False)
class Row(Record):
    """A row of a table of records: an application, a permit, a decision, a tender, a complaint."""

    type: Literal["row"] = "row"
    url: Annotated[Url | None, says("The row's own link; where it has none, the page's address.")]
    table: Annotated[Text | None, says("The table's caption, or the heading above it, as printed.")]
    columns: Annotated[
        dict[Text, str],
        says(
            "The row's cells by their headers, in the table's order, both as printed; "
            "a header that stands twice is `Name (2)`, an empty one `Column 3`."
        ),
    ]
    reference: Annotated[Text | None, says("What the office calls the row's matter, as printed.")]
    date: Annotated[Day | None, says("The row's day: the first of its days.")]
    status: Annotated[
        RowStatus | None,
        says(
            "The status, normalised: `received` (lodged, valid), `processing` "
            "(pending, open), `approved` (granted, awarded), `refused` (rejected), `withdrawn` "
            "(cancelled), `completed` (decided, closed), `other`; null where none stands."
        ),
    ]
    status_text: Annotated[Text | None, says("The status as printed.")]
    doubts: Doubts = field(default_factory=list)
    provenance: BehindRecord


_OF_RECORDS: Final = frozenset(
    {"row_without_number", "row_without_kind", "answer_without_question"}
)
"""Reasons of rejects that cost one record only: the rest of the page was used."""
_NOT_THERE: Final = frozenset({"404", "410"})


@dataclass(slots=True, kw_only=True, repr=False)
class Reject(Remark):
    """A page or record that could not be used, with the reason."""

    type: Literal["reject"] = "reject"
    stage: Annotated[Stage, says("The step at which the page or record was rejected.")]
    reason: Annotated[
        str, says("A short code; `docs/rejects.md` lists them.", pattern=r"^[a-z]+(_[a-z]+)*$")
    ]
    detail: Annotated[str | None, says("What exactly was wrong.")]
    url: PageUrl
    fetched_at: FetchedAt
    body_sha256: Annotated[Sha256 | None, says("SHA-256 of the body; null where none arrived.")]

    @property
    def costs_page(self) -> bool:
        """Whether nothing of the page could be used. ``False`` if only one record was lost."""
        return self.stage != "validate" and self.reason not in _OF_RECORDS

    @property
    def says_none(self) -> bool:
        """Whether the server answered that there is no such page, so that nothing was lost."""
        if self.reason == "http_status":
            return self.detail in _NOT_THERE
        return self.reason == "not_found"


@dataclass(slots=True, kw_only=True, repr=False)
class AuditEvent(Remark):
    """Something on a page that accounting did not expect."""

    type: Literal["audit"] = "audit"
    event: Annotated[AuditEventName, says("The kind of event; `docs/trust.md` explains each.")]
    text: Annotated[str, says("The text in question, at most 160 characters.")]
    block: Annotated[
        Text | None, says("The place of the text on the page; null if something is missing.")
    ]
    times: Annotated[
        int,
        says(
            "How often the run met this event with this text, digits ignored; only the "
            "1st, the 10th, the 100th … are written.",
            ge=1,
        ),
    ]
    url: PageUrl
    provenance: Annotated[Provenance, says("The capture that shows it.")]


@dataclass(slots=True, kw_only=True, repr=False)
class PageLayout(Remark):
    """A layout, described by its first page in the run: the tree of the parts that hold fields."""

    type: Literal["layout"] = "layout"
    fingerprint: Annotated[
        str,
        says("The first 16 hex digits of SHA-256 over kind and tree.", pattern=r"^[0-9a-f]{16}$"),
    ]
    kind: Annotated[Text, says("`article`, `event`, a listing's kind, `page` for any other.")]
    fields: Annotated[list[Text], says("The fields that its pages fill, sorted.")]
    tree: Annotated[
        list[Text], says("One element per line, indented, with the fields in it, without texts.")
    ]
    url: Annotated[Url | None, says("Canonical address of its first page.")]
    provenance: Annotated[Provenance, says("The capture of its first page.")]


RecordType: TypeAlias = Article | Status | Faq | Event | PressConference | Document | Row
RECORD_FILES: dict[str, type[RecordType]] = {
    "articles": Article,
    "status": Status,
    "faq": Faq,
    "events": Event,
    "press_conferences": PressConference,
    "documents": Document,
    "rows": Row,
}
"""Name of the file and the table → record class."""
RECORDS: tuple[type[RecordType], ...] = tuple(RECORD_FILES.values())


def added(*classes: type[Any]) -> frozenset[str]:
    """Return the names of the fields with a default. Records of an earlier version lack them."""
    all_ = (known for each in classes for known in fields(each) if known.name != "type")
    return frozenset(
        known.name
        for known in all_
        if known.default is not MISSING or known.default_factory is not MISSING
    )


ADDED: Final = added(*RECORDS)
"""Fields that stored records may lack."""


def leads_of(record: Article | Event | PressConference) -> list[Link | Attachment]:
    """Return everything that a record links: in its text, and as attachments or documents."""
    beside = {"attachments", "documents"} & record.__dataclass_fields__.keys()
    return [*record.links, *(file for name in sorted(beside) for file in getattr(record, name))]


def type_of(record_class: type[RecordType | Remark]) -> str:
    """Return the ``type`` of a class's records.

    >>> type_of(PressConference)
    'press_conference'
    """
    return next(str(f.default) for f in fields(record_class) if f.name == "type")
