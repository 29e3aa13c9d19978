"""The description of a site without a map that a crawl wrote: pages, addresses and query forms.

It is ``site.json`` in the folder of a run with ``portal=any``.
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
"""The kind of a page: an article or text, an event, questions with answers, a table of records, a
listing, a form, or anything else."""


class Family(Struct):
    """The pages whose addresses have one form, such as ``/news/{}.html``.

    ``kinds`` counts the pages by kind, ``records`` counts their records by type, and ``doubted``
    counts the records with doubts. ``left_out`` counts addresses of this form that were not
    fetched, because the fetched pages of the form gave nothing new.
    """

    form: str
    kinds: dict[PageKind, int] = field(default_factory=dict)
    records: dict[str, int] = field(default_factory=dict)
    doubted: int = 0
    left_out: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def pages(self) -> int:
        """The number of pages that were read."""
        return sum(self.kinds.values())

    @property
    def kind(self) -> PageKind:
        """The kind of most of its pages."""
        return max(self.kinds, key=self.kinds.__getitem__, default="other")

    @property
    def sure(self) -> float:
        """How sure ``kind`` is, from 0 to 1: (k + 1) / (n + 2), if k of n pages are of that kind.

        >>> Family("/news/{}", {"article": 8}).sure
        0.9
        """
        return (self.kinds.get(self.kind, 0) + 1) / (self.pages + 2)


class FoundForm(Struct):
    """A query form: the address of the first page with it, and the number of pages with it."""

    form: QueryForm
    url: str
    pages: int = 1


class Site(Struct):
    """A site as one crawl saw it. ``loads_more`` are pages whose lists only a script continues."""

    base: str
    families: list[Family] = field(default_factory=list)
    forms: list[FoundForm] = field(default_factory=list)
    loads_more: list[str] = field(default_factory=list)

    @property
    def asked(self) -> list[FoundForm]:
        """The forms of several fields that search for records, the rarest form first."""
        queries = [form for form in self.forms if form.form.purpose == "query"]
        return sorted(queries, key=lambda form: form.pages)

    @property
    def largest(self) -> list[Family]:
        """The families, the largest first."""
        return sorted(self.families, key=lambda family: -family.pages)

    @property
    def kinds(self) -> dict[PageKind, tuple[int, float]]:
        """Kind → the number of its pages, and how sure the kind is on average."""
        sums: dict[PageKind, tuple[int, float]] = {}
        for family in self.families:
            pages, sure = sums.get(family.kind, (0, 0.0))
            sums[family.kind] = pages + family.pages, sure + family.pages * family.sure
        counts = {kind: (pages, sure / pages) for kind, (pages, sure) in sums.items() if pages}
        return dict(sorted(counts.items(), key=lambda count: -count[1][0]))


def read(run: Path) -> Site | None:
    """Return the description of a run's site; ``None`` if the run has no ``site.json``."""
    with suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode((run / NAME).read_bytes(), type=Site)
    return None


def write(run: Path, site: Site) -> None:
    """Write ``site.json``. Raises ``OSError``."""
    write_whole(run / NAME, msgspec.json.format(msgspec.json.encode(site), indent=2) + b"\n")
