"""Scrapy extensions: what a run says of itself, to files and to people."""
