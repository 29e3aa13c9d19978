"""Writes the map of a surveyed site. A comment at each line names the pages that support it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any, Final
from urllib.parse import urlsplit

from rich.cells import cell_len

from shio_scraper.portals import LISTINGS, Family
from shio_scraper.survey import imprint
from shio_scraper.survey.specimen import counted
from shio_scraper.survey.survey import Group, Survey

_WIDTH: Final = 88
"""Columns of a line. A Chinese character takes two."""
_MOST_FAMILIES: Final = 12
_MOST_WORDS: Final = 24
_MOST_LISTS: Final = 6
_EXAMPLES: Final = 3


def draft(survey: Survey) -> str:
    """Return the text of the site's map, formatted as ``ruff format`` does."""
    return "\n".join(_lines(survey)) + "\n"


def _lines(survey: Survey) -> Iterator[str]:
    pages = counted(len(survey.pages))
    yield f'"""A map of {urlsplit(survey.origin).netloc}, from {pages}: to be looked through."""'
    yield from ("", "from shio_scraper.portals import SHARED, Family, Portal", "")
    yield f"{survey.name.upper()} = Portal("
    yield f"    name={_literal(survey.name)},"
    title, why = survey.title
    yield from _plain("title", _literal(title), why)
    publisher, why = imprint.publisher(survey.pages, title)
    yield from _plain("publisher", _literal(publisher), why)
    yield from _plain("origin", _literal(survey.origin), f"of {pages}")
    yield from _tuple("hosts", imprint.hosts(survey.origin))
    yield "    families=("
    yield from _families(survey)
    yield "    ),"
    groups = survey.groups[:_MOST_FAMILIES]
    single = (group.family for group in groups if not group.has_id)
    entries = [f.path for f in single if f.kind not in LISTINGS and "{" not in f.path]
    yield from _tuple("entries", list(dict.fromkeys(["/", *entries])))
    if lists := _listings(survey, groups):
        yield from _tuple("listings", lists)
    if private := imprint.private(survey.pages):
        form = f"/({'|'.join(private)})(?=[/.?]|$)"
        yield f'    private=r"{form}",  # linked, not read'
    shares = ", ".join(f"{language} on {n}" for language, n in survey.languages.most_common())
    languages = ", ".join(map(_literal, sorted(survey.languages)))
    yield from _plain("languages", f"frozenset({{{languages}}})", f"{shares} of {pages}")
    zone, why = imprint.time_zone(survey.pages, survey.origin, survey.languages)
    yield from _plain("time_zone", _literal(zone), why)
    if month_first := imprint.month_first(survey.pages):
        yield from _plain("month_first", *month_first)
    yield from _vocabulary(survey)
    yield ")"


def _families(survey: Survey) -> Iterator[str]:
    """Yield the lines of the families, each with the pages that support it."""
    groups = survey.groups[:_MOST_FAMILIES]
    for group in groups:
        arguments = list(_arguments(group.family, survey))
        begin = "        Family("
        lines = list(_fitted(f"{begin}{', '.join(arguments)}),", begin, arguments, "),"))
        if len(group.urls) == len(lines) == 1 and cell_len(lines[0]) < _WIDTH - 8:
            yield f"{lines[0]}  # read"
        else:
            yield f"        # {_told(group)}"
            yield from lines
    if not any(group.family.kind == "home" for group in groups):
        yield '        Family(path="/", kind="home"),'


def _told(group: Group) -> str:
    """Return the comment that names the pages of a family."""
    shown = ", ".join(page.path for page in group.pages[:_EXAMPLES])
    line = f"{len(group.pages)} read, {len(group.urls)} known: {shown}"
    return line if cell_len(line) <= _WIDTH - 10 else f"{line[: _WIDTH - 11]}…"


