"""Reads captures into pages: one reader for bytes and text, HTML and plain text."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable
from functools import cache, partial
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from shio_scraper.addresses import escaped, stable
from shio_scraper.items import Reject, Stage
from shio_scraper.pages.charset import check_control, check_lost, decode
from shio_scraper.pages.html import Markup, read_html
from shio_scraper.pages.markup import is_html, is_truncated, is_unclosed, without_a_word
from shio_scraper.pages.page import (
    Anchor,
    Block,
    Capture,
    Image,
    Lead,
    Node,
    Page,
    UnreadableError,
)
from shio_scraper.pages.text import read_text
from shio_scraper.portals import ALL, ANY_SITE, DEFAULT, Portal, portal_of
from shio_scraper.redaction import redact
from shio_scraper.texts import clean

__all__ = [
    "MAX_PAGE",
    "Anchor",
    "Block",
    "Capture",
    "Image",
    "Lead",
    "Node",
    "Page",
    "UnreadableError",
    "body_sha256",
    "is_html",
    "read",
    "reject",
]

MAX_PAGE: Final = 5_000_000
"""Most bytes of a page; a larger one is rejected unread (setting ``SHIO_MAX_PAGE``)."""

_TEXT: Final = 400
"""Fewest characters of hidden text that are more than a notice to readers without scripts."""
_CITABLE: Final = re.compile(r"[a-z][a-z0-9+.-]*:(?://[^\s@/]*(?:[/?#]\S*)?|[^\s/]\S*)")


def read(capture: Capture, max_page: int = MAX_PAGE, portal: Portal | None = None) -> Page:
    """Return the page of ``capture``, read by the words of ``portal``.

    Without ``portal``, the address tells the portal. Without an address, lines that only one
    portal has tell it. Else the page is read as the default portal's if it shows a phrase of any
    portal, and as a page of any site if it shows none.

    Raises ``UnreadableError`` with the reason: ``too_large``, ``empty``, ``binary``,
    ``charset``, ``too_deep``; if nothing is visible, also ``script_shell``, ``challenge`` or
    ``login_wall``.
    """
    raw = capture.body.encode("utf-8", "replace") if isinstance(capture.body, str) else capture.body
    if len(raw) > max_page:
        raise UnreadableError("too_large", f"{len(raw)} bytes, more than {max_page}")
    if not raw.strip():
        raise UnreadableError("empty", "no body")
    notes = check_control(raw)
    text, utf8 = _text(capture, notes)
    html = is_html(text, capture.content_type)
    if html:
        content = _read_html(utf8)
        portal = portal or _portal(capture, (block.text for block in content.blocks))
    else:
        portal = portal or _portal(capture, map(clean, text.splitlines()))
        content = Markup(*read_text(text, portal.vocabulary))
    address = portal.locate(capture.url) if capture.url else None
    url = portal.canonical(capture.url) if capture.url else None
    url = stable(url) if url and portal is ANY_SITE and url.startswith("http") else url
    if not content.blocks:
        raise UnreadableError(*without_a_word(text if html else ""))
    resolve = cache(_resolver(portal, capture.url, content.base))
    page = Page(
        blocks=content.blocks,
        nodes=content.nodes,
        layout=(address.layout if address else "unknown") if html else "text",
        portal=portal,
        address=address,
        url=url,
        fetched_url=_citable(capture.fetched_url or capture.url),
        fetched_at=capture.fetched_at,
        body_sha256=sha256(raw).hexdigest(),
        archive=capture.archive,
        rendered=capture.rendered,
        truncated=html and (is_truncated(text) or content.is_eaten),
        unclosed=html and is_unclosed(text),
        markup=text if html else "",
        resolve=resolve,
        locate=cache(lambda href: portal.locate(resolve(href) or "")),
        images=content.images,
        hidden=content.hidden,
        said=content.said,
        reread=partial(_with_hidden, utf8) if html else None,
    )
    page.notes.update(notes)
    return page


def body_sha256(body: bytes | str) -> str:
    """Return the SHA-256 of a capture's body, in hex digits. Text is taken in UTF-8."""
    return sha256(body if isinstance(body, bytes) else body.encode("utf-8", "replace")).hexdigest()


def reject(
    stage: Stage,
    reason: str,
    detail: str | None = None,
    of: Page | Capture | None = None,
    portal: Portal | None = None,
) -> Reject:
    """Return a reject. ``of`` is the page, or the capture that gave no page, if there is one.

    ``portal`` makes the address of a capture canonical; without it, any known portal does.
    """
    rejected = Reject(
        stage=stage,
        reason=reason,
        detail=redact(detail) if detail else None,
        url=of.url if of else None,
        fetched_at=of.fetched_at if of else None,
        body_sha256=None,
    )
    if isinstance(of, Page):
        rejected.body_sha256 = of.body_sha256
    elif of:
        rejected.url = (portal or ALL).canonical(of.url) if of.url else None
        rejected.body_sha256 = body_sha256(of.body) if of.body else None
    return rejected


def _read_html(body: bytes) -> Markup:
    """Return what a page shows. If it shows nothing, return the long text that it hides."""
    shown = read_html(body)
    if shown.blocks or shown.hidden < _TEXT:
        return shown
    return read_html(body, with_hidden=True)


def _with_hidden(body: bytes) -> tuple[list[Block], list[Node], list[Image]]:
    shown = read_html(body, with_hidden=True)
    return shown.blocks, shown.nodes, shown.images


def _portal(capture: Capture, lines: Iterable[str]) -> Portal:
    """Return the portal by whose words to read a capture that shows ``lines``."""
    if by_address := portal_of(capture.url):
        return by_address
    shown = list(lines)
    if _is_foreign(capture.url):
        return ALL.copied_by(shown) or ANY_SITE
    if by_lines := ALL.told_by(shown):
        return by_lines
    return DEFAULT if ALL.shown_on(capture.body) else ANY_SITE


def _is_foreign(url: str | None) -> bool:
    """Tell whether an address names a host that belongs to no portal."""
    try:
        parts = urlsplit((url or "").strip())
        host = parts.hostname
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and host is not None and host not in ALL.hosts


def _text(capture: Capture, notes: list[str]) -> tuple[str, bytes]:
    """Return the text of ``capture``, and the text in UTF-8; add faults to ``notes``."""
    if isinstance(capture.body, str):
        text, utf8 = capture.body.encode("utf-8", "replace").decode("utf-8"), None
        notes += check_lost(text)
    else:
        text, utf8, faults = decode(capture.body, capture.content_type)
        notes += faults
    if utf8 is not None and not utf8.startswith(BOM_UTF8) and b"\x00" not in utf8:
        return text, utf8
    text = text.removeprefix("\ufeff").replace("\x00", "")
    return text, text.encode()


def _resolver(portal: Portal, url: str | None, base: str | None) -> Callable[[str], str | None]:
    """Return the function that makes links absolute, by the page's address and ``<base href>``."""
    return partial(portal.canonical, base=(portal.canonical(base, url) if base else None) or url)


def _citable(url: str | None) -> str | None:
    """Return an address without white space and without user and password; ``None`` if broken."""
    if url is None or _CITABLE.fullmatch(url):
        return url and escaped(url)
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    bare = parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.rpartition("@")[2])
    address = escaped(urlunsplit(bare))
    return address if _CITABLE.fullmatch(address) else None
