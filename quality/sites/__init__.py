"""Pages of sites that no map is of: what is read of them, judged by labels that people made.

Such pages are others' and lie outside of the project, a folder a page:

- ``page.html``, as it came; ``url.txt``, its address;
- ``want.json``: ``kind``, a name of ``KINDS``; what that kind's judge takes; ``site``, where pages
  of several addresses come from one hand (a product's pages, one office's): else the host.

A page that has nothing of its kind is a trap: it costs precision alone.
"""
