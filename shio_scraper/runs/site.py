"""What a crawl found a site to be: its kinds of pages, its forms of addresses, what it asks for.

``site.json`` in the folder of a run of ``portal=any``.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final, Literal, TypeAlias

import msgspec
from msgspec import Struct, field

from shio_scraper.parsers.query_form import QueryForm
from shio_scraper.runs import write_whole

NAME: Final = "site.json"
PageKind: TypeAlias = Literal[
    "article", "event", "questions", "records", "listing", "form", "other"
]  # fmt: skip
"""What a page is: an article or text, an event, questions, a table of records, a list, a form."""


class Family(Struct):
    """The pages of one form of address, as ``/news/{}.html``.

    ``kinds`` counts its pages by kind, ``records`` what they gave by type; ``doubted`` of them have
    doubts. ``left_out`` addresses of it were not fetched, since what was fetched gave nothing new.
    """

    form: str
    kinds: dict[PageKind, int] = field(default_factory=dict)
    records: dict[str, int] = field(default_factory=dict)
    doubted: int = 0
    left_out: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def pages(self) -> int:
        """How many of its pages were read."""
        return sum(self.kinds.values())

    @property
    def kind(self) -> PageKind:
        """What most of its pages are."""
        return max(self.kinds, key=self.kinds.__getitem__, default="other")

    @property
    def sure(self) -> float:
        """How sure that is: of ``n`` pages ``k`` are of the kind, and (k + 1) / (n + 2) is likely.

        >>> Family("/news/{}", {"article": 8}).sure
        0.9
        """
        return (self.kinds.get(self.kind, 0) + 1) / (self.pages + 2)


class FoundForm(Struct):
    """A form, the first page that shows it, and on how many pages of the site it stands."""

    form: QueryForm
    url: str
    pages: int = 1


class Site(Struct):
    """A site as one crawl saw it; ``loads_more`` are lists that go on only by a script."""

    base: str
    families: list[Family] = field(default_factory=list)
    forms: list[FoundForm] = field(default_factory=list)
    loads_more: list[str] = field(default_factory=list)

    @property
    def asked(self) -> list[FoundForm]:
        """The forms that pages are looked for by: of several fields, the rarest first."""
        found = [one for one in self.forms if one.form.purpose == "query"]
        return sorted(found, key=lambda one: one.pages)

    @property
    def largest(self) -> list[Family]:
        """The forms of addresses, those with most pages first."""
        return sorted(self.families, key=lambda family: -family.pages)

    @property
    def kinds(self) -> dict[PageKind, tuple[int, float]]:
        """Kind → the number of its pages, and how sure their families are on average."""
        found: dict[PageKind, tuple[int, float]] = {}
        for family in self.families:
            pages, sure = found.get(family.kind, (0, 0.0))
            found[family.kind] = pages + family.pages, sure + family.pages * family.sure
        counts = {kind: (pages, sure / pages) for kind, (pages, sure) in found.items() if pages}
        return dict(sorted(counts.items(), key=lambda one: -one[1][0]))


def read(run: Path) -> Site | None:
    """Return what a run found its site to be; ``None`` where it does not say."""
    with suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode((run / NAME).read_bytes(), type=Site)
    return None


def write(run: Path, site: Site) -> None:
    """Write ``site.json``. Raises ``OSError``."""
    write_whole(run / NAME, msgspec.json.format(msgspec.json.encode(site), indent=2) + b"\n")
