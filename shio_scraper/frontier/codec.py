"""Encodes requests as MessagePack, which can hold data but no code, and decodes them.

A copy of the portal may have another address after a restart, or for another worker. So a stored
request has the portal's own address, and the spider's ``site`` maps it to the address of the copy.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
from scrapy.utils.request import request_from_dict

from shio_scraper.component import Meta, Site, ours
from shio_scraper.redaction import OF_REQUESTS

if TYPE_CHECKING:
    from scrapy import Request, Spider

_OF_ONE_FETCH: Final = {
    *(value for name, value in vars(Meta).items() if name.isupper()),
    "proxy", "_auth_proxy", "_scheme_proxy",
}  # fmt: skip
"""Keys of ``meta`` that describe one fetch, not the request. They are not stored."""
_REDIRECTS: Final = "redirect_urls"
_KINDS: Final[dict[type, int]] = {tuple: 1, set: 2, frozenset: 3, datetime: 4, date: 5}
_MAKERS: Final[dict[int, Callable[[Any], Any]]] = {
    1: tuple, 2: set, 3: frozenset, 4: datetime.fromisoformat, 5: date.fromisoformat,
}  # fmt: skip
"""Code of a MessagePack extension → the function that makes its value. These are the types that
MessagePack itself cannot tell apart."""
_LEAVES: Final = {str, bytes, int, float, bool, type(None)}


class NotStorableError(ValueError):
    """A request that holds an object which cannot be stored. The message says which."""


class UnreadableRequestError(ValueError):
    """A stored request that this version of the spider cannot restore. The message says why."""


def encode(request: Request, spider: Spider) -> bytes:
    """Return ``request`` as bytes. Raises ``NotStorableError``."""
    try:
        fields = _fields(request, spider)
        fields["meta"] = {k: v for k, v in fields["meta"].items() if k not in _OF_ONE_FETCH}
        fields["headers"] = {
            k: v for k, v in fields["headers"].items() if k.lower() not in OF_REQUESTS
        }
        if site := _site_of(spider):
            _map_addresses(fields, site.stored)
        return msgspec.msgpack.encode(_plain(fields))
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise NotStorableError(f"{request}: {error}") from error


def decode(data: bytes, spider: Spider) -> Request:
    """Return the request that ``encode`` stored as ``data``. Raises ``UnreadableRequestError``."""
    try:
        fields: dict[str, Any] = msgspec.msgpack.decode(data, ext_hook=_from_ext)
        if site := _site_of(spider):
            _map_addresses(fields, site.restored)
        return request_from_dict(fields, spider=spider)
    except (ValueError, KeyError, AttributeError, ImportError, msgspec.DecodeError) as error:
        raise UnreadableRequestError(str(error)) from error


def url_of(data: bytes) -> str:
    """Return the address of a stored request."""
    return str(msgspec.msgpack.decode(data, ext_hook=_from_ext)["url"])


def _fields(request: Request, spider: Spider) -> dict[str, Any]:
    """Return ``request`` as a dict, as Scrapy does, but with a cheaper look-up of callbacks.

    Scrapy's own look-up would go through all attributes of the spider, properties included.
    """
    fields = request.replace(callback=None, errback=None).to_dict()
    called = {name: _method(getattr(request, name), spider) for name in ("callback", "errback")}
    return fields | called


def _method(called: Any, spider: Spider) -> str | None:
    """Return the name of a method of ``spider``. Raises ``ValueError`` for anything else."""
    if called is None:
        return None
    name = getattr(called, "__name__", "")
    if getattr(called, "__self__", None) is not spider or getattr(spider, name, None) != called:
        raise ValueError(f"Function {called} is not an instance method in: {spider}")
    return str(name)


def _site_of(spider: Spider) -> Site | None:
    known = ours(spider)
    return known.site if known else None


def _map_addresses(fields: dict[str, Any], mapped: Callable[[str], str]) -> None:
    fields["url"] = mapped(fields["url"])
    if redirects := fields["meta"].get(_REDIRECTS):
        fields["meta"][_REDIRECTS] = [mapped(url) for url in redirects]


def _plain(value: Any) -> Any:
    """Return ``value`` in types that MessagePack tells apart. Raises ``TypeError`` for others."""
    kind = type(value)
    if kind in _LEAVES:
        return value
    if kind is dict:
        return {_plain(k): _plain(v) for k, v in value.items()}
    if kind is list:
        return [_plain(v) for v in value]
    if kind not in _KINDS:
        raise TypeError(f"{kind.__module__}.{kind.__qualname__} is no plain data")
    inner = value.isoformat() if isinstance(value, date) else [_plain(v) for v in value]
    return msgspec.msgpack.Ext(_KINDS[kind], msgspec.msgpack.encode(inner))


def _from_ext(code: int, data: memoryview) -> Any:
    return _MAKERS[code](msgspec.msgpack.decode(data, ext_hook=_from_ext))
