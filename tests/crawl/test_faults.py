"""A hostile portal: whatever it does, the run ends by itself, in bounded time and memory.

Every page is a record or a reject, and what could be had is had.
"""

from __future__ import annotations

import gzip
import os
import re
import socket
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import brotli  # type: ignore[import-untyped]
import pytest

from tests.server import Reply, ScriptedPortal, canonical, hang_up
from tests.spiders.running import FAST, Run, assert_calm, crawl_portal, environment, scrapy_command
from tests.spiders.scripted import (
    EN,
    PROSE,
    article,
    en,
    item,
    link,
    listing,
    page,
    pager,
    portal_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GOOD = article("A good one", "2024-03-04")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
LIMIT = 240
"""Seconds within which any of these crawls ends, on however busy a machine."""
MEMORY = 600 * 2**20
"""Bytes that a crawl of a hostile portal may take at most: it takes half of it."""


def slow_drip(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"Content-Length: 100000\r\n\r\n")
    for _ in range(600):
        connection.sendall(b"<")
        time.sleep(0.1)


def slow_head(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(600):
        connection.sendall(b"X-%d: 1\r\n" % number)
        time.sleep(0.1)


def silence(connection: socket.socket) -> None:
    connection.settimeout(60)
    connection.recv(1)


def reset_in_the_body(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"Content-Length: 5000\r\n\r\n" + GOOD.encode()[:200])
    time.sleep(0.05)
    hang_up(connection)


def shorter(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"Content-Length: 90000\r\n\r\n" + GOOD.encode())


def last_chunk_missing(connection: socket.socket) -> None:
    body = GOOD.encode()
    connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(body), body))


def gigabyte(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"Content-Length: 1073741824\r\n\r\n")
    _pour(connection, b"x" * 2**20)


def gigabyte_unannounced(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"Connection: close\r\n\r\n")
    _pour(connection, b"<p>more</p>" * 2**16)


def _pour(connection: socket.socket, block: bytes) -> None:
    for _ in range(1024):
        connection.sendall(block)


def no_http(connection: socket.socket) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH_9.9\r\n")


def endless_header(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 300_000 + b"\r\n\r\n" + b"body")


def bomb(compress: Callable[[bytes], bytes], coding: str) -> Reply:
    return Reply(compress(b"\0" * 2**28), headers={"Content-Encoding": coding})


def off(target: str, status: int = 302) -> Reply:
    return Reply(status=status, headers={"Location": target})


def refresh(target: str) -> Reply:
    return Reply(page("", head=f'<meta http-equiv=refresh content="0; url={target}">'))


@dataclass(frozen=True)
class Fault:
    """What a page does, and how it ends: as a reject for a reason, or as a record (``None``)."""

    reply: Reply
    reason: str | None = None


SELF = "/itself"
"""Stands for the page's own address."""
AWAY = "http://127.0.0.1:1"
"""Stands for another site; the test puts a listening one in its place."""
FAULTS: dict[str, Fault] = {
    "silence": Fault(Reply(raw=silence), "unreachable"),
    "slow drip": Fault(Reply(raw=slow_drip), "unreachable"),
    "slow head": Fault(Reply(raw=slow_head), "unreachable"),
    "reset in the body": Fault(Reply(raw=reset_in_the_body), "truncated"),
    "shorter than announced": Fault(Reply(raw=shorter), "truncated"),
    "last chunk missing": Fault(Reply(raw=last_chunk_missing), "truncated"),
    "longer than announced": Fault(Reply(GOOD + " " * 64, length=len(GOOD.encode()))),
    "no HTTP": Fault(Reply(raw=no_http), "unreachable"),
    "a header without an end": Fault(Reply(raw=endless_header), "unreachable"),
    "1 GB, announced": Fault(Reply(raw=gigabyte), "too_large"),
    "1 GB, unannounced": Fault(Reply(raw=gigabyte_unannounced), "too_large"),
    "gzip bomb": Fault(bomb(gzip.compress, "gzip"), "too_large"),
    "brotli bomb": Fault(bomb(lambda data: brotli.compress(data, quality=1), "br"), "too_large"),
    "500": Fault(Reply("no", status=500), "http_status"),
    "redirect to itself": Fault(off(SELF), "redirect_loop"),
    "redirect off the portal": Fault(off(f"{AWAY}/jsp/zfxw_detail_en.jsp?id=2"), "off_portal"),
    "redirect to a file": Fault(off("file:///etc/passwd"), "http_status"),
    "redirect to data": Fault(off("data:text/html,<h1>No 2024-03-04</h1>"), "http_status"),
    "redirect to a private address": Fault(off("http://169.254.169.254/latest"), "off_portal"),
    "refresh off the portal": Fault(refresh(f"{AWAY}/"), "off_portal"),
    "redirect behind the login": Fault(off("/usercenter/login.jsp"), "private"),
    "cookies gone wild": Fault(Reply(GOOD, headers={"Set-Cookie": "a=" + "b; c=" * 2000})),
    "wrong charset": Fault(Reply(GOOD.replace("good", "café").encode(), headers={
        "Content-Type": "text/html; charset=gb2312"})),
    "charset unknown": Fault(Reply(GOOD, headers={"Content-Type": "text/html; charset=none"})),
    "no type": Fault(Reply(GOOD, headers={"Content-Type": "application/octet-stream"})),
    "base off the portal": Fault(Reply(article("A base", "2024-03-04", body=(
        *PROSE, link("jsp/zfxw_detail_en.jsp?id=3", "A link that leads away.")
    )).replace("<head>", f"<head><base href='{AWAY}/'><link rel=canonical href='{AWAY}/x'>"))),
}  # fmt: skip
NUMBERS = {name: 500 + place for place, name in enumerate(FAULTS)}
BURSTS = {601: [500], 602: [502], 603: [503], 604: [504]}


