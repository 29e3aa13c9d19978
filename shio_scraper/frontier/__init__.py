"""Which requests are due: a crawl that cannot lose a page."""
