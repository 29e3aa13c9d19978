"""A headless Chromium that renders one page at a time and cannot reach the network by itself.

Every request of a page goes to the caller, who answers it. Needs the extra ``[browser]``
(Playwright).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from playwright.async_api import Browser as Chromium
    from playwright.async_api import BrowserContext, Page, Playwright, Request, Route
    from scrapy.http import Response

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
_ALONE: Final = (
    "--proxy-server=http://127.0.0.1:9",  # a request that slips through ends here, even to loopback
    "--proxy-bypass-list=<-loopback>",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--blink-settings=imagesEnabled=false",
    "--allow-running-insecure-content",  # a page over https may name its portal by http
)
_KINDS: Final = frozenset({"script", "stylesheet", "xhr", "fetch"})
"""Resource types that may change the text of a page. Images, fonts, frames and sockets do not."""
_METHODS: Final = frozenset({"GET", "HEAD", "POST"})
_GIVEN: Final = ("content-type", "access-control-")
"""The beginnings of the response headers that the browser needs."""
_MOST: Final = 100
"""The most requests of a page. Further requests are refused."""
_FLOOD: Final = 300
"""The most requests of a page that are handled at all. Later ones end at the proxy that is not
there."""
_TICK: Final = 0.25
_QUIET: Final = 3
"""Ticks without a request and without a change, after which a page is ready."""
_PATIENT: Final = 20
"""The number of such ticks for a page that shows no text yet."""
_SOME: Final = 80
"""The fewest characters of a page that shows text."""
_ANSWER: Final = 5.0
"""Seconds in which a healthy browser answers."""
_CLOSED: Final = "Target page, context or browser has been closed"
"""The end of Playwright's message about a browser that is gone."""
_SHOWN: Final = """() => [
  document.readyState == "complete",
  document.body ? document.body.innerText.trim().length : 0,
  document.documentElement.outerHTML.length,
]"""


class RenderError(Exception):
    """A page that the browser cannot render. The message says why."""


class _DiedError(Exception):
    """The browser process is gone."""


Ask: TypeAlias = "Callable[[Request], Awaitable[Response | None]]"
"""Answers a request of a page; ``None`` refuses the request. It never raises."""


def find(given: str) -> str | None:
    """Return the path of the browser ``given``, else of one with a usual name; or ``None``."""
    return next(filter(None, map(shutil.which, (given,) if given else _NAMES)), None)


class Browser:
    """The browser at ``path``. It starts when a page needs it, and starts again if it died.

    The scripts of a page may run ``seconds``, not counting the time of their requests. The markup
    of a page may grow to ``longest`` characters, and the browser may take ``memory`` bytes.
    """

    def __init__(self, path: str, seconds: float, memory: float, longest: int) -> None:
        self._path = path
        self._seconds = seconds
        self._memory = memory
        self._longest = longest
        self._playwright: Playwright | None = None
        self._chromium: Chromium | None = None
        self._cdp: Any = None
        self._process = (0, "")

    async def show(self, url: str, document: Response, ask: Ask) -> str:
        """Return the markup of ``document`` at ``url`` after its scripts have run.

        Raises ``RenderError``.
        """
        for _ in range(2):
            with suppress(_DiedError):
                return await self._show(url, document, ask)
            await self.close()
        raise RenderError("the browser died, twice")

    async def close(self) -> None:
        """End the browser, in whatever state it is."""
        playwright, self._playwright, self._chromium = self._playwright, None, None
        if playwright:
            self._kill()
            with suppress(Exception):  # Playwright may be gone, too
                await asyncio.wait_for(playwright.stop(), _ANSWER)

    async def _show(self, url: str, document: Response, ask: Ask) -> str:
        from playwright.async_api import Error  # noqa: PLC0415  (an extra)

        visit, context = _Visit(document, ask), None
        try:
            chromium = await self._started()
            context = await chromium.new_context(service_workers="block", accept_downloads=False)
            page = await visit.begin(context)
            await page.goto(url, wait_until="commit", timeout=self._seconds * 1000)
            await self._settle(page, visit)
            if not page.url.startswith("http"):
                raise RenderError("it leads elsewhere")
            markup: str = await asyncio.wait_for(page.content(), _ANSWER)
        except TimeoutError as error:
            raise RenderError(f"its scripts do not end ({self._seconds:g} s)") from error
        except Error as error:
            why = visit.crash or str(error).partition("\n")[0]
            if why.endswith(_CLOSED):
                raise _DiedError from error
            raise RenderError(why) from error
        finally:
            visit.is_over = True
            if context:
                await self._leave(context)
        if len(markup) > self._longest:
            raise RenderError(f"it grows beyond {self._longest} characters")
        return markup

    async def _started(self) -> Chromium:
        """Return the browser, and start it unless it runs. Raises ``RenderError``."""
        if self._chromium and self._chromium.is_connected():
            return self._chromium
        from playwright.async_api import Error, async_playwright  # noqa: PLC0415  (an extra)

        await self.close()
        try:
            self._playwright = await async_playwright().start()
            self._chromium = await self._playwright.chromium.launch(
                executable_path=self._path, args=_ALONE,
                chromium_sandbox=os.geteuid() != 0,  # Chromium has no sandbox for root
                handle_sigint=False, handle_sigterm=False, handle_sighup=False,
            )  # fmt: skip
            self._cdp = await self._chromium.new_browser_cdp_session()
            (process, *_) = await self._processes()
            self._process = process, _birth(process)
        except (Error, OSError) as error:
            why = str(error).partition("\n")[0]
            raise RenderError(f"the browser does not start: {why}") from error
        return self._chromium

    async def _settle(self, page: Page, visit: _Visit) -> None:
        """Wait until the page is ready or its time is over. Raises ``RenderError``.

        Raises ``TimeoutError`` if the page's scripts do not end.
        """
        clock, spent, quiet, before = asyncio.get_running_loop().time, 0.0, 0, None
        while spent < self._seconds:
            began = clock()
            await asyncio.sleep(_TICK)
            await self._weigh()
            now = None
            with suppress(TimeoutError):
                now = await asyncio.wait_for(page.evaluate(_SHOWN), 4 * _TICK)
            if now and now[2] > self._longest:
                raise RenderError(f"it grows beyond {self._longest} characters")
            if visit.waits:
                quiet = 0
                continue
            spent += clock() - began
            is_ready = now is not None and now[0]
            quiet = quiet + 1 if is_ready and now == before else 0
            before = now
            if now and quiet >= (_QUIET if now[1] >= _SOME else _PATIENT):
                return
        if before is None:
            raise TimeoutError

    async def _weigh(self) -> None:
        """Kill the browser and raise ``RenderError`` if it takes too much memory."""
        if sum(map(_memory, await self._processes())) > self._memory:
            self._kill()
            raise RenderError(f"it takes more than {self._memory:g} bytes: SHIO_RENDER_MEMORY")

    async def _processes(self) -> list[int]:
        """Return the ids of the browser's processes, with the main process first."""
        asked = self._cdp.send("SystemInfo.getProcessInfo")
        processes = (await asyncio.wait_for(asked, _ANSWER))["processInfo"]
        processes.sort(key=lambda process: process["type"] != "browser")
        return [process["id"] for process in processes]

    async def _leave(self, context: BrowserContext) -> None:
        """Close a page and everything that it opened. If that hangs, end the browser."""
        try:
            await asyncio.wait_for(context.close(), _ANSWER)
        except Exception:  # noqa: BLE001  (no error of the browser may stop the crawl)
            await self.close()

    def _kill(self) -> None:
        """Kill the browser, unless it is gone. Another process may have its id by now."""
        process, birth = self._process
        if process and _birth(process) == birth:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


