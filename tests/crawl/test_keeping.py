"""What a crawl keeps: every exchange, whole, where its records say; and what it does in trouble."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator

from tests.archives.warcs import PORTAL, Spec, made
from tests.server import Reply, ScriptedPortal
from tests.services.pywb_server import tool
from tests.spiders.running import (
    FAST,
    TIMEOUT,
    Json,
    Run,
    assert_calm,
    crawl_portal,
    lines,
    scrapy,
    start_scrapy,
)
from tests.spiders.scripted import STARTS, article, page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.spiders.crawling import CrawlScripted

ORIGIN = "https://touch.shio.gov.cn"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Crawl the demo portal once, packed as WACZ too."""
    folder = tmp_path_factory.mktemp("kept")
    return scrapy(folder, "crawl", "portal", "-a", "site=demo", "-s", "SHIO_ARCHIVE=wacz")


def archive(run: Run, number: int = 0) -> Path:
    return run.run_folder / "archive" / f"{run.run_folder.name}-{number:05}.warc.gz"


def records(path: Path) -> Iterator[tuple[Json, Any, bytes]]:
    with path.open("rb") as file:
        for record in ArchiveIterator(file, check_digests="raise"):
            headers = dict(record.rec_headers.headers)
            yield headers, record.http_headers, record.content_stream().read()


def responses(path: Path) -> dict[str, tuple[Json, Any, bytes]]:
    found = [r for r in records(path) if r[0]["WARC-Type"] in {"response", "revisit"}]
    return {r[0]["WARC-Target-URI"].removeprefix(ORIGIN): r for r in found}


def test_a_calm_crawl(kept: Run) -> None:
    assert kept.status == 0
    assert_calm(kept)
    assert (
        kept.stats["archive/responses"] + kept.stats.get("archive/revisits", 0)
        == (kept.stats["downloader/response_count"])
    )


