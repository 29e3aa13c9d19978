"""The demo portal: its server over real HTTP, and its files against their content."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
import time
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from parsel import Selector

from shio_scraper import demo
from shio_scraper.demo import DemoPortal, DemoSite, demo_folder
from shio_scraper.portals import TOUCH_SHANGHAI

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
FIXTURES = ROOT / "fixtures"
ARTICLE = "/jsp/zfxw_detail_en.jsp?id=2241"
HIDDEN = (
    "//head|//body//script|//body//style|//*[@hidden]"
    "|//*[contains(translate(@style, 'DISPLAYNOE ', 'displaynoe'), 'display:none')]"
)
FOLLOWED = {"home", "listing", "article", "event_listing", "event"}
MIN_ARTICLES, MIN_ROWS, MIN_PAIRS, MIN_EVENTS = 64, 12, 6, 4


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Return the address of a running demo portal."""
    with DemoPortal() as portal:
        yield portal.url


def get(address: str) -> tuple[int, str, bytes]:
    """Return status, content type and body of an answer."""
    try:
        with urlopen(address, timeout=10) as response:
            return response.status, response.headers["Content-Type"], response.read()
    except HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read()


def lines(name: str) -> list[dict[str, Any]]:
    """Return the records of a JSON Lines file."""
    text = (FIXTURES / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


EXPECTED = lines("portal.expected.jsonl")
REJECTS = lines("portal.rejects.jsonl")


# The server


@pytest.mark.parametrize(
    "target",
    [
        ARTICLE,
        "/jsp/zfxw_detail_en.jsp?siteId=300&id=2241&lang=en",
        "/jsp/zfxw_detail_en.jsp;jsessionid=0A1B?id=2241",
        "//jsp/zfxw_detail_en.jsp?id=2241",
    ],
)
def test_a_page_answers_to_every_spelling(url: str, target: str) -> None:
    """Order, extras and session ids do not tell pages apart."""
    body = (demo_folder() / "jsp/zfxw_detail_en.jsp/id=2241.html").read_bytes()
    assert get(url + target) == (200, "text/html", body)


def test_pages_without_a_query(url: str) -> None:
    """The home page and robots.txt are where a client looks for them."""
    assert get(url)[2] == (demo_folder() / "index.html").read_bytes()
    status, kind, body = get(url + "/robots.txt")
    assert (status, kind) == (200, "text/plain")
    assert b"Disallow: /usercenter/" in body


@pytest.mark.parametrize(
    "target",
    ["/usercenter/login.jsp", "/jsp/zfxw_detail_en.jsp?id=1", "/nowhere", "/../items.py", "/jsp"],
)
def test_an_unknown_page_is_404(url: str, target: str) -> None:
    """What is not there is a small HTML page with status 404."""
    status, kind, body = get(url + target)
    assert (status, kind) == (404, "text/html")
    assert b"<h1>404</h1>" in body


def test_a_listing_repeats_its_last_page(url: str) -> None:
    """Pagination has no end, and page 1 is the address without a page."""
    listing = url + "/jsp/zfxw_default_en.jsp?siteId=7"
    pages = [get(f"{listing}&p_page={number}")[2] for number in (1, 2, 3, 4, 329)]
    assert pages[0] == get(listing)[2]
    assert len(set(pages[:3])) == 3
    assert pages[2] == pages[3] == pages[4]
    assert get(url + "/jsp/zfxw_default_en.jsp?siteId=99&p_page=2")[0] == 404


def test_headers_of_its_own(url: str) -> None:
    """``responses.json`` says what differs."""
    responses = json.loads((demo_folder() / "responses.json").read_text(encoding="utf-8"))
    assert responses
    for target, response in responses.items():
        assert get(url + target)[1] == response["headers"]["Content-Type"]


def test_a_client_that_has_the_page_is_told_so(url: str) -> None:
    with urlopen(url + ARTICLE, timeout=10) as response:
        tag = response.headers["ETag"]
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    for held, status in ((tag, 304), ('"another"', 200)):
        connection.request("GET", ARTICLE, headers={"If-None-Match": held})
        answer = connection.getresponse()
        assert (answer.status, answer.headers["ETag"]) == (status, tag)
        assert bool(answer.read()) is (status == 200)
    connection.close()


def test_connections_are_kept_and_fast(url: str) -> None:
    """A response is one write, so that none waits 40 ms for an acknowledgement."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    begin = time.perf_counter()
    for _ in range(100):
        connection.request("GET", ARTICLE)
        connection.getresponse().read()
    connection.request("HEAD", ARTICLE)
    assert connection.getresponse().read() == b""
    connection.close()
    assert time.perf_counter() - begin < 2


def test_it_can_be_stopped_and_started_again(capfd: pytest.CaptureFixture[str]) -> None:
    """Start and stop may be called twice; nothing is printed."""
    portal = DemoPortal()
    portal.stop()
    with pytest.raises(RuntimeError, match="not running"):
        _ = portal.url
    for _ in range(2):
        portal.start()
        portal.start()
        assert get(portal.url)[0] == 200
        portal.stop()
        portal.stop()
    assert capfd.readouterr() == ("", "")


def test_a_folder_of_its_own(tmp_path: Path) -> None:
    """Any folder of the layout can be served; an empty one is an error."""
    with pytest.raises(FileNotFoundError, match="no page of a portal"):
        DemoSite(tmp_path)
    (tmp_path / "gone").mkdir()
    (tmp_path / "gone/a=1&b=2.html").write_text("gone", encoding="utf-8")
    (tmp_path / "responses.json").write_text('{"/gone?a=1&b=2": {"status": 410}}', encoding="utf-8")
    with DemoPortal(tmp_path) as portal:
        assert get(portal.url + "/gone?b=2&a=1") == (410, "text/html", b"gone")


def test_a_missing_demo_portal_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the files, the error says where they were looked for."""
    monkeypatch.setattr(demo, "__file__", str(tmp_path / "shio_scraper" / "demo.py"))
    with pytest.raises(FileNotFoundError, match=r"^no demo portal: .+$"):
        demo_folder()


def test_the_installed_portal_is_found_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wheel carries the files inside the package."""
    folder = tmp_path / "shio_scraper" / "fixtures" / "portal"
    folder.mkdir(parents=True)
    (folder / "index.html").touch()
    monkeypatch.setattr(demo, "__file__", str(tmp_path / "shio_scraper" / "demo.py"))
    assert demo_folder() == folder


# The files


def test_what_is_committed_is_what_the_builder_makes(tmp_path: Path) -> None:
    """``python -m fixtures.build_portal`` gives the same bytes again."""
    command = [sys.executable, "-m", "fixtures.build_portal", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True)
    built = tree(tmp_path)
    assert {name: data for name, data in tree(FIXTURES).items() if name in built} == built
    assert tree(FIXTURES / "portal").keys() == tree(tmp_path / "portal").keys()


def tree(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_there_is_enough_of_everything() -> None:
    """The portal has articles of both languages and layouts, rows, pairs and events."""
    counts = Counter(record["type"] for record in EXPECTED)
    assert counts["article"] >= MIN_ARTICLES
    assert counts["status"] >= MIN_ROWS
    assert counts["faq"] >= MIN_PAIRS
    assert counts["event"] >= MIN_EVENTS
    assert {reject["reason"] for reject in REJECTS} == {"http_status", "not_found", "empty"}


def test_keys_are_sorted_and_unique() -> None:
    """A record a key, in the order of the keys."""
    keys = [str(record["key"]) for record in EXPECTED]
    assert keys == sorted(set(keys))


@cache
def page(url: str) -> Selector:
    """Return the document of a canonical address, less what no reader sees."""
    data = DemoSite(demo_folder()).answer(url.removeprefix(TOUCH_SHANGHAI.origin)).body
    document = Selector(text=decoded(data), type="html")
    for element in document.xpath(HIDDEN):
        element.drop()
    return document


def decoded(data: bytes) -> str:
    """Return the text of a page: UTF-8 where it can be, else GBK."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")