class _Visit:
    """One visit to a page: gives the page its document once, and then answers its requests.

    ``waits`` counts the requests that are not answered yet. Once the visit ``is_over``, every
    request is refused.
    """

    def __init__(self, document: Response, ask: Ask) -> None:
        self._document: Response | None = document
        self._ask = ask
        self._left = _MOST
        self._seen = 0
        self.waits = 0
        self.is_over = False
        self.crash: str | None = None

    async def begin(self, context: BrowserContext) -> Page:
        """Return an empty page. All of its requests come to this visit."""
        await context.route("**/*", self._answer)
        await context.route_web_socket("**/*", lambda socket: socket.close())
        page = await context.new_page()
        page.on("crash", self._crashed)
        page.on("popup", lambda other: other.close())
        return page

    async def _answer(self, route: Route) -> None:
        from playwright.async_api import Error  # noqa: PLC0415  (an extra)

        self._seen += 1
        if self._seen == _FLOOD:
            with suppress(Error):
                await route.request.frame.page.context.unroute_all(behavior="ignoreErrors")
        answer = await self._answer_to(route.request)
        with suppress(Error):  # the page may be gone by now
            if answer is None:
                await route.abort("aborted")  # the page that is shown stays
            else:
                given = answer.headers.to_unicode_dict().items()
                headers = {str(n): text for n, text in given if str(n).lower().startswith(_GIVEN)}
                await route.fulfill(status=answer.status, headers=headers, body=answer.body)

    async def _answer_to(self, request: Request) -> Response | None:
        if request.is_navigation_request():  # a second navigation leads elsewhere or in a circle
            document, self._document = self._document, None
            return document
        is_let = request.resource_type in _KINDS and request.method in _METHODS
        if self.is_over or self._left == 0 or not is_let:
            return None
        self._left -= 1
        self.waits += 1
        try:
            return await self._ask(request)
        finally:
            self.waits -= 1

    def _crashed(self, _: Page) -> None:
        self.crash = "it crashed"


def _birth(process: int) -> str:
    """Return the start time of a process as the system writes it; empty if it is not known."""
    try:
        return Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()[19]
    except (OSError, ValueError, IndexError):
        return ""


def _memory(process: int) -> int:
    """Return the bytes of memory that a process does not share; 0 if they are not known."""
    try:
        _, resident, shared, *_ = Path(f"/proc/{process}/statm").read_text("ascii").split()
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")
