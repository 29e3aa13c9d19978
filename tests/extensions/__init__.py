"""Tests of ``shio_scraper.extensions``."""
