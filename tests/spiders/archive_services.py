"""What an archive service holds and answers: WARC files, an index as told."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs, urlsplit

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from shio_scraper.demo import DemoSite, demo_folder
from tests.server import Reply

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType


class WarcFile:
    """Writes captures into a WARC file; a context manager."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("wb")
        self._writer = WARCWriter(self._file, gzip=True, warc_version="1.1")

    def add(
        self,
        url: str,
        date: str,
        body: str | bytes,
        status: int = 200,
        content_type: str = "text/html; charset=utf-8",
        *,
        revisit_of: str | None = None,
    ) -> None:
        """Write a capture; with ``revisit_of``, a date, as a revisit of the one of that day."""
        data = body if isinstance(body, bytes) else body.encode()
        head = StatusAndHeaders(
            f"{status} {HTTPStatus(status).phrase}",
            [("Content-Type", content_type), ("Content-Length", str(len(data)))],
            protocol="HTTP/1.1",
        )
        dated = {"WARC-Date": date}
        record = self._writer.create_warc_record(
            url, "response", BytesIO(data), len(data), http_headers=head, warc_headers_dict=dated
        )
        if revisit_of:
            digest = record.rec_headers.get_header("WARC-Payload-Digest")
            record = self._writer.create_revisit_record(
                url, digest, url, revisit_of, http_headers=head, warc_headers_dict=dated
            )
        self._writer.write_record(record)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the file."""
        self._file.close()


def demo_pages() -> Iterator[tuple[str, bytes, int, str]]:
    """Yield target, body, status and content type of each page of the demo portal."""
    folder = demo_folder()
    site = DemoSite(folder)
    for file in sorted(folder.rglob("*.html")):
        path = "/" + file.relative_to(folder).parent.as_posix().removeprefix(".")
        target = path if file.stem == "index" else f"{path}?{file.name.removesuffix('.html')}"
        answer = site.answer(target)
        yield target, answer.body, answer.status, answer.headers.get("Content-Type", "text/html")


HEADER = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]


@dataclass
class Wayback:
    """An index in the Internet Archive's dialect, which hands out ``size`` rows at a time.

    It knows no filter, no span and no collapse: whoever asks must look again. A replay is
    answered with the page of the capture, or as ``replays`` says.
    """

    rows: list[list[str]] = field(default_factory=list)
    bodies: dict[str, str] = field(default_factory=dict)
    replays: dict[str, Reply] = field(default_factory=dict)
    size: int = 2

    def add(self, stamp: str, url: str, body: str, status: str = "200", **more: str) -> None:
        """Add a capture."""
        digest = more.get("digest", f"{hash(body):X}")
        mime = more.get("mime", "text/html")
        self.rows.append(["key", stamp, url, mime, status, digest, "1"])
        self.bodies[f"{stamp}id_/{url}"] = body

    def __call__(self, target: str) -> Reply | None:
        """Answer a request."""
        path = urlsplit(target).path
        if path == "/web/cdx":
            return self._index(parse_qs(urlsplit(target).query))
        name = target.removeprefix("/web/")
        if name in self.replays:
            return self.replays[name]
        return Reply(self.bodies[name]) if name in self.bodies else None

    def _index(self, asked: dict[str, list[str]]) -> Reply:
        if "showNumPages" in asked:
            return _json("7")
        host = asked["url"][0]
        rows = [row for row in self.rows if urlsplit(row[2]).hostname == host]
        begin = int(asked.get("resumeKey", ["0"])[0])
        answer = [HEADER, *rows[begin : begin + self.size]] if rows else []
        if begin + self.size < len(rows):
            answer += [[], [str(begin + self.size)]]
        return _json("[" + ",\n".join(json.dumps(row) for row in answer) + "]\n")


def _json(text: str) -> Reply:
    return Reply(text, headers={"Content-Type": "application/json"})
