"""Where there is no room left: on the disk, or by SHIO_ARCHIVE_MAX. No record is lost to it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server import Reply, ScriptedPortal
from tests.spiders.running import assert_calm, crawl_portal, in_process, lines
from tests.spiders.scripted import article, en, link, portal_of

FILES = 8
STORIES = range(30, 50)


def portal() -> ScriptedPortal:
    """Return a portal of twenty articles: eight link a file each, the others show an image."""
    pages = portal_of(*map(en, STORIES))
    for number in STORIES:
        text = article(f"Story {number}", "2024-03-04")
        if number - STORIES[0] < FILES:
            file = f"/files/{number}.pdf"
            text = text.replace("</p>", f" See {link(file, 'the file')}.</p>", 1)
            pages[file] = Reply(b"%PDF-1.4\n" + os.urandom(400_000))
        else:
            text = text.replace("</body>", f"<img src='/{number}.png'></body>")
            image = os.urandom(1_000)
            pages[f"/{number}.png"] = Reply(image, headers={"Content-Type": "image/png"})
        pages[en(number)] = text
    return ScriptedPortal(pages)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MB: it takes the pages, and not all of the files."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a disk of its own needs root: {done.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def keys(folder: Path, name: str) -> list[str]:
    """Return the keys of a kind of record in the only run; each line is whole."""
    (run,) = (folder / "data" / "runs").iterdir()
    return [record["key"] for record in lines(run / f"{name}.jsonl")]


def test_a_disk_that_fills_while_files_come(small_disk: Path) -> None:
    """The records are all there and whole; given room, the same command brings the rest."""
    with portal() as site:
        run = crawl_portal(small_disk, site.url)
        assert run.status == 1
        errors = [line for line in run.stderr.splitlines() if " ERROR: Cannot write" in line]
        assert len(errors) == 1, run.stderr
        assert "No space left on device; the crawl ends here" in errors[0]
        assert "Traceback" not in run.stderr
        assert run.stderr.splitlines()[-1].startswith("scrapy crawl: cut off (cannot write ")
        stories = {f"article/en/{number}" for number in STORIES}
        assert stories <= set(keys(small_disk, "articles"))
        some = keys(small_disk, "documents")
        assert 0 < len(some) < FILES
        subprocess.run(["mount", "-o", "remount,size=30m", str(small_disk)], check=True)
        again = crawl_portal(small_disk, site.url)
    assert again.status == 0, again.stderr
    assert_calm(again)
    for name in ("articles", "documents"):
        found = keys(small_disk, name)
        assert len(found) == len(set(found))
    assert len(keys(small_disk, "documents")) == FILES
    assert in_process(small_disk, "verify", "data").status == 0


def test_the_archives_may_grow_no_more(tmp_path: Path) -> None:
    """Files stop before pages do; each record comes all the same, and the exit status tells."""
    with portal() as site:
        whole = crawl_portal(tmp_path / "whole", site.url)
        run = crawl_portal(
            tmp_path / "bounded", site.url, "-s", "SHIO_ARCHIVE_MAX=1.3 MB", "-s", "SHIO_ASSETS=all"
        )
        images = [target for target in site.targets if target.endswith(".png")]
    assert (whole.status, run.status) == (0, 4)
    assert not images
    (told,) = [line for line in run.stderr.splitlines() if " WARNING: " in line]
    assert "The archives may grow no more (SHIO_ARCHIVE_MAX=1300000): http://127.0.0.1" in told
    last = run.stderr.splitlines()[-1]
    assert last.startswith("scrapy crawl: the run is complete, but 18 captures are not kept: ")
    for name in ("articles", "documents"):
        assert sorted(keys(tmp_path / "bounded", name)) == sorted(keys(tmp_path / "whole", name))
    assert sum(f.stat().st_size for f in run.run_folder.rglob("archive/*")) <= 1_300_000
    assert len(run.file("articles")) >= len(STORIES)
    assert all(record["provenance"]["archive"] for record in run.file("articles"))
    kept = [bool(record["provenance"]["archive"]) for record in run.file("documents")]
    assert sum(kept) == 2
    assert "18 captures of 2" in in_process(tmp_path / "bounded", "status").stdout
