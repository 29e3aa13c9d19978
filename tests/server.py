"""A server on loopback that answers as told and notes every request."""

from __future__ import annotations

import re
import socket
import struct
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Self

from shio_scraper.portals import TOUCH_SHANGHAI

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from types import TracebackType

ORIGIN = TOUCH_SHANGHAI.origin
ROBOTS = "User-agent: *\nDisallow: /usercenter/\n"
NOT_FOUND = "<!DOCTYPE html><title>Portal</title><p>No such page.</p>"


@dataclass(frozen=True)
class Reply:
    """What the server says. ``length`` announces another length than the body has.

    ``raw`` writes the whole answer itself, to the connection that it is given.
    One with an ``ETag`` or ``Last-Modified`` answers conditional requests; one with
    ``Accept-Ranges`` gives the part that is asked for.
    """

    body: str | bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    length: int | None = None
    drop: bool = False
    raw: Callable[[socket.socket], None] | None = None

    @property
    def data(self) -> bytes:
        """The body's bytes."""
        return self.body if isinstance(self.body, bytes) else self.body.encode()

    def to(self, request: Mapping[str, str]) -> Reply:
        """Return the reply to a request with these headers (RFC 9110, sections 13.2.2 and 14.2)."""
        asked = re.fullmatch(r"bytes=(\d*)-(\d*)", request.get("Range", ""))
        if asked and "Accept-Ranges" in self.headers:
            size, (first, last) = len(self.data), asked.groups()
            start = int(first) if first else max(0, size - int(last))
            return self._part(slice(start, int(last) + 1 if first and last else size), request)
        for condition, validator in _VALIDATORS.items():
            if condition in request and validator in self.headers:
                same = request[condition] == self.headers[validator]
                return Reply(status=304, headers=self.headers, delay=self.delay) if same else self
        return self

    def _part(self, asked: slice, request: Mapping[str, str]) -> Reply:
        part, size = self.data[asked], len(self.data)
        place = f"bytes {asked.start}-{asked.start + len(part) - 1}/{size}"
        # Some servers say so of files that are gzip in themselves.
        gzip = "gzip" in request.get("Accept-Encoding", "")
        encoding = {"Content-Encoding": "gzip"} if gzip else {}
        headers = {**self.headers, "Content-Range": place, **encoding}
        return replace(self, body=part, status=206, headers=headers)


_VALIDATORS = {"If-None-Match": "ETag", "If-Modified-Since": "Last-Modified"}


@dataclass(frozen=True)
class Seen:
    """A request that arrived."""

    target: str
    at: float
    headers: dict[str, str]
    body: bytes = b""


class ScriptedPortal:
    """Serves ``pages`` by canonical target; a context manager."""

    def __init__(
        self, pages: Mapping[str, Reply | str] | None = None, *, robots: Reply | None = None
    ) -> None:
        self.pages: dict[str, Reply | str] = {}
        self.requests: list[Seen] = []
        self.dies_after: int | None = None
        self.otherwise: Callable[[str], Reply | None] = lambda _: None
        self._lock = Lock()
        self._server = _Server(self)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self.robots = robots or Reply(ROBOTS, headers={"Content-Type": "text/plain"})
        for target, reply in (pages or {}).items():
            self.pages[canonical(target)] = reply

    @property
    def url(self) -> str:
        """The server's address, without a slash at its end."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def targets(self) -> list[str]:
        """The targets that were asked for, as they came, less robots.txt."""
        return [seen.target for seen in self.requests if seen.target != "/robots.txt"]

    def asked(self, part: str) -> list[str]:
        """Return the targets that hold ``part``."""
        return [target for target in self.targets if part in target]

    def note(self, seen: Seen) -> None:
        """Remember a request."""
        with self._lock:
            self.requests.append(seen)

    def reply(self, target: str) -> Reply:
        """Return the answer to a request."""
        if target == "/robots.txt":
            return self.robots
        if self.dies_after is not None and len(self.targets) > self.dies_after:
            return Reply(drop=True)
        found = self.pages.get(target) or self.pages.get(canonical(target))
        found = found or self.otherwise(target) or Reply(NOT_FOUND, status=404)
        return found if isinstance(found, Reply) else Reply(found)

    def __enter__(self) -> Self:
        """Begin to serve."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    timeout = 30
    server: _Server

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def _answer(self, body: bytes = b"") -> None:
        portal = self.server.portal
        portal.note(Seen(self.path, time.monotonic(), dict(self.headers.items()), body))
        asked = {name.title(): value for name, value in self.headers.items()}
        reply = portal.reply(self.path).to(asked)
        time.sleep(reply.delay)
        if reply.raw:
            self.close_connection = True
            with suppress(OSError):  # the other side has had enough
                reply.raw(self.connection)
            return
        if reply.drop:
            hang_up(self.connection)
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in ({"Content-Type": "text/html; charset=utf-8"} | reply.headers).items():
            self.send_header(name, value)
        length = len(reply.data) if reply.length is None else reply.length
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.data)
        if reply.length is not None:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Log nothing."""


def hang_up(connection: socket.socket) -> None:
    """Reset the connection without a word."""
    linger = struct.pack("ii", 1, 0)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    connection.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, portal: ScriptedPortal) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.portal = portal

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of connections that end early: some are meant to."""


def canonical(target: str) -> str:
    """Return a target in the form of canonical addresses."""
    address = TOUCH_SHANGHAI.locate(ORIGIN + target)
    return address.url.removeprefix(ORIGIN) if address else target


def of_folder(folder: Path, *, ranges: bool = True) -> ScriptedPortal:
    """Return a server of the files in a folder, whole or in parts."""
    kind = {"Content-Type": "application/octet-stream"}
    headers = {**kind, "Accept-Ranges": "bytes"} if ranges else kind

    def answer(target: str) -> Reply | None:
        file = folder / target.removeprefix("/")
        return Reply(file.read_bytes(), headers=headers) if file.is_file() else None

    server = ScriptedPortal()
    server.otherwise = answer
    return server


def service(answer: Any) -> ScriptedPortal:
    """Return a server that answers as told, and allows robots everything."""
    server = ScriptedPortal(robots=Reply("User-agent: *\nDisallow:\n"))
    server.otherwise = answer
    return server
