"""Services that receive news of a run: messages by apprise, pings of a health check.

No service can delay a run or make it fail: each call has its own thread and a time limit.
"""

from __future__ import annotations

import asyncio
import logging
import re
from asyncio import Future
from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib.util import find_spec
from threading import Thread
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import Request, urlopen

from shio_scraper.redaction import hide

PATIENCE: Final = 20.0
"""The most seconds that a hook may take."""
_SECRET: Final = 8
"""A part of an address with at least so many characters may be a secret."""
_PARTS: Final = re.compile(r"[/?&=@:,;\s]+")


class HookError(ValueError):
    """An address that cannot be used. The message quotes no part of the address: it is secret."""


async def carried_out(errand: Callable[[], str | None], patience: float = PATIENCE) -> str | None:
    """Call a hook. Return one line that says what went wrong, or ``None``.

    A hook that hangs is abandoned after ``patience`` seconds.
    """
    loop = asyncio.get_running_loop()
    done: Future[str | None] = loop.create_future()

    def settle(why: str | None) -> None:
        if not done.done():
            done.set_result(why)

    def run() -> None:
        try:
            why = errand()
        except Exception as error:  # noqa: BLE001  (no error of a hook may end the run)
            why = f"{type(error).__name__}: {error}"
        with suppress(RuntimeError):  # the event loop is closed
            loop.call_soon_threadsafe(settle, why)

    Thread(target=run, daemon=True).start()
    try:
        return await asyncio.wait_for(done, patience)
    except TimeoutError:
        return f"no answer in {patience:g} s"


def addresses(setting: Any) -> list[str]:
    """Return the addresses in a setting. Spaces, or commas before a scheme, separate them."""
    texts = [setting] if isinstance(setting, str) else setting or []
    parts = (part for text in texts for part in re.split(r"\s+|,(?=\s*[\w+.-]+://)", str(text)))
    return [address for address in parts if address]


def keep_secret(found: Iterable[str]) -> None:
    """Hide each address, and each part of an address that may be a secret, from the log."""
    for address in found:
        hide(address)
        parts = urlsplit(address)
        for text in (parts.password or "", *_PARTS.split(address)):
            if (len(text) >= _SECRET and text != parts.hostname) or text == parts.password:
                hide(text)
                hide(unquote(text))


class _Heard(logging.Handler):
    """Keeps the messages of log records. They stay text even if the log is one of objects."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message of ``record``, on one line."""
        self.lines.append(" ".join(logging.LogRecord.getMessage(record).split()))


class Messenger:
    """Sends messages to the addresses of apprise in ``found``.

    Raises ``HookError`` if apprise is not installed or does not know an address.
    """

    def __init__(self, found: Iterable[str]) -> None:
        if find_spec("apprise") is None:
            raise HookError("SHIO_NOTIFY needs more: pip install 'shio-scraper[notify]'")
        # The log of apprise quotes addresses, which are secret.
        log, self._heard = logging.getLogger("apprise"), _Heard(logging.WARNING)
        log.propagate, log.handlers = False, [self._heard]
        log.setLevel(logging.WARNING)
        import apprise  # noqa: PLC0415  (an extra)

        # Without apprise's own threads: Python would wait for them at the end.
        asset = apprise.AppriseAsset(app_id="shio-scraper", async_mode=False)
        self._apprise = apprise.Apprise(asset=asset)
        for number, address in enumerate(found, 1):
            if not self._apprise.add(address):
                raise HookError(f"SHIO_NOTIFY: address {number} is none that apprise knows")

    def send(self, title: str, body: str, *, good: bool) -> str | None:
        """Send a message. Return what went wrong, or ``None``."""
        import apprise  # noqa: PLC0415  (as above)

        kind = apprise.NotifyType.SUCCESS if good else apprise.NotifyType.WARNING
        self._heard.lines.clear()
        sent = self._apprise.notify(body=body, title=title, notify_type=kind)
        return None if sent else " ".join(self._heard.lines) or "not delivered"


def check_ping(address: str) -> None:
    """Raise ``HookError`` if ``address`` is not an http or https address with a host."""
    with suppress(ValueError):
        parts = urlsplit(address)
        if parts.scheme in {"http", "https"} and parts.hostname:
            return
    raise HookError("SHIO_PING is no address: give https://…")


def ping(address: str, ending: str, body: str = "") -> str | None:
    """Send ``body`` to ``address``, its path followed by ``/ending``; return what went wrong."""
    parts = urlsplit(address)
    path = f"{parts.path.rstrip('/')}/{ending}"
    request = Request(urlunsplit(parts._replace(path=path)), data=body.encode())  # noqa: S310  (check_ping)
    request.add_header("User-Agent", "shio-scraper")
    request.add_header("Content-Type", "text/plain; charset=utf-8")
    try:
        with urlopen(request, timeout=PATIENCE):  # noqa: S310  (as above)
            return None
    except HTTPError as error:
        return f"status {error.code}"
    except URLError as error:
        return str(error.reason)
