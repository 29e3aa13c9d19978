"""Recognizes speakers: a label before a colon, by its form and by the list of speakers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Final, NamedTuple

from shio_scraper.items import TurnKind
from shio_scraper.parsers.labels import any_of
from shio_scraper.portals import Portal, fold
from shio_scraper.texts import kept

_LABEL: Final = re.compile(
    r"(?:\d{1,2}[.)、]\s?)?(?P<label>(?:[^\W_][^:：?!。？！;；\"“”]{0,78}?))\s?[:：](?!//)\s*(?P<rest>.*)",
    re.DOTALL,
)
_BREAK: Final = re.compile(r"[a-z]{4,}\.\s")
"""The end of a sentence: a full stop behind four letters or more. An honorific has fewer."""
_NAMES: Final = re.compile(r"\s*(?:\band\b|[,，、/&])\s*")
_ASIDE: Final = re.compile(r"\s*[(（]([^()（）]*)[)）]")
_DOMAIN: Final = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}")
_SMALL: Final = frozenset("of the for and & in on at de la le du from with".split())  # noqa: SIM905
_HAN: Final = re.compile("[\u4e00-\u9fff·]{2,12}")
_SYLLABLE: Final = (
    r"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|an|ao"
    r"|ei|en|er|ia|ie|in|iu|ou|ua|ue|ui|un|uo|a|e|i|o|u|ü|üe)"
)
_DOUBLE: Final = "Ouyang|Shangguan|Sima|Zhuge|Situ|Huangfu|Gongsun|Linghu|Murong|Duanmu|Xiahou"
_FAMILY: Final = rf"(?:{_SYLLABLE}|{_DOUBLE})"
_GIVEN: Final = rf"{_SYLLABLE}(?:[-’' ]?{_SYLLABLE})?"
_PINYIN: Final = re.compile(rf"{_FAMILY} {_GIVEN}|{_GIVEN} {_FAMILY}", re.IGNORECASE)
"""A Chinese name in Hanyu Pinyin (ISO 7098): family name and given name, in either order."""
_LONGEST: Final = 8
"""Most words of a label."""
_MOST_IN_A_NAME: Final = 4
_ALIKE: Final = 0.8


class Label(NamedTuple):
    """A label as printed, the text that follows it, and the kind of turn that it opens.

    ``is_sure`` is true if the form of the label, or the list of speakers, shows that somebody
    speaks. Else the label may be words of a sentence.
    """

    text: str
    rest: str
    kind: TurnKind | None
    is_sure: bool


class Voices:
    """Recognizes labels by the portal's words.

    ``listed`` holds the names of the list of speakers, each with the kind of its turns.
    """

    def __init__(self, portal: Portal) -> None:
        words = portal.vocabulary
        self.listed: dict[str, TurnKind] = {}
        self._lists = {fold(text) for text in words.speaker_lists}
        self._host = re.compile(rf"\b{any_of(words.host_labels)}\b", re.IGNORECASE)
        self._askers = re.compile(rf"(?:.*\s)?{any_of(words.asker_labels)}(?:\s.*)?", re.IGNORECASE)
        self._names = re.compile(rf"(?:.*\s)?{any_of(words.outlet_names)}(?:\s.*)?")
        self._words = re.compile(rf"(?:.*\S)?\s{any_of(words.outlet_words)}(?:\s.*)?")
        self._honorific = re.compile(rf"(?:{any_of(words.honorifics)}\.?\s)+", re.IGNORECASE)

    def label(self, text: str) -> Label | None:
        """Return the label that opens ``text``; ``None`` if nothing there has a label's form."""
        match = _LABEL.match(text)
        if match is None or _BREAK.search(match["label"]):
            return None
        label = match["label"].strip()
        if not self._has_form(label):
            return None
        known = self._known(label)
        return Label(label, match["rest"].strip(), *(known or (None, False)))

    def list_above(self, text: str) -> bool:
        """Tell whether ``text`` only announces the list of speakers."""
        return fold(text) in self._lists

    def is_host(self, text: str) -> bool:
        """Tell whether ``text``, a role or a label, says that somebody hosts."""
        return self._host.search(text) is not None

    def is_person(self, name: str) -> bool:
        """Tell whether ``name`` has the form of a person's name.

        That is Chinese, Hanyu Pinyin, or words with capitals behind an honorific.
        """
        bare = self._honorific.sub("", name)
        if _HAN.fullmatch(bare):
            return True
        words = bare.split()
        if bare != name and 0 < len(words) <= _MOST_IN_A_NAME and all(map(_is_capital, words)):
            return True
        return _PINYIN.fullmatch(bare) is not None and all(map(_is_capital, words))

    def may_be_name(self, name: str) -> bool:
        """Tell whether ``name`` may be a person's name in a list of speakers.

        Other than ``is_person`` this takes any two to four words with capitals and no digits.
        """
        words = self._honorific.sub("", name).split()
        capitals = all(_is_capital(w) for w in words) and not any(c.isdigit() for c in name)
        return self.is_person(name) or (2 <= len(words) <= _MOST_IN_A_NAME and capitals)  # noqa: PLR2004

    def _has_form(self, label: str) -> bool:
        words = _ASIDE.sub("", label).split()
        if not 0 < len(words) <= _LONGEST or label[-1] in ",.，":
            return False
        return all(_is_capital(word) or word.lower() in _SMALL for word in words) or (
            _DOMAIN.fullmatch(label) is not None or self._askers.fullmatch(label) is not None
        )

    def _known(self, label: str) -> tuple[TurnKind | None, bool] | None:
        """Return the kind of a label's turns, and true; ``None`` if nobody is known to speak."""
        bare = _ASIDE.sub("", label).strip()
        asides = _ASIDE.findall(label)
        if self._hosts_alone(bare) or any(map(self.is_host, asides)):
            return "host", True
        if kind := self._listed(bare):
            return kind, True
        names = [name for name in _NAMES.split(bare) if name]
        kinds = [self._known(name) for name in names] if len(names) > 1 else []
        if kinds and all(kinds):
            distinct = {kind[0] for kind in kinds if kind}
            return (distinct.pop() if len(distinct) == 1 else None), True
        if self._asks(bare):
            return "question", True
        # The form ``Name, office`` names one person.
        if self.is_person(bare) or ("," in bare and kinds and kinds[0] == ("answer", True)):
            return "answer", True
        return None

    def _hosts_alone(self, label: str) -> bool:
        """Tell whether a label is only that of a host: ``Host`` or ``Host NAME``."""
        hosted = self._host.match(label)
        rest = label[hosted.end() :].strip() if hosted else label
        return hosted is not None and (not rest or self.may_be_name(rest))

    def _asks(self, name: str) -> bool:
        forms = (self._askers, self._names, self._words, _DOMAIN)
        return any(form.fullmatch(name) for form in forms)

    def _listed(self, name: str) -> TurnKind | None:
        """Return the kind of a listed speaker: by the name, one word of it, or a like spelling."""
        bare = self._honorific.sub("", name)
        for listed, kind in self.listed.items():
            if fold(bare) == fold(listed) or (" " not in bare and bare in listed.split()):
                return kind
        return "answer" if any(_alike(bare, listed) for listed in self.listed) else None


@kept(4096)
def _same(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _alike(one: str, other: str) -> bool:
    """Tell whether two spellings are enough alike to be one name."""
    first, second = "".join(one.casefold().split()), "".join(other.casefold().split())
    return first[:1] == second[:1] and _same(first, second) >= _ALIKE


def _is_capital(word: str) -> bool:
    """Tell whether a word begins with a capital or with a Chinese character, as names do."""
    letters = [c for c in word if c.isalpha()]
    return bool(letters) and (letters[0].isupper() or "\u4e00" <= letters[0] <= "\u9fff")


def known_labels(labels: Iterable[str]) -> re.Pattern[str]:
    """Return the pattern of the space before any of ``labels`` inside a paragraph.

    The label must stand behind the end of a sentence.
    """
    return re.compile(
        rf"(?<=[.?!。？！”\"])(?<!\d\.)\s+(?=(?:\d{{1,2}}[.)、]\s?)?{any_of(labels)}\s?[:：]\s?)"
    )
