"""Pages saved with all that they show, as Chromium writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import MIMEPart
from email.policy import SMTP
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shio_scraper import archives
from shio_scraper.archives.reading import ArchiveError, Options, Skipped
from shio_scraper.archives.sources import Source
from tests.archives.warcs import captures, rejects

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=10"
BODY = "<!DOCTYPE html><html><p>Ferries = late, 轮渡</p></html>"


def save(path: Path, body: str = BODY, kind: str = "html", url: str = URL) -> Path:
    """Save a page, and a picture of it."""
    message = MIMEPart(policy=SMTP)
    message["Snapshot-Content-Location"] = url
    message["Date"] = "Mon, 30 Nov 2026 02:09:31 GMT"
    page = MIMEPart(policy=SMTP)
    page.set_content(body, subtype=kind, cte="quoted-printable")
    page["Content-Location"] = url
    picture = MIMEPart(policy=SMTP)
    picture.set_content(b"\x89PNG", "image", "png")
    message.make_related()
    message.attach(page)
    message.attach(picture)
    path.write_bytes(message.as_bytes())
    return path


@pytest.mark.parametrize("name", ["page.mhtml", "PAGE.MHT"])
def test_a_page_with_its_address_and_time(tmp_path: Path, name: str) -> None:
    path = save(tmp_path / name)
    (capture,) = captures(archives.read(path))
    assert (capture.url, capture.fetched_url) == (URL, None)
    assert capture.fetched_at == datetime(2026, 11, 30, 2, 9, 31, tzinfo=UTC)
    assert isinstance(capture.body, bytes)
    assert capture.body.decode().strip() == BODY
    assert capture.archive
    assert archives.read_at(Source(path), capture.archive, Options()) == capture
    save(path, "<p>Shorter</p>")
    with pytest.raises(ArchiveError, match=r"no page of \d+ bytes"):
        archives.read_at(Source(path), capture.archive, Options())


def test_what_is_no_page_of_the_portal(tmp_path: Path) -> None:
    other = save(tmp_path / "other.mhtml", url="https://example.org/")
    assert list(archives.read(other)) == [Skipped.OTHER_SITE]
    text = save(tmp_path / "text.mhtml", kind="plain")
    assert list(archives.read(text)) == [Skipped.NOT_A_PAGE]
    junk = tmp_path / "junk.mhtml"
    junk.write_bytes(b"\x00\xff" * 500)
    assert list(archives.read(junk)) == [Skipped.NOT_A_PAGE]


def test_a_page_over_the_limit(tmp_path: Path) -> None:
    page = save(tmp_path / "page.mhtml", "<p>words</p>" * 1_000)
    assert reasons(page) == ["too_large"]
    save(page, "<p>words</p>" * 90_000)
    assert reasons(page) == ["too_large"]


def reasons(path: Path) -> list[str]:
    return [one.reason for one in rejects(archives.read(path, Options(max_page=5_000)))]


def test_what_a_page_shows_may_be_of_any_size(tmp_path: Path) -> None:
    page = save(tmp_path / "page.mhtml")
    with page.open("r+b") as file:
        file.truncate(1 << 40)
    assert [one.url for one in captures(archives.read(page))] == [URL]


@given(
    data=st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.sampled_from([
                b"Content-Type: multipart/related; boundary=b\r\n\r\n", b"\r\n--b\r\n", b"\r\n\r\n",
                b"Content-Type: text/html\r\n", b"Content-Transfer-Encoding: base64\r\n",
                b"Content-Type: message/rfc822\r\n\r\n", b"Date: \xff\r\n",
                b"Content-Location: \xff\r\n", b"Content-Type: text/html; charset=\xff\r\n",
            ]),
        ),
        max_size=12,
    )
)  # fmt: skip
@settings(deadline=None)
def test_whatever_a_file_holds_nothing_is_raised(
    tmp_path_factory: pytest.TempPathFactory, data: list[bytes]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.mhtml"
    path.write_bytes(b"".join(data))
    assert len(list(archives.read(path))) == 1


def test_parts_within_parts_have_an_end(tmp_path: Path) -> None:
    nested = b"".join(
        b"Content-Type: multipart/related; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(3_000)
    )
    path = tmp_path / "nested.mhtml"
    path.write_bytes(nested)
    assert list(archives.read(path)) == [Skipped.NOT_A_PAGE]
