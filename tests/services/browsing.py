"""Pages in headless Chromium, as a reader has them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tests.spiders.running import must_have

WIDTHS: Final = {"phone": 390, "desktop": 1280}
_BAD: Final = {"serious", "critical"}


@dataclass
class View:
    """A page, and what it did that it must not: what it said on the console, what it asked for."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def rows(self, table: str = "records") -> list[str]:
        """Return what stands in the rows of a table."""
        found: list[str] = self.page.locator(f"#{table} tbody tr:not(.details)").all_inner_texts()
        return found

    def told(self, table: str = "records") -> str:
        """Return what a table says of its rows."""
        found: str = self.page.locator(f"#{table} [role=status]").inner_text()
        return found

    def search(self, text: str, table: str = "records") -> None:
        """Search a table."""
        self.page.locator(f"#{table} input").fill(text)
        self.page.locator(f"#{table} input").press("Enter")
        self.page.locator(f"#{table} .browser:not([aria-busy=true])").wait_for()

    def problems(self) -> list[str]:
        """Return what axe-core finds that is serious."""
        found = Axe().run(self.page).response["violations"]
        return [f"{one['id']}: {[node['target'] for node in one['nodes']]}"
                for one in found if one["impact"] in _BAD]  # fmt: skip


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser."""
    path = shutil.which("chromium")
    must_have("chromium is not installed", there=bool(path))
    with sync_playwright() as playwright:
        # The pages are ours; in containers the sandbox is not to be had.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, file: Path, width: str = "desktop", **how: Any) -> Iterator[View]:
    """Open a file; when it is left, nothing was said on the console and nothing asked for."""
    with browser.new_context(viewport={"width": WIDTHS[width], "height": 900}, **how) as context:
        view = View(context.new_page())

        def console(message: ConsoleMessage) -> None:
            view.said.append(f"{message.type}: {message.text}")

        def request(made: Request) -> None:
            view.asked.append(made.url)

        view.page.on("console", console)
        view.page.on("pageerror", lambda error: view.said.append(str(error)))
        view.page.on("request", request)
        view.page.goto(file.as_uri())
        for table in view.page.locator("[data-rows]").all():
            table.locator("tbody tr").first.wait_for()
        yield view
        assert not view.said, view.said
        assert view.asked == [file.as_uri()], view.asked
