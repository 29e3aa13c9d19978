"""The browser, whatever a page does to it: bounded, alone, and there for the page that follows."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from scrapy.http import Response

from shio_scraper.crawl.browser import Browser, RenderError, find
from tests.spiders.running import must_have

if TYPE_CHECKING:
    from playwright.async_api import Request

pytest.importorskip("playwright")

URL = "https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=101"
SECONDS = 4
WORDS = "The ferry runs at night, too. " * 4
FILLS = f"document.body.innerHTML = '<p>{WORDS}</p>'"
BY_SCRIPT = "<script src=/fill.js></script>"
Disturb: TypeAlias = Callable[[Browser], Coroutine[Any, Any, None]]


@pytest.fixture(autouse=True, scope="module")
def _chromium() -> None:
    must_have("chromium is not installed", there=bool(shutil.which("chromium")))


def shown(*bodies: str, disturb: Disturb | None = None, **limits: float) -> list[str]:
    """Show pages one after another; return the markup of each, or why it cannot be shown."""

    async def show() -> list[str]:
        browser = Browser(find("") or "", SECONDS, limits.get("memory", 1e9), 1_000_000)

        async def ask(asked: Request) -> Response | None:
            if asked.url.endswith("/never.js"):
                return None
            if disturb:
                await disturb(browser)
            return Response(asked.url, 200, {"Content-Type": "text/javascript"}, FILLS.encode())

        found = []
        for body in bodies:
            page = f"<body>{body}".encode()
            document = Response(URL, 200, {"Content-Type": "text/html"}, page)
            try:
                found.append(await browser.show(URL, document, ask))
            except RenderError as error:
                found.append(f"not shown: {error}")
        await browser.close()
        return found

    return asyncio.run(show())


def test_a_page_that_its_script_fills() -> None:
    (markup,) = shown(BY_SCRIPT)
    assert WORDS.strip() in markup


GREEDY = {
    "for (;;);": f"its scripts do not end ({SECONDS} s)",
    "setTimeout(() => { for (;;); }, 400)": f"its scripts do not end ({SECONDS} s)",
    "for (const all = [];;) all.push(new Uint8Array(1e7).fill(7))": "it takes more than 6e+08",
    "setInterval(() => document.body.append(new Comment('x'.repeat(99_999))), 1)":
    "it grows beyond 1000000",
}  # fmt: skip


def test_a_page_that_takes_all_it_can_get() -> None:
    pages = (f"<p>A</p><script>{script}</script>" for script in GREEDY)
    *found, after = shown(*pages, BY_SCRIPT, memory=6e8)
    for markup, why in zip(found, GREEDY.values(), strict=True):
        assert markup.startswith(f"not shown: {why}")
    assert WORDS.strip() in after


RESTLESS = (
    "location.reload()",
    "setInterval(() => location.reload(), 1)",
    "location.href = 'https://elsewhere.example.org/'",
    "window.open('https://elsewhere.example.org/')",
    "alert('stay')",
    "setInterval(() => new Image().src = '/i.png?' + Math.random(), 1)",
    "setInterval(() => document.title = Math.random(), 1)",
)


def test_a_page_that_never_rests_is_what_it_shows() -> None:
    pages = (f"<p>{WORDS}</p><script>{script}</script>" for script in RESTLESS)
    found = zip(RESTLESS, shown(*pages), strict=True)
    assert [script for script, markup in found if WORDS.strip() not in markup] == []


def test_a_page_that_asks_and_asks_leaves_the_next_one_alone() -> None:
    floods = "setInterval(() => { for (let n = 9; n--;) fetch('/never.js').catch(() => 0) }, 1)"
    _, after = shown(f"<p>A</p><script>{floods}</script>", BY_SCRIPT)
    assert WORDS.strip() in after


def test_nobody_is_reached() -> None:
    """Not by sockets, beacons, events, frames, workers, hints or WebRTC: not on loopback either."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(type=socket.SOCK_DGRAM) as udp,
    ):
        server.settimeout(0)
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(0)
        there, stun = f"127.0.0.1:{server.getsockname()[1]}", f"127.0.0.1:{udp.getsockname()[1]}"
        (markup,) = shown(
            f"<link rel=preconnect href=http://{there}><link rel=prefetch href=http://{there}/p>"
            f"<img src=http://{there}/i><iframe src=http://{there}/f></iframe><p>{WORDS}</p><script>"
            f"const all = [() => new WebSocket('ws://{there}/'), () => new EventSource('http://{there}/'),"
            f"() => navigator.sendBeacon('http://{there}/'), () => new Worker('http://{there}/w'),"
            "() => navigator.serviceWorker.register('/never.js'),"
            f"() => new RTCPeerConnection({{iceServers: [{{urls: 'stun:{stun}'}}]}}).createOffer("
            "{offerToReceiveAudio: true}).then(o => 0)];"
            "for (const one of all) try { one() } catch { document.body.append('!') }</script>"
        )
        assert WORDS.strip() in markup
        for listening in (server.accept, lambda: udp.recv(100)):
            with pytest.raises(BlockingIOError):
                listening()


async def kill_browser(browser: Browser) -> None:
    (first, *_) = await browser._processes()  # noqa: SLF001  (who else knows)
    os.kill(first, signal.SIGKILL)


def test_a_browser_that_dies_is_started_again() -> None:
    died = 0

    async def once(browser: Browser) -> None:
        nonlocal died
        died += 1
        if died == 1:
            await kill_browser(browser)

    assert [WORDS.strip() in markup for markup in shown(BY_SCRIPT, disturb=once)] == [True]


def test_a_page_with_which_it_dies_twice_is_given_up() -> None:
    died = 0

    async def twice(browser: Browser) -> None:
        nonlocal died
        died += 1
        if died <= 2:
            await kill_browser(browser)

    found, after = shown(BY_SCRIPT, BY_SCRIPT, disturb=twice)
    assert found == "not shown: the browser died, twice"
    assert WORDS.strip() in after


def test_a_browser_that_hangs_is_ended() -> None:
    stopped: list[int] = []

    async def stop(browser: Browser) -> None:
        if not stopped:
            stopped.extend(await browser._processes())  # noqa: SLF001  (as above)
            os.kill(stopped[0], signal.SIGSTOP)

    found, after = shown(BY_SCRIPT, BY_SCRIPT, disturb=stop)
    assert found.startswith("not shown: ")
    assert WORDS.strip() in after
    with suppress(FileNotFoundError):  # dead, and perhaps not yet buried
        assert ") Z " in Path(f"/proc/{stopped[0]}/stat").read_text()


def test_a_browser_that_is_none_is_told() -> None:
    async def show() -> None:
        await Browser("/bin/true", SECONDS, 1e9, 1_000).show(URL, Response(URL), never)

    async def never(_: Request) -> None:
        return None

    with pytest.raises(RenderError, match="the browser does not start: "):
        asyncio.run(show())
