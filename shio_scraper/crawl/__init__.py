"""The components of a crawl between the frontier and the spider, most of them middlewares."""
