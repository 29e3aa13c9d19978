"""Where portals are fetched from: the live ones, or copies at other addresses."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from shio_scraper.component import Site
from shio_scraper.portals import Address, Portal, Portals
from shio_scraper.portals.any_site import PRIVATE


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
        portal = self._named(url)
        base = self._bases[portal] if portal else None
        if portal is None or base is None or not url.startswith(f"{portal.origin}/"):
            return url
        return base + url.removeprefix(portal.origin)

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

    def stored(self, url: str) -> str:
        """Return ``url`` as it outlives the site: a copy may have another address tomorrow."""
        return self.original(url)

    def restored(self, url: str) -> str:
        """Return where the site has what ``stored`` gave."""
        return self.fetch_url(url)

    def on_site(self, url: str) -> str:
        """Return where the site has what ``url`` names on any of the portal's hosts."""
        portal = self._named(url)
        address = portal.locate(url) if portal else None
        if portal is None or address is None or not self._bases[portal] or self._page(url):
            return url
        return self.fetch_url(address.url) if address.is_crawled else url

    def may_fetch(self, url: str) -> bool:
        """Tell whether ``url`` is a page of the site that anyone may see without a login."""
        if address := self._page(url):
            return not address.portal.is_private(address.url)
        parts = urlsplit(url)
        roots = [urlsplit(base)[:2] for base in self._bases.values() if base]
        return parts.path == "/robots.txt" and parts[:2] in roots

    def _named(self, url: str) -> Portal | None:
        """Return the portal whose page ``url`` names, on the portal's own hosts."""
        return next((portal for portal in self._bases if portal.locate(url)), None)

    def _page(self, url: str) -> Address | None:
        """Return the page that is fetched as ``url``."""
        for portal, base in self._bases.items():
            if base and url != base and not url.startswith(f"{base}/"):
                continue
            address = portal.locate(portal.origin + url.removeprefix(base) if base else url)
            if address and address.is_crawled:
                return address
        return None
