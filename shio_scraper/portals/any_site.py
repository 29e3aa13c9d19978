"""The map of any public site without a map of its own: the words that such sites share."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from shio_scraper.addresses import LONGEST, stable, tidy
from shio_scraper.portals import common
from shio_scraper.portals.portal import Address, Portal
from shio_scraper.portals.portals import Portals
from shio_scraper.portals.vocabulary import NEVER, Vocabulary

PRIVATE: Final = re.compile(
    r"/(log-?in|log-?on|log-?out|sign-?in|sign-?up|account|user|usercenter|admin|intern|anmelden"
    r"|konto|connexion|wp-admin)(?=[/.?]|$)",
    re.IGNORECASE,
)
"""Matches a path that is likely to lead behind a login."""

_LANGUAGES = "cs da de es fi fr hu it nl pl pt ro ru sv tr uk"
"""Languages in which dates name their months."""
ANY_SITE = Portal(
    name="any",
    title="Any public site",
    publisher="",
    origin="",
    hosts=(),
    families=(),
    has_leads=True,
    date_languages=frozenset(_LANGUAGES.split()),
    time_zone="Pacific/Kiritimati",  # a day begins here first, so no page's day is in the future
    settings={
        "SHIO_MONITOR_FIELDS": {"article/paragraphs": 0.9, "faq/answer": 0.9},
        "SHIO_MONITOR_LAYOUTS": 0.5,
        "SHIO_MONITOR_UNCLAIMED": 1,  # no map names the words of the frame
        "SHIO_MONITOR_REJECTS": 0.2,
        "SHIO_MONITOR_ERROR_PAGES": 0.2,
    },
    vocabulary=Vocabulary(
        phrases={"navigation": {None: (*common.TOOL_WORDS, *common.RELATED)}},
        question_labels=("Q", "Question", "Ｑ", "问", "問"),
        answer_labels=("A", "Answer", "Ａ", "答"),
        leaf=NEVER,
        not_found=(
            r"^\W*(http\s*)?(status\s*|error\s*)*404\W*(error|(file |page )?not found)?\W*$|"
            r"\bpage\b.{0,20}\b(not (be )?found|does(n't| not) exist)|页面(不存在|找不到)"
        ),
    ),
)
"""The map by which a page of no known portal is read."""

SHARED = replace(
    ANY_SITE.vocabulary,
    question_labels=(),
    answer_labels=(),
    event_fields=common.EVENT_FIELDS,
    leaf=f"{common.LEAF}|{common.TRAIL}",
    not_found=common.NOT_FOUND,
    host_labels=common.HOST_LABELS,
    asker_labels=common.ASKER_LABELS,
    speaker_lists=common.SPEAKER_LISTS,
    honorifics=common.HONORIFICS,
    outlet_words=common.OUTLET_WORDS,
)
"""The words that sites share. A new map begins with them and adds its own words."""


@dataclass(eq=False)
class AnyPages(Portals):
    """Pages without a map: those on the host of ``base`` below its path, or all if it is empty.

    A host is the same site with and without ``www.``, and by http and https, since many sites
    redirect from one form to the other.
    """

    members: tuple[Portal, ...] = (ANY_SITE,)
    base: str = ""

    @property
    def languages(self) -> frozenset[str]:
        """The empty set, which stands for every language: they are not known beforehand."""
        return frozenset()

    def of(self, url: str | None) -> Portal | None:
        """Return the map of any site if ``url`` is one of the pages, else ``None``."""
        return ANY_SITE if url and self.locate(url) else None

    def locate(self, url: str | None) -> Address | None:
        """Return the page that ``url`` names, without a family; ``None`` if it is not included."""
        if not url or len(url) > LONGEST:
            return None
        try:
            parts = urlsplit(tidy(url))
            is_page = parts.scheme in {"http", "https"} and parts.hostname and not parts.username
            if not is_page or not self._holds(parts.hostname or "", parts.port, parts.path):
                return None
            stable_url = stable(parts.geturl())
        except ValueError:
            return None
        return Address(stable_url, ANY_SITE, None, dict(parse_qsl(parts.query)))

    def canonical(self, url: str) -> str | None:
        """Return the address ``url`` without session parameters."""
        address = self.locate(url)
        return address.url if address else ANY_SITE.canonical(url)

    def is_private(self, url: str) -> bool:  # noqa: ARG002
        """Return ``False``, since whoever saved a page could read it. Crawls use ``PRIVATE``."""
        return False

    def _holds(self, host: str, port: int | None, path: str) -> bool:
        if not self.base:
            return True
        base = urlsplit(self.base)
        is_host = host.removeprefix("www.") == (base.hostname or "").removeprefix("www.")
        is_port = port == base.port or {port, base.port} <= {None, 80, 443}
        above, _, last = base.path.rpartition("/")
        folder = f"{above}/" if "." in last or not last else f"{base.path}/"
        return is_host and is_port and (path == base.path or (path or "/").startswith(folder))
