"""``scrapy runs``: what it lists, what ``prune`` removes, and what it must not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from shio_scraper import runs
from shio_scraper.runs import manifest, retention
from tests.dataset.making import day, made, write_run
from tests.server import ScriptedPortal
from tests.spiders.running import Json, Run, crawl_portal, in_process, lines
from tests.spiders.scripted import article, en, portal_of


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Crawl a portal of two articles five times; the second one changes after the first crawl.

    What the first and the second run keep is needed for ever, the others bring nothing new.
    """
    folder = tmp_path_factory.mktemp("week")
    pages = portal_of(en(1), en(2)) | {en(1): article("Story 1", "2024-03-04")}
    with ScriptedPortal(pages) as portal:
        for number in range(5):
            text = "It opens early." if number else "It opens."
            portal.pages[en(2)] = article("Story 2", "2024-03-04", body=[text])
            assert crawl_portal(folder, portal.url).status == 0
    return folder


@pytest.fixture
def folder(week: Path, tmp_path: Path) -> Path:
    shutil.copytree(week, tmp_path, symlinks=True, dirs_exist_ok=True)
    return tmp_path


def of(folder: Path) -> list[Path]:
    return runs.all_below(folder / "data")


def prune(folder: Path, *arguments: str) -> Run:
    return in_process(folder, "runs", "prune", *arguments)


def whole(run: Path) -> bool:
    """Tell whether a run is whole; else it is none for whoever looks."""
    is_whole = (run / "manifest.json").exists()
    if not is_whole:
        assert not manifest.is_run(run)
    return is_whole


def test_the_list(folder: Path) -> None:
    said = in_process(folder, "runs")
    head, *rows, total = said.stdout.splitlines()
    assert head.split() == ["run", "age", "size", "archive", "records", "outcome", "crawl"]
    assert [row.split()[0] for row in rows] == [run.name for run in of(folder)]
    assert all(" complete " in row for row in rows)
    assert total.startswith("5 runs, ")
    found = [json.loads(line) for line in in_process(folder, "runs", "--json").stdout.splitlines()]
    assert [one["refers_to"] for one in found] == [
        [], [of(folder)[0].name], *[[of(folder)[0].name, of(folder)[1].name]] * 3
    ]  # fmt: skip
    assert found[0]["archive_bytes"] == sum(f.stat().st_size for f in of(folder)[0].rglob("*.gz"))


def test_what_is_needed_stays_and_the_rest_goes_when_told(folder: Path) -> None:
    first, second, third, fourth, _ = of(folder)
    before = sorted(folder.rglob("*"))
    said = prune(folder, "--keep", "last:1")
    assert said.status == 0
    assert said.stdout.endswith("would be removed; --yes does it\n")
    assert sorted(folder.rglob("*")) == before

    done = prune(folder, "--keep", "last:1", "--yes")
    assert (done.status, done.stderr) == (0, "")
    assert list(map(whole, of(folder))) == [False, False, False, False, True]
    for run in (first, second):
        assert sorted(path.name for path in run.iterdir()) == ["archive", "pruned.json"]
        assert f"{run.name}  goes, " in done.stdout
    for run in (third, fourth):
        assert [path.name for path in run.iterdir()] == ["pruned.json"]
    assert in_process(folder, "verify", "data").status == 0
    assert in_process(folder, "explain", "article/en/2").status == 0
    refused = in_process(folder, "dataset", "add", third.name)
    assert refused.stderr.endswith(f"{third.name}: it was pruned\n")
    again = prune(folder, "--keep", "last:1", "--yes")
    assert again.stdout.endswith("0 runs, 0 B, to remove\n")


def test_a_record_that_only_pruned_runs_hold_is_explained_by_the_state(folder: Path) -> None:
    prune(folder, "--keep", "last:1", "--yes")
    for file in of(folder)[-1].glob("articles.jsonl"):
        file.chmod(0o644)
        kept = [line for line in file.read_bytes().splitlines(keepends=True) if b"/1" not in line]
        file.write_bytes(b"".join(kept))
    said = in_process(folder, "explain", "article/en/1")
    assert said.status == 0
    assert "its run was pruned" in said.stdout
    assert said.stdout.endswith("Today's parser gives the same record.\n")


