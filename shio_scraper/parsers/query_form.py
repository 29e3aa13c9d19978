"""Reads the forms of a page: where a form is sent, and the fields that a reader fills in.

Forms are only named: what a form would answer is not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal, TypeAlias

from msgspec import Struct
from parsel import Selector

from shio_scraper.pages import Page
from shio_scraper.texts import clean, kept

Purpose: TypeAlias = Literal["query", "search", "choice", "sign_in", "message", "subscription"]
"""The purpose of a form, by its fields: ``query`` has several fields to look for records,
``search`` one field for words, ``choice`` nothing but choices (an order, a view)."""

_FORM: Final = re.compile(r"<form\b.*?(?:</form\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_CONTROLS: Final = ".//input | .//select | .//textarea"
_UNSEEN: Final = frozenset({"hidden", "submit", "button", "image", "reset"})
_CHOICES: Final = frozenset({"radio", "checkbox"})
_TEXTS: Final = frozenset({"text", "search", "email", "tel", "url", "number"})
_TYPED: Final = _TEXTS | {"date", "month", "week", "time", "datetime-local"}
_MOST_FORMS: Final = 20
_MOST_FIELDS: Final = 60
_MOST_OPTIONS: Final = 40
_LONGEST_LABEL: Final = 80
_LONGEST_FORM: Final = 200_000
"""Most characters of a form's markup that are read."""
_ENDS: Final = " :：*"


class FormField(Struct, frozen=True):
    """A field that a reader fills in: its label as printed (empty if there is none), name, type.

    ``options`` are the first forty texts of a choice.
    """

    label: str
    name: str
    type: str
    options: tuple[str, ...] = ()


class QueryForm(Struct, frozen=True):
    """A form: ``GET`` or ``POST``, the absolute address it is sent to, and its visible fields."""

    method: str
    action: str
    purpose: Purpose
    fields: tuple[FormField, ...]

    def __str__(self) -> str:
        """Return the form as one line.

        >>> field = FormField("Application number", "no", "text")
        >>> str(QueryForm("GET", "https://example.org/find", "search", (field,)))
        'GET https://example.org/find: Application number'
        """
        return f"{self.method} {self.action}: {', '.join(f.label or f.name for f in self.fields)}"


def read_forms(page: Page) -> list[QueryForm]:
    """Return the first twenty forms of a page that have a visible field, from top to bottom."""
    forms = []
    for match in _FORM.finditer(page.markup):
        method, action, purpose, fields = _read(match[0][:_LONGEST_FORM])
        if fields:
            url = (page.resolve(action) if action else None) or page.url or ""
            forms.append(QueryForm(method, url, purpose, fields))
        if len(forms) == _MOST_FORMS:
            break
    return forms


@kept(256)
def _read(markup: str) -> tuple[str, str, Purpose, tuple[FormField, ...]]:
    """Return method, action as in the markup, purpose and fields of a form.

    The results are cached, because sites repeat their forms on many pages.
    """
    form = Selector(markup).xpath("//form")[0]
    fields = list(_fields(form))[:_MOST_FIELDS]
    method = "POST" if form.attrib.get("method", "").strip().lower() == "post" else "GET"
    return method, form.attrib.get("action", "").strip(), _purpose(fields), tuple(fields)


def _fields(form: Selector) -> Iterator[FormField]:
    """Yield the visible fields of a form.

    The buttons of one choice are one field, whose options are the buttons' labels.
    """
    choices: dict[str, list[str]] = {}
    first: dict[str, FormField] = {}
    order: list[str | FormField] = []
    for control in form.xpath(_CONTROLS):
        tag, name = control.root.tag, control.attrib.get("name", "")
        kind = control.attrib.get("type", "text").lower() if tag == "input" else tag
        if kind in _UNSEEN or "display:none" in control.attrib.get("style", "").replace(" ", ""):
            continue
        if kind in _CHOICES and name:
            if name not in choices:
                legend = control.xpath("string(ancestor::fieldset[1]/legend)").get("")
                first[name] = FormField(_short(legend), name, kind)
                order.append(name)
            choices.setdefault(name, []).append(_label(form, control, after=True))
        else:
            texts = control.xpath(".//option").xpath("string()").getall()
            options = tuple(filter(None, map(_short, texts)))
            order.append(FormField(_label(form, control), name, kind, options[:_MOST_OPTIONS]))
    for field in order:
        if isinstance(field, FormField):
            yield field
        else:
            labels = tuple(filter(None, choices[field]))[:_MOST_OPTIONS]
            label = first[field].label or (labels[0] if len(labels) == 1 else "")
            yield FormField(label, field, first[field].type, labels if len(labels) > 1 else ())


def _label(form: Selector, control: Selector, *, after: bool = False) -> str:
    """Return the label of a control: its ``<label>``, an attribute, or the text beside it."""
    identity = control.attrib.get("id")
    candidates = []
    if identity and '"' not in identity:
        candidates.append(form.xpath(f'string(.//label[@for="{identity}"])').get(""))
    candidates.append(control.xpath("string(ancestor::label[1])").get(""))
    candidates += [control.attrib.get(name, "") for name in ("aria-label", "title", "placeholder")]
    beside = (
        "following::text()[normalize-space()][1]"
        if after
        else ("preceding::text()[normalize-space()][not(ancestor::option or ancestor::script)][1]")
    )
    candidates.append(control.xpath(beside).get(""))
    return next(filter(None, map(_short, candidates)), "")


def _short(text: str) -> str:
    text = clean(text).strip(_ENDS)
    return text if len(text) <= _LONGEST_LABEL else ""


def _purpose(fields: list[FormField]) -> Purpose:
    kinds = [field.type for field in fields]
    if "password" in kinds:
        return "sign_in"
    if "textarea" in kinds:
        return "message"
    if kinds == ["email"]:
        return "subscription"
    if not _TYPED.intersection(kinds):
        return "choice"
    return "search" if len(kinds) == 1 and kinds[0] in _TEXTS else "query"
