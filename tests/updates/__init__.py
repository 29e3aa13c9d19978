"""Tests of what a crawl leaves to the next one."""
