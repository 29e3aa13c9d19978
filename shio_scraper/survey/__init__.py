"""Drafts a map for a site that has none, from some of its pages."""
