"""Tests of ``shio_scraper.runs``."""
