"""A surveyed site → the text of its map: each line with the pages that say so."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final
from unicodedata import east_asian_width
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytz

from shio_scraper.portals import LISTINGS, Family
from shio_scraper.survey import Group, Survey, counted
from shio_scraper.visit import PRIVATE

_WIDTH: Final = 88
_MOST_FAMILIES: Final = 12
_MOST_WORDS: Final = 24
_MOST_LISTS: Final = 6
_EXAMPLES: Final = 3
_COUNTRIES: Final = {"zh": "CN", "ja": "JP", "ko": "KR", "de": "DE", "fr": "FR", "it": "IT",
                     "nl": "NL", "pl": "PL"}  # fmt: skip
"""Where a language is spoken in the main, where nothing else tells the country."""
_OF_NO_COUNTRY: Final = frozenset({"io", "tv", "me", "co", "ai"})
_SLASHED: Final = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/(?:19|20)\d\d(?!\d)")
_PUBLISHER: Final = re.compile(
    r"(?:主办单位|主办|版权所有|Herausgeber|Published by|Publisher)\s*[:：]?\s*(?!©)"
    r"([^\d|©,，。;]{3,60})"
    r"|(?:©|\(c\)|copyright)[\s©]*(?:(?:19|20)\d\d)?(?:\s*[-–]\s*\d{4})?\s*(?:by\s+)?"
    r"([^\d|©,，。;.]{3,60})",
    re.IGNORECASE,
)
_RIGHTS: Final = re.compile(
    r"(\W*(all rights reserved|alle rechte vorbehalten|版权所有)|\s*·|\s+\w{2,6}[:：]).*$",
    re.IGNORECASE,
)


def chart(survey: Survey) -> str:
    """Return the text of the site's map."""
    return "\n".join(_lines(survey)) + "\n"


def _lines(survey: Survey) -> Iterator[str]:
    name, pages = survey.name, len(survey.pages)
    host = urlsplit(survey.origin).netloc
    yield f'"""A map of {host}, from {counted(pages)}: to be looked through."""'
    yield from ("", "from shio_scraper.portals import SHARED, Family, Portal")
    yield ""
    yield f"{name.upper()} = Portal("
    yield f"    name={_text(name)},"
    for field, (value, why) in {
        "title": survey.title,
        "publisher": _publisher(survey),
        "origin": (survey.origin, f"of {counted(pages)}"),
    }.items():
        yield from _field(field, _text(value), why)
    yield from _field("hosts", _tuple(_hosts(survey)), "")
    groups = survey.groups[:_MOST_FAMILIES]
    yield "    families=("
    for group in groups:
        lines = list(_call("Family", _arguments(group.family, survey), 8))
        if len(group.urls) == 1 == len(lines) and _wide(lines[0]) < _WIDTH - 8:
            yield f"{lines[0]}  # read"
        else:
            yield f"        # {_said(group)}"
            yield from lines
    if not any(group.family.kind == "home" for group in groups):
        yield '        Family(path="/", kind="home"),'
    yield "    ),"
    single = [g for g in groups if not g.has_id and g.family.kind not in LISTINGS]
    entries = dict.fromkeys(["/", *(g.family.path for g in single if "{" not in g.family.path)])
    yield from _field("entries", _tuple(entries), "")
    if lists := list(_listings(survey, groups)):
        yield from _field("listings", _tuple(lists), "")
    if private := _private(survey):
        yield from _field("private", f'r"/({"|".join(private)})(?=[/.?]|$)"', "linked, not read")
    of = ", ".join(f"{language} on {n}" for language, n in survey.languages.most_common())
    languages = ", ".join(map(_text, sorted(survey.languages)))
    yield from _field("languages", f"frozenset({{{languages}}})", f"{of} of {counted(pages)}")
    yield from _field("time_zone", *_quoted(_zone(survey)))
    if found := _month_first(survey):
        yield from _field("month_first", *found)
    yield from _vocabulary(survey)
    yield ")"


