"""Wrong use of any command: one line, status 2, and nothing is fetched or written."""

from __future__ import annotations

import json
import shlex
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from scrapy.cmdline import _get_commands_from_module

from shio_scraper import commands
from tests.server import ScriptedPortal
from tests.spiders.running import Run, in_process, scrapy

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SITE = "SITE"
"""Stands for the address of a server that must not be asked."""
PORTAL = f"crawl portal -a site={SITE}"
WAYBACK = "crawl portal -a site=wayback"
COMMONCRAWL = "crawl portal -a site=commoncrawl"
PAGES = "crawl archive -a path=file.txt"
MISSPELT = "there is no setting SHIO_MONITOR_REJECT: did you mean SHIO_MONITOR_REJECTS?"
WRONG = {
    f"{PORTAL} -a colour=red": "unknown argument 'colour'",
    f"{PORTAL} -a max-pages=3": "unknown argument 'max-pages'",
    f"{PORTAL} -a path=x": "unknown argument 'path'",
    "crawl portal -a portal=any": "portal=any takes its address, -a site=https://www.example.org/",
    f"{PORTAL} -a portal=any -a dry=1": "dry=1 goes by a map's kinds of pages",
    f"{PORTAL} -a portal=any -a mode=update": "mode=update goes by a map's kinds of pages",
    f"{PORTAL} -a portal=any -a only=status": "portal=any has no such pages",
    f"{PORTAL} -a portal=any -a language=english": "language='english' is no code",
    f"{PORTAL} -a portal=any -a pages=0": "pages='0' is not a number from 1 on",
    f"{PORTAL} -a depth=2": "depth bounds a crawl of portal=any",
    "crawl archive -a portal=any": "path is missing: give -a path=FILE, FOLDER or GLOB[,GLOB…]\n",
    "crawl archive -a portal=any -a site=wayback": "site=wayback is asked for the hosts of a map",
    "extract file.txt -o out --portal any --site nowhere": "--site nowhere is no http(s) address",
    "crawl portal -a site=": "site=''",
    "crawl portal -a site=demo2": "site='demo2'",
    "crawl portal -a site=ftp://127.0.0.1/": "site='ftp://127.0.0.1/'",
    "crawl portal -a site=http://": "site='http://'",
    "crawl portal -a site=http://127.0.0.1/?page=1": "site='http://127.0.0.1/?page=1'",
    "crawl portal -a site=http://127.0.0.1/#top": "site='http://127.0.0.1/#top'",
    "crawl portal -a site=http://me:secret@127.0.0.1/": "site='http://",
    "crawl portal -a site=http://[::1": "site='http://[::1'",
    "crawl portal -a site=http://127.0.0.1:port": "site='http://127.0.0.1:port'",
    "crawl portal -a site=http://127.0.0.1:99999": "site='http://127.0.0.1:99999'",
    f"{PORTAL} -a only=": "only",
    f"{PORTAL} -a only=news,weather": "weather",
    f"{PORTAL} -a language=EN": "EN",
    f"{PORTAL} -a language=en,fr": "fr",
    f"{PORTAL} -a since=": "since=''",
    f"{PORTAL} -a since=soon": "since='soon'",
    f"{PORTAL} -a since=tomorrow": "in the future",
    f"{PORTAL} -a until=3000-01-01": "until='3000-01-01' is 3000-01-01, in the future",
    f"{PORTAL} -a since=2025-02-29": "since='2025-02-29'",
    f"{PORTAL} -a since=20250301": "since='20250301'",
    f"{PORTAL} -a until=2025-W01-1": "until='2025-W01-1'",
    f"{PORTAL} -a since=2025-03-02 -a until=2025-03-01": "since=2025-03-02",
    f"{PORTAL} -a max_pages=0": "max_pages='0'",
    f"{PORTAL} -a max_pages=-1": "max_pages='-1'",
    f"{PORTAL} -a max_pages=1.5": "max_pages='1.5'",
    f"{PORTAL} -a max_pages=²": "max_pages='²'",
    f"{PORTAL} -a dry=true": "dry='true' is neither 1 nor 0",
    f"{PORTAL} -a since": "-a",
    f"{PORTAL} -a": "crawl: -a: expected one argument",
    f"{PORTAL} more": "archive, portal",
    f"{PORTAL} -s SHIO_MAX_PAGE=big": "SHIO_MAX_PAGE='big'",
    f"{PORTAL} -s SHIO_MAX_PAGE=0": "SHIO_MAX_PAGE='0'",
    f"{PORTAL} -s CONCURRENT_REQUESTS=many": "CONCURRENT_REQUESTS='many' is not a number",
    f"{PORTAL} -s RETRY_ENABLED=maybe": "RETRY_ENABLED='maybe' is not True or False",
    f"{PORTAL} -s LOG_LEVEL=LOUD": "LOG_LEVEL='LOUD' is not CRITICAL, ",
    f"{PORTAL} -s SHIO_LEASE=soon": "SHIO_LEASE='soon'",
    f"{PORTAL} -s SHIO_LEASE=0": "SHIO_LEASE='0'",
    f"{PORTAL} -s SHIO_DATA=/proc/none": "SHIO_DATA='/proc/none'",
    f"{PORTAL} -s SHIO_DATA=file.txt": "SHIO_DATA='file.txt'",
    f"{PORTAL} -O all.unknown": "unknown",
    f"{PORTAL} -O s3://bucket/all.jsonl": "missing boto3 library",
    f"{PORTAL} -o a.jsonl -O b.jsonl": "-o",
    "crawl portals": "archive, portal",
    "crawl": "archive, portal",
    "crawl archive": "path",
    "crawl archive -a path=": "path",
    "crawl archive -a path=,": "path",
    "crawl archive -a path=nowhere": "path='nowhere'",
    "crawl archive -a path=*.html": "path='*.html'",
    "crawl archive -a path=file.txt,nowhere.html": "path='nowhere.html'",
    "crawl archive -a path=scrapy.cfg": "path='scrapy.cfg'",
    "crawl archive -a path=file.txt -a site=demo": "site='demo' is no archive service",
    "crawl archive -a path=file.txt -a site=http://127.0.0.1/ -a portal=all": "of one portal: say",
    f"{PAGES} -a url_column=": "url_column",
    f"{PAGES} -a 'html_column= '": "html_column",
    f"{PAGES} -a colour_column=red": "colour_column",
    "crawl portal -a portal=shio": "portal='shio' is not known: use touch, en_shio, ",
    f"{PORTAL} -a portal=all": "is a copy of one portal: say which",
    "crawl portal -a site=demo -a only=press": "only=press: portal=touch has no such pages",
    "crawl portal -a mode=half": "mode='half' is neither full nor update",
    f"{PORTAL} -s SHIO_ARCHIVE=on": "SHIO_ARCHIVE='on' is not warc, wacz or off",
    f"{PORTAL} -s SHIO_ARCHIVE_FILE_SIZE=1G": "SHIO_ARCHIVE_FILE_SIZE='1G' is not a number",
    f"{PORTAL} -s SHIO_UPDATE_YOUNG_DAYS=-1": "SHIO_UPDATE_YOUNG_DAYS='-1' is not a number",
    f"{PORTAL} -s SHIO_UPDATE_PAGES_BEYOND=two": "SHIO_UPDATE_PAGES_BEYOND='two' is not a number",
    f"{PORTAL} -s SHIO_MONITOR_REJECTS=few": "SHIO_MONITOR_REJECTS=",
    f"{PORTAL} -s SHIO_MONITOR_FLOOR=7": "SHIO_MONITOR_FLOOR=",
    f"{PORTAL} -s SHIO_CHALLENGE_DELAY=x": "SHIO_CHALLENGE_DELAY=",
    f"{PORTAL} -s SHIO_MONITOR_REJECT=1": MISSPELT,
    "dataset show -s SHIO_MONITOR_REJECT=1": MISSPELT,
    # archive services
    f"{WAYBACK} -a mode=update": "an archive service holds does not",
    f"{WAYBACK} -a cdx=nowhere": "cdx='nowhere' is no http(s) address",
    f"{COMMONCRAWL} -a data=x": "data='x' is no http(s) address",
    f"{COMMONCRAWL} -a replay=http://x/": "replay is not for site=commoncrawl",
    f"{WAYBACK} -a data=http://x/": "data is not for site=wayback",
    "crawl portal -a cdx=http://x/cdx": "cdx needs an archive service",
    "crawl portal -a site=demo -a captured_since=2019-01-01": "captured_since needs",
    f"{WAYBACK} -a captured_until=2019": "is not a day",
    f"{WAYBACK} -a max_pages=2": "max_pages",
    f"{WAYBACK} -a captured_since=2020-01-02 -a captured_until=2020-01-01": "is after",
    "crawl archive -a path=. -a site=wayback": "cannot both be read",
    "crawl archive -a path=. -a cdx=http://x/cdx": "cdx needs an archive service",
    "crawl archive -a site=live": "no archive service",
    f"{PORTAL} -s SHIO_FRONTIER=http://127.0.0.1/": "use a file, redis://HOST or memory",
    f"{PORTAL} -s LOG_FILE=/proc/none": "LOG_FILE='/proc/none' cannot be written: No such file",
    f"{PORTAL} --colour": "scrapy crawl: there is no option --colour: -h lists",
    # other commands
    "list --colour": "scrapy list: there is no option --colour",
    "list spiders": "scrapy list: spiders: this command takes options only",
    "verify data --colour": "scrapy verify: there is no option --colour",
    "explain key --colour": "scrapy explain: there is no option --colour",
    "portal check --colour": "scrapy portal: there is no option --colour",
    "extract in -o new --portal x": "portal='x' is not known",
    "extract in": "say what to read and where to write",
    "extract -o new": "say what to read and where to write",
    "extract nowhere -o new": "nowhere: no such file, or none of a known format",
    "extract in -o new --site nowhere": "site='nowhere' is no archive service",
    "extract in -o new --site http://127.0.0.1/ --portal x": "portal='x' is not known",
    "extract in -o in": "in holds other files",
    "extract in -o new --workers none": "--workers: 'none' is not a number from 1 on",
    "extract '' -o new": "an empty name: no such file",
    "extract in -o new -s SHIO_MAX_PAGE=abc": "SHIO_MAX_PAGE='abc' is not a number",
    "extract in -o new -s SHIO_MAX_PAGE=-5": "SHIO_MAX_PAGE='-5' is not a number",
    "extract in -o new --format xml": "--format: invalid choice: 'xml'",
    "extract in -o in/page.html": "in/page.html is a file: name a folder",
    "dataset": "scrapy dataset: the following arguments are required: subcommand",
    "dataset foo": "scrapy dataset: subcommand: invalid choice: 'foo'",
    "dataset add": "scrapy dataset add: the following arguments are required: RUN",
    "dataset add --foo x": "scrapy dataset: unrecognized arguments: --foo",
    "dataset add x": "scrapy dataset add: x: no such run: give a folder, or a name in data",
    "dataset show x": "scrapy dataset: unrecognized arguments: x",
    "dataset rebuild x": "scrapy dataset rebuild: x: no such run",
    "dataset build": "scrapy dataset build: the following arguments are required: -o",
    "dataset build -o b x": "scrapy dataset: unrecognized arguments: x",
    "history": "scrapy history: name one key, such as article/en/2241",
    "changes --format xml": "--format: invalid choice: 'xml'",
    "dataset diff a": "scrapy dataset diff: the following arguments are required: B",
    "dataset show -s SHIO_GONE_AFTER=x": "SHIO_GONE_AFTER='x' is not a number from 1 on",
    "frontier": "scrapy frontier: use show [NAME] | requeue NAME | clear NAME",
    "frontier look": "scrapy frontier: use show",
    "frontier clear": "scrapy frontier: use show",
    "frontier show a b": "scrapy frontier: use show",
}  # fmt: skip


