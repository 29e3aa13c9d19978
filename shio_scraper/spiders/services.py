"""Archive services: which one the arguments name, and what of it may be fetched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from shio_scraper.archives.cdx import Query, Row, replay_url, replayed
from shio_scraper.archives.reading import moment, passed_over
from shio_scraper.component import Site
from shio_scraper.portals import Portals
from shio_scraper.spiders.arguments import OF_SERVICES, SERVICES, ArgumentError, address_of, period

WAYBACK: Final = "wayback"
COLLECTIONS: Final = "/collinfo.json"
"""The end of an address that lists indexes, as Common Crawl's does."""
_PUBLIC: Final = {
    "wayback": ("https://web.archive.org/cdx/search/cdx", "https://web.archive.org/web/"),
    "commoncrawl": (
        "https://index.commoncrawl.org/collinfo.json",
        "https://data.commoncrawl.org/",
    ),
}
"""The address of the index, and where what it names is fetched from."""
_PLACE: Final = {"wayback": "replay", "commoncrawl": "data"}
"""The argument that gives the second of them."""
_FIRST: Final = datetime(1996, 1, 1, tzinfo=UTC)
"""No service has older captures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveService(Site):
    """An archive service answers for the portals: their hosts, and no other, are asked.

    It stays where it is, and two of its captures of one page are not the same to fetch.

    ``base`` is where it replays captures (``wayback``) or keeps files (``commoncrawl``);
    captures from ``first`` to ``last`` (UTC) are asked for.
    """

    name: str
    portals: Portals
    cdx: str
    base: str
    first: datetime
    last: datetime

    def query(self, server: str, host: str) -> Query:
        """Return the query for the captures of ``host``."""
        return Query(server, host, self.first, self.last)

    def place_of(self, row: Row) -> str | None:
        """Return the address to fetch ``row`` from; ``None`` where the index gives no place."""
        if self.name == WAYBACK:
            return replay_url(self.base, row)
        if row.filename is None or row.offset is None or not row.length:
            return None
        return urljoin(self.base, row.filename.replace("?", "%3F").replace("#", "%23"))

    def covers(self, crawl: Mapping[str, Any]) -> bool:
        """Tell whether a crawl of a list of indexes can hold captures of the time asked for."""
        begin, end = moment(crawl.get("from")), moment(crawl.get("to"))
        return (begin is None or begin <= self.last) and (end is None or end >= self.first)

    def original(self, url: str) -> str:
        """Return what ``url`` replays."""
        found = replayed(self.base, url)
        return found[0] if found else url

    def may_fetch(self, url: str) -> bool:
        """Tell whether ``url`` is the service's, and no replay of anything but the portal."""
        if _host(url) not in {_host(self.cdx), _host(self.base)}:
            return False
        found = replayed(self.base, url)
        return found is None or passed_over(found[0], self.portals) is None


def service_of(given: Mapping[str, Any], portals: Portals) -> ArchiveService | None:
    """Return the service that the arguments name, if one. Raises ``ArgumentError``."""
    name = str(given.get("site") or "").strip()
    if name not in SERVICES:
        for argument in OF_SERVICES:
            if argument in given:
                raise ArgumentError(f"{argument} needs an archive service: {_sites()}")
        return None
    place = _PLACE[name]
    for other in set(_PLACE.values()) - {place}:
        if other in given:
            raise ArgumentError(f"{other} is not for site={name}, which takes {place}=URL")
    cdx = _address("cdx", given.get("cdx"), _PUBLIC[name][0])
    since, until = period(given, "captured_since", "captured_until")
    return ArchiveService(
        portals=portals,
        name=name,
        cdx=cdx.rstrip("/"),
        base=_address(place, given.get(place), _base(name, cdx.rstrip("/"))).rstrip("/") + "/",
        first=datetime.combine(since, time.min, UTC) if since else _FIRST,
        last=_end_of(datetime.combine(until, time.min, UTC) if until else datetime.now(UTC)),
    )


def _sites() -> str:
    return " or ".join(f"-a site={name}" for name in SERVICES)


def _base(name: str, cdx: str) -> str:
    """Return where a server keeps what its index names, unless it is told."""
    public = _PUBLIC[name]
    if _host(cdx) == _host(public[0]):
        return public[1]
    return urljoin(cdx, "." if name == WAYBACK else "/")


def _end_of(day: datetime) -> datetime:
    return day.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1, seconds=-1)


def _address(name: str, value: Any, default: str) -> str:
    if value is None:
        return default
    address = address_of(str(value).strip())
    if address is None:
        raise ArgumentError(f"{name}={value!r} is no http(s) address without query and user")
    return address


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower().removesuffix(":80").removesuffix(":443")