def test_what_is_needed_goes_when_that_is_told_too(folder: Path) -> None:
    first = of(folder)[0].name
    done = prune(folder, "--keep", "last:1", "--needed-too", "--yes")
    assert f"{first}  goes, " in done.stdout
    assert "with the archive, which state-" in done.stdout
    said = in_process(folder, "verify", "data")
    assert said.status == 1
    *problems, _ = said.stdout.splitlines()
    assert [f"of run {run.name}, which was pruned" in line
            for run, line in zip(of(folder), problems, strict=False)] == [True, True]  # fmt: skip
    assert len(problems) == 2
    assert "which was pruned" in in_process(folder, "explain", "article/en/1").stdout


def test_the_next_crawl_keeps_again_what_is_gone(folder: Path) -> None:
    prune(folder, "--keep", "last:1", "--needed-too", "--yes")
    pages = portal_of(en(1)) | {en(1): article("Story 1", "2024-03-04")}
    with ScriptedPortal(pages) as portal:
        run = crawl_portal(folder, portal.url, "-s", f"SHIO_PAYLOADS={payloads(folder)}")
    assert run.status == 0
    last = of(folder)[-1]
    for record in lines(last / "articles.jsonl"):
        assert record["provenance"]["archive"]["file"] == f"{last.name}-00000.warc.gz"


def payloads(folder: Path) -> Path:
    (path,) = (folder / "data").glob("payloads*.db")
    return path


@pytest.mark.parametrize("killed", [1, 3, 8, 21])
def test_killed_in_the_middle_no_run_is_half(
    folder: Path, monkeypatch: pytest.MonkeyPatch, killed: int
) -> None:
    """Whatever was removed by then: a run has its manifest and all its files, or is none."""
    said: list[Json] = [manifest_of(run) for run in of(folder)]

    def steps() -> None:
        nonlocal killed
        killed -= 1
        if not killed:
            raise KeyboardInterrupt

    for name in ("unlink", "rename"):
        monkeypatch.setattr(Path, name, counting(getattr(Path, name), steps))
    with pytest.raises(KeyboardInterrupt):
        prune(folder, "--keep", "last:1", "--yes")
    monkeypatch.undo()
    for run in of(folder):
        runs.unlock(run)
    for run, before in zip(of(folder), said, strict=True):
        if whole(run):
            assert not manifest.changed(run, manifest.read(run).files), before["run"]
    assert in_process(folder, "verify", "data").status == 0
    assert prune(folder, "--keep", "last:1", "--yes").status == 0
    assert list(map(whole, of(folder))) == [False, False, False, False, True]
    assert [len(list(run.rglob("*"))) for run in of(folder)[:4]] == [3, 3, 1, 1]


def counting(function: object, steps: object) -> object:
    def counted(*arguments: object, **named: object) -> object:
        steps()  # type: ignore[operator]
        return function(*arguments, **named)  # type: ignore[operator]

    return counted


def manifest_of(run: Path) -> Json:
    found: Json = json.loads((run / "manifest.json").read_bytes())
    return found


def test_a_run_that_has_not_ended_or_that_a_process_works_on_stays(folder: Path) -> None:
    data = folder / "data" / "runs"
    cut_off = write_run(data, day(0), [made("article", day(0))], outcome="unfinished")
    held = of(folder)[3]
    assert runs.lock(held)
    try:
        done = prune(folder, "--keep", "last:1", "--yes")
    finally:
        runs.unlock(held)
    assert f"{cut_off.name}  stays: it has not ended" in done.stdout
    assert (done.status, "a process works on it" in done.stderr) == (1, True)
    assert whole(held)
    assert (cut_off / "articles.jsonl").stat().st_size


def test_nothing_is_removed_where_a_run_cannot_be_read(folder: Path) -> None:
    damaged = of(folder)[3] / "manifest.json"
    damaged.chmod(0o644)
    damaged.write_text("{")
    done = prune(folder, "--keep", "last:1", "--yes")
    assert done.status == 1
    assert "nothing is removed, because it is not known what such a run needs" in done.stderr
    assert all((run / "manifest.json").exists() for run in of(folder))
    assert in_process(folder, "runs").stdout.count(" complete ") == 4


