"""The parser that a user would write by hand for the markup of ``pages.py``, with parsel.

It knows the class names, and takes the fields that the project's own records hold. It cannot read
any other markup, language or text rendering.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from scrapy.http import HtmlResponse

SELECTORS = {
    "jsp": {
        "section": "h2.section::text",
        "category": "div.under::text",
        "title": "h1.headline::text",
        "paragraphs": "#zw > p",
        "links": "#zw a",
    },
    "aspx": {
        "section": "h3.head::text",
        "category": "div.sub::text",
        "title": "h2.heading::text",
        "paragraphs": "div.nr > p",
        "links": "div.nr a",
    },
}


def _clean(text: str | None) -> str:
    return " ".join((text or "").split())


def _rows(response: HtmlResponse, kind: str, prefix: int) -> list[dict[str, Any]]:
    found = []
    for row in response.css(f"table.{kind} tr"):
        month_day, number, word = map(_clean, row.css("td::text").getall())
        found.append(
            {
                "kind": kind,
                "number": number,
                "serial": number[prefix:],
                "month_day": month_day,
                "status": word.lower(),
            }
        )
    return found


def _unlabel(text: str | None, label: str) -> str:
    text = re.sub(rf"^(?:{label}:\s*)+", "", _clean(text))
    return text.removesuffix("...").rstrip()


def _pairs(response: HtmlResponse) -> list[dict[str, str]]:
    return [
        {
            "question": _unlabel(pair.xpath("text()[1]").get(), "Q"),
            "answer": _unlabel(pair.xpath("text()[2]").get(), "A"),
        }
        for pair in response.css("div.pair")
    ]


def parse(url: str, body: bytes) -> dict[str, Any]:
    """Return the fields of one article page."""
    response = HtmlResponse(url, body=body)
    css = SELECTORS["aspx" if ".aspx" in url else "jsp"]
    title, _, day = _clean(response.css(css["title"]).get()).rpartition(" ")
    paragraphs = [_clean(p.xpath("string()").get()) for p in response.css(css["paragraphs"])]
    gated = paragraphs[-1].startswith("To view the full text")
    if gated:
        paragraphs.pop()
    source = None
    if paragraphs[-1].startswith("Source:"):
        source = _clean(paragraphs.pop().removeprefix("Source:"))
    return {
        "section": _clean(response.css(css["section"]).get()),
        "category": _clean(response.css(css["category"]).get()) or None,
        "title": title.removesuffix(" -"),
        "published": date.fromisoformat(day),
        "paragraphs": paragraphs,
        "source": source,
        "gated": gated,
        "links": [
            {"text": _clean(a.xpath("string()").get()), "url": response.urljoin(a.attrib["href"])}
            for a in response.css(css["links"])
        ],
        "status": _rows(response, "application", 5) + _rows(response, "inquiry", 6),
        "faq": _pairs(response),
    }
