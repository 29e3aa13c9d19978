"""Measures everything: ``python -m quality``.

It scores the corpus field by field, and shows the scores of other extractors on the same pages. It
changes the pages in every way of ``forms`` and ``damages``, and puts content into made-up
``skeletons``. The exit status is 1 if a field is below its floor, or one of the two figures is
below its target.

``--raise`` raises the floors to the scores. ``--lower REASON`` lowers the floors that are missed,
and writes the reason into CHANGELOG.md. ``--write`` puts the tables into docs/quality.md.
"""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from inspect import getdoc

from quality import contestants, damages, floors, forms, mutations, skeletons, tables
from quality.corpus import corpus
from quality.gate import Gate, gate
from quality.scores import Score

EVERY = 6


def main() -> int:
    """Run with the arguments of the command line."""
    options = _options()
    judged = gate()
    if options.raise_ or options.lower:
        _change_floors(judged, options.lower)
    least = floors.read()
    print(f"{judged.pages} pages, {judged.corpus}\n\n{tables.fields(judged.scores, least)}\n")
    failures = judged.failures(least)
    if not options.gate:
        failures += _attack(options, judged, least)
    for line in failures:
        print(line, file=sys.stderr)
    return int(bool(failures))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m quality")
    parser.add_argument("--gate", action="store_true", help="the floors alone")
    parser.add_argument("--every", type=int, default=EVERY, help="change every n-th page")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--write", action="store_true", help="the tables into docs/quality.md")
    parser.add_argument("--raise", action="store_true", dest="raise_", help="raise the floors")
    parser.add_argument("--lower", metavar="REASON", help="lower the floors that are missed")
    return parser.parse_args()


def _change_floors(judged: Gate, reason: str | None) -> None:
    least = floors.read() if floors.FLOORS.exists() else floors.Floors("", {})
    if reason:
        changes = floors.lowered(least, judged.scores)
        floors.note(changes, reason)
        kept = {n: value for n, value in {**least.fields, **changes}.items() if n in judged.scores}
        least = floors.Floors(least.corpus, kept)
    floors.write(floors.raised(least, judged.scores, judged.corpus))


def _attack(options: argparse.Namespace, judged: Gate, least: floors.Floors) -> list[str]:
    with ProcessPoolExecutor(options.workers) as pool:
        others = {name: pool.submit(_compare, name) for name in contestants.installed()}
        of_form = partial(mutations.of_form, every=options.every)
        of_damage = partial(mutations.of_damage, every=options.every)
        dressed = pool.submit(skeletons.tallies)
        in_form = list(pool.map(of_form, forms.KINDS))
        damaged = list(pool.map(of_damage, damages.KINDS))
        held_out = list(pool.map(of_damage, damages.HELD_OUT))
        traceless = list(pool.map(of_damage, damages.TRACELESS))
        scores = {name: future.result() for name, future in others.items()}
    versions = contestants.installed()
    print(f"{tables.extractors(scores, versions)}\n")
    left_out = contestants.CONTESTANTS.keys() - versions.keys()
    for name in left_out:
        print(f"{name} is left out: it is not installed")
    print(f"Pages in another form that give their records: {tables.worst(in_form)}\n")
    print(f"Pages that damage made wrong, noticed: {tables.worst(damaged)}\n")
    print(f"The same, of kinds that nothing was fitted to: {tables.worst(held_out)}\n")
    print(f"In skeletons of other sites:\n\n{tables.skeletons(dressed.result())}\n")
    if options.write:
        parts = _parts(in_form, damaged, held_out, traceless)
        parts |= {"fields": tables.fields(judged.scores, least)}
        parts |= {"skeletons": tables.skeletons(dressed.result())}
        if not left_out:
            parts |= {"extractors": tables.extractors(scores, versions)}
        tables.write(parts)
    return _missed(in_form, damaged)


def _compare(name: str) -> dict[str, Score]:
    return contestants.compare(name, contestants.articles(corpus()))


def _parts(
    in_form: list[mutations.Tally],
    damaged: list[mutations.Tally],
    held_out: list[mutations.Tally],
    traceless: list[mutations.Tally],
) -> dict[str, str]:
    wrong = sum(tally.judged for tally in damaged)
    kinds = sum(tally.judged > 0 for tally in damaged)
    by_layout = sum(tally.by_layout for tally in damaged) / wrong
    return {
        "forms": f"**{mutations.share(in_form):.2%}** of {sum(t.judged for t in in_form)} pages, "
        f"{len(in_form)} kinds.\n\n{tables.forms(in_form, _of_form)}",
        "damages": f"**{mutations.share(damaged):.2%}** of {wrong} wrong pages, {kinds} kinds "
        f"({len(damaged) - kinds} more never came out wrong); {by_layout:.1%} by their layout "
        f"alone.\n\n{tables.damages(damaged, _of_damage)}",
        "held out": f"**{mutations.share(held_out):.1%}** of {sum(t.judged for t in held_out)} "
        f"wrong pages, {len(held_out)} kinds; **{mutations.share_in_run(held_out):.1%}** where one "
        f"run holds them all.\n\n{tables.damages(held_out, _of_damage)}",
        "traceless": tables.damages(traceless, _of_damage),
    }


def _of_form(kind: str) -> str:
    return getdoc(forms.TREE_FORMS.get(kind) or forms.SOURCE_FORMS[kind]) or ""


def _of_damage(kind: str) -> str:
    return getdoc(damages.ALL[kind]) or ""


def _missed(in_form: list[mutations.Tally], damaged: list[mutations.Tally]) -> list[str]:
    lines = []
    if mutations.share(in_form) < mutations.FORMS_KEEP:
        lines.append(f"pages in another form: less than {mutations.FORMS_KEEP:.0%} are right")
    if mutations.share(damaged) < mutations.DAMAGE_NOTICED:
        lines.append(f"damaged pages: less than {mutations.DAMAGE_NOTICED:.0%} are noticed")
    return lines


if __name__ == "__main__":
    sys.exit(main())
