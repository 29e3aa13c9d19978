"""Tests of ``shio_scraper.feeds``."""
