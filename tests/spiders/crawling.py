"""Crawls of scripted portals and of the demo portal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.server import Reply, ScriptedPortal, Seen, canonical
from tests.spiders.running import Run, crawl_portal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pytest


@dataclass(frozen=True)
class Crawled:
    """A crawl, and the requests that its portal saw."""

    run: Run
    requests: list[Seen]

    @property
    def targets(self) -> list[str]:
        """The pages that were asked for, in order and in their canonical form, less robots.txt."""
        targets = (seen.target for seen in self.requests if seen.target != "/robots.txt")
        return [canonical(target) for target in targets]

    def asked(self, part: str) -> list[str]:
        """Return the targets that hold ``part``."""
        return [target for target in self.targets if part in target]


@dataclass(frozen=True)
class CrawlScripted:
    """Crawls a scripted portal to its end."""

    folders: pytest.TempPathFactory

    def __call__(
        self,
        pages: Mapping[str, Reply | str],
        *arguments: str,
        otherwise: Callable[[str], Reply | None] | None = None,
        robots: Reply | None = None,
    ) -> Crawled:
        """Serve ``pages`` and crawl them."""
        with ScriptedPortal(pages, robots=robots) as portal:
            portal.otherwise = otherwise or portal.otherwise
            run = crawl_portal(self.folders.mktemp("crawl"), portal.url, *arguments)
            return Crawled(run, list(portal.requests))
