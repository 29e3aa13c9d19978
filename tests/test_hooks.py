"""Services that are told of a run: what goes wrong with them is a line, and no secret in it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

import pytest

from shio_scraper import hooks, redaction
from shio_scraper.hooks import HookError, Messenger
from shio_scraper.redaction import JsonLogRecord, redact
from tests.server import Reply, service

SECRET = "geheim-77"  # noqa: S105  (to be found nowhere)


@pytest.fixture(autouse=True)
def _nothing_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_hidden", set())


def outcome_of(errand: Callable[[], str | None], patience: float = hooks.PATIENCE) -> str | None:
    return asyncio.run(hooks.carried_out(errand, patience))


def test_a_hook_that_hangs_or_breaks_is_told() -> None:
    before = time.monotonic()
    assert outcome_of(lambda: time.sleep(30), patience=0.05) == "no answer in 0.05 s"
    assert time.monotonic() - before < 20
    assert outcome_of(lambda: str(1 / 0)) == "ZeroDivisionError: division by zero"
    assert outcome_of(lambda: None) is None


def test_a_ping_has_its_end_behind_the_path() -> None:
    with service(lambda target: Reply("OK") if "gone" not in target else None) as check:
        assert hooks.ping(f"{check.url}/{SECRET}?rid=1", "start") is None
        assert hooks.ping(f"{check.url}/{SECRET}/", "4", "3 rejects") is None
        assert hooks.ping(f"{check.url}/gone", "0") == "status 404"
    assert check.targets == [f"/{SECRET}/start?rid=1", f"/{SECRET}/4", "/gone/0"]
    assert check.requests[1].body == b"3 rejects"
    assert hooks.ping(check.url, "0") == "[Errno 111] Connection refused"


def test_a_message_arrives() -> None:
    with service(lambda _: Reply("OK")) as there:
        address = there.url.replace("http:", "json:")
        messenger = Messenger(hooks.addresses(f"{address}/one,{address}/two"))
        assert messenger.send("Is partial", "Look closer", good=False) is None
    assert there.targets == ["/one", "/two"]
    assert b'"message": "Look closer"' in there.requests[0].body


@pytest.mark.parametrize(
    "address",
    [
        f"mailto://watch:{SECRET}@example.org?smtp=127.0.0.1&to={SECRET}@example.org",
        f"json://watch:{SECRET}@127.0.0.1:9/{SECRET}-token",
    ],
)
def test_a_server_that_is_away_is_told_without_a_secret(address: str) -> None:
    hooks.keep_secret([address])
    why = outcome_of(lambda: Messenger([address]).send("a", "b", good=True))
    assert why
    assert "Connection error" in why
    assert SECRET not in redact(why)
    assert redact(f"{address} POST /{SECRET}-token") in {"… POST /…", "… POST /…-token"}


def test_in_a_log_of_objects_too_it_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging, "_logRecordFactory", JsonLogRecord)
    why = Messenger(["json://127.0.0.1:9/x"]).send("a", "b", good=True)
    assert why == "A Connection error occurred sending JSON notification to 127.0.0.1."


def test_an_address_that_cannot_be_used_is_not_repeated() -> None:
    with pytest.raises(HookError, match=r"^SHIO_NOTIFY: address 2 is none that apprise knows$"):
        Messenger(["json://localhost", f"nothing://{SECRET}"])
    for wrong in (SECRET, f"ftp://host/{SECRET}", "http://[", "https://"):
        with pytest.raises(HookError, match=r"^SHIO_PING is no address: give https://…$"):
            hooks.check_ping(wrong)


def test_the_addresses_of_a_setting() -> None:
    text = "mailto://a:b@c.org?to=d@e.org,f@g.org, json://h/i\nxml://j"
    expected = ["mailto://a:b@c.org?to=d@e.org,f@g.org", "json://h/i", "xml://j"]
    assert hooks.addresses(text) == expected
    assert hooks.addresses(expected) == expected
    assert hooks.addresses("") == []
