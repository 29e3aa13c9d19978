"""Recognizes elements that no reader sees, by their attributes.

A ``style`` is parsed as CSS is (CSS Syntax 3): a semicolon in a string, in brackets or in a comment
ends no declaration. Of two declarations of a property the later one holds, or the ``!important``
one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

_COMMENT: Final = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_DECLARATION: Final = re.compile(
    r"((?:\\.|\"(?:\\.|[^\"\\])*+\"?+|'(?:\\.|[^'\\])*+'?+|\([^()]*+\)?+|[^;\\\"'(])++)", re.DOTALL
)
_IMPORTANT: Final = re.compile(r"!\s*important\s*$")
_ZERO: Final = r"[+-]?0*\.?0+(?:[a-z]{1,4}|%)?"
_FAR: Final = r"-\d{4,}(?:\.\d+)?(?:px|pt|em|rem)?|-\d{3}(?:em|rem|vw|vh|%)"
_ALL: Final = r"(?:50|[5-9]\d|100)%"
_HIDING: Final[Mapping[str, re.Pattern[str]]] = {
    name: re.compile(form)
    for name, form in {
        "display": "none",
        "visibility": "hidden|collapse",
        "content-visibility": "hidden",
        "opacity": _ZERO,
        "color": rf"transparent|(?:rgb|hsl)a?\((?:(?:[^,]+,){{3}}|[^/]+/) ?{_ZERO}\)",
        "font-size": _ZERO,
        "font": rf"(?:[a-z]+ )*{_ZERO}(?:/\S+)? .+",
        "text-indent": _FAR,
        "left": _FAR,
        "right": _FAR,
        "top": _FAR,
        "margin-left": _FAR,
        "margin-top": _FAR,
        "clip": r"rect\((?:0(?:px)?|1px)(?:[ ,]+(?:0(?:px)?|1px)){3}\)",
        "clip-path": rf"inset\({_ALL}(?: {_ALL})*\)|circle\(0(?:px|%)?\)",
        "transform": r"scale(?:3d|x|y)?\(0(?:[ ,]+[\d.]+)*\)",
    }.items()
}
_POSITIONED: Final = {"left", "right", "top", "clip"}
"""Properties that move or clip only a positioned element."""
_SIZES: Final = ("height", "width", "max-height", "max-width")


def is_hidden(attributes: Mapping[str, str | None]) -> bool:
    """Tell whether an element with ``attributes`` is hidden, with all its content.

    An element with ``hidden="until-found"`` counts as shown, since a reader can find its content.
    A style that shows the element overrides ``hidden`` (HTML, 15.3.1). React sends late content
    as ``<div hidden id="S:1">``: it counts as shown, since a script then shows it in its place.
    """
    style = attributes.get("style")
    if style and (hides := _hides(style)) is not None:
        return hides
    if "hidden" not in attributes or (attributes["hidden"] or "").lower() == "until-found":
        return False
    return not (attributes.get("id") or "").startswith("S:")


@lru_cache(maxsize=1024)
def _hides(style: str) -> bool | None:
    """Return whether ``style`` hides its element; ``None`` if the style leaves that open."""
    declared = _declarations(style)
    for name, form in _HIDING.items():
        if name not in declared or (name in _POSITIONED and not _is_positioned(declared)):
            continue
        if form.fullmatch(declared[name]):
            return True
    if declared.get("overflow") in {"hidden", "clip"} and any(
        re.fullmatch(_ZERO, declared.get(name, "")) for name in _SIZES
    ):
        return True
    return False if "display" in declared else None


def _is_positioned(declared: Mapping[str, str]) -> bool:
    return declared.get("position", "static") != "static"


def _declarations(style: str) -> dict[str, str]:
    """Return the value of each property that ``style`` declares, in lower case."""
    declared: dict[str, str] = {}
    important: set[str] = set()
    for declaration in _DECLARATION.findall(_COMMENT.sub("", style)):
        name, colon, value = declaration.partition(":")
        name = name.strip().lower()
        text = " ".join(value.lower().split())
        bare = _IMPORTANT.sub("", text).rstrip()
        if not colon or not bare or (name in important and bare == text):
            continue
        declared[name] = bare
        if bare != text:
            important.add(name)
    return declared
