"""Mirrored sites: from the path of a mirror's file, or of a copy's, to the address of its page.

GNU Wget 1.21 (``wget -r``, sections 2.6 and 2.11 of its manual) writes ``HOST/path/name?query``.
A port follows the host after ``:`` or ``+``. ``@`` stands for the ``?`` if names are Windows'.
A path that ends in a slash becomes ``index.html``. ``--adjust-extension`` adds ``.html``, and
``--protocol-directories`` puts a folder ``https`` before the host.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from shio_scraper.portals import Portal, Portals

_HOST: Final = re.compile(
    r"((?:[a-z0-9-]+\.)+[a-z]{2,}|(?:\d{1,3}\.){3}\d{1,3}|localhost)(?:[:+](\d{1,5}))?",
    re.IGNORECASE,
)
_QUERY: Final = re.compile(r"\?|%3F|@(?=[^@=]+=)", re.IGNORECASE)
_SCHEME: Final = re.compile(r"https?:(?=//)", re.IGNORECASE)
_ADDED: Final = ".html"
_INDEX: Final = ("index.html", "index.htm")
_UNQUOTED: Final = "%!$&'()*+,;=:@~"
"""Characters that are not percent-encoded in a path or a query; in a query ``/`` and ``?`` too."""


@dataclass(frozen=True, slots=True)
class Copy:
    """The place of a copy of a portal, without a slash at the end: an address or a folder.

    ``origin`` is the origin of the portal itself.
    """

    base: str
    origin: str

    @classmethod
    def of(cls, portal: Portal, site: str) -> Copy:
        """Return the copy of ``portal`` at an address or in a folder."""
        is_address = _SCHEME.match(site)
        return cls(site.rstrip("/") if is_address else str(Path(site).absolute()), portal.origin)

    def original(self, url: str) -> str:
        """Return the address that ``url`` is a copy of, or ``url`` itself if it lies in no copy.

        ``http`` and ``https`` count as the same.
        """
        base, address = (_SCHEME.sub("", text, count=1) for text in (self.base, url))
        if address != base and not address.startswith(f"{base}/"):
            return url
        return self.origin + (address.removeprefix(base) or "/")

    def holds(self, path: Path) -> bool:
        """Tell whether the copy is a folder and the file ``path`` lies in it."""
        return path.absolute().is_relative_to(self.base)

    def address_of(self, path: Path, portals: Portals) -> str:
        """Return the address of the page that a file in the folder holds."""
        return _address(self.origin, path.absolute().relative_to(self.base).parts, portals)


def address_of(path: Path, portals: Portals, copy: Copy | None = None) -> str | None:
    """Return the address that a file's path stands for.

    ``None`` if the address is not of the portals. A path without a host (``-nH``) must have a
    query and name a page of exactly one portal.
    """
    if copy and copy.holds(path):
        return copy.address_of(path, portals)
    parts = path.parts
    for number in reversed(range(len(parts) - 1)):
        host = _HOST.fullmatch(parts[number])
        if host is None:
            continue
        scheme = "https" if number and parts[number - 1] == "https" else "http"
        origin = f"{scheme}://{host[1]}:{host[2]}" if host[2] else f"{scheme}://{host[1]}"
        url = _address(origin, parts[number + 1 :], portals, copy)
        return url if portals.of(copy.original(url) if copy else url) else None
    return _without_host(path, portals)


def _without_host(path: Path, portals: Portals) -> str | None:
    if not _QUERY.search(path.name):
        return None
    urls = {
        url
        for portal in portals.members
        for start in range(len(path.parts) - 1)
        if (url := _address(portal.origin, path.parts[start:], portals))
        if (address := portals.locate(url)) and address.family
    }
    return urls.pop() if len(urls) == 1 else None


def _address(
    origin: str, parts: tuple[str, ...], portals: Portals, copy: Copy | None = None
) -> str:
    """Return the address of a path below a host: that of a known family of pages, if one fits."""
    urls = [f"{origin}/{path}" for path in _spellings(parts)]
    for url in urls:
        address = portals.locate(copy.original(url) if copy else url)
        if address and address.family:
            return url
    return urls[0]


def _spellings(parts: tuple[str, ...]) -> Iterator[str]:
    """Yield the addresses that the parts of a path may stand for, the likeliest first."""
    *folders, name = (quote(os.fsencode(part), safe=_UNQUOTED + "?/") for part in parts)
    folder = "".join(f"{part}/" for part in folders)
    mark = _QUERY.search(name)
    if mark is None:
        if name.lower() in _INDEX:
            yield folder
        yield folder + name
        yield folder + name.removesuffix(_ADDED)
        return
    path, query = name[: mark.start()], name[mark.end() :]
    path = "" if path.lower() in _INDEX else path
    yield f"{folder}{path}?{query.removesuffix(_ADDED)}"
    yield f"{folder}{path}?{query}"
