"""The places that pages are fetched from: live portals, their copies, other sites, archives."""

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
"""Service → the address of its index, and the address that captures are fetched from."""
_FIRST: Final = datetime(1996, 1, 1, tzinfo=UTC)
"""The earliest time that is asked for. No service has older captures."""


class OpenSite(Site):
    """A site without a map, at its own address."""

    def __init__(self, pages: Portals) -> None:
        self._pages = pages

    def portal_url(self, url: str) -> str | None:
        """Return the stable address of a page of the site, without session parameters."""
        address = self._pages.locate(url)
        return address.url if address else None

    def may_fetch(self, url: str) -> bool:
        """Tell whether ``url`` is a page of the site that needs no login."""
        if urlsplit(url).path == "/robots.txt":
            return True
        return self._pages.locate(url) is not None and not PRIVATE.search(urlsplit(url).path)


class PortalSite(Site):
    """The places that the portals of a crawl are fetched from.

    ``bases`` maps each portal to the address of its copy, or to ``None`` for the live portal.
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
        """Return the canonical address of the portal's page that ``url`` fetches, else ``None``."""
        address = self._page(url)
        return address.url if address else None

    def original(self, url: str) -> str:
        """Return the portal's address that ``url`` is a copy of, in the spelling of the request."""
        for portal, base in self._bases.items():
            if base and url.startswith(f"{base}/"):
                return portal.origin + url.removeprefix(base)
        return url

    stored = original
    restored = fetch_url

    def on_site(self, url: str) -> str:
        """Return the address at this site of a page that ``url`` names on any host of a portal."""
        address = next(filter(None, (portal.locate(url) for portal in self._bases)), None)
        if address is None or not address.is_crawled or self._page(url):
            return url
        return self.fetch_url(address.url) if self._bases[address.portal] else url

    def may_fetch(self, url: str) -> bool:
        """Tell whether ``url`` is a page of a portal that needs no login, or a robots.txt."""
        if address := self._page(url):
            return not address.portal.is_private(address.url)
        parts = urlsplit(url)
        roots = [urlsplit(base)[:2] for base in self._bases.values() if base]
        return parts.path == "/robots.txt" and parts[:2] in roots

    def _page(self, url: str) -> Address | None:
        """Return the portal's page that ``url`` fetches."""
        for portal, base in self._bases.items():
            if base and url != base and not url.startswith(f"{base}/"):
                continue
            address = portal.locate(portal.origin + url.removeprefix(base) if base else url)
            if address and address.is_crawled:
                return address
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveService(Site):
    """An archive service in place of the portals. It is asked for the portals' hosts only.

    Its addresses are not mapped to the portal's: two captures of one page are two requests.

    ``base`` is the address of its replays (``wayback``) or of its files (``commoncrawl``). Captures
    from ``first`` to ``last`` (UTC) are requested.
    """

    name: str
    portals: Portals
    cdx: str
    base: str
    first: datetime
    last: datetime

    @classmethod
    def of(cls, arguments: Arguments) -> ArchiveService | None:
        """Return the service that the arguments name; ``None`` if they name none."""
        name = arguments.site
        if name not in SERVICES:
            return None
        public_cdx, public_base = _PUBLIC[name]
        cdx = (arguments.cdx or public_cdx).rstrip("/")
        base: str = getattr(arguments, SERVICES[name])
        if not base:
            beside = urljoin(cdx, "." if name == WAYBACK else "/")
            base = public_base if _host(cdx) == _host(public_cdx) else beside
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
        """Return the address to fetch a capture from; ``None`` if the index gives no place."""
        if self.name == WAYBACK:
            return replay_url(self.base, row)
        if row.filename is None or row.offset is None or not row.length:
            return None
        return urljoin(self.base, row.filename.replace("?", "%3F").replace("#", "%23"))

    def covers(self, crawl: Mapping[str, Any]) -> bool:
        """Tell whether a crawl in a list of indexes can hold captures of the requested period."""
        begin, end = moment(crawl.get("from")), moment(crawl.get("to"))
        return (begin is None or begin <= self.last) and (end is None or end >= self.first)

    def original(self, url: str) -> str:
        """Return the address of the page that ``url`` replays; ``url`` itself if there is none."""
        memento = replayed(self.base, url)
        return memento[0] if memento else url

    def may_fetch(self, url: str) -> bool:
        """Tell whether ``url`` is on the service's hosts, and no replay of another site's page."""
        if _host(url) not in {_host(self.cdx), _host(self.base)}:
            return False
        memento = replayed(self.base, url)
        return memento is None or passed_over(memento[0], self.portals) is None


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower().removesuffix(":80").removesuffix(":443")
