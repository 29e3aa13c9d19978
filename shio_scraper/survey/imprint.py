"""Reads from a site's pages its publisher, time zone, date order and the words of its frame.

Each value comes with its reason, or with the number of pages that show it. The draft of the map
prints that as a comment beside the value.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Container, Iterable, Iterator
from datetime import datetime
from typing import Final, TypeAlias
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytz

from shio_scraper.extraction import examine_page
from shio_scraper.pages import Block
from shio_scraper.portals import SHARED, Portal, common, fold
from shio_scraper.portals.any_site import PRIVATE
from shio_scraper.survey.specimen import Specimen, counted
from shio_scraper.texts import LONGEST

_SEGMENTS: Final = re.compile(r"\s+[-–—|·»:]\s+|\s*[|_]\s*|-(?=[^-]*$)")
"""Matches the separator between the name of a page and the name of its site."""
_PUBLISHER: Final = re.compile(
    r"(?:主办单位|主办|版权所有|Herausgeber|Published by|Publisher)\s*[:：]?\s*(?!©)"
    r"([^\d|©,，。;]{3,60})"
    r"|(?:©|\(c\)|copyright)[\s©]*+(?:(?:19|20)\d\d)?(?:\s*[-–]\s*\d{4})?\s*(?:by\s+)?"
    r"([^\d|©,，。;.]{3,60})",
    re.IGNORECASE,
)
_RIGHTS: Final = re.compile(
    r"(\W*(all rights reserved|alle rechte vorbehalten|版权所有)|\s*·|\s+\w{2,6}[:：]).*$",
    re.IGNORECASE,
)
_FOOT: Final = 12
"""Blocks at the end of a page that may name its publisher."""
_COUNTRIES: Final = {"zh": "CN", "ja": "JP", "ko": "KR", "de": "DE", "fr": "FR", "it": "IT",
                     "nl": "NL", "pl": "PL"}  # fmt: skip
"""Language → the country that is assumed if nothing else tells it."""
_OF_NO_COUNTRY: Final = frozenset({"io", "tv", "me", "co", "ai"})
_SLASHED: Final = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/(?:19|20)\d\d(?!\d)")
_MONTHS: Final = 12
_FEW: Final = 3
"""At least this many pages must share a text."""
_MOST: Final = 0.6
_NEARLY_ALL: Final = 0.8
_LONGEST: Final = 40
"""The most characters of a word of the frame."""
_ABOVE: Final = 3
"""Blocks above a title in which its section may stand."""

Counts: TypeAlias = dict[str, int]
"""Text → the number of pages on which it stands."""

Pages: TypeAlias = Collection[Specimen]
Told: TypeAlias = tuple[str, str]
"""A value, and the reason for it."""


def title(pages: Pages, name: str) -> Told:
    """Return the site's name: from its markup, else the part that titles share, else ``name``."""
    sites = Counter(specimen.page.said.site for specimen in pages if specimen.page.said.site)
    parts: Counter[str] = Counter()
    for specimen in pages:
        pieces = reversed(_SEGMENTS.split(specimen.page.said.title))
        parts.update(dict.fromkeys(filter(None, map(str.strip, pieces)), 1))
    for names, place in ((sites, "og:site_name"), (parts, "<title>")):
        for most, count in names.most_common(1):
            return most, f"{place} of {counted(count)}"
    return name, "no page names it"


def publisher(pages: Pages, otherwise: str) -> Told:
    """Return the publisher that the feet of pages name; if none does, the title (``otherwise``)."""
    names: Counter[str] = Counter()
    for specimen in pages:
        for block in specimen.page.blocks[-_FOOT:]:
            if match := _PUBLISHER.search(block.text, 0, LONGEST):
                names[_RIGHTS.sub("", match[1] or match[2]).strip(" .-–|:：")] += 1
    del names[""]
    for most, count in names.most_common(1):
        return most, f"foot of {counted(count)}"
    return otherwise, "no page names it: the title"


def hosts(origin: str) -> list[str]:
    """Return the likely host names of the site: with ``www.`` and without."""
    own = urlsplit(origin).hostname or ""
    bare = own.removeprefix("www.")
    return list(dict.fromkeys((own, *([f"www.{bare}", bare] if own != bare else []))))


def private(pages: Pages) -> list[str]:
    """Return the words in linked paths that lead behind a login, such as ``login``."""
    matches = (
        PRIVATE.search(urlsplit(specimen.page.resolve(anchor.href) or "").path)
        for specimen in pages
        for block in specimen.page.blocks
        for anchor in block.anchors
    )
    return sorted({match[1].lower() for match in matches if match})


def month_first(pages: Pages) -> Told | None:
    """Return whether the month comes first in 6/2/2023; ``None`` if no page prints such dates."""
    dates = [
        (int(match[1]), int(match[2]), f"{match[0]} on {specimen.path}")
        for specimen in pages
        for block in specimen.page.blocks
        for match in _SLASHED.finditer(block.text)
    ]
    for first, second, where in dates:
        if max(first, second) > _MONTHS:
            return str(second > _MONTHS), where
    return ("None", f"not told by {dates[0][2]}: to be set") if dates else None


