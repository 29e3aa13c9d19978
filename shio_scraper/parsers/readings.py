"""What each record was made of: kept beside it, so that every field can tell its origin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from shio_scraper.parsers.article import Body
from shio_scraper.parsers.event import EventPage
from shio_scraper.parsers.faq import Pair
from shio_scraper.parsers.heading import Heading
from shio_scraper.parsers.origin import Origin
from shio_scraper.parsers.press_conference import PressReading
from shio_scraper.parsers.status import StatusRow


@dataclass(frozen=True, slots=True)
class ArticleReading:
    """An article, read."""

    heading: Heading
    body: Body
    section: Origin
    category: Origin
    published: Origin


Reading: TypeAlias = ArticleReading | EventPage | StatusRow | Pair | PressReading
