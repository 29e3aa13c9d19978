"""Where the portal is fetched from: the live one, or a copy at another address."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from shio_scraper.portals import Portal


@dataclass(frozen=True, slots=True)
class PortalSite:
    """Where a portal is fetched from. ``base`` is a copy's address, ``None`` if it is live."""

    portal: Portal
    base: str | None = None

    def fetch_url(self, url: str) -> str:
        """Return the address to fetch the portal's page ``url`` from."""
        if self.base is None:
            return url
        return self.base.rstrip("/") + url.removeprefix(self.portal.origin)

    def portal_url(self, url: str) -> str | None:
        """Return the canonical portal address of the page fetched as ``url``; else ``None``."""
        if self.base is not None:
            base = self.base.rstrip("/")
            if not url.startswith(base + "/") and url != base:
                return None
            url = self.portal.origin + url.removeprefix(base)
        address = self.portal.locate(url)
        return address.url if address and address.is_crawled else None

    def original(self, url: str) -> str:
        """Return what ``url`` is a copy of, spelt as it was asked for."""
        base = (self.base or "").rstrip("/")
        if not base or not url.startswith(base + "/"):
            return url
        return self.portal.origin + url.removeprefix(base)

    def stored(self, url: str) -> str:
        """Return ``url`` as it outlives this site: a copy may have another address tomorrow."""
        return self.original(url)

    def restored(self, url: str) -> str:
        """Return where this site has what ``stored`` gave."""
        return self.fetch_url(url) if url.startswith(self.portal.origin + "/") else url

    def on_site(self, url: str) -> str:
        """Return where this site has what ``url`` names on any of the portal's hosts."""
        if self.base is None or self.portal_url(url) is not None:
            return url
        address = self.portal.locate(url)
        return self.fetch_url(address.url) if address and address.is_crawled else url

    def may_fetch(self, url: str) -> bool:
        """Tell whether ``url`` is a page of this site that anyone may see without a login."""
        page = self.portal_url(url)
        if page is None:
            parts = urlsplit(url)
            root = f"{parts.scheme}://{parts.netloc}"
            base = urlsplit(self.base or "")
            return parts.path == "/robots.txt" and root == f"{base.scheme}://{base.netloc}"
        return not self.portal.is_private(page)


@dataclass(frozen=True, slots=True)
class Sites:
    """The sites of the portals that one crawl reads: each answers for its own addresses."""

    members: tuple[PortalSite, ...]

    def fetch_url(self, url: str) -> str:
        """Return the address to fetch a portal's page ``url`` from."""
        site = self._of(url)
        return site.fetch_url(url) if site else url

    def portal_url(self, url: str) -> str | None:
        """Return the canonical portal address of the page fetched as ``url``; else ``None``."""
        return next(filter(None, (site.portal_url(url) for site in self.members)), None)

    def original(self, url: str) -> str:
        """Return what ``url`` is a copy of, spelt as it was asked for."""
        originals = (site.original(url) for site in self.members)
        return next((original for original in originals if original != url), url)

    def stored(self, url: str) -> str:
        """Return ``url`` as it outlives the sites."""
        return self.original(url)

    def restored(self, url: str) -> str:
        """Return where the sites have what ``stored`` gave."""
        site = self._of(url)
        return site.restored(url) if site else url

    def on_site(self, url: str) -> str:
        """Return where the sites have what ``url`` names on any of the portals' hosts."""
        site = None if self.portal_url(url) is not None else self._of(url)
        return site.on_site(url) if site else url

    def may_fetch(self, url: str) -> bool:
        """Tell whether ``url`` is a page of a site that anyone may see without a login."""
        return any(site.may_fetch(url) for site in self.members)

    def _of(self, url: str) -> PortalSite | None:
        """Return the site of the portal whose page ``url`` names."""
        return next((site for site in self.members if site.portal.locate(url)), None)
