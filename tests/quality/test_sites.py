from __future__ import annotations

import json
from pathlib import Path

import pytest

from quality.sites.articles import judge_article
from quality.sites.items import judge_items, judge_next
from quality.sites.judging import figures, judge
from quality.sites.pairs import judge_pairs
from shio_scraper import examine_page

ASKED = "<h1>Moorings: questions</h1>" + "".join(
    f"<h2>{question}</h2><p>{answer}</p>"
    for question, answer in (
        ("Who may moor at the north pier?", "Any boat of up to nine metres, for one night."),
        ("What does a night cost?", "Nothing: the city pays for it until spring."),
    )
)


def page(folder: Path, site: str, pairs: list[tuple[str, str]]) -> Path:
    folder.mkdir()
    (folder / "page.html").write_text(ASKED, encoding="utf-8")
    (folder / "url.txt").write_text("https://harbour.example/moorings/faq\n", encoding="utf-8")
    want = {
        "kind": "faq",
        "site": site,
        "pairs": [{"question": q, "answer": a} for q, a in pairs],
    }
    (folder / "want.json").write_text(json.dumps(want), encoding="utf-8")
    return folder


def test_figures_of_labelled_pages(tmp_path: Path) -> None:
    right = ("Who may moor at the north pier?", "Any boat of up to nine metres, for one night.")
    wrong = ("What does a night cost?", "Ten crowns, and five in winter.")
    folders = [
        page(tmp_path / "a", "harbour", [right, wrong]),
        page(tmp_path / "trap", "pier", []),
    ]
    found = figures(list(judge(folders, {"faq": judge_pairs})))
    shares = {measure: figure.value for (_, measure), figure in found.items()}
    assert shares == {
        "questions": 1.0,
        "right": 0.5,
        "precision": 0.25,
        "F1": pytest.approx(2 / 6),
    }
    assert {figure.sites for figure in found.values()} == {2}


def test_lists_and_next_pages_are_judged() -> None:
    days = "".join(f"<li>March {day}, 2024: Pier Committee</li>" for day in (12, 13, 14))
    found = examine_page(
        f"<body><ul>{days}</ul><a href=?page=2>Next page</a></body>", "https://harbour.example/m"
    )
    items = [
        {"title": title, "day": f"2024-03-{day}", "links": [], "title_near": True}
        for day, title in ((12, "Pier Committee"), (13, "Mill Board"), (20, "Pier Committee"))
    ]
    assert judge_items(found, {"items": items}) == {
        "recall": (2, 3),
        "precision": (2, 3),
        "titles": (1, 2),
        "starts": (0, 0),
    }
    here = "http://www.harbour.example/m?page=2"
    assert judge_next(found, {"next": [here], "pages": []}) == {"right": (True, 1)}
    assert judge_next(found, {"next": [], "pages": []}) == {"given on none": (True, 1)}


def test_articles_are_judged_by_what_somebody_labelled() -> None:
    lines = [
        "The north pier is shut until Friday, the harbour office said.",
        "Boats of up to nine metres may moor at the south pier for a night.",
        "The ferry goes from the mill, at the same hours as before, on all days.",
    ]
    page = "<h1>Pier shut</h1><div>9 May 2013</div>" + "".join(f"<p>{line}</p>" for line in lines)
    found = examine_page(page, "https://harbour.example/news/pier")
    want = {"title": "PIER  SHUT", "published": "2013-05-09", "text": "\n".join(lines)}
    assert judge_article(found, want) == {"body": (1.0, 1), "title": (True, 1), "date": (True, 1)}
    assert judge_article(found, {"title": "Pier", "published": None}) == {"title": (False, 1)}
    nothing = examine_page("<p>Pier</p>", "https://harbour.example/")
    assert judge_article(nothing, want) == {
        "body": (0.0, 1),
        "title": (False, 1),
        "date": (False, 1),
    }
