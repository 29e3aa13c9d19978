"""Archives and text collections → records, in bulk: several processes, without Scrapy's engine."""
