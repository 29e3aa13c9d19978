"""A scripted portal: a real server on loopback that answers as told and notes every request."""

from __future__ import annotations

import socket
import struct
import time
from contextlib import suppress
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Self

from shio_scraper.portals import TOUCH_SHANGHAI

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType

ORIGIN = TOUCH_SHANGHAI.origin
ROBOTS = "User-agent: *\nDisallow: /usercenter/\n"
EN, ZH = "/jsp/zfxw_default_en.jsp", "/jsp/zfxw_default.jsp"
EVENTS = "/jsp/cfbm_default_en.jsp"
STARTS = (f"{EN}?siteId=300", f"{EN}?siteId=7", f"{ZH}?siteId=300", f"{ZH}?siteId=7")
PROSE = (
    "The new ferry line across the river opened on Monday, and the first boats were full.",
    "More boats follow in the summer, when the second pier is ready for its passengers.",
)


@dataclass(frozen=True)
class Reply:
    """What the server says. ``length`` announces another length than the body has.

    ``raw`` writes the whole answer itself, to the connection that it is given.
    One with an ``ETag`` or ``Last-Modified`` answers conditional requests.
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
        """Return the reply to a request with these headers (RFC 9110, section 13.2.2)."""
        for condition, validator in _VALIDATORS.items():
            if condition in request and validator in self.headers:
                same = request[condition] == self.headers[validator]
                return Reply(status=304, headers=self.headers, delay=self.delay) if same else self
        return self


_VALIDATORS = {"If-None-Match": "ETag", "If-Modified-Since": "Last-Modified"}


@dataclass(frozen=True)
class Seen:
    """A request that arrived."""

    target: str
    at: float
    headers: dict[str, str]


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
        found = found or self.otherwise(target) or Reply(page("<p>No such page.</p>"), status=404)
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

    def do_GET(self) -> None:
        portal = self.server.portal
        portal.note(Seen(self.path, time.monotonic(), dict(self.headers.items())))
        reply = portal.reply(self.path).to(dict(self.headers.items()))
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


# Pages. Their markup is plain: what is tested here is the way, not the reading.


def page(main: str, *, side: str = "", head: str = "") -> str:
    """Return a page."""
    return (
        f"<!DOCTYPE html><html><head><title>Portal</title>{head}</head><body>"
        f"<div id=main>{main}</div><div id=side>{side}</div>"
        "<div id=foot><p>Copyright 2025. All rights reserved.</p></div></body></html>"
    )


def link(target: str, text: str) -> str:
    """Return a link."""
    return f'<a href="{escape(target)}">{text}</a>'


def sidebar(
    rows: Iterable[tuple[str, str, str]] = (("04-16", "21315227", "Processing"),),
    pairs: Iterable[tuple[str, str]] = (("Is there a desk for visitors?", "Yes, in the hall."),),
    *,
    more: str = "",
    faq: str = "",
) -> str:
    """Return the sidebar; ``more`` and ``faq`` are the targets of its links."""
    cells = "".join(f"<tr><td>{d}</td><td>{n}</td><td>{w}</td></tr>" for d, n, w in rows)
    view = f"<p>{link(more, 'view more »')}</p>" if more else ""
    asked = "".join(
        f"<div>{link(faq, f'Q: {q}') if faq else f'Q: {q}'}<br>A: {a}</div>" for q, a in pairs
    )
    return (
        '<div><p>Sign in</p><p><a href="/usercenter/signup.jsp">Free sign-up</a> | '
        '<a href="/usercenter/password.jsp">Forgot password</a></p></div>'
        f"<h3>Application Status</h3><table>{cells}</table>{view}<h3>FAQ</h3>{asked}"
    )


def article(
    title: str, day: str, *, body: Iterable[str] = PROSE, zh: bool = False, **parts: str
) -> str:
    """Return an article's page."""
    section, category = ("政府新闻", "上海日报时政新闻") if zh else ("Government News", "City News")
    paragraphs = "".join(f"<p>{text}</p>" for text in body)
    main = f"<h3>{section}</h3><h4>{category}</h4><div><h1>{title}   {day}</h1>{paragraphs}</div>"
    return page(main, **parts)


def event(title: str, deadline: str) -> str:
    """Return an event's page."""
    return page(
        "<div>Events | Today This Week This Month All Events</div>"
        f"<div><h1>{title}</h1><p>Registration Deadline:{deadline}</p>"
        f"<p>Contact:Li Ming,021-5555</p><p>{PROSE[0]}</p></div>"
    )


def listing(items: Iterable[str], *, pager: str = "", zh: bool = False, **parts: str) -> str:
    """Return a listing's page."""
    section = "政府新闻" if zh else "Government News"
    main = f"<h3>{section}</h3><p>City News | District News</p><ul>{''.join(items)}</ul>{pager}"
    return page(main, **parts)


def item(target: str, title: str, day: str, teaser: str = "") -> str:
    """Return an item of a listing."""
    return f"<li>{link(target, f'{title} - {day}')}<p>{teaser}</p></li>"


def pager(path: str, *numbers: int) -> str:
    """Return links to the pages of a listing."""
    separator = "&" if "?" in path else "?"
    links = (link(f"{path}{separator}p_page={number}", str(number)) for number in numbers)
    return f"<div>{' '.join(links)}</div>"


def en(number: int | str) -> str:
    """Return the target of an English article."""
    return f"/jsp/zfxw_detail_en.jsp?id={number}"


def zh(number: int | str) -> str:
    """Return the target of a Chinese article."""
    return f"/jsp/zfxw_detail.jsp?id={number}"


def portal_of(*more: str, only: tuple[str, ...] = STARTS) -> dict[str, Reply | str]:
    """Return a home page with the links ``more``, and start listings that are there but bare.

    A listing that is not in ``only`` is missing.
    """
    links = "".join(f"<p>{link(target, 'a link')}</p>" for target in more)
    home = page(f"<p>Welcome</p>{links}", side=sidebar())
    bare = {
        path: listing([item(anchor, "Anchor", "March 4, 2024")])
        for path, anchor in zip(STARTS, (en(1), en(1), zh(1), zh(1)), strict=True)
        if path in only
    }
    return {
        "/": home,
        **bare,
        EVENTS: listing([item("/jsp/cfbm_detail_en.jsp?id=1", "Fair", "March 4, 2024")]),
        en(1): article("Anchor", "2024-03-04"),
        zh(1): article("锚定", "2024-03-04", zh=True),
        "/jsp/cfbm_detail_en.jsp?id=1": event("Fair", "2024-03-08"),
    }
