"""What to fetch. No parsing in here."""
