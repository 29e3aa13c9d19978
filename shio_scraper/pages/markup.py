"""What the markup of a page tells that shows next to nothing: who was to fill it."""

from __future__ import annotations

import re
from typing import Final

from shio_scraper.portals.machine_words import (
    APP_ROOT,
    FILLS,
    GOES_ON,
    MARKUP,
    SCRIPT,
    SETS_COOKIE,
    Reason,
)

_SIGNS: Final = {reason: re.compile(form, re.IGNORECASE) for reason, form in MARKUP.items()}
_SETS_COOKIE, _GOES_ON, _FILLS, _SCRIPT, _APP_ROOT = (
    re.compile(form, re.IGNORECASE) for form in (SETS_COOKIE, GOES_ON, FILLS, SCRIPT, APP_ROOT)
)


def sign(markup: str) -> tuple[Reason, str] | None:
    """Return what a sign in ``markup`` says of its page, and the sign; ``None`` without one."""
    for reason, form in _SIGNS.items():
        if found := form.search(markup):
            return reason, found[0]
    if _SETS_COOKIE.search(markup) and _GOES_ON.search(markup):
        return "challenge", "a script that sets a cookie and loads the page again"
    return None


def needs_script(markup: str) -> str | None:
    """Return what tells that scripts were to fill the page; ``None`` where nothing does."""
    if not _SCRIPT.search(markup):
        return None
    root = _APP_ROOT.search(markup)
    return f"scripts fill {root[0]}" if root else None


def without_a_word(markup: str) -> tuple[str, str]:
    """Return why nothing is to be seen on a page: the reason of its reject, and the detail."""
    if found := sign(markup):
        return found[0], f"nothing to be seen but {found[1]}"
    if root := needs_script(markup):
        return "script_shell", root
    if _FILLS.search(markup) or _GOES_ON.search(markup):
        return "script_shell", "nothing to be seen without its scripts"
    return "empty", "nothing to be seen on the page"
