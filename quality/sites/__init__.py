"""Judges how pages of sites without a map are read, by labels that people made.

The pages belong to others and lie outside of the project. Each has a folder with these files:

- ``page.html``: the page as it came;
- ``url.txt``: its address;
- ``want.json``: ``kind``, a name of ``KINDS``; the fields that the judge of the kind takes; and
  ``site``, if pages of several hosts have one maker (a product, an office). Else it is the host.

A page with nothing of its kind is a trap: it can only cost precision.
"""
