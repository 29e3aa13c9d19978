"""``scrapy drift``: new layouts beside those of the runs before and of accepted cases."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from fixtures.portal_builder.markups import SECTIONS
from fixtures.portal_builder.sheet import articles
from shio_scraper.audit import layouts
from shio_scraper.commands.drift import Command
from shio_scraper.runs import manifest
from tests.commands.inspecting import ask, the_run
from tests.parsers.accounts import see
from tests.spiders.running import Json, in_process, lines

EARLIER: Final = "20200101T000000Z-portal"


ENGLISH: Final = articles()[0]


@pytest.fixture
def twice(crawled: Path, tmp_path: Path) -> Path:
    """A data folder whose run has a twin before it, which knew every layout but the first."""
    data = tmp_path / "twice"
    shutil.copytree(crawled, data, symlinks=True)
    twin = data / "runs" / EARLIER
    shutil.copytree(the_run(crawled), twin)
    rewrite(twin / "layouts.jsonl", lambda layouts: layouts[1:])
    return data


def rewrite(file: Path, change: Callable[[list[Json]], list[Json]]) -> None:
    file.chmod(0o600)
    changed = [json.dumps(one) + "\n" for one in change(lines(file))]
    file.write_text("".join(changed), encoding="utf-8")


def judge(run: Path, **what: str) -> None:
    """Change what a run's manifest says."""
    file = run / manifest.NAME
    file.chmod(0o600)
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | what), encoding="utf-8")


def latest(data: Path) -> Path:
    return max((data / "runs").iterdir())


def test_a_first_run_has_only_new_layouts(crawled: Path) -> None:
    seen = lines(the_run(crawled) / "layouts.jsonl")
    answer = ask(Command(), str(the_run(crawled)))
    assert answer.status == 1
    assert f": {len(seen)} layouts, {len(seen)} new;" in answer.lines[0]
    assert sum(line.startswith("new ") for line in answer.lines) == len(seen)


def test_what_is_new_is_told_with_its_page_and_the_nearest(twice: Path) -> None:
    answer = ask(Command(), str(latest(twice)))
    first, *others = lines(latest(twice) / "layouts.jsonl")
    assert answer.status == 1
    new = answer.lines.index(next(line for line in answer.lines if line.startswith("new ")))
    assert answer.lines[new].startswith(f"new {first['fingerprint']} ({first['kind']}): ")
    archive = first["provenance"]["archive"]
    place = f"({archive['file']}:{archive['offset']})"
    assert answer.lines[new + 1] == f"  first page: {first['url']} {place}"
    assert answer.lines[new + 2] == f"  fills: {', '.join(first['fields'])}"
    nearest = next(line for line in answer.lines[new:] if line.startswith("  nearest: "))
    assert nearest.split()[1].rstrip(",") in layouts.known_before(latest(twice), "demo")
    assert any(line.startswith("    -") for line in answer.lines[new:])
    assert any(line.startswith("    +") for line in answer.lines[new:])
    known_ones = [line for line in answer.lines if line.startswith("known ")]
    assert len(known_ones) == len(others)
    assert all(line.endswith(f"first in {EARLIER}") for line in known_ones)


def test_the_earlier_run_does_not_know_the_later(twice: Path) -> None:
    assert "\nknown " not in ask(Command(), str(twice / "runs" / EARLIER)).out


def test_pages_are_counted(twice: Path) -> None:
    answer = ask(Command(), str(latest(twice)))
    stats = json.loads((latest(twice) / "stats.json").read_text("utf-8"))
    fingerprint, count = next(
        (name.rpartition("/")[2], count)
        for name, count in stats.items()
        if name.startswith("drift/layouts/") and count > 1
    )
    assert f" {fingerprint} " in answer.out
    line = next(line for line in answer.lines if f" {fingerprint} " in line)
    assert f"): {count} pages" in line


def test_nothing_new(twice: Path) -> None:
    twin = twice / "runs" / EARLIER
    shutil.copyfile(latest(twice) / "layouts.jsonl", twin / "layouts.jsonl")
    answer = ask(Command(), str(latest(twice)))
    assert (answer.status, ", 0 new;" in answer.lines[0]) == (0, True)


@pytest.mark.parametrize("what", [{"outcome": "failed"}, {"outcome": "partial"}, {"site": "live"}])
def test_what_teaches_nothing(twice: Path, what: Json) -> None:
    """A run that failed, lest what broke it be known; a run of another site."""
    judge(twice / "runs" / EARLIER, **what)
    assert "\nknown " not in ask(Command(), str(latest(twice))).out


def test_accepted_cases_are_known(tmp_path: Path) -> None:
    case = tmp_path / "cases" / "sections"
    case.mkdir(parents=True)
    (case / "input.html").write_bytes(SECTIONS(ENGLISH))
    (case / "meta.json").write_text(json.dumps({"url": ENGLISH.url, "fetched_at": None}))
    waiting = tmp_path / "waiting"
    shutil.copytree(case.parent, waiting)
    (waiting / "sections" / "NOT_ACCEPTED").touch()
    run = tmp_path / "data" / "runs" / EARLIER
    fingerprint = see(SECTIONS(ENGLISH), ENGLISH.url).layout.fingerprint
    assert layouts.known_before(run, "live", case.parent)[fingerprint].where == "case sections"
    assert layouts.known_before(run, "live", waiting) == {}
    assert layouts.known_before(run, "live", tmp_path / "none") == {}


def test_as_a_user_runs_it(twice: Path, tmp_path: Path) -> None:
    run = in_process(tmp_path / "here", "drift", "latest", "-s", f"SHIO_DATA={twice}")
    assert (run.status, run.stderr) == (1, "")
    assert run.stdout.splitlines()[0].startswith(latest(twice).name)
    wrong = in_process(tmp_path / "there", "drift", "tomorrow", "-s", f"SHIO_DATA={twice}")
    assert (wrong.status, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("scrapy drift: tomorrow: no such run")
    assert wrong.stderr.count("\n") == 1


def test_wrong_use() -> None:
    answer = ask(Command())
    assert (answer.status, answer.err.count("\n")) == (2, 1)
