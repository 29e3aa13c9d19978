"""What kind of text a body is: HTML or plain text, whole or cut off."""

from __future__ import annotations

import re

_STRUCTURE = (
    r"html|head|body|title|meta|link|base|table|tbody|tr|td|th|div|p|ul|ol|li|dl|dt|dd|h[1-6]|br|hr|"
    r"center|form|section|article|main|header|footer|nav|aside|script|style|span|font|a"
)
_OPENS_AS_HTML = re.compile(
    rf"\s*+(<\?xml[^>]*>\s*+)?(?:<!--(?>.*?-->)\s*+)*+(\Z|<(!doctype|({_STRUCTURE})(\s[^<>]*)?/?>))",
    re.IGNORECASE | re.DOTALL,
)
_STRUCTURAL_TAG = re.compile(
    r"(?:^[ \t]*|(?<=[\w>.!?。！？”]))"
    r"</?(html|body|table|tr|td|div|p|ul|ol|li|dl|dt|dd|h[1-6]|br|hr)(\s[^<>]*)?/?>",
    re.IGNORECASE | re.MULTILINE,
)
"""A tag where markup has it: on a line's start, or touching text. Prose sets it apart."""
_UNFINISHED = re.compile(r"<[a-zA-Z/!]")
_TAG = re.compile(r"<(/?)(div|section|article|main|table|ul|ol|dl|p|td|tr|li|h[1-6])\b")
_TAIL = 4096
"""Characters at the end of a page in which ``</html>`` is looked for first."""
_ENDS = ("</html>", "</html>\n", "</html>\r\n")
_MUST_CLOSE = frozenset({"div", "section", "article", "main", "table", "ul", "ol", "dl"})


def is_html(text: str, content_type: str | None = None) -> bool:
    """Tell HTML from plain text: by how it opens, by its type, by tags as thick as lines.

    A text that merely mentions ``<b>`` or ``< style=`` stays text.
    """
    if _OPENS_AS_HTML.match(text):
        return True
    if content_type and "html" in content_type:
        return True
    tags = sum(1 for _ in _STRUCTURAL_TAG.finditer(text))
    lines = sum(1 for line in text.splitlines() if line.strip())
    return tags >= 2 and 2 * tags >= lines  # noqa: PLR2004


def is_truncated(html: str) -> bool:
    """Tell whether ``html`` stops before its end: within a tag, or in open elements.

    Sloppy markup that closes nothing is not cut; markup that closes some blocks but not
    all of those whose end tag HTML demands, and its ``<html>`` not at all, is.
    """
    last = html.rfind("<")
    if last > html.rfind(">") and _UNFINISHED.match(html, last):
        return True
    if _ends_whole(html):
        return False
    lower = html.lower()
    if "</html" in lower or "</body" in lower:
        return False
    counts: dict[str, list[int]] = {}
    for closing, tag in _TAG.findall(lower):
        counts.setdefault(tag, [0, 0])[bool(closing)] += 1
    closes_blocks = any(closed for _, closed in counts.values())
    whole_page = is_unclosed(html)
    return any(
        opened > closed and ((whole_page and closed) or (closes_blocks and tag in _MUST_CLOSE))
        for tag, (opened, closed) in counts.items()
    )


def is_unclosed(html: str) -> bool:
    """Tell whether ``html`` opens its ``<html>`` or ``<body>`` and closes neither."""
    if _ends_whole(html):
        return False
    lower = html.lower()
    opened = "<body" in lower or "<html" in lower
    return opened and "</body" not in lower and "</html" not in lower


def _ends_whole(html: str) -> bool:
    """Tell at a glance whether ``html`` ends as most pages do."""
    return html.endswith(_ENDS) or "</html" in html[-_TAIL:].lower()
