"""What one record says of another that is the same thing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta

from shio_scraper.items import Text
from shio_scraper.portals import ALL

Relation: TypeAlias = Literal["language", "layout", "copy", "entry", "teaser"]

_ASPX: Final = "aspx-"
_KEY: Final = re.compile(r"\w+/(?P<language>\w+)/(?P<page>.+)", re.DOTALL)


@dataclass(slots=True, kw_only=True)
class SameAs:
    """A link to another record that is the same thing."""

    key: Annotated[Text, Meta(description="Key of the other record.")]
    relation: Annotated[
        Relation,
        Meta(
            description="`language`: the page of the same id in the other language. `layout`: the "
            "same text under a number of the other layout (jsp, ASPX). `copy`: the same text under "
            "another id or portal. `entry`: the whole FAQ entry of this teaser. `teaser`: a teaser "
            "of this FAQ entry."
        ),
    ]
    similarity: Annotated[
        Annotated[float, Meta(ge=0, le=1)] | None,
        Meta(
            description="Of the two texts (Jaccard, over runs of four words); 1 where they are "
            "equal but for case and punctuation; null where the texts were not what linked them.",
        ),
    ]


def relation(key: str, other: str) -> Relation:
    """Return how two articles or events that are the same are related.

    >>> relation("article/en/2241", "article/zh/2241")
    'language'
    >>> relation("article/en/2241", "article/en/aspx-2625")
    'layout'
    """
    one, two = _KEY.fullmatch(key), _KEY.fullmatch(other)
    if one and two and one["page"] == two["page"]:
        return "language"
    of_one_portal = ALL.of_key(key) is ALL.of_key(other)
    if one and two and of_one_portal and _is_aspx(one["page"]) != _is_aspx(two["page"]):
        return "layout"
    return "copy"


def _is_aspx(page: str) -> bool:
    return page.startswith(_ASPX)
