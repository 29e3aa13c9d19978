"""Collects pages of a site without a map: by a short visit, or from saved pages."""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.parse import urljoin, urlsplit
from urllib.request import Request, urlopen

from parsel import Selector
from protego import Protego

from shio_scraper import archives
from shio_scraper.archives.reading import Options
from shio_scraper.pages import MAX_PAGE, Capture, UnreadableError, read
from shio_scraper.portals import ANY_SITE, AnyPages
from shio_scraper.runs import manifest
from shio_scraper.survey.forms import links, shape

_PAUSE: Final = 1.0
"""Seconds between two requests, at least."""
_TIMEOUT: Final = 20
_CANONICAL: Final = "//link[@rel='canonical']/@href | //meta[@property='og:url']/@content"
_HOST: Final = re.compile(r"[\w-]+(\.[\w-]+)+(:\d+)?")
_OF_A_FORM: Final = 8
_OF_A_RUN: Final = 200
"""The most pages of a run that are taken: for one form of address, and in all."""
_INDEX: Final = re.compile(r"(^|/)index\.html?$")


class VisitError(Exception):
    """A site or a file gives no page. The message is one line for the user."""


class _Anybody(AnyPages):
    """Accepts pages of every site. Addresses in names of folders are read in this module."""

    def of(self, url: str | None) -> None:  # noqa: ARG002
        """Return ``None``: no portal is known."""
        return


def captures(sources: Iterable[str], most: int, agent: str) -> Iterator[Capture]:
    """Yield the pages of addresses, files, folders and archives: ``most`` pages of each address.

    Raise ``VisitError`` if a source gives no page.
    """
    for source in sources:
        if source.startswith(("http://", "https://")):
            yield from _Visit(source, agent).pages(most)
        else:
            yield from saved(source)


def saved(source: str) -> Iterator[Capture]:
    """Yield the pages of a file, a folder or an archive. Raise ``VisitError`` if there is none.

    In a run's folder, the captures are read, a few of each form of address. A page without an
    address gets the canonical address in its markup. Failing that, its path gives the address if a
    folder has the name of a host: ``press.example.org/notice/12.html``.
    """
    options, root, any_page = Options(portals=_Anybody()), Path(source), False
    if manifest.is_run(root):
        yield from _few(saved(str(root / "archive")))
        return
    for file in filter(archives.format_of, archives.files(source)):
        for capture in archives.read(file, options):
            if isinstance(capture, Capture):
                any_page = True
                capture.url = capture.url or _own_address(capture) or _place(file, root)
                yield capture
    if not any_page:
        raise VisitError(f"{source}: no such file, or no page in it")


def _few(pages: Iterable[Capture]) -> Iterator[Capture]:
    """Yield the first pages of each form of address."""
    read_of = Counter[str]()
    for page in pages:
        form = shape(page.url or "")
        if read_of[form] < _OF_A_FORM and read_of.total() < _OF_A_RUN:
            read_of[form] += 1
            yield page


class _Visit:
    """Fetches pages of many kinds from a host, one at a time, as its robots.txt allows."""

    def __init__(self, start: str, agent: str) -> None:
        self._start, self._agent = start, agent
        self._host = urlsplit(start).netloc
        self._pause, self._last = _PAUSE, 0.0
        self._rules = self._robots()

    def pages(self, most: int) -> Iterator[Capture]:
        """Yield up to ``most`` pages: some of each form of address, more of the frequent forms."""
        waiting: dict[str, list[str]] = defaultdict(list)
        waiting[shape(self._start)].append(self._start)
        known, read_of, count = {self._start}, Counter[str](), 0
        while count < most and any(waiting.values()):
            next_form = min(
                (form for form, urls in waiting.items() if urls),
                key=lambda form: (read_of[form] + 1) / (len(waiting[form]) + read_of[form]) ** 0.5,
            )
            read_of[next_form] += 1
            capture = self._get(waiting[next_form].pop(0))
            if capture is None:
                continue
            count += 1
            yield capture
            for link in self._links(capture):
                if link not in known:
                    known.add(link)
                    waiting[shape(link)].append(link)
        if not count:
            raise VisitError(f"{self._start}: no page can be read there")

    def _links(self, capture: Capture) -> Iterator[str]:
        try:
            page = read(capture, portal=ANY_SITE)
        except UnreadableError:
            return
        for url, _ in links(page):
            if urlsplit(url).netloc == self._host and self._rules.can_fetch(url, self._agent):
                yield url

    def _robots(self) -> Protego:
        """Return the rules of the host's robots.txt (RFC 9309).

        Raise ``VisitError`` if the host does not answer or the rules disallow the start page.
        """
        body = b""
        try:
            _, body, _ = self._ask(urljoin(self._start, "/robots.txt"))
        except HTTPError as error:
            if error.code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise VisitError(f"{self._host}: robots.txt answers {error.code}") from error
        except (OSError, ValueError) as error:
            raise VisitError(f"{self._host}: {_why(error)}") from error
        rules = Protego.parse(body.decode("utf-8", "replace"))
        if not rules.can_fetch(self._start, self._agent):
            raise VisitError(f"{self._start}: robots.txt disallows it")
        self._pause = max(_PAUSE, float(rules.crawl_delay(self._agent) or 0))
        return rules

    def _get(self, url: str) -> Capture | None:
        """Return a page; ``None`` if it cannot be fetched, is no HTML or is on another host."""
        try:
            final, body, content_type = self._ask(url)
        except (OSError, ValueError) as error:
            if url == self._start:
                raise VisitError(f"{url}: {_why(error)}") from error
            return None
        is_own = urlsplit(final).netloc == self._host
        if not is_own and url == self._start:
            raise VisitError(f"{url} leads to another host: name {final}")
        if not is_own or "html" not in content_type:
            return None
        now = datetime.now(UTC)
        return Capture(body=body, url=final, fetched_at=now, content_type=content_type)

    def _ask(self, url: str) -> tuple[str, bytes, str]:
        """Return the final address, the body and its type. Raise ``OSError`` or ``ValueError``."""
        time.sleep(max(0.0, self._last + self._pause - time.monotonic()))
        request = Request(url, headers={"User-Agent": self._agent})  # noqa: S310  (http alone)
        try:
            with urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310
                body = answer.read(MAX_PAGE + 1)
                return answer.url, body, answer.headers.get("Content-Type", "")
        finally:
            self._last = time.monotonic()


def _why(error: Exception) -> str:
    return str(error.reason if isinstance(error, URLError) else error)


def _own_address(capture: Capture) -> str | None:
    """Return the canonical address that a page's markup names."""
    text = capture.body if isinstance(capture.body, str) else capture.body.decode("latin-1")
    named = Selector(text).xpath(_CANONICAL).getall() if text.strip() else ()
    return next((url for url in named if url.startswith(("http://", "https://"))), None)


def _place(file: Path, root: Path) -> str | None:
    """Return the address of a file by its path in a copy of a site (``wget --mirror``)."""
    names = (root.name, *(file.relative_to(root).parts if file != root else ()))
    at = next((i for i, name in enumerate(names[:-1]) if _HOST.fullmatch(name)), None)
    return None if at is None else "https://" + _INDEX.sub(r"\1", "/".join(names[at:]))
