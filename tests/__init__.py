"""Tests, file by file as in `shio_scraper/`."""
