"""Additions that no reader sees: comments, scripts, hidden and empty elements."""

from __future__ import annotations

from random import Random
from typing import Final

from lxml import etree
from lxml.html import HtmlElement

from quality.forms.elements import elements, leaves, new, put_before, some

_LOOSE: Final = ("p", "div", "h1", "h2", "h3", "h4", "ul", "table")
ADDED_IMAGE: Final = "/images/dot.gif"
_SAID: Final = "Government News 2014-01-01 04-16 21315299 Processing Source: nobody"


def comments_added(tree: HtmlElement, random: Random) -> None:
    """Comments stand between blocks."""
    for element in some(elements(tree, *_LOOSE), random):
        parent = element.getparent()
        parent.insert(parent.index(element), etree.Comment(f" <p>{_SAID}</p> "))


def scripts_added(tree: HtmlElement, random: Random) -> None:
    """Scripts stand between blocks."""
    for element in some(elements(tree, *_LOOSE), random):
        put_before(element, new("script", f"var a = '<p>{_SAID}</p>';"))


def styles_between(tree: HtmlElement, random: Random) -> None:
    """Style sheets stand between blocks."""
    for element in some(elements(tree, *_LOOSE), random):
        put_before(element, new("style", ".a { color: red }"))


def hidden_text_added(tree: HtmlElement, random: Random) -> None:
    """Text that is not shown stands between blocks."""
    for element in some(elements(tree, *_LOOSE), random):
        put_before(element, new("div", _SAID, style="display:none"))


def empty_blocks_added(tree: HtmlElement, random: Random) -> None:
    """Empty blocks stand between blocks."""
    for element in some(elements(tree, *_LOOSE), random):
        put_before(element, new(random.choice(("p", "div")), random.choice(("", "\u00a0"))))


def empty_spans_added(tree: HtmlElement, _: Random) -> None:
    """Blocks of text begin with an empty element."""
    for element in leaves(tree):
        mark = new("a", name="m")
        mark.tail, element.text = element.text, None
        element.insert(0, mark)


def images_added(tree: HtmlElement, _: Random) -> None:
    """Blocks of text begin with an image."""
    for element in leaves(tree):
        image = new("img", src=ADDED_IMAGE, alt="")
        image.tail, element.text = element.text, None
        element.insert(0, image)


def rules_added(tree: HtmlElement, random: Random) -> None:
    """Rules stand between blocks."""
    for element in some(elements(tree, *_LOOSE), random):
        put_before(element, new("hr"))


def search_form_added(tree: HtmlElement, _: Random) -> None:
    """A form with choices stands on top."""
    form = new("form", action="/jsp/search.jsp")
    choice = new("select", name="kind")
    choice.append(new("option", "Government News"))
    form.extend([choice, new("input", name="q"), new("textarea", "Source: nobody")])
    next(tree.iter("body")).insert(0, form)


FORMS: Final = (
    comments_added,
    scripts_added,
    styles_between,
    hidden_text_added,
    empty_blocks_added,
    empty_spans_added,
    images_added,
    rules_added,
    search_form_added,
)
