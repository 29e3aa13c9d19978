"""``scrapy frontier`` over Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from redis import Redis

from shio_scraper.frontier import redis_server
from shio_scraper.frontier.store import FrontierError
from tests.crawl.killing import kill_at
from tests.spiders.running import Run, in_process, scrapy

if TYPE_CHECKING:
    from pathlib import Path

    from tests.services.redis_process import RedisProcess

OTHER = "another"
CRAWL = ("crawl", "portal", "-a", "site=demo")


def frontier(folder: Path, redis: RedisProcess, *arguments: str, status: int = 0) -> Run:
    run = in_process(folder, "frontier", *arguments, "-s", f"SHIO_FRONTIER={redis.url}")
    assert run.status == status, run.stderr
    assert "Traceback" not in run.stderr
    return run


def test_show_and_clear(tmp_path: Path, redis: RedisProcess) -> None:
    where = ("-s", f"SHIO_FRONTIER={redis.url}")
    assert frontier(tmp_path, redis, "show").stdout == "No crawl\n"
    slow = (
        *CRAWL,
        "-a",
        "only=news,faq",
        *where,
        "-s",
        "DOWNLOAD_DELAY=0.05",
        "-s",
        "SHIO_LEASE=2",
    )
    assert kill_at(tmp_path, 20, *slow)
    assert scrapy(tmp_path, *CRAWL, "-a", "only=events", *where).status == 0
    ended, cut_off = frontier(tmp_path, redis, "show").stdout.split("portal only=")[1:]
    if "cut off" in ended:  # both began in one second
        ended, cut_off = cut_off, ended
    assert ended.startswith("events site=demo\n")
    assert ", ended 20" in ended
    assert cut_off.startswith("faq,news site=demo\n")
    assert ", cut off: the same crawl command goes on\n" in cut_off
    assert f"records in {tmp_path}/data/runs/" in cut_off
    for name in (line.split()[0] for line in frontier(tmp_path, redis, "show").stdout.splitlines()
                 if "  portal " in line):  # fmt: skip
        assert frontier(tmp_path, redis, "clear", name).stdout.startswith("Forgotten, with ")
    with redis.client() as client:
        kept = {key.split(b":")[1] for key in client.scan_iter()}
    assert kept == {b"memory", b"round"}


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    run = in_process(
        tmp_path, "frontier", "show", "-s", "SHIO_FRONTIER=redis://a:secret@127.0.0.1:1"
    )
    assert run.status == 1
    (line,) = run.stderr.splitlines()
    assert line.startswith("scrapy frontier: Redis at 127.0.0.1:1: ")


# A server that cannot be used


def refused(folder: Path, location: str) -> str:
    run = scrapy(folder, *CRAWL, "-s", f"SHIO_FRONTIER={location}")
    assert run.status == 2
    (line,) = run.stderr.splitlines()
    assert "secret" not in line
    assert not list((folder / "data" / "runs").glob("*"))
    return line


def test_a_crawl_on_a_server_that_is_not_there(tmp_path: Path) -> None:
    line = refused(tmp_path, "redis://user:secret@127.0.0.1:1/0")
    assert line.startswith("scrapy crawl: Redis at 127.0.0.1:1/0: ")


def test_what_is_no_address() -> None:
    with pytest.raises(FrontierError, match=r"Redis at 127\.0\.0\.1:port"):
        redis_server.check("redis://user:secret@127.0.0.1:port")


def test_a_server_that_wants_another_password(redis: RedisProcess) -> None:
    with redis.client() as client:
        client.config_set("requirepass", OTHER)
    try:
        with pytest.raises(FrontierError, match="password"):
            redis_server.check(redis.url.replace("unix://", "unix://:secret@"))
    finally:
        with Redis(unix_socket_path=str(redis.socket), password=OTHER) as client:
            client.config_set("requirepass", "")


def test_a_server_that_is_too_old(redis: RedisProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_server, "_OLDEST", 99)
    with pytest.raises(FrontierError, match=r"is version 7.*: 99 or newer is needed"):
        redis_server.check(redis.url)
