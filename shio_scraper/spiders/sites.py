"""Where pages are fetched from: live portals, copies of them, any site, archive services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from shio_scraper.archives.cdx import Query, Row, replay_url, replayed
from shio_scraper.archives.reading import moment, passed_over
from shio_scraper.component import Site
from shio_scraper.portals import Address, Portal, Portals
from shio_scraper.portals.any_site import PRIVATE
from shio_scraper.spiders.arguments import SERVICES, Arguments

WAYBACK: Final = "wayback"
_PUBLIC: Final = {
    "wayback": ("https://web.archive.org/cdx/search/cdx", "https://web.archive.org/web/"),
    "commoncrawl": (
        "https://index.commoncrawl.org/collinfo.json",
        "https://data.commoncrawl.org/",
    ),
}
"""The address of the index, and where what it names is fetched from."""
_FIRST: Final = datetime(1996, 1, 1, tzinfo=UTC)
"""No service has older captures."""


class OpenSite(Site):
    """A site that no map is of, at its own address."""

    def __init__(self, pages: Portals) -> None:
        self._pages = pages

    def portal_url(self, url: str) -> str | None:
        """Return the address of a page of the site without what is a visit's own."""
        address = self._pages.locate(url)
        return address.url if address else None

    def may_fetch(self, url: str) -> bool:
        """Tell whether ``url`` is a page of the site that anyone may see without a login."""
        if urlsplit(url).path == "/robots.txt":
            return True
        return self._pages.locate(url) is not None and not PRIVATE.search(urlsplit(url).path)


class PortalSite(Site):
    """Where the portals of a crawl are fetched from: ``None``, or the address of a copy, of each.

    Each answers for its own addresses.
    """

    def __init__(self, bases: Mapping[Portal, str | None]) -> None:
        self._bases = {portal: base and base.rstrip("/") for portal, base in bases.items()}

    def fetch_url(self, url: str) -> str:
        """Return the address to fetch a portal's page ``url`` from."""
        for portal, base in self._bases.items():
            if base and url.startswith(f"{portal.origin}/"):
                return base + url.removeprefix(portal.origin)
        return url

    def portal_url(self, url: str) -> str | None:
        """Return the canonical portal address of the page fetched as ``url``; else ``None``."""
        address = self._page(url)
        return address.url if address else None

    def original(self, url: str) -> str:
        """Return what ``url`` is a copy of, spelt as it was asked for."""
        for portal, base in self._bases.items():
            if base and url.startswith(f"{base}/"):
                return portal.origin + url.removeprefix(base)
        return url

    stored = original
    restored = fetch_url

    def on_site(self, url: str) -> str:
        """Return where the site has what ``url`` names on any of the portal's hosts."""
        address = next(filter(None, (portal.locate(url) for portal in self._bases)), None)
        if address is None or not address.is_crawled or self._page(url):
            return url
        return self.fetch_url(address.url) if self._bases[address.portal] else url

    def may_fetch(self, url: str) -> bool:
        """Tell whether ``url`` is a page of the site that anyone may see without a login."""
        if address := self._page(url):
            return not address.portal.is_private(address.url)
        parts = urlsplit(url)
        roots = [urlsplit(base)[:2] for base in self._bases.values() if base]
        return parts.path == "/robots.txt" and parts[:2] in roots

    def _page(self, url: str) -> Address | None:
        """Return the page that is fetched as ``url``."""
        for portal, base in self._bases.items():
            if base and url != base and not url.startswith(f"{base}/"):
                continue
            address = portal.locate(portal.origin + url.removeprefix(base) if base else url)
            if address and address.is_crawled:
                return address
        return None


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

    @classmethod
    def of(cls, arguments: Arguments) -> ArchiveService | None:
        """Return the service that the arguments name, if one."""
        name = arguments.site
        if name not in SERVICES:
            return None
        public_cdx, public_base = _PUBLIC[name]
        cdx = (arguments.cdx or public_cdx).rstrip("/")
        base: str = getattr(arguments, SERVICES[name])
        if not base:
            own = urljoin(cdx, "." if name == WAYBACK else "/")
            base = public_base if _host(cdx) == _host(public_cdx) else own
        since, until = arguments.captured_since, arguments.captured_until
        return cls(
            name=name,
            portals=arguments.portals,
            cdx=cdx,
            base=base.rstrip("/") + "/",
            first=datetime.combine(since, time.min, UTC) if since else _FIRST,
            last=datetime.combine(until or datetime.now(UTC), time.min, UTC)
            + timedelta(days=1, seconds=-1),
        )

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


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower().removesuffix(":80").removesuffix(":443")
