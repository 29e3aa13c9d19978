"""Text that a program wrote where a person's should stand, on any portal. Data.

Taken from what templates, servers and languages print when a value is missing or a part of a page
fails, and from what consent banners say. Each in time that grows with the text: there is one way
only to match.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

NOTHING: Final = r"(null|undefined|none|nan|nil|n/?a|\[object object\]|untitled|无标题|标题)\W*"
"""All that stands where a value is missing."""

WRITTEN: Final[Mapping[str, tuple[str, ...]]] = {
    r"&(?:[a-z]{2,8}|#\d{2,6}|#x[\da-f]{2,6});": ("&",),  # an entity that was escaped twice
    r"[$#@]\{[^{}]*\}|\{\{[^{}]*\}\}|\{%[^%]*%\}": ("{",),  # a template's
    r"<%[^%]*%>|\[%[^%]*%\]|<\?php": ("<", "["),
    r"</(?:a|b|i|p|br|div|em|font|li|span|strong|td)>|<[a-z]{1,6} [a-z-]+=[^<>]*>": ("<",),
    r"â€|Ã[\u00a0-\u00bf]|ï¿½": ("â€", "ã", "ï¿½"),  # UTF-8 that was read as another charset
    r"\{[^{}:]*:[^{}]*\}": ("{",),  # a rule of style, an object
    r"\[object object\]": ("[",),
    r"\b\w{1,40}(?:\.\w{1,40}){1,8}(?:(?<=exception)|(?<=error))\b": ("exception", "error"),
    r"\btraceback \(most recent|\bstack trace:": ("trace",),
    r"\bat [\w.$<>]+\([\w.]+\.(?:java|cs|js):\d+": (".java:", ".cs:", ".js:"),
    r"\bin \S+\.php\b.{0,20}\bline \d|\bfile \"[^\"]+\", line \d": (".php", 'file "'),
    r"\b(?:fatal|parse|syntax|runtime|compilation) error\b\s?[:：]|\bwarning: \w+\(": (
        "error",
        "warning: ",
    ),
    r"\bORA-\d{5}\b|\bSQLSTATE\b|\bODBC\b.{0,30}\b(?:driver|error)\b": ("ora-", "sqlstate", "odbc"),
    r"an error (?:has )?occurred (?:while|when|during|in) (?:the )?(?:process|load|render)ing": (
        "error",
    ),
    r"\b(?:failed|unable|error) (?:to )?(?:load|render|fetch)(?:ing)? (?:the |this )?\w{4,9}\b": (
        "failed",
        "unable",
        "error",
    ),
    r"(?:加载|读取|获取)(?:数据|内容|页面|组件)?(?:失败|出错|错误)": ("加载", "读取", "获取"),
    r"\b(?:we|this (?:web)?site|our (?:web)?site) uses? cookies\b|本(?:网)?站使用\s?cookie": (
        "cookie",
    ),
    r"\b(?:accept|reject|manage|allow) (?:all )?cookies\b|\bcookie (?:policy|settings)\b": (
        "cookie",
    ),
    r"\blorem ipsum\b": ("lorem",),
    r"(?:\?|\N{REPLACEMENT CHARACTER}){3,}": ("??", "\N{REPLACEMENT CHARACTER}"),  # lost letters
}
"""What stands in a text, and what each has one of, in lower case: that is looked for first."""

ZERO_DAYS: Final = ("1970-01-01", "1969-12-31", "1900-01-01", "1899-12-30", "0001-01-01")
"""Days that clocks and databases give where there is none."""
