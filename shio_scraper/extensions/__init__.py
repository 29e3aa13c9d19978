"""Scrapy extensions: they write the files of a run, report on it, judge it and end it."""
