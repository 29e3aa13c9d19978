"""Safety: nothing leaves the portal, nothing secret is written, no output obeys a page's text."""

from __future__ import annotations

import json
import logging
from types import SimpleNamespace
from typing import Any, cast

import pytest
from scrapy import Request

from shio_scraper.frontier import codec
from shio_scraper.redaction import SafeLogRecord, printable, redact

LIVE = "http://touch.shio.gov.cn"
SECRET = "geheim-7"  # noqa: S105  (to be found nowhere)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("redis://:pw@host:6379/0", "redis://…@host:6379/0"),
        (
            "{'SHIO_FRONTIER': 'redis://u:p@h/1', 'A': 1}",
            "{'SHIO_FRONTIER': 'redis://…@h/1', 'A': 1}",
        ),
        ("see http://host/a@b and me@host", "see http://host/a@b and me@host"),
    ],
)
def test_passwords_in_addresses(text: str, safe: str) -> None:
    assert redact(text) == safe
    record = SafeLogRecord("x", logging.INFO, "", 1, "said: %s", (text,), None)
    assert record.getMessage() == f"said: {safe}"


def commands(text: str) -> list[str]:
    """Return what of a text commands a terminal, or turns its direction."""
    return [sign for sign in text if not sign.isprintable() and sign not in "\n\t"]


@pytest.mark.parametrize("text", ["a\x1b[31mb\x9b\u2067\x7f\r", "\ud83d", "\t\n", "标题 é 🎉"])
def test_json_stays_the_same_json(text: str) -> None:
    shown = printable(json.dumps({"a": text}, ensure_ascii=False))
    assert json.loads(shown) == {"a": text}
    assert commands(shown) == []


def test_a_stored_request_holds_no_secret() -> None:
    request = Request(
        f"{LIVE}/", headers={"Proxy-Authorization": SECRET, "Cookie": SECRET, "X": "kept"},
        meta={"proxy": "http://proxy", "_auth_proxy": "http://proxy"},
    )  # fmt: skip
    data = codec.encode(request, cast("Any", SimpleNamespace()))
    assert SECRET.encode() not in data
    assert b"kept" in data
    assert b"proxy" not in data
