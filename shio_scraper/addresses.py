"""Reads addresses as browsers do (WHATWG URL), and writes them in a stable form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit

LONGEST: Final = 8_192
"""The most characters of an address. RFC 9110, section 4.1, asks for at least 8,000."""
_TRIMMED: Final = "".join(map(chr, range(0x21)))
"""C0 controls and the space. Browsers remove them at both ends of an address."""
_LINE_BREAKS: Final = str.maketrans("", "", "\t\n\r")
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_SCRIPT: Final = "javascript:"
_UNRESERVED: Final = re.compile(
    r"%(?:2[DE]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])", re.IGNORECASE
)
"""Escapes of letters, digits, ``-``, ``.``, ``_`` and ``~`` (RFC 3986, section 2.3)."""
_MOST_ESCAPES: Final = 10
"""How often an address may be percent-encoded again and again."""
_LONGEST_SCRIPT: Final = 2_000
_DOCUMENT: Final = re.compile(
    r"\.(?:pdf|ofd|docx?|docm|rtf|odt|wps|xlsx?|xlsm|ods|et|csv|pptx?|odp|dps"
    r"|zip|rar|7z|gz|tar|epub)$",
    re.IGNORECASE,
)
"""The end of a document's name. ``wps``, ``et``, ``dps`` and ``ofd`` are Chinese formats."""
_PORTS: Final = {"http": 80, "https": 443}
_NAMED: Final = re.compile(
    r"(?:\b(?:location|href)\s*=|\b(?:open|replace|assign)\s*\()\s*"
    r"['\"]([^'\"]+)['\"](?!\s*\+)"
)
"""The target of a script: ``location.href = '…'``, ``window.open('…')``, ``location.replace('…')``.

An address that the script builds with ``+`` does not match.
"""
_PATH: Final = re.compile(
    r"['\"]((?:https?:/|\.{0,2})/[^\s'\"]+|[\w./-]+\.\w{2,5}(?:\?[^\s'\"]*)?)['\"](?!\s*\+)"
)
"""A quoted argument that can only be an address: a path or the name of a file."""

_OF_SESSIONS: Final = re.compile(
    r"utm_\w+|(?:[fg]|ms)clid|mc_[ce]id|_ga|j?session[-_]?id|phpsessid|sess(?:ion)?[-_]?(?:id|key)"
    r"|aspsessionid\w*|cf(?:id|token)|osCsid|zenid|oe_session",
    re.IGNORECASE,
)
"""Names of query parameters that belong to a visit, not to a page."""
_MAY_BE_OF_SESSIONS: Final = re.compile(r"s|sid|session|token|ticket", re.IGNORECASE)
"""Names of query parameters that belong to a visit if the value looks like a session id."""
_SESSION: Final = re.compile(r"(?=\w*\d)(?=\w*[a-zA-Z])[\w-]{16,}|[0-9a-fA-F-]{24,}")
_IN_PATH: Final = re.compile(
    r";(?:jsessionid|phpsessid|sid)=[^/?]*|/\((?:[A-Z]\(\w+\))+\)(?=/)", re.IGNORECASE
)
"""A session id within a path: ``;jsessionid=…`` of Java, ``/(S(…))/`` of ASP.NET."""


def tidy(url: str) -> str:
    r"""Return ``url`` without characters that browsers ignore, and with forward slashes.

    >>> tidy(r" \jsp\page.jsp?a=\b" + "\n")
    '/jsp/page.jsp?a=\\b'
    """
    url = url.strip(_TRIMMED)
    if not url.isprintable():
        url = url.translate(_LINE_BREAKS)
    if "\\" not in url:
        return url
    scheme = _SCHEME.match(url)
    if scheme and scheme[0].lower() not in {"http:", "https:"}:
        return url
    end = next((at for at, mark in enumerate(url) if mark in "?#"), len(url))
    return url[:end].replace("\\", "/") + url[end:]


def joined(url: str, base: str | None) -> str | None:
    """Return the absolute address of a link; ``None`` for a script that names no address.

    Without a ``base``, ``url`` must be absolute. Raises ``ValueError`` if ``url`` is no address.
    """
    url = tidy(url)
    if url[: len(_SCRIPT)].lower() == _SCRIPT:
        named = _named_by(unquote(url[len(_SCRIPT) : _LONGEST_SCRIPT]))
        if named is None:
            return None
        url = named
    return urljoin(base, url) if base else url