def test_a_run_that_the_state_does_not_know_stays(folder: Path) -> None:
    site = manifest.read(of(folder)[0]).site
    other, _ = (
        write_run(folder / "data" / "runs", day(n), [made("article", day(n))], site=site)
        for n in (0, 1)
    )
    done = prune(folder, "--keep", "last:1", "--yes")
    assert f"{other.name}  stays: it is not in the state: scrapy dataset add" in done.stdout
    assert whole(other)


def test_what_a_run_of_files_reads_is_needed(folder: Path) -> None:
    """Its records lie in the archive of another run; the state is gone."""
    third = of(folder)[2]
    done = in_process(folder, "crawl", "archive", "-a", f"path={third / 'archive'}")
    assert done.status == 0, done.stderr
    for path in (folder / "data").glob("state*"):
        path.unlink()
    prune(folder, "--keep", "last:1", "--yes")
    assert (of(folder)[0] / "archive").exists()
    assert in_process(folder, "verify", "data").status == 0


def test_an_export_needs_no_other_run(folder: Path) -> None:
    last = of(folder)[-1]
    assert in_process(folder, "runs", "export", last.name, "--to", "out").status == 0
    assert in_process(folder, "runs", "export", last.name).status == 0
    again = in_process(folder, "runs", "export", last.name)
    assert (again.status, again.stderr.count("\n")) == (2, 1)
    assert f"{last.name} is there already: name another place with --to" in again.stderr
    assert in_process(folder, "runs", "export", last.name, "--to", "out.wacz").status == 0
    shutil.rmtree(folder / "data")
    said = in_process(folder, "verify", "out")
    assert (said.status, said.stdout.count("\n")) == (0, 1)
    assert manifest.read(folder / "out").refers_to == []
    for archive in ("out/archive", "out.wacz"):
        assert in_process(folder, "extract", archive, "-o", f"{archive}.records").status == 0
        (found,) = [
            one for one in lines(folder / f"{archive}.records" / "articles.jsonl")
            if one["key"] == "article/en/2"
        ]  # fmt: skip
        assert found["paragraphs"] == ["It opens early."]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["{0}"], "it was pruned"),
        (["{1}"], "it has not ended"),
        (["{2}", "--to", "data"], "data/{2} is there already"),
        (["{3}"], "scrapy runs export: it lies in {0}-00000.warc.gz of run {0}, which was pruned"),
        (["none"], "none: no such run"),
    ],
)
def test_what_cannot_be_exported(folder: Path, arguments: list[str], words: str) -> None:
    cut_off = write_run(folder / "data" / "runs", day(400), [], outcome="unfinished")
    names = (of(folder)[0].name, cut_off.name, of(folder)[4].name, of(folder)[4].name)
    (folder / "data" / of(folder)[4].name).mkdir()
    prune(folder, "--keep", "last:1", "--needed-too", "--yes")
    said = in_process(folder, "runs", "export", *(one.format(*names) for one in arguments))
    assert said.status in {1, 2}
    assert words.format(*names) in said.stderr
    assert not list(folder.glob("20*"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["prune"], "prune needs a rule, such as --keep 30d,monthly"),
        (["prune", "--keep", "soon"], "--keep: 'soon' is no rule: write an age"),
        (["--yes"], "--keep, --yes and --needed-too are prune's"),
        (["purge"], "use [prune --keep"),
    ],
)
def test_wrong_arguments(tmp_path: Path, arguments: list[str], words: str) -> None:
    said = in_process(tmp_path, "runs", *arguments)
    assert (said.status, said.stderr.count("\n")) == (2, 1)
    assert words in said.stderr


def test_no_run_at_all(tmp_path: Path) -> None:
    assert in_process(tmp_path, "runs").stdout.endswith("0 runs, 0 B; 0 pruned\n")
    assert retention.holdings(tmp_path, []) == []
