"""Recognizes interstitials: pages sent instead of the requested one (challenge, login, error)."""

from __future__ import annotations

import re
from typing import Final, TypeAlias, cast

from shio_scraper.pages import markup
from shio_scraper.parsers.frame import CONTENT, SIDEBAR, Frame, Role
from shio_scraper.parsers.heading import dated_headings
from shio_scraper.parsers.result import Extraction
from shio_scraper.parsers.roles import SIGNS
from shio_scraper.parsers.title import choose
from shio_scraper.portals.machine_words import COURTESY, SHOWN, TITLES, TRACE, Reason

_MAX_ERROR_PAGE: Final = 800
_MOST: Final = 1200
"""Most characters outside the frame that an interstitial has; a longer page is a real page."""
_LITTLE: Final = 400
"""The same limit if only the markup shows an interstitial, or if the page asks to log in: a gated
article asks that too."""
_NOTHING: Final = 80
"""The same limit for a page that only its scripts would fill."""
_BESIDE: Final = 9
"""Most rows and questions that a sidebar shows; a page with more is a page of the portal."""
_WAYS_OUT: Final = 3
"""Most links that an interstitial has; a page with more links is a page of the portal."""
_MOST_OF: Final = {"login_wall": _LITTLE, "script_shell": _LITTLE}
_PAIRS: Final = frozenset({Role.QUESTION, Role.ANSWER})
_SHOWN_BY_PAGES: Final = SIDEBAR | _PAIRS | {Role.SECTION, Role.CATEGORY, Role.TABS}
"""Roles that show that a page is one of the portal's, however short it is."""
_FRAME: Final = _SHOWN_BY_PAGES | SIGNS | {Role.GATE}
_COURTESY: Final = re.compile(COURTESY, re.IGNORECASE)
_SHOWN: Final = re.compile(
    "|".join(f"(?P<{reason}>{'|'.join(forms)})" for reason, forms in SHOWN.items()), re.IGNORECASE
)
_TITLES: Final = re.compile(TITLES, re.IGNORECASE)
_TRACE: Final = re.compile(TRACE, re.IGNORECASE)


Interstitial: TypeAlias = tuple[Reason, str]
"""What came instead of the page: the reason of the reject, and the evidence as its detail."""


def interstitial(frame: Frame) -> Interstitial | None:
    """Return the reason and evidence if the page is an interstitial; ``None`` for a real page.

    An interstitial says in few words what it is; the portal's frame may stand around them. If
    the same words stand under a title with a date, or beside an event's fields, the page is an
    article or event about such pages. It is still an interstitial if its title says so too, and
    a firewall's trace or the markup confirms it.
    """
    roles = frame.roles
    lists = roles.count(Role.ROW) + roles.count(Role.QUESTION)
    if lists > _BESIDE or Role.FIELD in roles:
        return None
    texts = _own_texts(frame)
    length = sum(map(len, texts))
    if length > _MOST:
        return None
    headings = dated_headings(frame)
    if not headings:
        return _said(texts, length) or _by_markup(frame, length)
    if _TITLES.fullmatch(choose(frame, headings).title) and _is_confirmed(frame, texts):
        return _said(texts, length)
    return None


def speaks_instead(text: str) -> bool:
    """Tell whether a text opens as an interstitial does.

    >>> speaks_instead("Please enable JavaScript to view this page.")
    True
    """
    return len(text) <= _LITTLE and _said([text], len(text)) is not None


def titles_another(title: str) -> bool:
    """Tell whether a title is that of an interstitial.

    >>> titles_another("Error")
    True
    """
    return _TITLES.fullmatch(title) is not None


def says_not_found(result: Extraction) -> bool:
    """Reject a page that says in few words that it was not found, whatever its HTTP status.

    Return whether the page is rejected as ``not_found``, now or before.
    """
    if any(r.reason == "not_found" for r in result.rejects):
        return True
    frame = result.frame
    blocks = zip(frame.page.blocks, frame.roles, strict=True)
    texts = [block.text for block, role in blocks if role is Role.TEXT]
    if sum(map(len, texts)) > _MAX_ERROR_PAGE:
        return False
    pattern = re.compile(frame.portal.vocabulary.not_found, re.IGNORECASE)
    match = next(filter(None, map(pattern.search, texts)), None)
    if match is None:
        return False
    result.reject("not_found", f"the page says: {match[0]}")
    return True


def is_stranger(frame: Frame) -> bool:
    """Tell whether a page is short HTML on which nothing shows that it is the portal's.

    A page whose markup names the portal's title is no stranger.
    """
    title = frame.portal.title.casefold()
    if any(title in name.casefold() for name in frame.page.said.names):
        return False
    length = sum(map(len, _own_texts(frame)))
    return bool(frame.page.markup) and length <= _MOST and _FRAME.isdisjoint(frame.roles)


def _own_texts(frame: Frame) -> list[str]:
    """Return the content texts of a page that are not in the element of a question or an answer."""
    blocks, roles = frame.page.blocks, frame.roles
    pairs = {blocks[i].node for i, role in enumerate(roles) if role in _PAIRS}
    content = (blocks[i] for i, role in enumerate(roles) if role in CONTENT)
    return [block.text for block in content if block.node not in pairs]


def _said(texts: list[str], length: int) -> Interstitial | None:
    for text in texts:
        courtesy = _COURTESY.match(text)
        behind = courtesy.end() if courtesy else 0
        match = (behind and _SHOWN.match(text, behind)) or _SHOWN.match(text)
        if match and length <= _MOST_OF.get(match.lastgroup or "", _MOST):
            return cast("Reason", match.lastgroup), f"the page says: {match[0]}"
    return None


def _is_confirmed(frame: Frame, texts: list[str]) -> bool:
    return any(map(_TRACE.search, texts)) or markup.sign(frame.page.markup) is not None


def _by_markup(frame: Frame, length: int) -> Interstitial | None:
    """Judge by its markup a page that shows little text and nothing of the portal's frame."""
    if length > _LITTLE or not _SHOWN_BY_PAGES.isdisjoint(frame.roles):
        return None
    if sum(len(block.anchors) for block in frame.page.blocks) > _WAYS_OUT:
        return None
    if sign := markup.sign(frame.page.markup):
        return sign[0], f"the markup holds: {sign[1][:80]}"
    shown = sum(len(block.text) for block in frame.page.blocks)
    root = markup.needs_script(frame.page.markup) if shown <= _NOTHING else None
    return ("script_shell", root) if root else None
