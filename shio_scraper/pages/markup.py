"""Tests on markup before it is parsed: HTML or text, whole or cut, filled by scripts, too deep.

The time of an HTML5 parser grows with the square of the nesting. So the nesting is limited first,
by one scan of the tokens as HTML defines them (HTML, 13.2.5).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
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

_STRUCTURE = (
    r"html|head|body|title|meta|link|base|table|tbody|tr|td|th|div|p|ul|ol|li|dl|dt|dd|h[1-6]|br|hr|"
    r"center|form|section|article|main|header|footer|nav|aside|script|style|span|font|a"
)
_OPENS_AS_HTML = re.compile(
    rf"\s*+(<\?xml[^>]*>\s*+)?(?:<!--(?>.*?-->)\s*+)*+(\Z|<(!doctype|({_STRUCTURE})(\s[^<>]*)?/?>))",
    re.IGNORECASE | re.DOTALL,
)
_STRUCTURAL_TAG = re.compile(
    r"(?:^[ \t]*|(?<=[\w>.!?。！？”]))"
    r"</?(html|body|table|tr|td|div|p|ul|ol|li|dl|dt|dd|h[1-6]|br|hr)(\s[^<>]*)?/?>",
    re.IGNORECASE | re.MULTILINE,
)
"""A tag at the start of a line or right behind text, as in markup. In prose, a space stands before
a tag."""
_UNFINISHED = re.compile(r"<[a-zA-Z/!]")
_TAG = re.compile(r"<(/?)(div|section|article|main|table|ul|ol|dl|p|td|tr|li|h[1-6])\b")
_TAIL = 4096
"""Characters at the end of a page that are searched for ``</html>`` first."""
_ENDS = ("</html>", "</html>\n", "</html>\r\n")
_MUST_CLOSE = frozenset({"div", "section", "article", "main", "table", "ul", "ol", "dl"})
_SIGNS: Final = {reason: re.compile(form, re.IGNORECASE) for reason, form in MARKUP.items()}
_SETS_COOKIE, _GOES_ON, _FILLS, _SCRIPT, _APP_ROOT = (
    re.compile(form, re.IGNORECASE) for form in (SETS_COOKIE, GOES_ON, FILLS, SCRIPT, APP_ROOT)
)
_FEW: Final = 10_000
"""Most open elements that are parsed fast however they nest."""
_ATTRIBUTES: Final = 3_000
"""Most attributes of one element: the parser compares each with each."""
_LONG: Final = 15_000
"""Fewest bytes of a tag that may have too many attributes."""
_ATTRIBUTE: Final = (
    rb"[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:\"[^\"]*+\"?+|'[^']*+'?+|[^\s>\"'][^\s>]*+)?+)?+"
)
_TOKEN: Final = re.compile(
    rb"<!--(?:-?>|.*?(?:--!?>|(?P<open>\Z)))|<!\[(?P<cdata>CDATA)\[|<(?:[!?]|/[^a-z])[^>]*+>?+"
    rb"|<(?P<close>/?)(?P<tag>[a-z][^\s/>]*+)(?P<attributes>(?:[\s/]++|" + _ATTRIBUTE + rb")*+)>?+",
    re.IGNORECASE | re.DOTALL,
)
_RAW: Final = frozenset(b"script style title textarea xmp iframe noembed noframes noscript".split())
_RAW_END: Final = {
    tag: re.compile(rb"</%b(?=[\s/>])|(?P<open>\Z)" % tag, re.IGNORECASE) for tag in _RAW
}
_MAY_HOLD_THE_END: Final = {tag.decode() for tag in _RAW} | {"table", ""}
_FOREIGN: Final = frozenset((b"svg", b"math"))
_NOT_COUNTED: Final = _RAW | frozenset(
    b"""area base br col embed hr img input link meta param source track wbr
    a body button caption colgroup dd dt frame h1 h2 h3 h4 h5 h6 head html li nobr optgroup option
    p rb rp rt rtc tbody td tfoot th thead tr""".split()
)
"""Elements that add no depth: void ones, those with raw text, and those that the next of their kind
closes unless a counted element is between."""


def is_html(text: str, content_type: str | None = None) -> bool:
    """Tell whether ``text`` is HTML: by its beginning, its content type, or the number of its tags.

    A plain text that only mentions ``<b>`` or ``< style=`` is no HTML.
    """
    if _OPENS_AS_HTML.match(text):
        return True
    if content_type and "html" in content_type:
        return True
    tags = sum(1 for _ in _STRUCTURAL_TAG.finditer(text))
    lines = sum(1 for line in text.splitlines() if line.strip())
    return tags >= 2 and 2 * tags >= lines  # noqa: PLR2004


def is_truncated(html: str) -> bool:
    """Tell whether ``html`` is cut off: inside a tag, or before all elements are closed.

    Sloppy markup that closes nothing is not cut off. Markup is cut off if it does not close
    ``<html>`` or ``<body>``, and closes some block elements but not all whose end tag HTML demands.
    """
    last = html.rfind("<")
    if last > html.rfind(">") and _UNFINISHED.match(html, last):
        return True
    if _ends_whole(html):
        return False
    lower = html.lower()
    if "</html" in lower or "</body" in lower:
        return False
    counts: dict[str, list[int]] = {}
    for closing, tag in _TAG.findall(lower):
        counts.setdefault(tag, [0, 0])[bool(closing)] += 1
    closes_blocks = any(closed for _, closed in counts.values())
    whole_page = "<body" in lower or "<html" in lower
    return any(
        opened > closed and ((whole_page and closed) or (closes_blocks and tag in _MUST_CLOSE))
        for tag, (opened, closed) in counts.items()
    )


def is_unclosed(html: str) -> bool:
    """Tell whether ``html`` opens its ``<html>`` or ``<body>`` and closes neither."""
    if _ends_whole(html):
        return False
    lower = html.lower()
    opened = "<body" in lower or "<html" in lower
    return opened and "</body" not in lower and "</html" not in lower


def _ends_whole(html: str) -> bool:
    """Tell by the last characters whether ``html`` ends with ``</html>``, as most pages do."""
    return html.endswith(_ENDS) or "</html" in html[-_TAIL:].lower()


def sign(markup: str) -> tuple[Reason, str] | None:
    """Return the reason that a sign in ``markup`` gives, and the sign; ``None`` without a sign.

    A sign is a piece of markup that only interstitials have.
    """
    for reason, form in _SIGNS.items():
        if match := form.search(markup):
            return reason, match[0]
    if _SETS_COOKIE.search(markup) and _GOES_ON.search(markup):
        return "challenge", "a script that sets a cookie and loads the page again"
    return None


def needs_script(markup: str) -> str | None:
    """Return the evidence that scripts must fill the page; ``None`` if there is none."""
    if not _SCRIPT.search(markup):
        return None
    root = _APP_ROOT.search(markup)
    return f"scripts fill {root[0]}" if root else None


def without_a_word(markup: str) -> tuple[str, str]:
    """Return the reason and the detail of the reject of a page on which nothing is visible."""
    if reason_and_sign := sign(markup):
        return reason_and_sign[0], f"nothing is visible; the markup holds: {reason_and_sign[1]}"
    if root := needs_script(markup):
        return "script_shell", root
    if _FILLS.search(markup) or _GOES_ON.search(markup):
        return "script_shell", "nothing is visible before the page's scripts have run"
    return "empty", "nothing is visible on the page"


def is_too_deep(body: bytes, *, scripting: bool) -> bool:
    """Tell whether more elements are open at once than a parser handles fast.

    Without ``scripting``, the content of ``<noscript>`` is elements too.
    """
    raw = _RAW if scripting else _RAW - {b"noscript"}
    return body.count(b"<") > _FEW and _scan(body, raw)[0] > _FEW


def has_too_many_attributes(body: bytes) -> bool:
    """Tell whether a tag has more attributes than a parser handles fast."""
    if len(body) < _LONG or max(map(len, body.split(b"<"))) < _LONG:
        return False
    tags = (token["attributes"] or b"" for token in _TOKEN.finditer(body))
    return any(
        len(tag) > _LONG // 2 and len(re.findall(_ATTRIBUTE, tag)) > _ATTRIBUTES for tag in tags
    )


def is_eaten(body: bytes, lower: bytes, last: Collection[str]) -> bool:
    """Tell whether an unclosed comment, or an element like ``<title>``, holds the page's end.

    ``lower`` is the page in lower case. ``last`` are the names of the last element of the parsed
    page and of the elements around it. They save a scan: an unclosed element is among them, or was
    moved out of a table, or leaves the body empty.
    """
    is_open = _stays_open(lower, b"<!--", b"-->")
    if not is_open and not _MAY_HOLD_THE_END.isdisjoint(last):
        is_open = any(_stays_open(lower, b"<" + tag, b"</" + tag) for tag in _RAW)
    return is_open and _scan(body, _RAW)[1]


def _stays_open(lower: bytes, opening: bytes, closing: bytes) -> bool:
    """Tell by a quick search whether ``closing`` is missing behind any ``opening``."""
    at = lower.find(opening)
    while at >= 0 and (end := lower.find(closing, at)) >= 0:
        at = lower.find(opening, end)
    return at >= 0


def _scan(body: bytes, raw: frozenset[bytes]) -> tuple[int, bool]:
    """Return the most elements open at once, and whether a comment or raw text is never closed.

    The number is an upper bound: end tags that may be none (in foreign content, or in a script
    that holds another script) close nothing here.
    """
    counts: Counter[bytes] = Counter()
    depth = deepest = position = 0
    trusted = True
    while token := _TOKEN.search(body, position):
        position = token.end()
        tag = (token["tag"] or b"").lower()
        if token["open"] is not None:
            return deepest, True
        is_foreign = bool(counts[b"svg"] or counts[b"math"])
        if token["cdata"] and is_foreign:
            trusted = False
        if tag in raw and not token["close"] and trusted and not is_foreign:
            end = _RAW_END[tag].search(body, position)
            if end is None or end["open"] is not None:
                return deepest, True
            trusted = tag != b"script" or b"<script" not in body[position : end.start()].lower()
            position = end.end()
        elif not tag or tag in _NOT_COUNTED or (is_foreign and token[0].endswith(b"/>")):
            continue
        elif not token["close"]:
            counts[tag] += 1
            depth += 1
            deepest = max(depth, deepest)
        elif counts[tag] and trusted and (not is_foreign or tag in _FOREIGN):
            counts[tag] -= 1
            depth -= 1
    return deepest, False