@dataclass(frozen=True)
class Ended:
    """A crawl that ended by itself: how long it took, and the most memory that it had."""

    run: Run
    seconds: float
    memory: int


def measured(folder: Path, *arguments: str) -> Ended:
    """Run a crawl; its end is waited for up to ``LIMIT`` seconds."""
    began = time.monotonic()
    log = folder / "log.txt"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            scrapy_command("crawl", "portal", *arguments, *FAST),
            cwd=folder, env=environment(), stdin=subprocess.DEVNULL, stdout=stream, stderr=stream,
        )  # fmt: skip
        peak = 0
        while True:
            peak = max(peak, _peak(process.pid))
            pid, status = os.waitpid(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() - began > LIMIT:
                process.kill()
                pytest.fail(f"still running after {LIMIT} s")
            time.sleep(0.05)
    process.returncode = os.waitstatus_to_exitcode(status)
    text = log.read_text(encoding="utf-8")
    run = Run(folder, process.returncode, "", text, arguments)
    return Ended(run, time.monotonic() - began, peak)


def _peak(pid: int) -> int:
    """Return the most memory that a process had, in bytes: its own, not its parent's as well.

    ``ru_maxrss`` of a new process is at least its parent's; 0 for one that ended.
    """
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return int(found[1]) * 1024 if found else 0


def _placed(text: str, places: dict[str, str]) -> str:
    for stand_in, place in places.items():
        text = text.replace(stand_in, place)
    return text


class Elsewhere:
    """Another site, which nobody is to visit."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.settimeout(0)
        self.url = f"http://127.0.0.1:{self.server.getsockname()[1]}"

    @property
    def was_visited(self) -> bool:
        try:
            self.server.accept()[0].close()
        except BlockingIOError:
            return False
        return True


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Elsewhere]:
    found = Elsewhere()
    with found.server:
        yield found


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory, elsewhere: Elsewhere) -> Ended:
    """Crawl all faults at once, and good pages between them."""
    pages = portal_of(*map(en, NUMBERS.values()), *map(en, BURSTS), *map(en, range(900, 905)))
    bursts = {en(number): list(statuses) for number, statuses in BURSTS.items()}

    def otherwise(target: str) -> Reply | None:
        target = canonical(target)
        name = next((name for name, number in NUMBERS.items() if target == en(number)), None)
        if name:
            reply = FAULTS[name].reply
            places = {AWAY: elsewhere.url, SELF: target}
            headers = {k: _placed(v, places) for k, v in reply.headers.items()}
            body = reply.data.replace(AWAY.encode(), elsewhere.url.encode())
            return replace(reply, body=body, headers=headers)
        if bursts.get(target):
            return Reply("busy", status=bursts[target].pop())
        return Reply(GOOD) if "id=60" in target or "id=90" in target else None

    with ScriptedPortal(pages) as portal:
        portal.otherwise = otherwise
        return measured(
            tmp_path_factory.mktemp("faults"), "-a", f"site={portal.url}",
            "-s", "DOWNLOAD_TIMEOUT=4", "-s", "RETRY_TIMES=1", "-s", "CONCURRENT_REQUESTS=16",
            "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=16", "-s", "SHIO_CHALLENGE_DELAY=0.01",
        )  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_how_each_fault_ends(ended: Ended, name: str) -> None:
    path = en(NUMBERS[name])
    rejects = [reason for _, reason, where in ended.run.rejected() if where == path]
    records = [r for r in ended.run.records if r["url"] and r["url"].endswith(path)]
    expected = FAULTS[name].reason
    assert rejects == ([expected] if expected else [])
    assert len(records) == (0 if expected else 1)


def test_what_could_be_had_is_had(ended: Ended) -> None:
    keys = {f"article/en/{number}" for number in (*BURSTS, *range(900, 905))}
    assert keys <= ended.run.by_key.keys()
    assert len(ended.run.rejects) == sum(1 for fault in FAULTS.values() if fault.reason)
    assert ended.run.by_key[f"article/en/{NUMBERS['wrong charset']}"]["title"] == "A café one"


def test_the_run_ended_by_itself_in_bounded_memory(ended: Ended) -> None:
    assert ended.run.status == 4
    assert "the run is partial: failures: " in ended.run.stderr
    assert ended.run.stats["finish_reason"] == "finished"
    assert ended.memory < MEMORY
    assert_calm(ended.run)


def test_nobody_went_elsewhere(ended: Ended, elsewhere: Elsewhere) -> None:
    assert ended.run.rejects
    assert not elsewhere.was_visited


# Without an end


def test_listings_and_links_without_an_end(tmp_path: Path) -> None:
    """A listing with ever-new pages, and a chain of ever-new articles."""

    def trap(target: str) -> Reply | None:
        number = int("".join(c for c in target.rpartition("=")[2] if c.isdigit()) or 0)
        if "p_page=" in target and "siteId=300" in target and target.startswith(EN):
            items = [item(en(10_000 + number), f"Story {number}", "March 4, 2024")]
            return Reply(listing(items, pager=pager(f"{EN}?siteId=300", number + 1)))
        if target.startswith("/jsp/zfxw_detail_en"):
            more = link(en(number + 100_000), "Read on about the same story in the next part.")
            return Reply(article(f"Story {number}", "2024-03-04", body=(*PROSE, more)))
        return None

    with ScriptedPortal(portal_of()) as portal:
        start = [item(en(10_000), "Story 0", "March 4, 2024")]
        portal.pages[canonical(f"{EN}?siteId=300")] = listing(
            start, pager=pager(f"{EN}?siteId=300", 2)
        )
        portal.otherwise = trap
        run = crawl_portal(
            tmp_path, portal.url, "-s", "SHIO_MAX_LISTING_PAGES=12", "-s", "SHIO_MAX_STEPS=4",
            timeout=LIMIT,
        )  # fmt: skip
    assert run.rejected() == [("fetch", "endless", f"{EN}?p_page=12&siteId=300")]
    articles = [key for key in run.by_key if key.startswith("article/en/")]
    assert len(articles) == 1 + 12 * 5
    assert run.stats["links/too_far"] == 12
    assert run.status == 4
    assert "endless: 1 pages and 12 links without an end" in run.stderr


def test_pages_that_lead_to_ever_more_pages(tmp_path: Path) -> None:
    """A listing of sixty items, a home page of sixty links, and articles that each lead on."""
    start = f"{EN}?siteId=300"

    def story(target: str) -> Reply | None:
        number = int("".join(c for c in target.rpartition("=")[2] if c.isdigit()) or 0)
        if not target.startswith("/jsp/zfxw_detail_en"):
            return None
        more = [link(en(number * 10 + n), f"Part {n} of it.") for n in range(10)]
        return Reply(article(f"Story {number}", "2024-03-04", body=(*PROSE, *more)))

    with ScriptedPortal(portal_of(*map(en, range(2_000, 2_060)))) as portal:
        items = [item(en(n), f"Story {n}", "March 4, 2024") for n in range(1_000, 1_060)]
        portal.pages[canonical(start)] = listing(items)
        portal.otherwise = story
        run = crawl_portal(
            tmp_path, portal.url, "-s", "SHIO_MAX_LINKS=20", "-s", "SHIO_MAX_UNLISTED=50",
            timeout=LIMIT,
        )  # fmt: skip
        asked = portal.asked("/jsp/zfxw_detail_en.jsp?id=")
    listed = {canonical(en(n)) for n in range(1_000, 1_020)}
    assert listed <= set(asked)
    assert len(asked) == len(listed) + 1 + 50
    details = {reject["detail"] for reject in run.rejects}
    assert details == {
        "60 new items on a page: SHIO_MAX_LINKS",
        "more than 20 new links on a page: SHIO_MAX_LINKS",
        "more than 50 pages that no listing shows: SHIO_MAX_UNLISTED",
    }
    assert len(run.rejects) == 3
    assert {reason for _, reason, _ in run.rejected()} == {"endless"}
    assert run.status == 4
    assert "endless: 3 pages and 0 links without an end" in run.stderr


@pytest.mark.parametrize("robots", [silence, gigabyte_unannounced])
def test_a_robots_txt_that_fails_closes_the_portal(
    tmp_path: Path, robots: Callable[[socket.socket], None]
) -> None:
    with ScriptedPortal(portal_of(), robots=Reply(raw=robots)) as portal:
        run = crawl_portal(
            tmp_path, portal.url, "-s", "DOWNLOAD_TIMEOUT=3", "-s", "RETRY_TIMES=0",
            "-s", "SHIO_CHALLENGE_RETRY_TIMES=0", timeout=LIMIT,
        )  # fmt: skip
        assert portal.targets == []
    assert run.status == 1, run.stderr
    assert {reason for _, reason, _ in run.rejected()} <= {"unreachable", "robots"}
    assert_calm(run)


def test_a_name_that_is_not_known(tmp_path: Path) -> None:
    run = crawl_portal(tmp_path, "http://portal.invalid", "-s", "RETRY_TIMES=0", timeout=LIMIT)
    assert run.status == 1
    assert {reason for _, reason, _ in run.rejected()} == {"unreachable"}
    assert "no record: portal.invalid cannot be resolved (6 of 6 pages)" in run.stderr
    assert_calm(run)
