"""``scrapy portal``: drafts the map of a site, tries a map on pages, and finds a map's mistakes."""

from __future__ import annotations

import re
import sys
from argparse import Namespace
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table
from scrapy.exceptions import UsageError

from shio_scraper.command import OwnCommand, count, option, say, told
from shio_scraper.extraction import Examination, examine_page
from shio_scraper.items import RecordType
from shio_scraper.pages import Capture
from shio_scraper.portals import PortalError, load
from shio_scraper.portals.portal import RESERVED
from shio_scraper.runs.outcome import FAILED
from shio_scraper.survey.draft import draft
from shio_scraper.survey.survey import Survey
from shio_scraper.survey.visit import VisitError, captures

_PAGES: Final = 20
_COLUMNS: Final = 160
"""The width of the table if the output is no terminal."""
_OF_EVERY: Final = frozenset({"type", "key", "url", "doubts", "provenance", "portal_id", "links"})
_LONGEST: Final = 60
"""The most characters of a value that are printed."""
_MOST: Final = 30
"""The most unclaimed texts that are printed."""
_WAYS: Final = "say which: new URL|FOLDER -o FILE.py, try FILE.py PAGES…, check FILE.py"


class Command(OwnCommand):
    """Exit status: 0; 1 if no page can be read or the map has mistakes; 2 for wrong use."""

    usage = "new URL|PATH… -o FILE.py | try MAP PAGES… | check MAP"
    summary = "Write the map of a portal from some of its pages, try it, check it"
    failures = (VisitError,)
    options = (
        option("-o", metavar="FILE", dest="target", help="new: the map to write"),
        option("--keep", metavar="DIR", help="keep the pages that were fetched there"),
        option(
            "--pages", metavar="N", type=count, default=_PAGES, help="pages to read (default: 20)"
        ),
    )

    def answer(self, args: list[str], opts: Namespace) -> int:
        """Run the action that the first argument names: new, try or check."""
        agent = self.settings["USER_AGENT"]
        match args:
            case ["new", _, *_]:
                return _new(args[1:], opts, agent)
            case ["try", map_, _, *_]:
                return _try(map_, args[2:], agent)
            case ["check", map_]:
                return _check(map_)
        raise UsageError(_WAYS)


def _new(sources: list[str], opts: Namespace, agent: str) -> int:
    """Write the draft of a map for the site with the pages ``sources``."""
    if not opts.target or not opts.target.endswith(".py"):
        raise UsageError("say where to write the map: -o FILE.py")
    target = Path(opts.target)
    if target.exists():
        raise UsageError(f"{target} is there already: remove it, or name another file")
    name = re.sub(r"[^a-z0-9]+", "_", target.stem.lower())
    pages = _saved(captures(sources, opts.pages, agent), opts.keep)
    try:
        is_free = name[:1].isalpha() and name not in RESERVED
        survey = Survey(pages, name if is_free else f"portal_{name}")
        target.write_text(draft(survey), encoding="utf-8")
    except (OSError, ValueError) as error:
        raise VisitError(told(error)) from error
    families = Counter(group.family.kind for group in survey.groups)
    counts = ", ".join(f"{number} {kind}" for kind, number in families.most_common())
    say(f"{target}: families of {len(survey.pages)} pages: {counts}")
    return _check(opts.target)


def _saved(pages: Iterator[Capture], folder: str | None) -> Iterator[Capture]:
    """Yield pages, and save each page into ``folder``, with its address as browsers write it."""
    for number, page in enumerate(pages, 1):
        if folder and page.url and isinstance(page.body, bytes):
            Path(folder).mkdir(parents=True, exist_ok=True)
            mark = f"<!-- saved from url=({len(page.url):04}){page.url} -->\n".encode()
            Path(folder, f"{number:03}.html").write_bytes(mark + page.body)
        yield page


def _try(source: str, pages: list[str], agent: str) -> int:
    """Print the kind, fields and doubts of each page, and the texts that nothing claims."""
    try:
        portal = load(source)
    except PortalError as error:
        raise UsageError(str(error)) from error
    table = Table(box=None, pad_edge=False)
    for heading in ("page", "kind", "fields", "doubts"):
        table.add_column(heading, overflow="fold")
    unclaimed: dict[str, set[str]] = defaultdict(set)
    for number, capture in enumerate(captures(pages, 1, agent)):
        seen = examine_page(capture.body, capture.url, capture.fetched_at, portal=portal)
        name = (capture.url or f"page {number + 1}").removeprefix(portal.origin)
        table.add_row(name, *_row(seen))
        for event in seen.events:
            if event.event == "unclaimed_text":
                unclaimed[event.text].add(name)
    Console(width=None if sys.stdout.isatty() else _COLUMNS).print(table)
    for text, names in sorted(unclaimed.items(), key=lambda text: -len(text[1]))[:_MOST]:
        say(f"nobody claims {text!r}: {len(names)} of the pages, {min(names)}")
    return 0


def _row(seen: Examination) -> tuple[str, str, str]:
    """Return a page's kind, its fields and its doubts."""
    address = seen.page.address if seen.page else None
    kind = (address.kind if address else None) or "unknown address"
    if seen.items:
        dated = sum(item.day is not None for item in seen.items)
        return kind, f"{len(seen.items)} items, {dated} dated", ""
    first = next(iter(seen.records), None)
    if first is None:
        return kind, "; ".join(f"{reject.reason}: {reject.detail}" for reject in seen.rejects), ""
    more = f", {len(seen.records)} records" if len(seen.records) > 1 else ""
    return kind, f"{first.type}: {_fields(first)}{more}", "; ".join(first.doubts)


def _fields(record: RecordType) -> str:
    """Return the values of a record as text; for a list, its length."""
    shown = []
    for name, value in record.to_dict().items():
        if name not in _OF_EVERY and value:
            text = str(len(value) if isinstance(value, list) else value)
            shown.append(f"{name}={text if len(text) <= _LONGEST else text[:_LONGEST] + '…'}")
    return ", ".join(shown)


def _check(source: str) -> int:
    """Print the mistakes of a map, one per line."""
    try:
        portal = load(source)
    except PortalError as error:
        for line in error.lines:
            say(line)
        return FAILED
    say(f"{source}: the map of {portal.name} is right")
    return 0
