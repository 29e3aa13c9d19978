"""Changes of attributes: renamed, lost or added. Addresses and hiding attributes stay."""

from __future__ import annotations

from random import Random
from typing import Final

from lxml.html import HtmlElement

from quality.forms.elements import elements, leaves

_KEPT: Final = frozenset({"href", "src", "style", "hidden", "type", "value", "colspan"})


def classes_renamed(tree: HtmlElement, random: Random) -> None:
    """Every class and id has another name."""
    for element in elements(tree):
        for name in ("class", "id"):
            if name in element.attrib:
                element.set(name, f"x{random.randrange(10**6)}")


def classes_swapped(tree: HtmlElement, random: Random) -> None:
    """Classes are exchanged at random."""
    found = [element for element in elements(tree) if "class" in element.attrib]
    names = [element.get("class", "") for element in found]
    random.shuffle(names)
    for element, name in zip(found, names, strict=True):
        element.set("class", name)


def classes_added(tree: HtmlElement, random: Random) -> None:
    """Elements have the classes of a style library."""
    for element in elements(tree):
        element.set("class", random.choice(("nav", "footer", "title", "content", "col-md-6", "ad")))


def ids_lost(tree: HtmlElement, _: Random) -> None:
    """No element has an id."""
    for element in elements(tree):
        element.attrib.pop("id", None)


def attributes_lost(tree: HtmlElement, _: Random) -> None:
    """Only attributes for addresses, styles, values, spans and hiding are left."""
    for element in elements(tree):
        for name in set(element.attrib) - _KEPT:
            del element.attrib[name]


def data_attributes_added(tree: HtmlElement, random: Random) -> None:
    """Elements carry a framework's data."""
    for element in elements(tree):
        element.set("data-v", f"{random.randrange(16**8):08x}")
        element.set("aria-label", "Q: 04-16 21315299 Processing")


def styles_added(tree: HtmlElement, _: Random) -> None:
    """Blocks of text are styled by hand."""
    for element in leaves(tree):
        if "style" not in element.attrib:
            element.set("style", "margin: 0cm 0cm 0pt; text-indent: 21pt; font-size: 10.5pt")


FORMS: Final = (
    classes_renamed,
    classes_swapped,
    classes_added,
    ids_lost,
    attributes_lost,
    data_attributes_added,
    styles_added,
)