def link_of(attributes: Mapping[str, str | None]) -> str | None:
    """Return the target of an ``<a>``: its ``href``, or the address in its ``onclick``.

    The ``onclick`` counts, as in a browser, if the ``href`` alone leads nowhere (``#``).

    >>> link_of({"href": "#", "onclick": "location.href='/jsp/page.jsp?id=1'; return false"})
    '/jsp/page.jsp?id=1'
    """
    href = attributes.get("href")
    clicked = attributes.get("onclick")
    if not clicked or (href and not _leads_nowhere(href)):
        return href
    return _named_by(clicked[:_LONGEST_SCRIPT]) or href


def escaped(url: str) -> str:
    r"""Return ``url`` with white space and unprintable characters percent-encoded.

    >>> escaped("https://example.org/a\x1b b\u2066")
    'https://example.org/a%1B%20b%E2%81%A6'
    """
    if url.isprintable() and " " not in url:
        return url
    return "".join(
        char if char.isprintable() and not char.isspace() else quote(char, errors="replace")
        for char in url
    )


def without_session(url: str) -> str:
    """Return an address without a session in its path.

    >>> without_session("https://example.org/a;jsessionid=1F?b=2")
    'https://example.org/a?b=2'
    """
    path, mark, query = url.partition("?")
    return f"{_IN_PATH.sub('', path)}{mark}{query}"


def stable(url: str) -> str:
    """Return an absolute address without session ids and tracking, with its parameters sorted.

    >>> stable("HTTPS://Example.org:443/a;jsessionid=1F?b=2&utm_source=x&a=1#top")
    'https://example.org/a?a=1&b=2'
    """
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port and parts.port != _PORTS.get(parts.scheme) else ""
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    query = urlencode(
        sorted(
            (name, value)
            for name, value in parse_qsl(parts.query, keep_blank_values=True)
            if not _is_of_session(name, value)
        )
    )
    path = plain(_IN_PATH.sub("", parts.path)) or "/"
    return escaped(f"{parts.scheme}://{host}{port}{path}{'?' if query else ''}{query}")


def _is_of_session(name: str, value: str) -> bool:
    if _OF_SESSIONS.fullmatch(name):
        return True
    may_be = _MAY_BE_OF_SESSIONS.fullmatch(name) is not None
    return may_be and _SESSION.fullmatch(value) is not None


def names_document(url: str) -> bool:
    """Tell whether an address is the address of a document, by the end of its path.

    >>> names_document("https://example.org/files/Form%201.DOCX?v=2")
    True
    """
    return _DOCUMENT.search(url.partition("#")[0].partition("?")[0].rstrip()) is not None


def file_name(url: str) -> str:
    """Return the name of the file: the last part of the path, decoded; ``url`` if there is none.

    >>> file_name("https://example.org/files/%E8%A1%A8.docx?v=2")
    '表.docx'
    """
    name = url.partition("#")[0].partition("?")[0].rpartition("/")[2]
    with suppress(UnicodeDecodeError):  # the name is in another charset than UTF-8
        decoded = unquote(name, errors="strict")
        name = decoded if decoded.isprintable() else name
    return name or url


def plain(path: str) -> str:
    """Return ``path`` without needless percent-encoding (RFC 3986, section 6.2.2.2).

    >>> plain("/jsp/a%5Fb%2Fc")
    '/jsp/a_b%2Fc'
    """
    return _UNRESERVED.sub(lambda match: unquote(match[0]), path) if "%" in path else path


def unescaped(text: str) -> str | None:
    """Return ``text`` decoded until nothing changes; ``None`` if it is encoded too many times.

    >>> unescaped("/user%2563enter/")
    '/usercenter/'
    """
    if "%" not in text:
        return text
    for _ in range(_MOST_ESCAPES):
        before, text = text, unquote(text)
        if text == before:
            return text
    return None


def _leads_nowhere(href: str) -> bool:
    return href.strip().startswith(("#", _SCRIPT))


def _named_by(script: str) -> str | None:
    if match := _NAMED.search(script):
        return match[1].strip() or None
    match = _PATH.search(script)
    return match[1] if match else None