def test_warcio_checks_it(kept: Run) -> None:
    done = subprocess.run(
        ["warcio", "check", "-v", str(archive(kept))], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert done.stdout.count("digest pass") > 200


def test_every_record_s_position_leads_to_its_page(kept: Run) -> None:
    assert kept.records
    with archive(kept).open("rb") as file:
        for record in kept.records:
            provenance = record["provenance"]
            position = provenance["archive"]
            assert position["file"] == archive(kept).name
            file.seek(position["offset"])
            found = next(iter(FastIterator(file, parse_http=True)))
            assert found.record_id == position["record_id"]
            assert sha256(found.reader.read()).hexdigest() == provenance["body_sha256"]
            assert found.headers["WARC-Date"] == provenance["fetched_at"]
            assert found.headers["WARC-Source-URI"] == provenance["fetched_url"]


def test_warcio_extract_gives_the_page(kept: Run) -> None:
    position = kept.records[0]["provenance"]["archive"]
    done = subprocess.run(
        ["warcio", "extract", "--payload", str(archive(kept)), str(position["offset"])],
        capture_output=True,
        check=True,
    )
    assert sha256(done.stdout).hexdigest() == kept.records[0]["provenance"]["body_sha256"]


def test_what_the_file_says_of_itself(kept: Run) -> None:
    headers, _, content = next(records(archive(kept)))
    assert headers["WARC-Type"] == "warcinfo"
    info = dict(line.split(": ", 1) for line in content.decode().splitlines())
    assert info["software"].startswith("shio-scraper ")
    assert info["format"] == "WARC File Format 1.1"
    assert info["robots"] == "classic"
    assert info["operator"]
    assert info["http-header-user-agent"].startswith("shio-scraper")
    assert info["isPartOf"] == kept.run_folder.name
    assert "demo" in info["description"]


def test_robots_txt_and_error_pages_are_kept(kept: Run) -> None:
    found = responses(archive(kept))
    assert found["/robots.txt"][1].get_statuscode() == "200"
    statuses = Counter(headers.get_statuscode() for _, headers, _ in found.values())
    assert statuses["404"] >= 1


def test_the_wacz_is_valid_for_the_public_tool(kept: Run) -> None:
    (wacz,) = kept.run_folder.rglob("*.wacz")
    done = subprocess.run(
        [tool("wacz"), "validate", "-f", wacz], capture_output=True, text=True, check=False
    )
    assert "the passed WACZ is valid" in done.stdout
    assert done.returncode == 0


def test_requests_as_they_were_sent(crawl: CrawlScripted) -> None:
    crawled = crawl({STARTS[0]: page("<p>Nothing</p>")}, "-a", "only=news", "-a", "language=en")
    (seen,) = [r for r in crawled.requests if r.target == STARTS[0]]
    sent = [
        headers
        for head, headers, _ in records(archive(crawled.run))
        if head["WARC-Type"] == "request" and head["WARC-Target-URI"] == ORIGIN + STARTS[0]
    ]
    assert {k.lower(): v for k, v in sent[0].headers} == {
        k.lower(): v for k, v in seen.headers.items()
    }


def test_compressed_pages_redirects_and_retries_are_kept_as_they_came(crawl: CrawlScripted) -> None:
    import gzip  # noqa: PLC0415

    packed = gzip.compress(article("Packed", "2024-03-04").encode())
    target = "/jsp/zfxw_detail_en.jsp?id=5"
    crawled = crawl(
        {
            "/": page(
                f'<a href="{target}">A story</a><a href="/jsp/zfxw_detail_en.jsp?id=6">B</a>'
            ),
            target: Reply(packed, headers={"Content-Encoding": "gzip"}),
            "/jsp/zfxw_detail_en.jsp?id=6": Reply(status=302, headers={"Location": target + "0"}),
            target + "0": article("Moved", "2024-03-05"),
        },
    )
    run = crawled.run
    found = responses(archive(run))
    assert found["/jsp/zfxw_detail_en.jsp?id=6"][1].get_header("Location").endswith("id=50")
    assert found[target][1].get_header("Content-Encoding") == "gzip"
    assert int(found[target][1].get_header("Content-Length")) == len(packed)
    by_title = {r["title"]: r["provenance"] for r in run.file("articles")}
    assert by_title["Packed"]["archive"]["record_id"] == found[target][0]["WARC-Record-ID"]
    assert by_title["Moved"]["archive"]["record_id"] == found[target + "0"][0]["WARC-Record-ID"]


def test_off(tmp_path: Path) -> None:
    run = scrapy(tmp_path, "crawl", "portal", "-a", "site=demo", "-s", "SHIO_ARCHIVE=off")
    assert run.status == 0
    assert not (run.run_folder / "archive").exists()
    assert {r["provenance"]["archive"] for r in run.records} == {None}


def test_files_roll(tmp_path: Path) -> None:
    size = ("-s", "SHIO_ARCHIVE_FILE_SIZE=100000")
    run = scrapy(tmp_path, "crawl", "portal", "-a", "site=demo", *size)
    names = {r["provenance"]["archive"]["file"] for r in run.records}
    assert len(names) > 1
    assert names <= {path.name for path in (run.run_folder / "archive").iterdir()}
    assert all(path.stat().st_size < 200_000 for path in (run.run_folder / "archive").iterdir())


def test_a_second_run_refers_to_the_first(tmp_path: Path) -> None:
    """Whatever reads it finds the payload there, and says whose it is where it is gone.

    One that is packed, the third, stands alone.
    """
    target = "/jsp/zfxw_detail_en.jsp?id=5"
    home = page(f'<a href="{target}">A story</a>')
    with ScriptedPortal({"/": home, target: article("A story", "2024-03-04")}) as portal:
        for mode in ("warc", "warc", "wacz"):
            crawl_portal(tmp_path, portal.url, "-s", f"SHIO_ARCHIVE={mode}")
    found = sorted((tmp_path / "data" / "runs").iterdir())
    first, second, packed = (
        responses(run / "archive" / f"{run.name}-00000.warc.gz") for run in found
    )
    earlier, later, _ = found
    assert packed[target][0]["WARC-Type"] == "response"
    assert second[target][0]["WARC-Type"] == "revisit"
    assert second[target][0]["WARC-Refers-To"] == first[target][0]["WARC-Record-ID"]
    assert json.loads((later / "manifest.json").read_bytes())["refers_to"] == [earlier.name]

    (taken,) = lines(later / "articles.jsonl")
    assert scrapy(tmp_path, "verify", f"{later}").status == 0
    assert scrapy(tmp_path, "explain", taken["key"]).status == 0
    scrapy(tmp_path / "again", "crawl", "archive", "-a", f"path={later}/archive")
    (again,) = (tmp_path / "again").rglob("articles.jsonl")
    done = scrapy(tmp_path, "extract", f"{later}/archive", "-o", "records")
    assert done.status == 0, done.stderr
    for file in (again, tmp_path / "records" / "articles.jsonl"):
        (read,) = lines(file)
        assert read["provenance"]["archive"] == taken["provenance"]["archive"]

    done = scrapy(tmp_path, "verify", f"{later.rename(tmp_path / 'moved')}")
    assert done.status == 1
    assert f"of run {earlier.name}, which is not here" in done.stdout


# Trouble


def test_an_archive_that_cannot_be_written_ends_the_crawl(tmp_path: Path) -> None:
    done = scrapy(tmp_path, "crawl", "portal", "-a", "site=demo", file_size=30_000)
    assert done.status == 1
    assert "Traceback" not in done.stderr
    errors = [line for line in done.stderr.splitlines() if " ERROR" in line]
    assert len(errors) == 1
    assert "Cannot write the archive: File too large; the crawl ends here" in errors[0]
    (path,) = tmp_path.rglob("*.warc.gz")
    assert len(list(records(path))) > 3


def test_a_killed_crawl_is_sealed_by_the_next(tmp_path: Path) -> None:
    stories = {
        f"/jsp/zfxw_detail_en.jsp?id={n}": Reply(article(f"Story {n}", "2024-03-04"), delay=0.02)
        for n in range(100)
    }
    home = page("".join(f'<p><a href="{target}">x</a></p>' for target in stories))
    with ScriptedPortal({"/": home, **stories}) as portal:
        one = ("crawl", "portal", "-a", f"site={portal.url}", *FAST)
        process = start_scrapy(tmp_path, *one)
        end = time.monotonic() + TIMEOUT
        while len(portal.requests) < 40 and time.monotonic() < end:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=TIMEOUT)
        (left,) = tmp_path.rglob("*.open")
        written = lines(left.parent.parent / "articles.jsonl")
        assert written
        run = scrapy(tmp_path, *one, "-a", "only=faq")
    assert "which a killed crawl left open" in run.stderr
    assert not list(tmp_path.rglob("*.open"))
    sealed = left.with_name(left.name.removesuffix(".open"))
    found = {headers["WARC-Record-ID"] for headers, _, _ in records(sealed)}
    assert {r["provenance"]["archive"]["record_id"] for r in written} <= found


def test_ctrl_c_while_an_archive_is_passed_over(tmp_path: Path) -> None:
    """Scrapy waits for ever for an item of ``start()`` that is on its way when it closes."""
    foreign = made([Spec("https://example.org/", os.urandom(30_000).hex().encode())]).data
    ours = (Spec(f"{PORTAL}{n}", article(f"Story {n}", "2024-03-04").encode()) for n in range(20))
    with (tmp_path / "other.warc.gz").open("wb") as file:
        file.writelines(made([one]).data + 300 * foreign for one in ours)
    process = start_scrapy(tmp_path, "crawl", "archive", "-a", "path=other.warc.gz")
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end and not any(
        path.stat().st_size for path in tmp_path.rglob("articles.jsonl")
    ):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    try:
        _, stderr = process.communicate(timeout=20)
    finally:
        process.kill()
    assert "Ended: shutdown" in stderr
    assert list(tmp_path.rglob("stats.json"))


def test_the_shell_keeps_nothing(tmp_path: Path) -> None:
    with ScriptedPortal({"/": article("Home", "2024-01-01")}) as portal:
        scrapy(tmp_path, "shell", portal.url + "/", "-c", "page")
    assert not list(tmp_path.rglob("*.warc*"))