def _vocabulary(survey: Survey) -> Iterator[str]:
    sections = survey.sections()
    frame = survey.common_words | survey.unclaimed(sections)
    words = {"section": sections, "navigation": frame}
    if not any(words.values()):
        yield "    vocabulary=SHARED,"
        return
    language = _text(min(survey.languages)) if len(survey.languages) == 1 else "None"
    yield "    vocabulary=SHARED.with_phrases("
    for role, counts in words.items():
        if counts:
            place = "above the titles of" if role == "section" else "on"
            yield f"        # {place} {_counts(counts)}"
            yield from _phrases(role, language, counts)
    yield "    ),"


def _phrases(role: str, language: str, counts: dict[str, int]) -> Iterator[str]:
    """Yield the entry of a role: as many words in a line as fit."""
    words = [_text(word) for word in sorted(counts, key=lambda w: -counts[w])[:_MOST_WORDS]]
    line = f"        {role}={{{language}: {_literal(words)}}},"
    if _wide(line) <= _WIDTH:
        yield line
        return
    rows: list[list[str]] = []
    for word in words:
        if not rows or _wide(f"{' ' * 16}*({', '.join([*rows[-1], word])}),,") > _WIDTH:
            rows.append([])
        rows[-1].append(word)
    yield from (f"        {role}={{", f"            {language}: (")
    if len(rows) == 1:
        yield from (f"                {word}," for word in words)
    else:
        yield from (f"                *{_literal(row)}," for row in rows)
    yield from ("            ),", "        },")


