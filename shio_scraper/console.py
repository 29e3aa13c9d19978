"""``shio``: every command, from any folder. ``shio crawl portal`` is ``scrapy crawl portal``."""

from __future__ import annotations

import os
import sys

from scrapy.cmdline import execute


def main() -> None:
    """Run the command line with this project's settings, unless the environment names others."""
    os.environ.setdefault("SCRAPY_SETTINGS_MODULE", "shio_scraper.settings")
    execute(["scrapy", *sys.argv[1:]])
