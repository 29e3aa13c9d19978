"""A part of the mutations: ``python -m quality`` runs more of them."""

from __future__ import annotations

import pytest

from quality import damages, forms, skeletons
from quality.corpus import corpus
from quality.mutations import DAMAGE_NOTICED, FORMS_KEEP, of_damage, of_form, share

EVERY = 24
SKELETONS_ALONE = 0.89
SKELETONS_TAUGHT = 0.92


def test_there_are_enough_kinds() -> None:
    assert len(forms.KINDS) >= 30
    assert len(damages.KINDS) >= 15


def test_in_another_form_pages_give_their_records() -> None:
    tallies = [of_form(kind, EVERY) for kind in forms.KINDS]
    assert sum(tally.judged for tally in tallies) > 1_000
    assert share(tallies) >= FORMS_KEEP


def test_what_damage_made_wrong_is_noticed() -> None:
    tallies = [of_damage(kind, EVERY) for kind in damages.KINDS]
    assert sum(tally.judged for tally in tallies) > 300
    assert share(tallies) >= DAMAGE_NOTICED


def test_in_other_skeletons_pages_give_their_records() -> None:
    tallies = skeletons.tallies()
    pages = sum(tally.pages for tally in tallies)
    assert pages > 500
    assert sum(tally.alone for tally in tallies) >= SKELETONS_ALONE * pages
    assert sum(tally.taught for tally in tallies) >= SKELETONS_TAUGHT * pages


@pytest.mark.parametrize("kind", damages.TRACELESS)
def test_what_leaves_no_trace_is_not_noticed(kind: str) -> None:
    """Were one noticed, it would belong to the others."""
    tally = of_damage(kind, EVERY)
    assert tally.judged
    assert tally.share < 0.1


@pytest.mark.parametrize("kind", forms.KINDS)
def test_a_form_is_another_one_and_the_same_each_time(kind: str) -> None:
    pages = [page for page in corpus() if page.family != "text"]
    bodies = (
        (page, body)
        for page in pages
        if (body := forms.changed(kind, page)) not in {page.text, forms.written(page)}
    )
    page, body = next(bodies)
    assert forms.changed(kind, page) == body


@pytest.mark.parametrize("kind", damages.ALL)
def test_a_damage_has_pages_to_damage(kind: str) -> None:
    pages = (page for page in corpus() if page.family != "text")
    assert any(damages.damaged(kind, page) for page in pages)
