"""Bytes → text: the bytes decide, the declaration is checked."""

from __future__ import annotations

import codecs

import pytest

from shio_scraper.pages import Capture, UnreadableError, read
from shio_scraper.pages.charset import check_lost, decode

CHINESE = "滨江航海馆明年将新开两个展厅，馆长周一向记者介绍了有关安排。"
ENGLISH = "The mill’s pond – “dry as a bone” – was drained; it’s to be filled by May."
MIXED = f"{ENGLISH} {CHINESE}"


def told(body: bytes, content_type: str | None = None) -> tuple[str, list[str]]:
    """Return the text of a body and what was wrong with it; its UTF-8 is that of the text."""
    text, utf8, notes = decode(body, content_type)
    assert utf8 in {None, text.encode("utf-8", "replace")}
    return text, notes


@pytest.mark.parametrize("text", [CHINESE, ENGLISH, MIXED], ids=["zh", "en", "mixed"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_undeclared(text: str, charset: str) -> None:
    assert told(text.encode(charset)) == (text, [])


@pytest.mark.parametrize("text", [CHINESE, MIXED], ids=["zh", "mixed"])
def test_gbk_undeclared(text: str) -> None:
    assert told(text.replace("–", "-").encode("gbk")) == (text.replace("–", "-"), [])


@pytest.mark.parametrize("text", ["pond", ENGLISH, "mill’s", "“dry”", "café – 5 €"])
def test_windows_1252_undeclared(text: str) -> None:
    assert told(text.encode("cp1252")) == (text, [])


@pytest.mark.parametrize("bom", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_utf_16_by_its_mark(bom: bytes) -> None:
    charset = "utf-16-le" if bom == codecs.BOM_UTF16_LE else "utf-16-be"
    assert told(bom + CHINESE.encode(charset)) == (CHINESE, [])


@pytest.mark.parametrize(
    ("charset", "declared", "notes"),
    [
        ("utf-8", "utf-8", []),
        ("utf-8", "UTF8", []),
        ("utf-8", "gb2312", ["charset_mismatch"]),
        ("utf-8", "iso-8859-1", ["charset_mismatch"]),
        ("gb18030", "utf-8", ["charset_mismatch"]),
        ("gb18030", "gb2312", []),
        ("gb18030", "GBK", []),
        ("gb18030", "x-no-such", []),
        ("gb18030", "big5", ["charset_mismatch"]),
    ],
)
def test_a_declaration_is_checked(charset: str, declared: str, notes: list[str]) -> None:
    for body in (
        f'<meta charset="{declared}">{CHINESE}',
        f"<META content='a; charset={declared}'>{CHINESE}",
    ):
        assert told(body.encode(charset)) == (body, notes)
    assert told(CHINESE.encode(charset), f"text/html; charset={declared}") == (CHINESE, notes)


def test_windows_1252_that_says_it_is_utf_8() -> None:
    body = f'<meta charset="utf-8">{ENGLISH}'
    assert told(body.encode("cp1252")) == (body, ["charset_mismatch"])


@pytest.mark.parametrize("declared", ["gb2312", "iso-8859-1", "utf-16"])
def test_ascii_is_ascii_whatever_is_declared(declared: str) -> None:
    assert told(b"pond", f"text/html; charset={declared}") == ("pond", [])


def test_a_cut_character_at_the_end_is_lost_alone() -> None:
    text, notes = told(CHINESE.encode()[:-1])
    assert text == CHINESE[:-1] + "\N{REPLACEMENT CHARACTER}"
    assert notes == ["characters_lost"]


def test_a_broken_byte_in_utf_8_leaves_the_rest() -> None:
    body = CHINESE.encode() * 5
    text, notes = told(body[:30] + b"\xff" + body[30:])
    assert text.replace("\N{REPLACEMENT CHARACTER}", "") == CHINESE * 5
    assert notes == ["characters_lost"]


def test_a_cut_character_in_gb_leaves_the_rest() -> None:
    text, _ = told((CHINESE * 3).encode("gbk")[:-1])
    assert text.startswith(CHINESE * 2)


@pytest.mark.parametrize(
    "body",
    [
        b"%PDF-1.4", b"GIF89a", b"\x89PNG\r\n\x1a\n" + bytes(64), b"\xff\xd8\xff\xe0" + b"JFIF" * 9,
        b"PK\x03\x04" + b"word/document.xml" * 3, b"\x1f\x8b\x08\x00" + b"gzip" * 9, bytes(100),
        b"a\x01\x02\x03\x04",
    ],
    ids=["pdf", "gif", "png", "jpeg", "zip", "gzip", "zeros", "control"],
)  # fmt: skip
def test_binary(body: bytes) -> None:
    with pytest.raises(UnreadableError, match="binary"):
        read(Capture(body=body))


def test_a_few_control_characters_are_noted() -> None:
    assert read(Capture(body=b"The pond\x00 is dry\x07 as a bone.")).notes == {
        "control_characters": 1
    }


def test_too_much_lost() -> None:
    with pytest.raises(UnreadableError, match="charset"):
        check_lost("\ufffd" * 11 + "pond")
    assert check_lost("\ufffd" * 10) == ["characters_lost"]
    assert check_lost("pond") == []
