"""A crawl that is killed while its run is sealed: the next one ends it, and asks for nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shio_scraper.runs import manifest
from tests.server import ScriptedPortal
from tests.spiders.running import FAST, crawl_portal, scrapy
from tests.spiders.scripted import portal_of

if TYPE_CHECKING:
    from pathlib import Path

KILLED = """
import os, signal, sys
from pathlib import Path
from shio_scraper.runs import manifest
def rename(path, target, of=Path.rename):
    if step == "archive" and path.name.endswith(".warc.gz.open"):
        os.kill(os.getpid(), signal.SIGKILL)
    return of(path, target)
def replace(path, target, of=Path.replace):
    if step == "manifest" and Path(target).name == manifest.NAME:
        os.kill(os.getpid(), signal.SIGKILL)
    return of(path, target)
step = sys.argv.pop(1)
Path.rename, Path.replace = rename, replace
from scrapy.cmdline import execute
execute(["scrapy", *sys.argv[1:]])
"""


@pytest.mark.parametrize("step", ["archive", "manifest"])
def test_what_was_left_open_is_sealed(tmp_path: Path, step: str) -> None:
    with ScriptedPortal(portal_of()) as portal:
        arguments = ("crawl", "portal", "-a", f"site={portal.url}", *FAST)
        killed = scrapy(tmp_path, "-c", KILLED, step, *arguments)
        (folder,) = (tmp_path / "data" / "runs").iterdir()
        assert (killed.status, (folder / manifest.NAME).exists()) == (-9, False)
        asked = len(portal.targets)
        run = crawl_portal(tmp_path, portal.url)
        assert (run.status, len(portal.targets)) == (0, asked), run.stderr
    assert run.run_folders == [folder]
    ended = manifest.read(folder)
    assert (ended.outcome, sum(ended.counts.values())) == ("complete", len(run.records))
    assert manifest.changed(folder, ended.files) == []
    assert not list(folder.rglob("*.open"))
