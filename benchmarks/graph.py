"""A generated link graph for ``frontier.py``: small pages that link to each other.

The pages form a tree with ten links a page, and each page has five more links across the tree. Page
*n* is the same on every machine. Every page can be reached from the first.
"""

from __future__ import annotations

from random import Random

BRANCHES = 10
ACROSS = 5
_TEXT = "<p>" + "The ferry, the bridge and the tunnel lead to the other bank. " * 20 + "</p>"


def links(number: int, pages: int) -> list[int]:
    """Return the pages that page ``number`` of ``pages`` links to."""
    first = number * BRANCHES + 1
    tree = range(first, min(first + BRANCHES, pages))
    return [*tree, *Random(number).choices(range(pages), k=ACROSS)]


def path(number: int) -> str:
    """Return the address of page ``number``."""
    return f"/page/{number}" if number else "/"


def graph(pages: int) -> dict[str, bytes]:
    """Return the pages, by path."""
    return {path(number): _page(number, pages) for number in range(pages)}


def _page(number: int, pages: int) -> bytes:
    items = "".join(f'<li><a href="{path(to)}">{to}</a></li>' for to in links(number, pages))
    return f"<html><title>{number}</title><body>{_TEXT}<ul>{items}</ul></body></html>".encode()