def squeezed(text: str) -> str:
    """Return ``text`` in NFC without white space."""
    return unicodedata.normalize("NFC", re.sub(r"\s", "", text))


@pytest.mark.parametrize("record", EXPECTED, ids=lambda record: str(record["key"]))
def test_the_truth_stands_on_its_page(record: dict[str, Any]) -> None:
    """Every text of a record can be read on the page that it is said to come from."""
    text = squeezed(page(record["url"] or sidebar_page(record)).xpath("string()").get(""))
    names = ("section", "category", "title", "source", "question", "answer", "status_text")
    for name in (*names, "number", "contact", "phone", "published"):
        assert squeezed(str(record.get(name) or "")) in text
    at = 0
    for paragraph in record.get("paragraphs", ()):
        at = text.index(squeezed(paragraph), at) + 1


def sidebar_page(record: dict[str, Any]) -> str:
    """Return a page that shows the sidebar of a record's language."""
    frame = {"en": "/", "zh": "/jsp/zfxw_default.jsp?siteId=300"}[str(record["language"])]
    return TOUCH_SHANGHAI.origin + frame


def links(url: str) -> set[str]:
    """Return the addresses that a crawl follows from a page."""
    found = set()
    for href in page(url).xpath("//a/@href").getall():
        target = TOUCH_SHANGHAI.canonical(href, url)
        address = TOUCH_SHANGHAI.locate(target or "")
        if address and (address.kind in FOLLOWED or re.search("/c[xj][bw]", address.url)):
            found.add(address.url)
    return found


def test_a_crawl_reaches_every_page() -> None:
    """From the home page on, links lead to every record and every reject, and to no more."""
    queue = [TOUCH_SHANGHAI.origin + "/"]
    seen = set(queue)
    site = DemoSite(demo_folder())
    missing = set()
    while queue:
        url = queue.pop()
        answer = site.answer(url.removeprefix(TOUCH_SHANGHAI.origin))
        if answer.status != 200 or not answer.body:
            missing.add(url)
            continue
        new = links(url) - seen
        seen |= new
        queue += new
    assert {str(record["url"]) for record in EXPECTED if record["url"]} <= seen
    assert {str(reject["url"]) for reject in REJECTS} <= seen
    assert missing == {reject["url"] for reject in REJECTS if reject["reason"] != "not_found"}
