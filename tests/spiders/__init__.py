"""The spiders, crawling real servers in processes of their own."""