def _wide(line: str) -> int:
    """Return the columns of a line: Chinese characters take two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in line)


def _said(group: Group) -> str:
    """Return which pages say what a family is."""
    shown = ", ".join(seen.path for seen in group.pages[:_EXAMPLES])
    line = f"{len(group.pages)} read, {len(group.urls)} known: {shown}"
    return line if _wide(line) <= _WIDTH - 10 else f"{line[: _WIDTH - 11]}…"


def _arguments(family: Family, survey: Survey) -> dict[str, str]:
    given: dict[str, str] = {"path": _text(family.path), "kind": _text(family.kind)}
    if family.language and len(survey.languages) > 1:
        given["language"] = _text(family.language)
    if family.parameters:
        given["parameters"] = _tuple(family.parameters)
    if family.page:
        given["defaults"] = f'(({_text(family.page)}, "1"),)'
        given["page"] = _text(family.page)
    if family.id_form:
        given["id_form"] = f'r"{family.id_form}"'
    if family.id_parameter != "id":
        given["id_parameter"] = _text(family.id_parameter)
    if family.name:
        given["name"] = _text(family.name)
    return given


def _call(name: str, arguments: dict[str, str], indent: int) -> Iterator[str]:
    """Yield a call as ``ruff format`` writes it."""
    space = " " * indent
    line = f"{space}{name}({', '.join(f'{key}={value}' for key, value in arguments.items())}),"
    if _wide(line) <= _WIDTH:
        yield line
        return
    yield f"{space}{name}("
    yield from (f"{space}    {key}={value}," for key, value in arguments.items())
    yield f"{space}),"


def _field(name: str, value: str, why: str) -> Iterator[str]:
    line = f"    {name}={value},"
    if why and _wide(f"{line}  # {why}") > _WIDTH:
        yield f"    # {why}"
        why = ""
    if _wide(line) > _WIDTH and value.startswith("("):
        yield f"    {name}=("
        yield from (f"        {one}," for one in value[1:-1].rstrip(",").split(", "))
        yield "    ),"
    else:
        yield f"{line}  # {why}" if why else line


def _publisher(survey: Survey) -> tuple[str, str]:
    found: Counter[str] = Counter()
    for seen in survey.pages:
        for block in seen.page.blocks[-12:]:
            match = _PUBLISHER.search(block.text)
            name = _RIGHTS.sub("", match[1] or match[2]).strip(" .-–|:：") if match else ""
            found.update({name} if name else ())
    if found:
        name, count = found.most_common(1)[0]
        return name, f"foot of {counted(count)}"
    return survey.title[0], "no page names it: the title"


def _hosts(survey: Survey) -> list[str]:
    own = urlsplit(survey.origin).hostname or ""
    bare = own.removeprefix("www.")
    return list(dict.fromkeys((own, *([f"www.{bare}", bare] if own != bare else []))))


def _listings(survey: Survey, groups: Iterable[Group]) -> Iterator[str]:
    """Yield the first pages of the lists, those that most links name first."""
    portal = survey.portal()
    found: Counter[str] = Counter()
    for group in groups:
        for url in group.urls if group.family.kind in LISTINGS else ():
            address = portal.locate(url)
            if address and address.kind in LISTINGS and not re.search(r"\{n\}", group.family.path):
                found[address.first_page.removeprefix(survey.origin)] += len(survey.texts[url])
    yield from (path for path, _ in found.most_common(_MOST_LISTS))


def _private(survey: Survey) -> list[str]:
    found = (
        re.search(PRIVATE, urlsplit(seen.page.resolve(anchor.href) or "").path, re.IGNORECASE)
        for seen in survey.pages
        for block in seen.page.blocks
        for anchor in block.anchors
    )
    return sorted({match[1].lower() for match in found if match})


def _zone(survey: Survey) -> tuple[str, str]:
    """Return the time zone, and what tells it: offsets in the markup, the country, the language."""
    offsets = list(_offsets(survey))
    host = urlsplit(survey.origin).hostname or ""
    country, why = host.rpartition(".")[2].upper(), f"of .{host.rpartition('.')[2]}"
    if country.lower() in _OF_NO_COUNTRY or country not in pytz.country_timezones:
        regions = Counter(r for seen in survey.pages if (r := _region(seen.page.said.language)))
        country = regions.most_common(1)[0][0] if regions else ""
        why = f'lang="…-{country}" of {counted(regions[country])}' if regions else ""
    if country not in pytz.country_timezones:
        language = survey.languages.most_common(1)[0][0]
        country, why = _COUNTRIES.get(language, ""), f"a guess, of the language {language}"
    zones = list(pytz.country_timezones.get(country, ()))
    if not offsets:
        return (zones[0], why) if zones else ("UTC", "nothing tells it: to be set")
    every = [
        *zones,
        *(zone for c in ("US", "DE", "GB", "CN") for zone in pytz.country_timezones[c]),
    ]
    fits = next((zone for zone in every if _has(zone, offsets)), None)
    if fits:
        return fits, f"{offsets[0].isoformat()} and {len(offsets) - 1} other times in the markup"
    return (zones[0], why) if zones else ("UTC", "nothing tells it: to be set")


def _offsets(survey: Survey) -> Iterator[datetime]:
    for seen in survey.pages:
        for _, text in seen.page.said.days:
            try:
                moment = datetime.fromisoformat(text)
            except ValueError:
                continue
            if moment.utcoffset():  # UTC tells nothing: machines write it
                yield moment


def _has(zone: str, moments: Iterable[datetime]) -> bool:
    there = ZoneInfo(zone)
    return all(moment.astimezone(there).utcoffset() == moment.utcoffset() for moment in moments)


def _region(language: str | None) -> str:
    region = (language or "").partition("-")[2].upper()
    return region if region in pytz.country_timezones else ""


def _month_first(survey: Survey) -> tuple[str, str] | None:
    """Return whether the month comes first in 6/2/2023, where pages print such dates."""
    found = [
        (int(match[1]), int(match[2]), match[0], seen.path)
        for seen in survey.pages
        for block in seen.page.blocks
        for match in _SLASHED.finditer(block.text)
    ]
    for first, second, text, path in found:
        if first > 12 or second > 12:  # noqa: PLR2004
            return str(second > 12), f"{text} on {path}"  # noqa: PLR2004
    return ("None", f"not told by {found[0][2]} on {found[0][3]}: to be set") if found else None


def _quoted(found: tuple[str, str]) -> tuple[str, str]:
    return _text(found[0]), found[1]


def _counts(words: dict[str, int]) -> str:
    low, high = min(words.values()), max(words.values())
    return counted(high) if low == high else f"{low} to {counted(high)}"


def _tuple(values: Iterable[str]) -> str:
    return _literal(list(map(_text, values)))


def _literal(texts: list[str]) -> str:
    return f"({texts[0]},)" if len(texts) == 1 else f"({', '.join(texts)})"


def _text(value: str) -> str:
    """Return a literal as ``ruff format`` writes it."""
    quoted = repr(value)
    if quoted.startswith("'") and '"' not in value:
        return f'"{quoted[1:-1]}"'.replace("\\'", "'")
    return quoted