@pytest.fixture(scope="module")
def unasked() -> Iterator[ScriptedPortal]:
    """Run a server that counts what it is asked."""
    with ScriptedPortal() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "file.txt").write_text("04-16 21315227 Processing\n", encoding="utf-8")
    (tmp_path / "scrapy.cfg").touch()
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "page.html").write_text("<p>A page</p>", encoding="utf-8")
    return tmp_path


def assert_refused(run: Run, command: str, unasked: ScriptedPortal) -> None:
    assert len(run.stderr.splitlines()) == 1, run.stderr
    assert run.stderr.startswith(f"scrapy {command.split(maxsplit=1)[0]}")
    assert WRONG[command] in run.stderr
    assert (run.stdout, run.status) == ("", 2)
    left = {path.name for path in run.folder.rglob("*")}
    assert left - {"data", "runs"} == {"file.txt", "scrapy.cfg", "in", "page.html"}
    assert run.run_folders == []
    assert unasked.requests == []


@pytest.mark.parametrize("command", WRONG)
def test_it_is_one_line(command: str, folder: Path, unasked: ScriptedPortal) -> None:
    words = shlex.split(command.replace(SITE, unasked.url))
    assert_refused(in_process(folder, *words), command, unasked)


@pytest.mark.parametrize(
    "command", [f"{PORTAL} -a colour=red", "dataset foo", "extract nowhere -o new"]
)
def test_so_it_is_of_a_process(command: str, folder: Path, unasked: ScriptedPortal) -> None:
    words = shlex.split(command.replace(SITE, unasked.url))
    assert_refused(scrapy(folder, *words), command, unasked)


def test_in_a_log_of_objects_it_is_one(folder: Path) -> None:
    run = in_process(folder, "crawl", "portal", "-s", "SHIO_LOG=json", "-s", "SHIO_STAET=x")
    message = "scrapy crawl: there is no setting SHIO_STAET: did you mean SHIO_STATE?"
    assert json.loads(run.stderr)["message"] == message


def test_every_command_of_ours_is_there_in_other_projects() -> None:
    theirs = set(_get_commands_from_module("scrapy.commands", inproject=True))
    ours = {file.stem for file in Path(commands.__path__[0]).glob("[a-z]*.py")} - theirs
    said = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert set(said["project"]["entry-points"]["scrapy.commands"]) == ours
