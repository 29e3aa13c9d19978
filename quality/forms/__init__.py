"""Changes of a page's form. A reader sees the same page, so the records must stay the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from types import MappingProxyType
from typing import Final, TypeAlias

from lxml import html
from lxml.html import HtmlElement

from quality.forms import attributes, lists, nesting, noise, order, source, spacing, tags
from quality.sample import Sample

OnTree: TypeAlias = Callable[[HtmlElement, Random], None]
OnSource: TypeAlias = Callable[[str, Random], str | bytes]

TREE_FORMS: Final[Mapping[str, OnTree]] = MappingProxyType(
    {
        form.__name__: form
        for module in (attributes, nesting, tags, lists, order, spacing, noise)
        for form in module.FORMS
    }
)
SOURCE_FORMS: Final[Mapping[str, OnSource]] = MappingProxyType(
    {form.__name__: form for form in source.FORMS}
)
KINDS: Final = (*TREE_FORMS, *SOURCE_FORMS)


def changed(kind: str, sample: Sample) -> str | bytes:
    """Return a page of the corpus in another form, always the same one."""
    random = Random(f"{kind} {sample.name}")
    if kind in SOURCE_FORMS:
        return SOURCE_FORMS[kind](sample.text, random)
    tree = _tree(sample)
    TREE_FORMS[kind](tree, random)
    return _source(tree)


def written(sample: Sample) -> str:
    """Return a page that was parsed and written again without a change."""
    return _source(_tree(sample))


def _tree(sample: Sample) -> HtmlElement:
    return html.document_fromstring(sample.text.removeprefix("\ufeff"))


def _source(tree: HtmlElement) -> str:
    return str(html.tostring(tree, encoding="unicode", doctype="<!DOCTYPE html>"))
