"""Reports each finding of accounting once, counts layouts, and finds what articles share."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Container, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Final, TypeVar

from shio_scraper.audit.layouts import Layout, layout_of
from shio_scraper.items import Article, AuditEvent, AuditEventName, PageLayout, Remark
from shio_scraper.parsers import Extraction
from shio_scraper.parsers.accounting import Account, account, main_container, parts
from shio_scraper.parsers.findings import Finding
from shio_scraper.parsers.records import provenance
from shio_scraper.runs import stored

_ENOUGH: Final = 5
"""How many articles must share a text before it is reported."""
_MAX_TEXTS: Final = 50_000
"""How many texts are remembered. Beyond this number all are forgotten and counted anew."""
_BETWEEN: Final = re.compile(r"\s+[-–—]\s+|\s*[|_»>]\s*")
"""What separates a title from the name of a site or a section."""
_DIGITS: Final = re.compile(r"\d+(?:[.,]\d+)*")
logger = logging.getLogger(__name__)

MAX_TEXT: Final = 160
MAX_LINES: Final = 50
"""How many lines one page may give. The last line says how many more there were."""
MAX_LAYOUTS: Final = 1_000
"""How many layouts a run distinguishes. Pages of further layouts are counted together."""
_MAX_FORMS: Final = 100_000
"""How many texts are remembered. Beyond this number all are forgotten and reported again."""
_NUMBER: Final = re.compile(r"\d+")

T = TypeVar("T")


class SharedText:
    """Compares each article with the ones before it. Events and turns of speech may repeat."""

    def __init__(self) -> None:
        self._articles: dict[bytes, tuple[int, ...]] = {}

    def find(self, extraction: Extraction) -> Iterator[Finding]:
        """Yield each text of the page's article that five articles share, whatever its digits."""
        own = extraction.own
        if own is None or own["type"].value != "article":
            return
        article, title = hash(own["key"].value), own["title"]
        titles = [(text, title.blocks[-1]) for text in _titles(title.value)]
        paragraphs = (
            (paragraph.value, paragraph.blocks[0]) for paragraph in own["paragraphs"].pieces
        )
        for text, block in (*titles, *paragraphs):
            if self._is_shared(text, article):
                yield Finding("shared_text", text, block)

    def remember(self, article: Article) -> None:
        """Remember an article that the run wrote before it was cut off."""
        for text in (*_titles(article.title), *article.paragraphs):
            self._is_shared(text, hash(article.key))

    def _is_shared(self, text: str, article: int) -> bool:
        form = blake2b(_DIGITS.sub("0", text).encode(), digest_size=8).digest()
        articles = self._articles.get(form, ())
        if article not in articles and len(articles) < _ENOUGH:
            if len(self._articles) >= _MAX_TEXTS:
                self._articles.clear()
            articles = self._articles[form] = (*articles, article)
        return len(articles) == _ENOUGH


def _titles(title: str) -> Iterator[str]:
    """Yield a title, and the parts before its first and after its last separator."""
    yield title
    pieces = [piece for piece in _BETWEEN.split(title) if piece]
    if len(pieces) > 1:
        yield pieces[0]
        yield pieces[-1]


class Auditor:
    """Accounts for the pages of one run.

    ``count`` adds to a stat of the run. ``known`` are the fingerprints of the layouts known before
    the run.
    """

    def __init__(self, count: Callable[[str, int], None], known: Container[str]) -> None:
        self._count = count
        self._known = known
        self._met: dict[bytes, int] = {}
        self._layouts: set[str] = set()
        self._shared = SharedText()

    def resume(self, folder: Path) -> None:
        """Remember what the cut-off run in ``folder`` reported. Raises ``OSError``."""
        for event in _lines(AuditEvent, folder / "audit.jsonl"):
            self._met[_form(event.event, event.text)] = event.times
        for article in _lines(Article, folder / "articles.jsonl"):
            self._shared.remember(article)
        self._layouts |= {
            layout.fingerprint for layout in _lines(PageLayout, folder / "layouts.jsonl")
        }

    def audit(self, extraction: Extraction) -> Iterator[Remark]:
        """Yield the remarks on a page: what was found on it, and its layout."""
        result = account(extraction)
        if result:
            self._add(result)
            yield from self._tell(extraction, [*result.findings, *self._shared.find(extraction)])
        named = result.parts if result else parts(extraction, main_container(extraction))
        yield from self._tell_layout(extraction, layout_of(extraction, named))

    def _add(self, result: Account) -> None:
        self._count("audit/pages", 1)
        self._count("audit/characters/main", result.claimed + result.ignored + result.unclaimed)
        self._count("audit/characters/claimed", result.claimed)
        self._count("audit/characters/ignored", result.ignored)
        self._count("audit/characters/unclaimed", result.unclaimed)

    def _tell(self, extraction: Extraction, findings: list[Finding]) -> Iterator[AuditEvent]:
        """Yield each finding that is met for the first, 10th, 100th … time."""
        yielded = skipped = 0
        for finding in findings:
            self._count(f"audit/{finding.event}", 1)
            form = _form(finding.event, finding.text)
            times = self._met.get(form, 0) + 1
            if times == 1 and yielded == MAX_LINES - 1:
                skipped += 1  # not remembered: the next page reports it
                continue
            if len(self._met) >= _MAX_FORMS:
                self._met.clear()
            self._met[form] = times
            if str(times).strip("0") == "1":
                yielded += 1
                yield _event(extraction, finding, times)
        if skipped:
            self._count("audit/more_on_page", 1)
            yield _event(extraction, Finding("more_on_page", f"{skipped} more", None), 1)

    def _tell_layout(self, extraction: Extraction, layout: Layout) -> Iterator[PageLayout]:
        """Yield the layout of a page if the page is the first with this layout."""
        is_first = layout.fingerprint not in self._layouts
        if is_first and len(self._layouts) >= MAX_LAYOUTS:
            self._count("drift/beyond", 1)
            return
        self._count(f"drift/layouts/{layout.fingerprint}", 1)
        is_new = layout.fingerprint not in self._known
        if is_new:
            self._count("drift/pages", 1)
        if is_first:
            self._layouts.add(layout.fingerprint)
            self._count("drift/seen", 1)
            self._count("drift/new", int(is_new))
            yield _seen(extraction, layout)


def _event(extraction: Extraction, finding: Finding, times: int) -> AuditEvent:
    page = extraction.page
    return AuditEvent(
        event=finding.event,
        text=_excerpt(finding.text),
        block=None if finding.block is None else page.path(finding.block) or "html",
        times=times,
        url=page.url,
        provenance=provenance(page),
    )


def _seen(extraction: Extraction, layout: Layout) -> PageLayout:
    return PageLayout(
        fingerprint=layout.fingerprint,
        kind=layout.kind,
        fields=list(layout.fields),
        tree=list(layout.tree),
        url=extraction.page.url,
        provenance=provenance(extraction.page),
    )


def _form(event: AuditEventName, text: str) -> bytes:
    """Return the identity of a finding, without its digits, as these change from page to page."""
    form = _NUMBER.sub("0", _excerpt(text))
    return blake2b(f"{event} {form}".encode(), digest_size=16).digest()


def _excerpt(text: str) -> str:
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"


def _lines(kind: type[T], file: Path) -> Iterator[T]:
    return filter(None, stored.of_kind(kind, file)) if file.is_file() else iter(())