def time_zone(pages: Pages, origin: str, languages: Counter[str]) -> Told:
    """Return the time zone: by the offsets in the markup, else by the country or the language."""
    country, why = _country(pages, origin, languages)
    zones = list(pytz.country_timezones.get(country, ()))
    if moments := list(_moments(pages)):
        others = (zone for c in ("US", "DE", "GB", "CN") for zone in pytz.country_timezones[c])
        fits = (zone for zone in (*zones, *others) if _has(zone, moments))
        if zone := next(fits, None):
            return (
                zone,
                f"{moments[0].isoformat()} and {len(moments) - 1} other times in the markup",
            )
    return (zones[0], why) if zones else ("UTC", "nothing tells it: to be set")


def _country(pages: Pages, origin: str, languages: Counter[str]) -> Told:
    """Return the country: by the host's last label, else by ``lang="de-AT"``, else by language."""
    end = (urlsplit(origin).hostname or "").rpartition(".")[2]
    if end not in _OF_NO_COUNTRY and end.upper() in pytz.country_timezones:
        return end.upper(), f"of .{end}"
    regions = Counter(
        (specimen.page.said.language or "").partition("-")[2].upper() for specimen in pages
    )
    for region, count in regions.most_common():
        if region in pytz.country_timezones:
            return region, f'lang="…-{region}" of {counted(count)}'
    language = languages.most_common(1)[0][0]
    return _COUNTRIES.get(language, ""), f"a guess, of the language {language}"


def _moments(pages: Pages) -> Iterator[datetime]:
    """Yield the times in the markup that have an offset.

    Times in UTC are left out: software writes them whatever the site's time zone.
    """
    for specimen in pages:
        for _, text in specimen.page.said.days:
            try:
                moment = datetime.fromisoformat(text)
            except ValueError:
                continue
            if moment.utcoffset():
                yield moment


def _has(zone: str, moments: Iterable[datetime]) -> bool:
    there = ZoneInfo(zone)
    return all(moment.astimezone(there).utcoffset() == moment.utcoffset() for moment in moments)


def common_words(pages: Pages, groups: Iterable[Pages]) -> Counts:
    """Return the short texts that most pages show, or that nearly all pages of a group show.

    Headings and words that all sites share are left out.
    """
    counts = _shared(pages, _MOST)
    for group in groups:
        counts = counts | _shared(group, _NEARLY_ALL) | counts
    no_words = SHARED.roles.keys() | _headings(pages)
    return {text: count for text, count in counts.items() if fold(text) not in no_words}


def unclaimed(pages: Pages, portal: Portal, taken: Container[str]) -> Counts:
    """Return the short texts that stand unclaimed on several pages, without those ``taken``."""
    counts, headings = Counter[str](), _headings(pages)
    for specimen in pages:
        events = examine_page(specimen.capture.body, specimen.url, portal=portal).events
        texts = (event.text for event in events if event.event == "unclaimed_text")
        counts.update(dict.fromkeys(texts).keys())  # in the page's order
    return {
        text: count
        for text, count in counts.items()
        if count >= _FEW
        and len(text) <= _LONGEST
        and text not in taken
        and fold(text) not in headings
    }


def sections(pages: Pages, portal: Portal) -> Counts:
    """Return the words that stand above the titles of several pages: names of sections."""
    counts, menus = Counter[str](), set[str]()
    for language in portal.languages:
        menus.update(
            _shared([specimen for specimen in pages if specimen.language == language], _MOST)
        )
    for specimen in pages:
        read = specimen.by(portal)
        title = read.own["title"].blocks if read and read.own else ()
        if read and title:
            above = (read.page.blocks[i] for i in range(max(0, min(title) - _ABOVE), min(title)))
            words = (block.text for block in above if _is_word(block))
            counts.update(word for word in dict.fromkeys(words) if word not in menus)
    return {t: n for t, n in counts.items() if n > 1 and not re.search(r"[\d>»/|]", t)}


def _headings(pages: Pages) -> set[str]:
    """Return the headings of all pages, folded. The same words in a menu are links to a page."""
    blocks = ((specimen.page, block) for specimen in pages for block in specimen.page.blocks)
    return {fold(block.text) for page, block in blocks if page.nodes[block.node].heading}


def _shared(pages: Pages, share: float) -> Counts:
    """Return the short texts that at least this share of the pages show."""
    by_text = ({block.text: block for block in specimen.page.blocks} for specimen in pages)
    counts = Counter(t for blocks in by_text for t, block in blocks.items() if _is_word(block))
    return {text: n for text, n in counts.items() if n >= max(_FEW, share * len(pages))}


def _is_word(block: Block) -> bool:
    """Tell whether a block may be a word of the frame: short, no footer and no row of links."""
    text = block.text
    return (
        1 < len(text) <= _LONGEST
        and not re.search(common.FOOT, text, re.IGNORECASE)
        and not block.anchors[1:]
        and any(map(str.isalpha, text))
        and not re.search(r"[\d:：]", text)
    )
