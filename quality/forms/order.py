"""Changes of order: the parts of a page stand elsewhere in its source."""

from __future__ import annotations

from random import Random
from typing import Final

from lxml.html import HtmlElement

from fixtures.portal_builder.sidebar import HEADINGS, SIGN_IN
from quality.forms.elements import body_of, elements, new, wrap_inside

_OF_SIDEBAR: Final = frozenset({*HEADINGS.values(), *(words[0] for words in SIGN_IN.values())})


def sidebar_first(tree: HtmlElement, _: Random) -> None:
    """The sidebar stands before the article in the source, or behind it where it was before."""
    found = _sidebar(tree)
    if found is None:
        return
    parent, first = found.getparent(), 0
    others = [child for child in parent if child is not found]
    at = parent.index(found)
    parent.remove(found)
    parent.insert(first if at else len(others), found)


def sidebar_in_aside(tree: HtmlElement, _: Random) -> None:
    """The sidebar is an ``<aside>``."""
    found = _sidebar(tree)
    if found is not None:
        wrap_inside(found, "aside")


def frame_in_semantic_elements(tree: HtmlElement, _: Random) -> None:
    """The head of the page is a ``<header>``, its foot a ``<footer>``."""
    children = [child for child in body_of(tree) if isinstance(child.tag, str)]
    for child, tag in ((children[0], "header"), (children[-1], "footer")):
        text = " ".join("".join(child.itertext()).split())
        if len(children) > 2 and child.tag in {"div", "table", "form"} and len(text) < 200:
            wrap_inside(child, tag) if child.tag != "table" else _into(child, tag)


def _into(element: HtmlElement, tag: str) -> None:
    around = new(tag)
    around.tail, element.tail = element.tail, None
    element.getparent().replace(element, around)
    around.append(element)


def menu_on_top(tree: HtmlElement, _: Random) -> None:
    """A second menu stands above everything."""
    menu = new("ul")
    for name, target in (("Home", "/"), ("首页", "/index_zh.jsp")):
        item = new("li")
        item.append(new("a", name, href=target))
        menu.append(item)
    body_of(tree).insert(0, menu)


def copyright_below(tree: HtmlElement, _: Random) -> None:
    """A second line of copyright stands below everything."""
    body_of(tree).append(new("div", "Copyright © Information Office. All rights reserved."))


def _sidebar(tree: HtmlElement) -> HtmlElement | None:
    """Return the largest element that holds all of the sidebar's headings and not the article."""
    marked = [one for one in elements(tree) if (one.text or "").strip() in _OF_SIDEBAR]
    if len(marked) < 2:
        return None
    inside = set(marked[-1].iterancestors())
    common = next((one for one in marked[0].iterancestors() if one in inside), None)
    if common is None or common.tag == "body" or any(_is_main(one) for one in common.iter()):
        return None
    return common


def _is_main(element: HtmlElement) -> bool:
    text = (element.text or "").strip()
    return text in {"Government News", "政府新闻"} or text.startswith("Events |")


FORMS: Final = (
    sidebar_first,
    sidebar_in_aside,
    frame_in_semantic_elements,
    menu_on_top,
    copyright_below,
)
