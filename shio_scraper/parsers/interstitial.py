"""Tells a page that stands in for the one that was asked for: a challenge, a login, an error."""

from __future__ import annotations

import re
from typing import Final, TypeAlias, cast

from shio_scraper.pages import markup
from shio_scraper.parsers.frame import CONTENT, SIDEBAR, Frame, Role
from shio_scraper.parsers.heading import dated_headings
from shio_scraper.parsers.records import Extraction
from shio_scraper.parsers.roles import SIGNS
from shio_scraper.parsers.title import choose
from shio_scraper.portals.machine_words import COURTESY, SHOWN, TITLES, TRACE, Reason

_MAX_ERROR_PAGE: Final = 800
_MOST: Final = 1200
"""Characters outside the frame, from which on a page is what it says it is."""
_LITTLE: Final = 400
"""The same where only the markup tells, or where a page asks to log in: an article may too."""
_NOTHING: Final = 80
"""The same of a page that waits for its scripts."""
_BESIDE: Final = 9
"""Rows and questions that a sidebar shows, at most: a page of more is one of these."""
_WAYS_OUT: Final = 3
"""Links that such a page may have; one that leads on to more is a page of the portal's."""
_MOST_OF: Final = {"login_wall": _LITTLE, "script_shell": _LITTLE}
_PAIRS: Final = frozenset({Role.QUESTION, Role.ANSWER})
_SHOWN_BY_PAGES: Final = SIDEBAR | _PAIRS | {Role.SECTION, Role.CATEGORY, Role.TABS}
"""What shows that a page, however little it says, is one of the portal's."""
_FRAME: Final = _SHOWN_BY_PAGES | SIGNS | {Role.GATE}
_COURTESY: Final = re.compile(COURTESY, re.IGNORECASE)
_SHOWN: Final = re.compile(
    "|".join(f"(?P<{reason}>{'|'.join(forms)})" for reason, forms in SHOWN.items()), re.IGNORECASE
)
_TITLES: Final = re.compile(TITLES, re.IGNORECASE)
_TRACE: Final = re.compile(TRACE, re.IGNORECASE)


Interstitial: TypeAlias = tuple[Reason, str]
"""What a page is instead: the reason of its reject, and what told it."""


def interstitial(frame: Frame) -> Interstitial | None:
    """Return what the page is instead of the one that was asked for; ``None`` where it is that.

    It says so in few words, outside the portal's frame, which may stand around them. Under a
    title with a date, or beside an event's fields, it is an article or event about such pages,
    unless its title says so as well, and a firewall's trace or its markup confirms it.
    """
    roles = frame.roles
    lists = roles.count(Role.ROW) + roles.count(Role.QUESTION)
    if lists > _BESIDE or Role.FIELD in roles:
        return None
    own = _own_texts(frame)
    length = sum(map(len, own))
    if length > _MOST:
        return None
    headings = dated_headings(frame)
    if not headings:
        return _said(own, length) or _by_markup(frame, length)
    if _TITLES.fullmatch(choose(frame, headings).title) and _is_confirmed(frame, own):
        return _said(own, length)
    return None


def speaks_instead(text: str) -> bool:
    """Tell whether a text opens as such a page does.

    >>> speaks_instead("Please enable JavaScript to view this page.")
    True
    """
    return len(text) <= _LITTLE and _said([text], len(text)) is not None


def titles_another(title: str) -> bool:
    """Tell whether a title is one of such a page.

    >>> titles_another("Error")
    True
    """
    return _TITLES.fullmatch(title) is not None


def says_not_found(result: Extraction) -> bool:
    """Reject a page that says in few words that there is none, whatever its status was."""
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
    """Tell a short HTML page on which nothing shows that it is the portal's: who knows whose.

    One that calls itself by the portal's title is.
    """
    title = frame.portal.title.casefold()
    if any(title in name.casefold() for name in frame.page.said.names):
        return False
    length = sum(map(len, _own_texts(frame)))
    return bool(frame.page.markup) and length <= _MOST and _FRAME.isdisjoint(frame.roles)


def _own_texts(frame: Frame) -> list[str]:
    """Return what is neither frame nor a question with its answer, whose lines share its node."""
    blocks, roles = frame.page.blocks, frame.roles
    pairs = {blocks[i].node for i, role in enumerate(roles) if role in _PAIRS}
    own = (blocks[i] for i, role in enumerate(roles) if role in CONTENT)
    return [block.text for block in own if block.node not in pairs]


def _said(own: list[str], length: int) -> Interstitial | None:
    for text in own:
        courtesy = _COURTESY.match(text)
        behind = courtesy.end() if courtesy else 0
        found = (behind and _SHOWN.match(text, behind)) or _SHOWN.match(text)
        if found and length <= _MOST_OF.get(found.lastgroup or "", _MOST):
            return cast("Reason", found.lastgroup), f"the page says: {found[0]}"
    return None


def _is_confirmed(frame: Frame, own: list[str]) -> bool:
    return any(map(_TRACE.search, own)) or markup.sign(frame.page.markup) is not None


def _by_markup(frame: Frame, length: int) -> Interstitial | None:
    """Judge a page that shows little and nothing of the portal's frame, by its markup."""
    if length > _LITTLE or not _SHOWN_BY_PAGES.isdisjoint(frame.roles):
        return None
    if sum(len(block.anchors) for block in frame.page.blocks) > _WAYS_OUT:
        return None
    if found := markup.sign(frame.page.markup):
        return found[0], f"the markup holds: {found[1][:80]}"
    shown = sum(len(block.text) for block in frame.page.blocks)
    root = markup.needs_script(frame.page.markup) if shown <= _NOTHING else None
    return ("script_shell", root) if root else None
