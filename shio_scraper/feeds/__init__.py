"""Outputs beside a run's own files: ``-o``, ``-O``, and the setting ``FEEDS``."""
