"""Any public site that no map is of: no hosts, no addresses, the words that such sites share."""

from __future__ import annotations

from dataclasses import replace

from shio_scraper.portals import common
from shio_scraper.portals.portal import Portal
from shio_scraper.portals.vocabulary import NEVER, Vocabulary

ANY_SITE = Portal(
    name="any",
    title="Any public site",
    publisher="",
    origin="",
    hosts=(),
    families=(),
    has_leads=True,
    time_zone="Pacific/Kiritimati",  # where a day begins first: no page is dated too late
    vocabulary=Vocabulary(
        phrases={"navigation": {None: (*common.TOOL_WORDS, *common.RELATED)}},
        question_labels=("Q", "Question", "Ｑ", "问", "問"),
        answer_labels=("A", "Answer", "Ａ", "答"),
        leaf=NEVER,
        not_found=(
            r"^\W*(http\s*)?(status\s*|error\s*)*404\W*(error|(file |page )?not found)?\W*$|"
            r"\bpage\b.{0,20}\b(not (be )?found|does(n't| not) exist)|页面(不存在|找不到)"
        ),
    ),
)
"""What a page of no known portal is read by."""

SHARED = replace(
    ANY_SITE.vocabulary,
    question_labels=(),
    answer_labels=(),
    event_fields=common.EVENT_FIELDS,
    leaf=f"{common.LEAF}|{common.TRAIL}",
    not_found=common.NOT_FOUND,
    host_labels=common.HOST_LABELS,
    asker_labels=common.ASKER_LABELS,
    speaker_lists=common.SPEAKER_LISTS,
    honorifics=common.HONORIFICS,
    outlet_words=common.OUTLET_WORDS,
)
"""The words that sites share: what a map begins with, which adds its own."""
