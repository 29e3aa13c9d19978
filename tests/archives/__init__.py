"""Tests of ``shio_scraper.archives``."""
