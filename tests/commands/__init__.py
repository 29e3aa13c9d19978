"""Tests of ``shio_scraper.commands``."""
