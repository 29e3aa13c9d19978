"""Tests, file by file as in `shio_scraper/`; `crawl` and `services` are tiers of their own."""
