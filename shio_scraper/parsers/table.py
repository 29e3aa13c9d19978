"""Tables of records → rows, on sites that no map is of: applications, permits, decisions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shio_scraper.parsers.field import Fields
from shio_scraper.parsers.frame import Frame


def read_rows(frame: Frame) -> Iterator[tuple[Fields, Sequence[str]]]:  # noqa: ARG001  (to come)
    """Yield the rows of the page's tables of records, from top to bottom: fields, and doubts.

    The fields are those of ``items.Row`` in any order, each a ``Field`` with the blocks that it
    was read from: ``type``, ``key`` (``row/<language>/`` + ``key_prefix(frame.page)`` + the
    reference, or the ``digest`` of what tells the row from others), ``language``
    (``frame.language``), ``url`` (``page_url(frame)``), ``table``, ``columns`` (a dictionary),
    ``reference``, ``date`` (a ``date``), ``status``, ``status_text``. The blocks of rows, headers
    and captions get ``Role.RECORD``: what is read afterwards leaves them alone.
    """
    yield from ()
