"""What a crawl leaves to the next: which pages are due again, how far listings were read."""
