"""Same thing, other key: which records tell one story, or are one FAQ entry."""
