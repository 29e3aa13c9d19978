"""Safety of whole crawls: no output obeys a page, nothing secret is written."""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING

from shio_scraper.archives.jsonl import texts
from tests.server import Reply, ScriptedPortal
from tests.spiders.running import FAST, assert_calm, crawl_portal, in_process, scrapy
from tests.spiders.scripted import PROSE, article, en, event, link, portal_of

if TYPE_CHECKING:
    from pathlib import Path
from tests.test_safety import LIVE, SECRET, commands

PATH = "25/../../../tmp/x"
"""An id with a path behind it."""


FORMULAS = ("=HYPERLINK(1)", "+1", "-1", "@SUM(A1)")


def hostile() -> dict[str, Reply | str]:
    titles = dict(zip(range(20, 24), FORMULAS, strict=True))
    markup = "&lt;script&gt;alert(1)&lt;/script&gt; ../../etc/passwd \u202e &amp; ]]&gt;"
    return {
        **portal_of(*map(en, titles), en(24), en(PATH)),
        **{en(n): article(title, "2024-03-04") for n, title in titles.items()},
        en(24): article(
            "Markup",
            "2024-03-04",
            body=(
                markup,
                *PROSE,
                f"Its sum is {link('/a', '=1+1')}, as the keeper wrote on the door.",
            ),
        ),
        en(PATH): article("A path", "2024-03-04"),
    }


def test_outputs_obey_no_text_of_a_page(tmp_path: Path) -> None:
    with ScriptedPortal(hostile()) as portal:
        run = crawl_portal(tmp_path, portal.url, "-O", "x.csv", "-O", "x.jsonl")
    assert run.status == 0
    assert_calm(run)
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["type"] for row in rows} == {"article", "status", "faq", "event"}
    assert len(rows) == len(run.records)
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    titles = {row["key"]: row["title"] for row in rows}
    assert [titles[f"article/en/{n}"] for n in range(20, 24)] == [f"'{f}" for f in FORMULAS]
    (linked,) = [row["links"] for row in rows if row["key"] == "article/en/24"]
    assert json.loads(linked)[0]["text"] == "=1+1"
    exact = {record["key"]: record["title"] for record in run.file("articles")}
    assert [exact[f"article/en/{n}"] for n in range(20, 24)] == list(FORMULAS)


def test_no_path_is_made_of_what_a_page_says(tmp_path: Path) -> None:
    with ScriptedPortal(hostile()) as portal:
        run = crawl_portal(tmp_path, portal.url)
    assert run.by_key["article/en/25"]["title"] == "A path"
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    own = {"data", "data/runs", "data/latest", "data/frontier.db"}
    folder = f"data/runs/{run.run_folder.name}"
    files = (
        "articles.jsonl", "status.jsonl", "faq.jsonl", "events.jsonl", "rejects.jsonl",
        "press_conferences.jsonl", "documents.jsonl", "rows.jsonl", "layouts.jsonl", "audit.jsonl",
        "stats.json", "manifest.json", "archive", "templates",
    )  # fmt: skip
    known = own | {folder} | {f"{folder}/{name}" for name in files}
    ours = re.compile(rf"{folder}/(archive/.*|templates/[0-9a-f]{{16}}\.json)")
    more = {name for name in names - known if not ours.fullmatch(name)}
    databases = ("data/state", "data/frontier", "data/payloads")
    assert {name for name in more if not name.startswith(databases)} == set()


THEIRS = "fremd-8"