def _arguments(family: Family, survey: Survey) -> Iterator[str]:
    """Yield the source of a family's arguments, without defaults."""
    for field in fields(family):
        value = getattr(family, field.name)
        if field.name == "language" and len(survey.languages) == 1:
            continue
        if field.name == "id_form" and value:
            yield f'id_form=r"{value}"'
        elif value and value != field.default:
            yield f"{field.name}={_literal(value)}"


def _listings(survey: Survey, groups: Iterable[Group]) -> list[str]:
    """Return the first pages of the lists, ordered by the number of links to them."""
    portal, links = survey.portal(), Counter[str]()
    for group in groups:
        for url in group.urls if group.family.kind in LISTINGS else ():
            address = portal.locate(url)
            if address and address.kind in LISTINGS and "{n}" not in group.family.path:
                links[address.first_page.removeprefix(survey.origin)] += len(survey.texts[url])
    return [path for path, _ in links.most_common(_MOST_LISTS)]


def _vocabulary(survey: Survey) -> Iterator[str]:
    """Yield the lines of the site's words, with the number of pages on which they stand."""
    portal = survey.portal()
    sections = imprint.sections(survey.pages, portal)
    frame = survey.common_words | imprint.unclaimed(survey.pages, portal, sections)
    if not sections and not frame:
        yield "    vocabulary=SHARED,"
        return
    language = _literal(min(survey.languages)) if len(survey.languages) == 1 else "None"
    yield "    vocabulary=SHARED.with_phrases("
    for role, place, counts in (("section", "above the titles of", sections),
                                ("navigation", "on", frame)):  # fmt: skip
        if counts:
            low, high = min(counts.values()), max(counts.values())
            yield f"        # {place} {f'{low} to ' if low < high else ''}{counted(high)}"
            yield from _phrases(role, language, counts)
    yield "    ),"


def _phrases(role: str, language: str, counts: Mapping[str, int]) -> Iterator[str]:
    """Yield the lines of a role's phrases, with as many words in a line as fit."""
    words = sorted(counts, key=lambda word: -counts[word])[:_MOST_WORDS]
    line = f"        {role}={{{language}: {_literal(words)}}},"
    if cell_len(line) <= _WIDTH:
        yield line
        return
    rows: list[list[str]] = [[]]
    for word in words:
        if rows[-1] and cell_len(f"{' ' * 16}*{_literal([*rows[-1], word])},,") > _WIDTH:
            rows.append([])
        rows[-1].append(word)
    yield from (f"        {role}={{", f"            {language}: (")
    if len(rows) == 1:
        yield from (f"                {_literal(word)}," for word in words)
    else:
        yield from (f"                *{_literal(row)}," for row in rows)
    yield from ("            ),", "        },")


def _tuple(name: str, values: list[str]) -> Iterator[str]:
    """Yield the lines of a portal's field whose value is a tuple."""
    line = f"    {name}={_literal(values)},"
    return _fitted(line, f"    {name}=(", map(_literal, values), "),")


def _fitted(line: str, begin: str, parts: Iterable[str], end: str) -> Iterator[str]:
    """Yield an expression in brackets: as one ``line`` if it fits, else with one part a line."""
    if cell_len(line) <= _WIDTH:
        yield line
    else:
        indent = begin[: -len(begin.lstrip())]
        yield from (begin, *(f"{indent}    {part}," for part in parts), f"{indent}{end}")


def _plain(name: str, code: str, why: str) -> Iterator[str]:
    """Yield the line of a portal's field, with the reason ``why`` behind it or above it."""
    line = f"    {name}={code},"
    if why and cell_len(f"{line}  # {why}") > _WIDTH:
        yield from (f"    # {why}", line)
    else:
        yield f"{line}  # {why}" if why else line


def _literal(value: Any) -> str:
    """Return the Python source of a text, or of several texts as a tuple."""
    if not isinstance(value, str):
        return f"({', '.join(map(_literal, value))}{',' * (len(value) == 1)})"
    quoted = repr(value)
    if quoted.startswith("'") and '"' not in value:
        return f'"{quoted[1:-1]}"'.replace("\\'", "'")
    return quoted
