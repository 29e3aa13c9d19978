"""The demo portal: a made-up copy of the portal as static files, served on loopback.

A page lies in the folder at the path of its canonical address; the file's name is the canonical
query. So ``/jsp/zfxw_detail_en.jsp?id=2241`` is ``jsp/zfxw_detail_en.jsp/id=2241.html``. A page
without a query is ``index.html`` at its path. ``responses.json`` gives ``status`` and ``headers``
of each address whose answer is not ``200`` with ``text/html``.
"""

from __future__ import annotations

import atexit
import json
import sys
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TYPE_CHECKING, Any, Self
from zipfile import ZipFile

from shio_scraper.portals import DEFAULT, LISTINGS, Address, Portal

if TYPE_CHECKING:
    from collections.abc import Iterator

_FILES = {".css", ".jpg", ".png", ".txt"}
"""Suffixes of the files that are no pages."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The server's answer to a request."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def tag(self) -> str | None:
        """The entity tag (RFC 9110, section 8.8.3); ``None`` if the status is not 200."""
        return f'"{sha256(self.body).hexdigest()[:16]}"' if self.status == HTTPStatus.OK else None


_MISSING = Answer(
    b"<!DOCTYPE html><html><head><title>404</title></head>"
    b"<body><h1>404</h1><p>The requested page does not exist.</p></body></html>",
    status=404,
)


def demo_folder(portal: Portal = DEFAULT) -> Path:
    """Return the demo folder of a portal: in the installed package, else in the checkout."""
    name = "portal" if portal is DEFAULT else f"portal_{portal.name}"
    package = Path(__file__).parent
    for root in (package, package.parent):
        folder = root / "fixtures" / name
        if (folder / "index.html").is_file():
            return folder
    if archive := getattr(__spec__ and __spec__.loader, "archive", None):
        return _unpacked(Path(archive)) / name
    message = f"no demo portal: fixtures/{name} is neither in {package} nor in {package.parent}"
    raise FileNotFoundError(message)


@cache
def _unpacked(egg: Path) -> Path:
    """Unpack the demos of a zipped package into a folder, which is removed when Python ends."""
    folder = TemporaryDirectory(prefix="shio-demo-")
    atexit.register(folder.cleanup)
    start = "shio_scraper/fixtures/"
    with ZipFile(egg) as packed:
        packed.extractall(folder.name, [n for n in packed.namelist() if n.startswith(start)])
    return Path(folder.name) / start


class DemoSite:
    """The answers that a folder gives, by request target."""

    def __init__(self, folder: Path, portal: Portal = DEFAULT) -> None:
        """Read the folder. Raises ``FileNotFoundError`` if it has no page."""
        self._portal = portal
        self._answers = dict(_read(folder))
        if not self._answers:
            message = f"no page of a portal in {folder}"
            raise FileNotFoundError(message)
        pages = {target: self._locate(target) for target in self._answers}
        listings = [(p, t) for t, p in pages.items() if p and p.kind in LISTINGS]
        self._last = {
            page.first_page: (page.page_number, self._answers[target])
            for page, target in sorted(listings, key=lambda listing: listing[0].page_number)
        }

    def answer(self, target: str) -> Answer:
        """Return the answer to a request target, however the target spells the page's address.

        Beyond the end of a listing the answer is its last page again, as on the portal.
        """
        address = self._locate(target)
        if address is None:
            return _MISSING
        if answer := self._answers.get(address.url.removeprefix(self._portal.origin)):
            return answer
        number, last = self._last.get(address.first_page, (0, _MISSING))
        return last if address.page_number > number else _MISSING

    def _locate(self, target: str) -> Address | None:
        """Return the address of a request target. An absolute target may name another host."""
        origin = "" if target.startswith(("http://", "https://")) else self._portal.origin
        return self._portal.locate(origin + target)


class DemoPortal:
    """A server of a demo portal on loopback. It is a context manager.

    >>> with DemoPortal() as portal:  # doctest: +SKIP
    ...     urlopen(f"{portal.url}/jsp/zfxw_detail_en.jsp?id=2241")
    """

    def __init__(self, folder: Path | None = None, portal: Portal = DEFAULT) -> None:
        """Serve ``folder`` as a copy of ``portal``; without a folder, the portal's demo."""
        self._folder = folder
        self._portal = portal
        self._server: _Server | None = None

    @property
    def url(self) -> str:
        """The address of the running server, without a slash at its end."""
        if self._server is None:
            message = "the demo portal is not running"
            raise RuntimeError(message)
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        """Start serving, in a daemon thread. A server that runs already goes on."""
        if self._server is None:
            folder = self._folder or demo_folder(self._portal)
            self._server = server = _Server(DemoSite(folder, self._portal))
            Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Stop serving and free the port. A server that is stopped already stays stopped."""
        server, self._server = self._server, None
        if server:
            server.shutdown()
            server.server_close()

    def __enter__(self) -> Self:
        """Start the server."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the server."""
        self.stop()


class _Handler(BaseHTTPRequestHandler):
    """Answers requests from a ``DemoSite``: HTTP/1.1, one write per response, no log."""

    protocol_version = "HTTP/1.1"
    server_version = "DemoPortal"
    disable_nagle_algorithm = True
    wbufsize = 1 << 20
    timeout = 60
    server: _Server

    def do_GET(self) -> None:
        """Answer with headers and body; with 304 if the client has the page (``If-None-Match``)."""
        self.wfile.write(self._head().body)

    def do_HEAD(self) -> None:
        """Answer with the headers only."""
        self._head()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as inherited
        """Log nothing."""

    def _head(self) -> Answer:
        answer = self.server.site.answer(self.path)
        if answer.tag and answer.tag == self.headers["If-None-Match"]:
            answer = Answer(b"", 304, {"ETag": answer.tag})
        self.send_response(answer.status)
        tag = {"ETag": answer.tag} if answer.tag else {}
        for name, value in {"Content-Type": "text/html", **tag, **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        return answer


class _Server(ThreadingHTTPServer):
    """A server of one ``DemoSite`` on a free port of loopback."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, site: DemoSite) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.site = site

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing if a client hung up; print any other error."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def _read(folder: Path) -> Iterator[tuple[str, Answer]]:
    """Yield the request target and the answer of each file in the folder."""
    responses = folder / "responses.json"
    special = json.loads(responses.read_bytes()) if responses.is_file() else {}
    for file in sorted(filter(Path.is_file, folder.rglob("*"))):
        place = file.relative_to(folder)
        if file.suffix == ".html":
            path = "/" + "/".join(place.parts[:-1])
            target = path if file.stem == "index" else f"{path}?{file.stem}"
            yield target, Answer(file.read_bytes(), **special.get(target, {}))
        elif file.suffix in _FILES:
            headers = {"Content-Type": str(guess_type(file.name)[0])}
            yield f"/{place.as_posix()}", Answer(file.read_bytes(), headers=headers)