def test_no_secret_is_written_down(tmp_path: Path) -> None:
    """A proxy's password, cookies that were given to us; of a page's addresses in the log alone."""
    away = f"http://me:{THEIRS}@127.0.0.1:1/"
    with ScriptedPortal(portal_of(en(30), en(31))) as portal:
        portal.pages[en(30)] = Reply(
            article("Cookies", "2024-03-04"), headers={"Set-Cookie": f"session={SECRET}; Path=/"}
        )
        portal.pages[en(31)] = Reply(status=302, headers={"Location": away})
        portal.otherwise = lambda target: (
            portal.reply(target.removeprefix(LIVE)) if target.startswith(LIVE) else None
        )
        proxy = portal.url.replace("//", f"//me:{SECRET}@")
        run = scrapy(
            tmp_path, "crawl", "portal", "-a", f"site={LIVE}", *FAST, "-s", "LOG_LEVEL=DEBUG",
            "-s", "COOKIES_ENABLED=1", "-s", "SHIO_MONITOR_FLOOR={}", "-s",
            "CLOSESPIDER_PAGECOUNT=20", env={"http_proxy": proxy},
        )  # fmt: skip
        sent = [seen.headers for seen in portal.requests]
    assert any("Proxy-Authorization" in headers for headers in sent)
    assert any(SECRET in headers.get("Cookie", "") for headers in sent)
    (credentials,) = {headers["Proxy-Authorization"] for headers in sent}
    written = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    (warc,) = [path for path in written if path.name.endswith(".warc.gz")]
    written[warc] = b"".join(texts(warc))
    assert b"Cookies" in written[warc]
    for text in (run.stderr.encode(), *written.values()):
        for secret in (SECRET, credentials.partition(" ")[2]):
            assert secret.encode() not in text
    assert ("fetch", "off_portal", en(31)) in run.rejected()
    assert THEIRS not in run.stderr + str(run.rejects)


ESCAPES = "\x1b]0;mine\x07\x9b31m\u202e"


def test_no_text_of_a_page_commands_the_terminal(tmp_path: Path) -> None:
    origin = "https://touch.shio.gov.cn/jsp"
    body = f"<p>{PROSE[0]} <a href='http://a.example/x{ESCAPES}y'>A link</a> in it.</p>"
    row = {
        "url": f"{origin}/{ESCAPES}.jsp",
        "html": f"<div>Government News</div><h1>A title 2024-03-04</h1>{body}",
    }
    second = {"url": f"{origin}/zfxw_detail_en.jsp?id=7", "html": row["html"] + body}
    (tmp_path / "x.jsonl").write_text(f"{json.dumps(row)}\n{json.dumps(second)}\n", "utf-8")
    said = [
        scrapy(tmp_path, "crawl", "archive", "-a", "path=x.jsonl", "-s", "LOG_LEVEL=DEBUG"),
        in_process(tmp_path, "drift", "latest"),
        in_process(tmp_path, "explain", "article/en/7"),
        in_process(tmp_path, "explain", f"article/{ESCAPES}"),
    ]
    assert [commands(run.stdout + run.stderr) for run in said] == [[], [], [], []]
    assert "%1B" in said[1].stdout
    link, _ = said[0].by_key["article/en/7"]["links"]
    assert link["url"] == "http://a.example/x%1B]0;mine%07%C2%9B31m%E2%80%AEy"
    addresses = [record["url"] for record in said[0].records if record["url"]]
    assert commands("".join(addresses)) == []


def test_contacts_can_be_left_out(tmp_path: Path) -> None:
    pages = portal_of("/jsp/cfbm_detail_en.jsp?id=1")
    pages["/jsp/cfbm_detail_en.jsp?id=1"] = event("Fair", "2024-03-08")
    with ScriptedPortal(pages) as portal:
        on = crawl_portal(tmp_path / "on", portal.url)
        off = crawl_portal(
            tmp_path / "off", portal.url, "-s", "SHIO_CONTACTS=off", "-O", "all.jsonl"
        )
        wrong = crawl_portal(tmp_path / "off", portal.url, "-s", "SHIO_CONTACTS=maybe")
    assert (on.by_key["event/en/1"]["contact"], on.by_key["event/en/1"]["phone"]) == (
        "Li Ming", "021-5555",
    )  # fmt: skip
    found = off.by_key["event/en/1"]
    assert (found["contact"], found["phone"]) == (None, None)
    for path in (tmp_path / "off").rglob("*"):
        if path.is_file() and not path.name.endswith(".gz"):
            assert b"Li Ming" not in path.read_bytes(), path
    assert "Li Ming" not in off.stderr
    verified = in_process(tmp_path / "off", "verify", "data")
    assert verified.status == 0, verified.stdout + verified.stderr
    assert wrong.status == 2
