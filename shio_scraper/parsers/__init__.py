"""Pages → records, a file a kind. Pure: no network, no clock, no settings, no Scrapy."""

from shio_scraper.parsers.extract import Choice, extract
from shio_scraper.parsers.result import Extraction

__all__ = ["Choice", "Extraction", "extract"]
