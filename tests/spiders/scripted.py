"""Plain pages of the portal: what is tested with them is the way, not the reading."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.server import Reply

EN, ZH = "/jsp/zfxw_default_en.jsp", "/jsp/zfxw_default.jsp"
EVENTS = "/jsp/cfbm_default_en.jsp"
STARTS = (f"{EN}?siteId=300", f"{EN}?siteId=7", f"{ZH}?siteId=300", f"{ZH}?siteId=7")
PROSE = (
    "The new ferry line across the river opened on Monday, and the first boats were full.",
    "More boats follow in the summer, when the second pier is ready for its passengers.",
)


def page(main: str, *, side: str = "", head: str = "") -> str:
    """Return a page."""
    return (
        f"<!DOCTYPE html><html><head><title>Portal</title>{head}</head><body>"
        f"<div id=main>{main}</div><div id=side>{side}</div>"
        "<div id=foot><p>Copyright 2025. All rights reserved.</p></div></body></html>"
    )


def link(target: str, text: str) -> str:
    """Return a link."""
    return f'<a href="{escape(target)}">{text}</a>'


def sidebar(
    rows: Iterable[tuple[str, str, str]] = (("04-16", "21315227", "Processing"),),
    pairs: Iterable[tuple[str, str]] = (("Is there a desk for visitors?", "Yes, in the hall."),),
    *,
    more: str = "",
    faq: str = "",
) -> str:
    """Return the sidebar; ``more`` and ``faq`` are the targets of its links."""
    cells = "".join(f"<tr><td>{d}</td><td>{n}</td><td>{w}</td></tr>" for d, n, w in rows)
    view = f"<p>{link(more, 'view more »')}</p>" if more else ""
    asked = "".join(
        f"<div>{link(faq, f'Q: {q}') if faq else f'Q: {q}'}<br>A: {a}</div>" for q, a in pairs
    )
    return (
        '<div><p>Sign in</p><p><a href="/usercenter/signup.jsp">Free sign-up</a> | '
        '<a href="/usercenter/password.jsp">Forgot password</a></p></div>'
        f"<h3>Application Status</h3><table>{cells}</table>{view}<h3>FAQ</h3>{asked}"
    )


def article(
    title: str, day: str, *, body: Iterable[str] = PROSE, zh: bool = False, **parts: str
) -> str:
    """Return an article's page."""
    section, category = ("政府新闻", "上海日报时政新闻") if zh else ("Government News", "City News")
    paragraphs = "".join(f"<p>{text}</p>" for text in body)
    main = f"<h3>{section}</h3><h4>{category}</h4><div><h1>{title}   {day}</h1>{paragraphs}</div>"
    return page(main, **parts)


def event(title: str, deadline: str) -> str:
    """Return an event's page."""
    return page(
        "<div>Events | Today This Week This Month All Events</div>"
        f"<div><h1>{title}</h1><p>Registration Deadline:{deadline}</p>"
        f"<p>Contact:Li Ming,021-5555</p><p>{PROSE[0]}</p></div>"
    )


def listing(items: Iterable[str], *, pager: str = "", zh: bool = False, **parts: str) -> str:
    """Return a listing's page."""
    section = "政府新闻" if zh else "Government News"
    main = f"<h3>{section}</h3><p>City News | District News</p><ul>{''.join(items)}</ul>{pager}"
    return page(main, **parts)


def item(target: str, title: str, day: str, teaser: str = "") -> str:
    """Return an item of a listing."""
    return f"<li>{link(target, f'{title} - {day}')}<p>{teaser}</p></li>"


def pager(path: str, *numbers: int) -> str:
    """Return links to the pages of a listing."""
    separator = "&" if "?" in path else "?"
    links = (link(f"{path}{separator}p_page={number}", str(number)) for number in numbers)
    return f"<div>{' '.join(links)}</div>"


def en(number: int | str) -> str:
    """Return the target of an English article."""
    return f"/jsp/zfxw_detail_en.jsp?id={number}"


def zh(number: int | str) -> str:
    """Return the target of a Chinese article."""
    return f"/jsp/zfxw_detail.jsp?id={number}"


def portal_of(*more: str, only: tuple[str, ...] = STARTS) -> dict[str, Reply | str]:
    """Return a home page with the links ``more``, and start listings that are there but bare.

    A listing that is not in ``only`` is missing.
    """
    links = "".join(f"<p>{link(target, 'a link')}</p>" for target in more)
    home = page(f"<p>Welcome</p>{links}", side=sidebar())
    bare = {
        path: listing([item(anchor, "Anchor", "March 4, 2024")])
        for path, anchor in zip(STARTS, (en(1), en(1), zh(1), zh(1)), strict=True)
        if path in only
    }
    return {
        "/": home,
        **bare,
        EVENTS: listing([item("/jsp/cfbm_detail_en.jsp?id=1", "Fair", "March 4, 2024")]),
        en(1): article("Anchor", "2024-03-04"),
        zh(1): article("锚定", "2024-03-04", zh=True),
        "/jsp/cfbm_detail_en.jsp?id=1": event("Fair", "2024-03-08"),
    }
