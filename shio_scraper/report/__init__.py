"""A run, or the whole dataset, to look at: one summary, as a page and as text."""
