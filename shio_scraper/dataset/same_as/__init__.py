"""Records that are the same thing under two keys: articles of one story, an FAQ entry's teaser."""
