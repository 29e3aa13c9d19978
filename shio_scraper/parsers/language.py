"""Finds the language of a page's frame: by its words, its address or its script."""

from __future__ import annotations

import re
from typing import Final

from shio_scraper.items import Language
from shio_scraper.parsers.frame import CONTENT, Frame, Role
from shio_scraper.parsers.heading import dated_headings
from shio_scraper.parsers.records import Field, unique
from shio_scraper.parsers.title import choose
from shio_scraper.portals import ANY_SITE

_HAN = re.compile("[\u4e00-\u9fff]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_FOREIGN = re.compile(
    "[\u3040-\u30ff\uac00-\ud7af\u0400-\u04ff\u0600-\u06ff\u0590-\u05ff\u0e00-\u0e7f\u0900-\u097f\u0370-\u03ff]"
)
_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH_WORDS = """
the of and to in a is for on that with as by at from be are was were has have will it its an
this or which said more not new all
"""
_ENGLISH: Final = frozenset(_ENGLISH_WORDS.split())
_ENGLISH_SHARE: Final = 0.08
_ENOUGH_WORDS: Final = 12
_FOREIGN_SHARE: Final = 0.15
_NAMED: Final = re.compile(r"<html[^>]*\slang=[\"']?([a-zA-Z]{2,3})\b", re.IGNORECASE)
_HEAD: Final = 4_000
_SAMPLE: Final = 200_000
"""Most characters of a text that are read to recognize its language."""


_SCRIPTS: Final = frozenset({"en", "zh"})
"""The languages that script and words tell apart."""

_NOT_TOLD: Final = "neither frame nor address tells"


def page_language(frame: Frame) -> Field:
    """Return the language of the frame; ``None`` for a language that the portal does not have.

    The words of the frame decide. If they do not, and the portal has no languages but English
    and Chinese, a text in another script, or without English function words, is a third
    language. Else the address decides, then the title. On a page of no known portal, the
    markup and the script of the text decide.
    """
    if frame.portal is ANY_SITE:
        return _detected(frame)
    languages = frame.portal.languages
    votes = {language: len(frame.votes[language]) for language in sorted(languages)}
    most = [language for language, count in votes.items() if count == max(votes.values())]
    if len(most) == 1 and any(votes.values()):
        counts = ", ".join(f"{len(frame.votes[name])} {name}" for name in sorted(frame.votes))
        rule = f"frame words of the page: {counts}"
        return Field(most[0], unique(frame.votes[most[0]]), rule)
    blocks = list(zip((block.text for block in frame.page.blocks), frame.roles, strict=True))
    text = " ".join(text for text, role in blocks if role is not Role.FOOT)
    if languages <= _SCRIPTS and _is_foreign(text):
        return Field(None)
    address = frame.page.address
    if address and address.family and address.family.language:
        rule = "family of the address; the words of the frame do not tell"
        return Field(address.family.language, (), rule)
    first = (text for text, role in blocks if role in CONTENT and _WORD.search(text))
    return _by_text(frame, next(first, ""))


def _by_text(frame: Frame, first: str) -> Field:
    """Return the language of a page for which neither frame nor address decides.

    ``first`` is the first text of the page.
    """
    languages = frame.portal.languages
    if len(languages) == 1:
        return Field(min(languages), (), f"the portal's only language; {_NOT_TOLD}")
    if (named := _named(frame)) in languages - _SCRIPTS:
        return Field(named, (), f"language that the markup names; {_NOT_TOLD}")
    headings = dated_headings(frame)
    lead = choose(frame, headings).title if headings else first
    language = "zh" if _HAN.search(lead) else "en"
    rule = f"script of the {'title' if headings else 'first text'}; {_NOT_TOLD}"
    return Field(language if language in languages else None, (), rule)


def _detected(frame: Frame) -> Field:
    """Return the language of a page of no known portal: by its markup, its script or its words.

    A page in Chinese characters is in Chinese, although its markup names English.
    """
    named = _named(frame)
    text = " ".join(block.text for block in frame.page.blocks)
    if named in {None, "en"} and len(_HAN.findall(text)) > _FOREIGN_SHARE * len(text):
        return Field("zh", (), "script of the text")
    if named:
        return Field(named, (), "language that the markup names")
    return Field("und" if _is_foreign(text) else "en", (), "words of the text")


def _named(frame: Frame) -> Language | None:
    """Return the language that the markup names in ``<html lang>``; ``None`` if it names none."""
    match = _NAMED.search(frame.page.markup[:_HEAD])
    return match[1].lower() if match else None


def _is_foreign(text: str) -> bool:
    """Tell whether a text is neither English nor Chinese, by its script and its words."""
    text = text[:_SAMPLE]
    han, latin, foreign = (len(p.findall(text)) for p in (_HAN, _LATIN, _FOREIGN))
    if foreign > _FOREIGN_SHARE * (han + latin + foreign):
        return True
    words = [word.lower() for word in _WORD.findall(text) if _LATIN.match(word)]
    if han or len(words) < _ENOUGH_WORDS:
        return False
    return sum(word in _ENGLISH for word in words) < _ENGLISH_SHARE * len(words)
