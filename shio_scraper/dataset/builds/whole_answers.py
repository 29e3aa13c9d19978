"""FAQ entries whose newest content is a teaser's, though their whole answer was seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

import msgspec

from shio_scraper.dataset.same_as.entries import is_beginning
from shio_scraper.dataset.state import Known, State

_VERSIONS: Final = """
SELECT versions.id FROM versions
JOIN records ON records.id = versions.record
JOIN sightings ON sightings.version = versions.id
WHERE records.type = 'faq' AND records.key = ?
GROUP BY versions.id ORDER BY max(sightings.moment) DESC, versions.hash DESC
"""


def with_whole_answers(state: State, entries: Iterable[Known]) -> Iterator[Known]:
    """Give each FAQ entry its newest whole answer, where it is only cut, not rewritten, since.

    A short question is whole in the sidebar while its answer is cut: the teaser and the
    entry have one key, and whichever page is read last is the newest content.
    """
    for known in entries:
        if known.versions > 1 and known.record["answer_truncated"]:
            yield _whole(state, known)
        else:
            yield known


def _whole(state: State, known: Known) -> Known:
    cut = known.record["answer"] or ""
    rows = state.database.execute(_VERSIONS, (known.key,)).fetchall()
    for document in (state.document(version) for (version,) in rows):
        entry = msgspec.json.decode(document)
        if entry["answer_truncated"] or entry["answer"] is None:
            continue
        return replace(known, json=document) if is_beginning(cut, entry["answer"]) else known
    return known
