"""Mirrored sites: the addresses that the paths of a mirror's files say, and those of a copy.

GNU Wget 1.21 (``wget -r``, sections 2.6 and 2.11 of its manual) writes ``HOST/path/name?query``:
a port stands behind ``:`` or ``+``, ``@`` for the ``?`` where names are Windows', ``index.html``
for a path that ends in a slash, ``.html`` is added by ``--adjust-extension``, and a folder
``https`` before the host by ``--protocol-directories``.
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
_KEPT: Final = "%!$&'()*+,;=:@~"
"""What stands in a path and in a query as it is, beside letters; in a query ``/`` and ``?`` too."""


@dataclass(frozen=True, slots=True)
class Copy:
    """Where a portal was copied to, without a slash at the end: an address, or a folder.

    ``origin`` is the portal's own.
    """

    base: str
    origin: str

    @classmethod
    def of(cls, portal: Portal, site: str) -> Copy:
        """Return the copy of ``portal`` at an address, or in a folder."""
        is_address = _SCHEME.match(site)
        return cls(site.rstrip("/") if is_address else str(Path(site).absolute()), portal.origin)

    def original(self, url: str) -> str:
        """Return what ``url`` is a copy of; itself for any other, with http for https too."""
        base, address = (_SCHEME.sub("", one, count=1) for one in (self.base, url))
        if address != base and not address.startswith(f"{base}/"):
            return url
        return self.origin + (address.removeprefix(base) or "/")

    def holds(self, path: Path) -> bool:
        """Tell whether it is a folder, and a file lies in it."""
        return path.absolute().is_relative_to(self.base)

    def address_of(self, path: Path, portals: Portals) -> str:
        """Return the page that a file in the folder is."""
        return _address(self.origin, path.absolute().relative_to(self.base).parts, portals)


def address_of(path: Path, portals: Portals, copy: Copy | None = None) -> str | None:
    """Return the address that a file's path says; ``None`` where it says none of the portals'.

    Without a host in it (``-nH``) the path must say a page of one portal alone, by a query.
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
    found = {
        url
        for portal in portals.members
        for start in range(len(path.parts) - 1)
        if (url := _address(portal.origin, path.parts[start:], portals))
        if (address := portals.locate(url)) and address.family
    }
    return found.pop() if len(found) == 1 else None


def _address(
    origin: str, parts: tuple[str, ...], portals: Portals, copy: Copy | None = None
) -> str:
    """Return what a path below a host says: the page of a known family, if it can be one."""
    found = [f"{origin}/{one}" for one in _spellings(parts)]
    for url in found:
        address = portals.locate(copy.original(url) if copy else url)
        if address and address.family:
            return url
    return found[0]


def _spellings(parts: tuple[str, ...]) -> Iterator[str]:
    """Yield what the parts of a path may stand for, the likeliest first."""
    *folders, name = (quote(os.fsencode(part), safe=_KEPT + "?/") for part in parts)
    folder = "".join(f"{one}/" for one in folders)
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
