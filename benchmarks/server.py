"""A loopback web server for the benchmarks. It serves a generated site from memory.

``python benchmarks/server.py portal|graph PAGES [TELL]`` prints its port, and serves until its
standard input ends. So it never outlives the process that holds the other end. It prints a line
when TELL requests have come.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

from graph import graph
from pages import ROBOTS, normal, site


def answer(body: bytes, kind: str = "text/html;charset=UTF-8", status: str = "200 OK") -> bytes:
    """Return a whole HTTP response."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


SITES: dict[str, Callable[[int], dict[str, bytes]]] = {"portal": site, "graph": graph}
MISSING = answer(b"<html><body><h1>404 Not Found</h1></body></html>", status="404 Not Found")


KINDS = {".pdf": "application/pdf", ".png": "image/png", ".css": "text/css"}


def kind_of(target: str) -> str:
    """Return the media type of the file at ``target``."""
    kinds = (kind for end, kind in KINDS.items() if target.endswith(end))
    return next(kinds, "text/html;charset=UTF-8")


class Answers:
    """The responses, by target."""

    def __init__(self, pages: dict[str, bytes], tell: int) -> None:
        """Answer with ``pages``. Print a line at request number ``tell``."""
        self.put(pages)
        self._left = tell

    def put(self, pages: dict[str, bytes]) -> None:
        """Answer with other pages from now on."""
        self._answers = {target: answer(body, kind_of(target)) for target, body in pages.items()}
        self._answers["/robots.txt"] = answer(ROBOTS, "text/plain")

    def of(self, target: str) -> bytes:
        """Return the response to a request for ``target``."""
        self._left -= 1
        if self._left == 0:
            print("told", flush=True)
        return self._answers.get(normal(target), MISSING)


class Connection(asyncio.Protocol):
    """One kept-alive connection: GET requests in, ready-made responses out."""

    def __init__(self, answers: Answers) -> None:
        """Serve ``answers``."""
        self.answers = answers
        self.rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport to write to."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        *requests, self.rest = (self.rest + data).split(b"\r\n\r\n")
        for request in requests:
            target = request.split(b" ", 2)[1].decode("latin-1")
            self.transport.write(self.answers.of(target))


async def serve(kind: str, pages: int, tell: int = 0) -> None:
    """Serve a site of ``pages`` pages until the standard input ends."""
    answers = Answers(SITES[kind](pages), tell)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(answers), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


@contextmanager
def changing() -> Iterator[tuple[str, Answers]]:
    """Serve a site that changes, from a thread of this process. Yield its address and answers."""
    loop, answers = asyncio.new_event_loop(), Answers({}, 0)
    listening = loop.create_server(lambda: Connection(answers), "127.0.0.1", 0)
    server = loop.run_until_complete(listening)
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", answers
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    server.close()
    loop.close()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], *map(int, sys.argv[2:])))
