"""What the parsers read → records with their keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import Final
from unicodedata import normalize
from urllib.parse import urlsplit

from shio_scraper.cleaning import clean
from shio_scraper.items import (
    Article,
    Event,
    Faq,
    Language,
    PressConference,
    Provenance,
    Reject,
    Stage,
    Status,
)
from shio_scraper.pages import Page
from shio_scraper.parsers.article import Body
from shio_scraper.parsers.event import EventPage
from shio_scraper.parsers.faq import Pair
from shio_scraper.parsers.heading import Heading
from shio_scraper.parsers.origin import Origin
from shio_scraper.parsers.press_conference import PressReading
from shio_scraper.parsers.status import StatusRow
from shio_scraper.portals import ANY_SITE


def _parser() -> str:
    try:
        return f"shio-scraper {version('shio-scraper')}"
    except PackageNotFoundError:
        return "shio-scraper"


PARSER: Final = _parser()


@lru_cache(maxsize=4096)
def digest(text: str) -> str:
    """Return the digest by which a text is a key: 16 hex digits of SHA-256 (DESIGN.md)."""
    folded = normalize("NFC", clean(text).casefold())
    return sha256(folded.encode()).hexdigest()[:16]


def provenance(page: Page, template: str | None = None) -> Provenance:
    """Return where ``page`` comes from, and what reads it: the parser, a template's digest."""
    return Provenance(
        fetched_url=page.fetched_url,
        fetched_at=page.fetched_at,
        body_sha256=page.body_sha256,
        layout=page.layout,
        parser=PARSER,
        template=template,
        archive=page.archive,
    )


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the records of one page."""

    page: Page
    language: Language
    provenance: Provenance

    @classmethod
    def of(cls, page: Page, language: Language, template: str | None = None) -> Maker:
        """Return the maker for ``page``."""
        return cls(page, language, provenance(page, template))

    def article(
        self,
        heading: Heading,
        body: Body,
        published: date | None,
        section: Origin,
        category: Origin,
    ) -> Article:
        """Return the article record."""
        identity = self._key_id() or self._text_id(f"{heading.title} {published or ''}")
        return Article(
            key=f"article/{self.language}/{identity}",
            language=self.language,
            url=self.page.url,
            portal_id=self.page.address.portal_id if self.page.address else None,
            section=section.value,
            category=category.value,
            title=heading.title,
            published=published,
            paragraphs=body.paragraphs,
            source=body.source.value,
            gated=body.gated,
            teaser=None,
            images=body.images,
            links=body.links,
            provenance=self.provenance,
        )

    def press_conference(self, reading: PressReading) -> PressConference:
        """Return the press conference's record."""
        title, published = reading.heading.title, reading.published.value
        identity = self._key_id() or self._text_id(f"{title} {published or ''}")
        return PressConference(
            key=f"press_conference/{self.language}/{identity}",
            language=self.language,
            url=self.page.url,
            portal_id=self.page.address.portal_id if self.page.address else None,
            title=title,
            published=published,
            speakers=reading.speakers,
            turns=[one.turn for one in reading.turns],
            links=reading.body.links,
            provenance=self.provenance,
        )

    def event(self, event: EventPage) -> Event:
        """Return the event record."""
        deadline, ends = event.moment("registration_deadline"), event.moment("ends")
        contact, phone = event.contact_and_phone()
        identity = self._key_id() or self._text_id(f"{event.title} {ends or deadline or ''}")
        return Event(
            key=f"event/{self.language}/{identity}",
            language=self.language,
            url=self.page.url,
            portal_id=self.page.address.portal_id if self.page.address else None,
            title=event.title,
            registration_deadline=deadline,
            ends=ends,
            contact=contact,
            phone=phone,
            paragraphs=event.body.paragraphs,
            links=event.body.links,
            provenance=self.provenance,
        )

    def status(self, row: StatusRow, url: str | None) -> Status | None:
        """Return the status record; ``None`` where the row has no number or is of no kind."""
        if row.kind is None or row.serial is None or row.row.number is None:
            return None
        return Status(
            key=f"status/{row.kind}/{self._prefix}{row.serial}",
            language=self.language,
            url=url,
            kind=row.kind,
            number=row.row.number,
            serial=row.serial,
            month_day=row.month_day,
            latest_date=row.latest_date,
            status=row.status,
            status_text=row.row.word,
            provenance=self.provenance,
        )

    def faq(self, pair: Pair, url: str | None) -> Faq | None:
        """Return the FAQ record; ``None`` where the pair has no question."""
        question, question_truncated = pair.cut_question()
        answer, answer_truncated = pair.cut_answer()
        if not question:
            return None
        return Faq(
            key=f"faq/{self.language}/{self._prefix}{digest(question)}",
            language=self.language,
            url=url,
            question=question,
            answer=answer or None,
            question_truncated=question_truncated,
            answer_truncated=answer_truncated,
            provenance=self.provenance,
        )

    @property
    def _prefix(self) -> str:
        """What keys of the portal's records carry: its name, but for the first portal."""
        return self.page.portal.key_prefix

    def _key_id(self) -> str | None:
        if self.page.portal is ANY_SITE and self.page.url:
            return f"{urlsplit(self.page.url).hostname}-{digest(self.page.url)}"
        return self.page.address.key_id if self.page.address else None

    def _text_id(self, text: str) -> str:
        return f"{self._prefix}text-{digest(text)}"


def reject(page: Page, stage: Stage, reason: str, detail: str | None = None) -> Reject:
    """Return the reject of ``page`` or of a record on it."""
    return Reject(
        stage=stage,
        reason=reason,
        detail=detail,
        url=page.url,
        fetched_at=page.fetched_at,
        body_sha256=page.body_sha256,
    )
