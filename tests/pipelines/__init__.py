"""Tests of ``shio_scraper/pipelines.py``."""
