"""Tables of pages, written by the libraries that people write them with."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import zstandard
from pyarrow import parquet

from shio_scraper import archives
from shio_scraper.archives.reading import Columns, Options
from shio_scraper.items import Reject
from shio_scraper.pages import Capture

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from shio_scraper.archives.reading import Found

Row = dict[str, Any]
PAGE = "http://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id="
ELSEWHERE = "https://news.example.org/page/"
PRIVATE = "https://touch.shio.gov.cn/usercenter/orders.jsp"


def page(number: int, **more: Any) -> Row:
    """Return a row of the portal."""
    return {"url": f"{PAGE}{number}", "text": f"The text of page {number}"} | more


def elsewhere(number: int) -> Row:
    """Return a row of another site."""
    return {"url": f"{ELSEWHERE}{number}", "text": f"Another site's page {number}"}


def jsonl(rows: Iterable[Any], end: bytes = b"\n") -> bytes:
    """Return rows as JSON Lines."""
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + end for row in rows)


def compressed(data: bytes, name: str) -> bytes:
    """Return ``data`` as the end of a file's name says it is compressed."""
    if name.lower().endswith(".gz"):
        return gzip.compress(data)
    return zstandard.ZstdCompressor().compress(data) if name.lower().endswith(".zst") else data


def write_jsonl(path: Path, rows: Iterable[Any]) -> Path:
    """Write rows as JSON Lines, compressed as the name says."""
    path.write_bytes(compressed(jsonl(rows), path.name))
    return path


def write_parquet(path: Path, rows: Sequence[Row] | pa.Table, **how: Any) -> Path:
    """Write rows as Parquet."""
    table = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(list(rows))
    parquet.write_table(table, path, **how)
    return path


def read(path: Path, columns: Columns | None = None, **options: Any) -> list[Found]:
    """Return what a file holds."""
    return list(archives.read(path, Options(columns=columns or Columns(), **options)))


def captures(found: Iterable[Found]) -> list[Capture]:
    """Return the captures among what was found."""
    return [item for item in found if isinstance(item, Capture)]


def urls(found: Iterable[Found]) -> list[str | None]:
    """Return the addresses of the captures, without what is the same in all."""
    return [c.url.removeprefix(PAGE) if c.url else None for c in captures(found)]


def rejects(found: Iterable[Found]) -> list[tuple[str, str]]:
    """Return stage and reason of each reject."""
    return [(item.stage, item.reason) for item in found if isinstance(item, Reject)]


def details(found: Iterable[Found]) -> list[str]:
    """Return the detail of each reject."""
    return [str(item.detail) for item in found if isinstance(item, Reject)]
