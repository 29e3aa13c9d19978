"""A site that has no map yet: a look at some of its pages, and the map that they suggest."""
