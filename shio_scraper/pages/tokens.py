"""What the tags of a page tell before it is parsed: how deep they nest, and whether one eats it.

The time of an HTML5 parser grows with the square of the nesting, so that is bounded first, by one
scan of the tokens as HTML divides them (HTML, 13.2.5).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from typing import Final

_FEW: Final = 10_000
"""Open elements that are parsed in no time, however they nest."""
_ATTRIBUTES: Final = 3_000
"""Attributes of one element: what parses it compares each with each."""
_LONG: Final = 15_000
"""Bytes of a tag in which there may be more attributes than that."""
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
"""Void elements, and those that the next of their kind closes unless a counted one is between."""


def is_too_deep(body: bytes, *, scripting: bool) -> bool:
    """Tell whether more elements are open at once than a parser should be given.

    Without ``scripting`` there are elements within ``<noscript>`` too.
    """
    raw = _RAW if scripting else _RAW - {b"noscript"}
    return body.count(b"<") > _FEW and _scan(body, raw)[0] > _FEW


def has_too_many_attributes(body: bytes) -> bool:
    """Tell whether a tag has more attributes than a parser, which compares all, should be given."""
    if len(body) < _LONG or max(map(len, body.split(b"<"))) < _LONG:
        return False
    tags = (token["attributes"] or b"" for token in _TOKEN.finditer(body))
    return any(
        len(tag) > _LONG // 2 and len(re.findall(_ATTRIBUTE, tag)) > _ATTRIBUTES for tag in tags
    )


def is_eaten(body: bytes, lower: bytes, last: Collection[str]) -> bool:
    """Tell whether a comment, or an element like ``<title>``, holds the page to its very end.

    ``lower`` is the page in lower case, ``last`` are the last element of the parsed page and
    those around it: what holds the end is among them, or was moved out of a table, or leaves
    the body empty.
    """
    is_open = _stays_open(lower, b"<!--", b"-->")
    if not is_open and not _MAY_HOLD_THE_END.isdisjoint(last):
        is_open = any(_stays_open(lower, b"<" + tag, b"</" + tag) for tag in _RAW)
    return is_open and _scan(body, _RAW)[1]


def _stays_open(lower: bytes, opening: bytes, closing: bytes) -> bool:
    """Tell at a glance whether nothing closes what something opens."""
    at = lower.find(opening)
    while at >= 0 and (end := lower.find(closing, at)) >= 0:
        at = lower.find(opening, end)
    return at >= 0


def _scan(body: bytes, raw: frozenset[bytes]) -> tuple[int, bool]:
    """Return how many elements are open at once, at most, and whether something is never closed.

    End tags that nothing tells to be ones (in foreign content, in a script that holds another)
    close nothing here: it is an upper bound.
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
