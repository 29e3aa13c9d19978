"""Documents that pages link, and what pages show: kept once each, bounded, and no page waits."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from tests.crawl.living import today
from tests.server import Reply, ScriptedPortal
from tests.spiders.running import (
    Run,
    assert_calm,
    crawl_portal,
    in_process,
    lines,
    path_of,
    scrapy,
)
from tests.spiders.scripted import STARTS, article, item, link, listing

STORY, SECOND = "/jsp/zfxw_detail_en.jsp?id=101", "/jsp/zfxw_detail_en.jsp?id=102"
FORM, HUGE, PAGE, LOST = "/files/form.pdf", "/files/huge.zip", "/files/page.docx", "/files/lost.xls"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
STYLE = (
    '@import "main.css"; @import url(more.css); @import url(/files/of_a_style.pdf);'
    ' body { background: url("sky.png") }'
)
GIANT = 2_000_000_000
LIMITS = ("-s", "SHIO_MAX_DOCUMENT=100000", "-s", "SHIO_MAX_ASSETS=40")


PIECE = 65_536


class Endless:
    """Writes 2 GB, or as much as the other side wants: ``sent`` bytes."""

    def __init__(self, head: str, piece: bytes = bytes(PIECE)) -> None:
        self.sent = 0
        self._head, self._piece = f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode(), piece

    def __call__(self, connection: socket.socket) -> None:
        with suppress(OSError):
            connection.sendall(self._head)
            for _ in range(GIANT // PIECE):
                connection.sendall(self._piece)
                self.sent += len(self._piece)


DECLARED = f"Content-Type: application/zip\r\nContent-Length: {GIANT}"
CHUNK = b"%x\r\n%b\r\n" % (PIECE, bytes(PIECE))
BOMB = gzip.compress(bytes(200_000_000), 9)


def portal(day: str = "2024-03-05") -> ScriptedPortal:
    """Return a portal whose two articles link the same form, and much that goes wrong."""
    hrefs = (FORM, f"{FORM}#page=2", HUGE, PAGE, LOST, "/usercenter/own.pdf")
    wrong = " ".join(link(href, "a file") for href in (*hrefs, "https://files.example.org/a.pdf"))
    shown = (
        '<img src="/img/ship.png"><img src="/img/html.png"><img src="https://cdn.example.org/x.png">'
        f'<img src="{SECOND}"><img srcset="/img/a.png 1x, /img/b.png 2x">'
        '<link rel="stylesheet" href="/css/main.css"><script src="/js/menu.js"></script>'
        "<div style=\"background: url('/img/wall.png')\"></div>"
    )
    files = {"Content-Type": "application/pdf", "ETag": '"1"'}
    pages: dict[str, Reply | str] = {
        STARTS[0]: listing(
            [item(STORY, "First", "2024-03-05"), item(SECOND, "Second", "2024-03-04")]
        ),
        STORY: article("First", day)
        .replace("</body>", f"{shown}</body>")
        .replace("</p>", f" See {wrong}.</p>", 1),
        SECOND: article("Second", day).replace("</p>", f" {link(FORM, 'the form')}</p>", 1),
        FORM: Reply(PDF, headers=files),
        "/files/of_a_style.pdf": Reply(PDF[1:], headers=files),
        HUGE: Reply(raw=Endless(DECLARED)),
        PAGE: Reply("<!DOCTYPE html><title>Sign in</title>"),
        "/css/main.css": Reply(STYLE, headers={"Content-Type": "text/css"}),
        "/css/more.css": Reply(f"/* more */ {STYLE}", headers={"Content-Type": "text/css"}),
        "/img/html.png": Reply("<html><p>No such picture"),
    }
    for name in ("img/ship", "img/a", "img/b", "img/wall", "css/sky"):
        pages[f"/{name}.png"] = Reply(name.encode(), headers={"Content-Type": "image/png"})
    pages["/js/menu.js"] = Reply("1", headers={"Content-Type": "text/javascript"})
    return ScriptedPortal(pages)


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ScriptedPortal, Run]]:
    with portal() as site:
        folder = tmp_path_factory.mktemp("assets")
        yield site, crawl_portal(folder, site.url, "-s", "SHIO_ASSETS=all", *LIMITS)


def test_a_document_is_a_record_with_the_keys_that_link_it(
    crawled: tuple[ScriptedPortal, Run],
) -> None:
    _, run = crawled
    (document,) = run.file("documents")
    assert path_of(document["url"]) == FORM
    assert document["linked_by"] == ["article/en/101", "article/en/102"]
    assert (document["media_type"], document["bytes"]) == ("application/pdf", len(PDF))
    assert document["sha256"] == sha256(PDF).hexdigest()
    (first,) = (record for record in run.file("articles") if record["key"] == "article/en/101")
    assert [path_of(one["url"]) for one in first["attachments"]][:4] == [FORM, HUGE, PAGE, LOST]


def test_what_is_no_document_is_a_reject(crawled: tuple[ScriptedPortal, Run]) -> None:
    _, run = crawled
    found = {(reason, path) for _, reason, path in run.rejected() if (path or "").startswith("/fi")}
    assert found == {("too_large", HUGE), ("no_document", PAGE), ("http_status", LOST)}
    assert_calm(run)


def test_a_file_is_no_page_that_was_lost_or_read(crawled: tuple[ScriptedPortal, Run]) -> None:
    _, run = crawled
    lost = [path for _, _, path in run.rejected() if not str(path).startswith("/files/")]
    assert sum(run.counted("failures").values()) == len(lost) > 0
    assert run.stats["pages/read/article"] == 2


def test_everything_is_asked_for_once_and_only_of_the_portal(
    crawled: tuple[ScriptedPortal, Run],
) -> None:
    site, run = crawled
    assert len(site.targets) == len(set(site.targets))
    kept = {"img/ship", "img/html", "img/a", "img/b", "img/wall", "css/sky"}
    assert kept <= {target[1:].removesuffix(".png") for target in site.targets}
    assert {"/css/main.css", "/css/more.css", "/js/menu.js"} <= set(site.targets)
    assert not site.asked("usercenter")
    assert run.stats["assets/other_host"] == 2
    assert {record["key"] for record in run.file("articles")} == {
        "article/en/101",
        "article/en/102",
    }


def test_no_page_waits_for_a_file(crawled: tuple[ScriptedPortal, Run]) -> None:
    site, _ = crawled
    targets = site.targets
    last_page = max(n for n, target in enumerate(targets) if ".jsp" in target)
    assert last_page < min(n for n, target in enumerate(targets) if target.startswith("/files/"))


def test_the_archive_holds_each(crawled: tuple[ScriptedPortal, Run]) -> None:
    _, run = crawled
    (file,) = (run.run_folder / "archive").glob("*.warc.gz")
    with file.open("rb") as stream:
        held = {
            path_of(one.rec_headers.get_header("WARC-Target-URI")): one.content_stream().read()
            for one in ArchiveIterator(stream)
            if one.rec_type == "response"
        }
    assert held[FORM] == PDF
    assert {
        "/files/of_a_style.pdf",
        "/img/ship.png",
        "/css/more.css",
        "/css/sky.png",
        "/js/menu.js",
    } <= set(held)


def test_ten_thousand_images_are_told(tmp_path: Path) -> None:
    many = "".join(f'<img src="/img/{n}.png">' for n in range(10_000))
    with portal() as site:
        site.pages[SECOND] = article("Second", "2024-03-05").replace("</body>", f"{many}</body>")
        style = "".join(f"url(/sky/{n}.png)" for n in range(10_000))
        site.pages["/css/main.css"] = Reply(style, headers={"Content-Type": "text/css"})
        most = ("-s", "SHIO_MAX_UNLISTED=30")
        run = crawl_portal(tmp_path, site.url, "-s", "SHIO_ASSETS=all", *LIMITS, *most)
    assert len(site.asked("/sky/")) == 30
    assert run.stats["assets/left_out"] == 9_970
    assert ("fetch", "endless", SECOND) in run.rejected()
    assert len(site.asked("/img/")) < 60
    assert len(run.file("articles")) == 2


@pytest.mark.parametrize(
    "reply",
    [
        Reply(raw=Endless("Content-Type: application/zip\r\nConnection: close")),
        Reply(raw=Endless("Transfer-Encoding: chunked", CHUNK)),
        Reply(raw=Endless(DECLARED)),
        Reply(BOMB, headers={"Content-Encoding": "gzip", "Content-Type": "application/zip"}),
    ],
    ids=["until it closes", "in chunks", "declared", "packed"],
)
def test_a_document_of_two_gigabytes_is_broken_off(tmp_path: Path, reply: Reply) -> None:
    """The same goes for a picture. What the system takes before it is told counts too."""
    with portal() as site:
        site.pages |= {HUGE: reply, "/img/ship.png": reply}
        most = ("-s", "SHIO_MAX_DOCUMENT=1000000", "-s", "SHIO_MAX_REQUISITE=1000000")
        run = crawl_portal(tmp_path, site.url, "-s", "SHIO_ASSETS=all", *most)
    assert ("fetch", "too_large", HUGE) in run.rejected()
    assert run.stats["assets/failed"] == 1
    assert len(run.file("articles")) == 2
    if isinstance(reply.raw, Endless):
        assert reply.raw.sent < 60_000_000
    (file,) = (run.run_folder / "archive").glob("*.warc.gz")
    assert file.stat().st_size < 1_000_000


def test_an_archive_gives_the_documents_again(
    crawled: tuple[ScriptedPortal, Run], tmp_path: Path
) -> None:
    _, run = crawled
    again = scrapy(tmp_path, "crawl", "archive", "-a", f"path={run.run_folder / 'archive'}")
    (document,) = again.file("documents")
    assert document == run.file("documents")[0]
    assert_calm(again)
    verified = in_process(tmp_path, "verify", "data")
    assert verified.stdout.endswith("problems: 0\n"), verified.stdout
    archive = str(run.run_folder / "archive")
    assert in_process(tmp_path, "extract", archive, "-o", "out").status == 0
    assert lines(tmp_path / "out" / "documents.jsonl") == [document]
    off = ("-s", "SHIO_ASSETS=off")
    assert in_process(tmp_path, "extract", archive, "-o", "none", *off).status == 0
    assert lines(tmp_path / "none" / "documents.jsonl") == []


def test_a_document_that_an_earlier_run_keeps_is_given_again(tmp_path: Path) -> None:
    with portal() as site:
        for _ in range(2):
            run = crawl_portal(tmp_path, site.url, *LIMITS)
    first, second = run.run_folders
    with next((second / "archive").glob("*.gz")).open("rb") as stream:
        kinds = {
            path_of(one.rec_headers.get_header("WARC-Target-URI") or ""): one.rec_type
            for one in ArchiveIterator(stream)
            if one.rec_type in {"response", "revisit"}
        }
    assert kinds[FORM] == "revisit"
    (document,) = lines(second / "documents.jsonl")
    data = ("-s", f"SHIO_DATA={tmp_path / 'again'}")
    scrapy(tmp_path, "crawl", "archive", "-a", f"path={second / 'archive'}", *data)
    (again,) = (tmp_path / "again" / "runs").iterdir()
    assert lines(again / "documents.jsonl") == [document]
    archives = [str(folder / "archive") for folder in (second, first)]
    assert in_process(tmp_path, "extract", *archives, "-o", "out").status == 0
    assert document in lines(tmp_path / "out" / "documents.jsonl")


def test_off_keeps_pages_alone(tmp_path: Path) -> None:
    with portal() as site:
        run = crawl_portal(tmp_path, site.url, "-s", "SHIO_ASSETS=off")
        assert not site.asked("/files/")
    assert run.file("documents") == []
    assert len(run.file("articles")) == 2


def test_an_update_asks_on_conditions(tmp_path: Path) -> None:
    with portal(today().isoformat()) as site:
        crawl_portal(tmp_path, site.url, *LIMITS)
        begun = len(site.requests)
        run = crawl_portal(tmp_path, site.url, "-a", "mode=update", *LIMITS)
        asked = [seen for seen in site.requests[begun:] if seen.target == FORM]
    assert [seen.headers["If-None-Match"] for seen in asked] == ['"1"'], run.stderr


def test_an_unknown_mode_is_refused(tmp_path: Path) -> None:
    run = in_process(tmp_path, "crawl", "portal", "-a", "site=demo", "-s", "SHIO_ASSETS=some")
    assert run.status == 2
    assert "SHIO_ASSETS='some' is not documents, all or off" in run.stderr
