"""Archives and text collections → records, in bulk: no crawl engine, several processes."""
