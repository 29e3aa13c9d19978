"""Pages → records, a file a kind. Pure: no network, no clock, no settings, no Scrapy."""

from shio_scraper.parsers.extract import Extraction, extract

__all__ = ["Extraction", "extract"]
