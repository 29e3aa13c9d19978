"""Messages and pings of runs: which come, what they say, and what they never hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.server import Reply, ScriptedPortal, service
from tests.spiders.running import crawl_portal
from tests.spiders.scripted import en, portal_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.spiders.running import Json, Run

SECRET = "geheim-77"  # noqa: S105  (to be found nowhere)


def told(hook: ScriptedPortal) -> list[Json]:
    """Return the messages that came, and let the next ones begin anew."""
    found = [json.loads(seen.body) for seen in hook.requests if seen.target.startswith("/notify")]
    hook.requests.clear()
    return found


def test_who_is_told_of_what(tmp_path: Path) -> None:
    with service(lambda _: Reply("OK")) as hook, ScriptedPortal(portal_of()) as portal:
        options = (
            "-s", f"SHIO_NOTIFY={hook.url.replace('http:', 'json:')}/notify/{SECRET}",
            "-s", f"SHIO_PING={hook.url}/ping/{SECRET}", "-s", "LOG_LEVEL=DEBUG",
        )  # fmt: skip

        def run() -> Run:
            return crawl_portal(tmp_path, portal.url, *options)

        well = run()
        assert [seen.target for seen in hook.requests] == [
            f"/ping/{SECRET}/start", f"/ping/{SECRET}/0",
        ]  # fmt: skip
        assert not told(hook)

        pages, portal.pages = portal.pages, {}
        away = run()
        assert (away.status, [*hook.asked("/ping")][-1]) == (1, f"/ping/{SECRET}/1")
        (message,) = told(hook)
        assert " is failed" in message["title"]
        cause, figures, look = message["message"].splitlines()
        assert cause.startswith("no record: status 404 (")
        assert " 0 records, " in figures
        assert look.startswith(f"look closer: cd {tmp_path} && scrapy report {tmp_path}/data/runs/")

        portal.pages = pages
        again = run()
        (message,) = told(hook)
        assert message["title"].endswith(" is complete again")
        assert message["message"].startswith("the run is complete\n")
        run()
        assert not told(hook)

        assert (
            crawl_portal(tmp_path, portal.url, *options, "-s", "SHIO_STATE=/proc/none").status == 5
        )
        run()
        lost, again_in = told(hook)
        assert " is not in the dataset" in lost["title"]
        assert again_in["title"].endswith(" is complete again")

        trial = crawl_portal(tmp_path, portal.url, *options, "-a", "sample=1")
        assert trial.status == 0
        assert not told(hook)
    for one in (well, away, again, trial):
        assert SECRET not in one.stderr + one.stdout
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in files if SECRET.encode() in path.read_bytes()]


def test_hooks_that_fail_are_told_and_cost_nothing(tmp_path: Path) -> None:
    with service(lambda _: Reply(drop=True)) as hook, ScriptedPortal(portal_of()) as portal:
        address = f"{hook.url}/{SECRET}"
        ends = ("-s", f"SHIO_PING={address}", "-s", f"SHIO_NOTIFY=json://localhost:9/{SECRET}")
        well = crawl_portal(tmp_path, portal.url, *ends)
        portal.pages[en(1)] = Reply(drop=True)
        cut = crawl_portal(tmp_path, portal.url, *ends, "-s", "CLOSESPIDER_PAGECOUNT=2")
    assert (well.status, cut.status) == (0, 3)
    assert well.stderr.count("SHIO_PING did not get through, which costs the run nothing: ") == 2
    assert "SHIO_NOTIFY did not get through, which costs the run nothing: A Conn" in cut.stderr
    assert "Traceback" not in well.stderr + cut.stderr
    assert SECRET not in well.stderr + cut.stderr


def test_an_address_that_cannot_be_used_is_told_before_the_crawl(tmp_path: Path) -> None:
    run = crawl_portal(tmp_path, "demo", "-s", f"SHIO_NOTIFY=nothing://{SECRET}")
    assert run.status == 2
    assert run.stderr.endswith("SHIO_NOTIFY: address 1 is none that apprise knows\n")
    assert SECRET not in run.stderr
