"""Inputs for bulk extraction: the demo portals' pages as archives and tables."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from shio_scraper.demo import demo_folder
from shio_scraper.portals import ALL
from tests.archives.tables import write_jsonl, write_parquet
from tests.archives.warcs import Spec, made, members, response

FOREIGN = (
    b"<html><body><h1>Gardens</h1><p>A page about gardens and the bees in them.</p></body></html>"
)


@cache
def pages() -> list[tuple[str, bytes]]:
    """Return address and body of each page of the demo portals."""
    found = []
    for portal in ALL.members:
        folder = demo_folder(portal)
        for file in filter(Path.is_file, sorted(folder.rglob("*.html"))):
            path = "/".join(("", *file.relative_to(folder).parts[:-1]))
            query = file.name.removesuffix(".html")
            target = (path or "/") if query == "index" else f"{path}?{query}"
            found.append((portal.origin + target, file.read_bytes()))
    return found


def specs() -> list[Spec]:
    """Return the pages as WARC records, other sites' pages between them."""
    return [
        Spec(address, body)
        for number, (url, page) in enumerate(pages())
        for address, body in ((url, page), (f"https://gardens.example/{number}", FOREIGN))
    ]


def write_all(folder: Path) -> list[Path]:
    """Write the pages in every form that can be read in pieces."""
    folder.mkdir()
    rows = [{"url": spec.url, "html": spec.body.decode("utf-8", "replace")} for spec in specs()]
    (folder / "a.warc.gz").write_bytes(made(specs()).data)
    (folder / "b.warc").write_bytes(made(specs(), gz=False).data)
    write_jsonl(folder / "c.jsonl", rows)
    write_parquet(folder / "d.parquet", rows, row_group_size=20)
    return sorted(folder.iterdir())


def revisits(folder: Path) -> list[Path]:
    """Write a payload into one archive, and a revisit of it into one that comes before."""
    folder.mkdir()
    body = next(body for url, body in pages() if "zfxw_detail_en" in url)
    revisit = response(
        2, b"", WARC_Type="revisit", WARC_Refers_To="<urn:test:1>", WARC_Date="2025-01-01T00:00:00Z"
    )
    (folder / "a.warc.gz").write_bytes(members([revisit]).data)
    (folder / "b.warc.gz").write_bytes(members([response(1, body)]).data)
    return sorted(folder.iterdir())
