"""The demo portal: a made-up copy of the portal as static files, served on loopback.

A folder holds a page at the path of its canonical address, with the canonical query as the
file's name: ``/jsp/zfxw_detail_en.jsp?id=2241`` is ``jsp/zfxw_detail_en.jsp/id=2241.html``; a page
without a query is ``index.html`` in that folder. ``responses.json`` gives ``status`` and
``headers`` of the addresses whose answer is not ``200`` and ``text/html``.
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
from urllib.parse import urlsplit
from zipfile import ZipFile

from shio_scraper.portals import DEFAULT, Address, Portal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_LISTINGS = {"listing", "event_listing"}
_SUFFIX = ".html"
_FILES = {".css", ".jpg", ".png"}
"""Suffixes of what is no page."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says to a request."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def tag(self) -> str | None:
        """The entity tag of a page that is there (RFC 9110, section 8.8.3)."""
        return f'"{sha256(self.body).hexdigest()[:16]}"' if self.status == HTTPStatus.OK else None


_MISSING = Answer(
    b"<!DOCTYPE html><html><head><title>404</title></head>"
    b"<body><h1>404</h1><p>The requested page does not exist.</p></body></html>",
    status=404,
)


def demo_folder(portal: Portal = DEFAULT) -> Path:
    """Return the demo's folder of a portal: of the installed package, else of the checkout."""
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
    """Return the folder of the demos out of a zipped package; it goes when the process ends."""
    folder = TemporaryDirectory(prefix="shio-demo-")
    atexit.register(folder.cleanup)
    start = "shio_scraper/fixtures/"
    with ZipFile(egg) as packed:
        packed.extractall(folder.name, [n for n in packed.namelist() if n.startswith(start)])
    return Path(folder.name) / start


class DemoSite:
    """The answers of a folder, by request target."""

    def __init__(self, folder: Path, portal: Portal = DEFAULT) -> None:
        """Read the folder; a folder without a page is an error."""
        self._portal = portal
        self._answers = dict(_read(folder))
        if not self._answers:
            message = f"no page of a portal in {folder}"
            raise FileNotFoundError(message)
        self._last: dict[str, tuple[int, Answer]] = {}
        for target, answer in self._answers.items():
            self._note_last_page(target, answer)

    def answer(self, target: str) -> Answer:
        """Return the answer to a request target, however it spells its page."""
        address = self._locate(target)
        if address is None:
            return _MISSING
        answer = self._answers.get(_target(address))
        return answer or self._past_the_end(address) or _MISSING

    def _note_last_page(self, target: str, answer: Answer) -> None:
        address = self._locate(target)
        if address is None or address.kind not in _LISTINGS:
            return
        number = address.page_number
        listing = address.first_page
        if number >= self._last.get(listing, (0, answer))[0]:
            self._last[listing] = (number, answer)

    def _past_the_end(self, address: Address) -> Answer | None:
        """Return a listing's last page for a page past it, as the portal does."""
        if address.kind not in _LISTINGS:
            return None
        number, answer = self._last.get(address.first_page, (0, None))
        return answer if address.page_number > number else None

    def _locate(self, target: str) -> Address | None:
        """Return the page that a request target names; an absolute one may name another host."""
        origin = "" if target.startswith(("http://", "https://")) else self._portal.origin
        return self._portal.locate(origin + target)


class DemoPortal:
    """A loopback server of a demo portal; a context manager.

    >>> with DemoPortal() as portal:  # doctest: +SKIP
    ...     urlopen(f"{portal.url}/jsp/zfxw_detail_en.jsp?id=2241")
    """

    def __init__(self, folder: Path | None = None, portal: Portal = DEFAULT) -> None:
        """Serve ``folder`` as a copy of ``portal``: without one, the demo itself."""
        self._folder = folder
        self._portal = portal
        self._server: _Server | None = None
        self._thread: Thread | None = None

    @property
    def url(self) -> str:
        """The address of the running server, without a slash at its end."""
        if self._server is None:
            message = "the demo portal is not running"
            raise RuntimeError(message)
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        """Start serving, in a daemon thread; a running server goes on."""
        if self._server is not None:
            return
        self._server = _Server(DemoSite(self._folder or demo_folder(self._portal), self._portal))
        self._thread = Thread(
            target=self._server.serve_forever, args=(0.05,), name="demo-portal", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and free the port; a stopped server stays so."""
        server, thread = self._server, self._thread
        self._server = self._thread = None
        if server is None or thread is None:
            return
        server.shutdown()
        server.server_close()
        thread.join()

    def __enter__(self) -> Self:
        """Start the server."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the server."""
        self.stop()


class _Handler(BaseHTTPRequestHandler):
    """Answers from a site: HTTP/1.1, one write a response, nothing logged."""

    protocol_version = "HTTP/1.1"
    server_version = "DemoPortal"
    disable_nagle_algorithm = True
    wbufsize = 1 << 20
    timeout = 60
    server: _Server

    def do_GET(self) -> None:
        """Answer with headers and body; a client that has the page is told so."""
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
    """A server of one site on a free port of loopback."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, site: DemoSite) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.site = site

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def _read(folder: Path) -> Iterator[tuple[str, Answer]]:
    """Yield target and answer of each page in the folder."""
    special = _responses(folder / "responses.json")
    robots = folder / "robots.txt"
    if robots.is_file():
        yield "/robots.txt", Answer(robots.read_bytes(), headers={"Content-Type": "text/plain"})
    for file in sorted(filter(Path.is_file, folder.rglob(f"*{_SUFFIX}"))):
        target = _target_of_file(file.relative_to(folder))
        yield target, Answer(file.read_bytes(), **special.get(target, {}))
    for file in filter(Path.is_file, folder.rglob("*")):
        if file.suffix in _FILES:
            media_type, _ = guess_type(file.name)
            target = f"/{file.relative_to(folder).as_posix()}"
            yield target, Answer(file.read_bytes(), headers={"Content-Type": str(media_type)})


def _responses(path: Path) -> dict[str, dict[str, Any]]:
    if not path.is_file():
        return {}
    responses: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return responses


def _target_of_file(file: Path) -> str:
    """Return the request target that a file of the folder answers."""
    path = "/" + "/".join(file.parts[:-1])
    query = file.name.removesuffix(_SUFFIX)
    return path if query == "index" else f"{path}?{query}"


def _target(address: Address) -> str:
    parts = urlsplit(address.url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
