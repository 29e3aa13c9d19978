"""The checks that judge a run by its stats when it has ended."""
