"""Made-up edits of the demo portal's articles. Some keep the story, others make another story."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, Final, TypeAlias

from shio_scraper.dataset.builds.stories import LONG, numbers, words

Article: TypeAlias = dict[str, Any]
Edit: TypeAlias = Callable[[Article, Article, Random], None]
"""A function that changes an article in place. The second article is a source of other text."""

_EXPECTED: Final = Path(__file__).parents[1] / "fixtures" / "portal.expected.jsonl"
_FILLER: Final = ("officials", "yesterday", "district", "announced", "residents", "plan", "said")
NOTICE: Final = (
    "This notice is issued for the information of all correspondents. Requests are taken from "
    "Monday to Friday by the office on the second floor, which answers within five working days. "
    "Bring your press card, a letter of your bureau and two photographs. Interpreters are to be "
    "named a day ahead. Photographs of the premises need the leave of the desk, and so do tripods, "
    "lamps and microphones on poles. The office accepts no parcels. Visitors who arrive by car "
    "find places behind the building; the gate closes at half past five."
)


def originals() -> list[Article]:
    """Return the demo portal's articles that are long enough to be compared."""
    records = map(json.loads, _EXPECTED.read_text(encoding="utf-8").splitlines())
    articles = [record for record in records if record["type"] == "article"]
    return [article for article in articles if len(words(" ".join(article["paragraphs"]))) >= LONG]


def copy_of(article: Article, number: int) -> Article:
    """Return the article under another id."""
    key = f"article/{article['language']}/{90_000 + number}"
    return {**article, "key": key, "paragraphs": list(article["paragraphs"])}


# The same story


def marks(article: Article, _: Article, __: Random) -> None:
    """Change quotes, capitals and spaces, but no words."""
    swap = str.maketrans({'"': "”", "'": "’", "-": "–"})
    article["paragraphs"] = [text.translate(swap).upper() for text in article["paragraphs"]]


def typos(share: float) -> Edit:
    """Return the edit that replaces a share of the words by other words."""

    def edit(article: Article, _: Article, chance: Random) -> None:
        article["paragraphs"] = [
            " ".join(
                chance.choice(_FILLER) if chance.random() < share else word for word in text.split()
            )
            for text in article["paragraphs"]
        ]

    return edit


def shortened(article: Article, _: Article, __: Random) -> None:
    """Remove the last sentence."""
    last = article["paragraphs"][-1]
    article["paragraphs"][-1] = last.rsplit(". ", 1)[0] if ". " in last else last[: len(last) // 2]


def without_last(article: Article, _: Article, __: Random) -> None:
    """Remove the last paragraph."""
    if len(article["paragraphs"]) > 2:
        article["paragraphs"].pop()
    else:
        shortened(article, article, Random(0))


def reworded_lead(article: Article, _: Article, chance: Random) -> None:
    """Replace the first eight words."""
    rest = article["paragraphs"][0].split()[8:]
    article["paragraphs"][0] = " ".join(chance.choices(_FILLER, k=8) + rest)


def retitled(article: Article, other: Article, _: Random) -> None:
    """Put another title over the same text."""
    article["title"] = other["title"]


def with_note(article: Article, _: Article, __: Random) -> None:
    """Put the source and the editor into the body."""
    article["paragraphs"] += ["Source: City News Service", "Editor: Wang Xiaoming"]


def corrected(article: Article, _: Article, chance: Random) -> None:
    """Change one number. A text without numbers stays as it is."""
    digits = [
        (at, place)
        for at, text in enumerate(article["paragraphs"])
        for place, sign in enumerate(text)
        if sign.isdecimal()
    ]
    if digits:
        at, place = chance.choice(digits)
        text = article["paragraphs"][at]
        digit = str((int(text[place]) + 3) % 10)
        article["paragraphs"][at] = f"{text[:place]}{digit}{text[place + 1 :]}"


SAME: Final[dict[str, Edit]] = {
    "other quotes, capitals, dashes": marks,
    "2 % of the words changed": typos(0.02),
    "5 % of the words changed": typos(0.05),
    "last sentence cut": shortened,
    "last paragraph cut": without_last,
    "first eight words changed": reworded_lead,
    "other title": retitled,
    "source and editor in the body": with_note,
    "one figure corrected": corrected,
}


# Another story


def mixed(article: Article, other: Article, _: Random) -> None:
    """Join the first half of one story and the second half of another."""
    first, second = article["paragraphs"], other["paragraphs"]
    article["paragraphs"] = first[: len(first) // 2] + second[len(second) // 2 :]


def next_day(article: Article, other: Article, chance: Random) -> None:
    """Keep the text, but change its numbers to another day's. With few numbers, mix two stories."""
    if len(numbers(" ".join(article["paragraphs"]))) < 3:
        mixed(article, other, chance)
        return

    def changed(text: str) -> str:
        return "".join(str(chance.randrange(10)) if sign.isdecimal() else sign for sign in text)

    article["paragraphs"] = list(map(changed, article["paragraphs"]))
    article["title"] = changed(article["title"])


def same_lead(article: Article, other: Article, _: Random) -> None:
    """Keep the title and the first paragraph, and continue with another story."""
    article["paragraphs"] = article["paragraphs"][:1] + other["paragraphs"]


def noticed(article: Article, other: Article, _: Random) -> None:
    """Put another story's first sentence above a long notice."""
    article["title"] = other["title"]
    article["paragraphs"] = [other["paragraphs"][0].split(". ")[0], NOTICE]


OTHER: Final[dict[str, Edit]] = {
    "half of another story": mixed,
    "the same form with other numbers": next_day,
    "the same title and first paragraph": same_lead,
    "one sentence above a long notice": noticed,
}
