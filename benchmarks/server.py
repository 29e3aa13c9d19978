"""A loopback web server for ``crawl.py``: a generated portal, ready-made in memory.

python benchmarks/server.py ARTICLES prints its port, and serves until its standard
input ends: so it never outlives the process that holds the other end.
"""

from __future__ import annotations

import asyncio
import sys

from pages import ROBOTS, normal, site


def answer(body: bytes, kind: str = "text/html;charset=UTF-8", status: str = "200 OK") -> bytes:
    """Return a whole HTTP response."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


MISSING = answer(b"<html><body><h1>404 Not Found</h1></body></html>", status="404 Not Found")


class Portal(asyncio.Protocol):
    """One kept-alive connection: GET requests in, ready-made responses out."""

    def __init__(self, answers: dict[str, bytes]) -> None:
        """Serve ``answers``, by target."""
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
            self.transport.write(self.answers.get(normal(target), MISSING))


async def serve(articles: int) -> None:
    """Serve a portal of ``articles`` articles until the standard input ends."""
    answers = {target: answer(body) for target, body in site(articles).items()}
    answers["/robots.txt"] = answer(ROBOTS, "text/plain")
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Portal(answers), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
