"""One content in markups as unlike as HTML allows. Nothing here is named alike twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape
from itertools import chain
from typing import Final

from tests.parsers.content import Content, Row

Markup = Callable[[Content], bytes]


def _html(text: str, charset: str = "utf-8", declared: str | None = None) -> bytes:
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={declared}">'
    head = f"<head>{meta if declared else ''}<title>Press portal</title></head>"
    return f"<!DOCTYPE html><html>{head}<body>{text}</body></html>".encode(
        charset, "xmlcharrefreplace"
    )


def _lines(content: Content) -> list[str]:
    above = [content.section, content.category or ""]
    return [escape(line, quote=False) for line in above if line]


def _body(content: Content) -> list[str]:
    below = [*content.paragraphs, content.source_line or ""]
    return [escape(line, quote=False) for line in below if line]


def _wrap(tag: str, lines: Iterable[str]) -> str:
    return "".join(f"<{tag}>{line}</{tag}>" for line in lines)


def _cells(row: Row) -> tuple[str, str, str]:
    return row.day, row.number, row.word


def _rows(rows: Iterable[Row]) -> str:
    return "".join(f"<tr>{_wrap('td', _cells(row))}</tr>" for row in rows)


def _pairs(content: Content) -> list[str]:
    return [f"{pair.printed_question}<br>{pair.printed_answer}" for pair in content.pairs]


def _account(content: Content) -> str:
    first, second = content.account
    return (
        f'<a href="/usercenter/in.jsp">{content.sign_in}</a><br>'
        f'<a href="/usercenter/up.jsp">{first}</a> | <a href="/usercenter/pw.jsp">{second}</a>'
    )


def _sidebar(content: Content) -> str:
    more = f'<a href="/jsp/all.jsp">{content.more}</a>'
    return (
        f"<div>{_account(content)}</div>"
        f"<h3>{content.application_heading}</h3><table>{_rows(content.applications)}</table>"
        f"<h3>{content.inquiry_heading}</h3><table>{_rows(content.inquiries)}</table>{more}"
        f"<h3>{content.faq_heading}</h3>{_wrap('div', _pairs(content))}"
    )


def _article(content: Content) -> str:
    above = _wrap("h4", _lines(content))
    title = f"<h1>{content.title}&nbsp;&nbsp; {content.day}</h1>"
    return above + title + _wrap("p", _body(content))


def sections(content: Content) -> bytes:
    """Semantic elements, with a head and a foot."""
    foot = "<footer><p>Copyright 2012-2024</p><p>1 Pier Road</p></footer>"
    main = f"<main><article>{_article(content)}</article><aside>{_sidebar(content)}</aside></main>"
    return _html(f"<nav><a href='/'>Home</a></nav>{main}{foot}")


def tables(content: Content) -> bytes:
    """A table a part, a row a line."""
    parts = [
        "".join(f"<tr><td>{line}</td></tr>" for line in _lines(content)),
        f"<tr><td>{content.title}</td><td>{content.day}</td></tr>",
        "".join(f"<tr><td>{line}</td></tr>" for line in _body(content)),
        f"<tr><td>{_account(content)}</td></tr>",
        (
            f"<tr><th colspan=3>{content.application_heading}</th>"
            f"</tr>{_rows(content.applications)}"
            f"<tr><th colspan=3>{content.inquiry_heading}</th></tr>{_rows(content.inquiries)}"
            f"<tr><td colspan=3>{content.more}</td></tr>"
        ),
        f"<tr><th>{content.faq_heading}</th></tr>"
        + "".join(
            f"<tr><td>{pair.printed_question}</td></tr><tr><td>{pair.printed_answer}</td></tr>"
            for pair in content.pairs
        ),
    ]
    return _html(_wrap("table", parts))


def lists(content: Content) -> bytes:
    """Everything is an item of a list."""
    rows = [" ".join(_cells(row)) for row in content.applications]
    others = [" ".join(_cells(row)) for row in content.inquiries]
    return _html(
        f"<ul>{_wrap('li', [*_lines(content), f'{content.title} {content.day}'])}</ul>"
        f"<ul>{_wrap('li', _body(content))}</ul><ul><li>{_account(content)}</li></ul>"
        f"<ul><li>{content.application_heading}<ol>{_wrap('li', rows)}</ol></li>"
        f"<li>{content.inquiry_heading}<ol>{_wrap('li', others)}</ol></li></ul>"
        f"<ul><li>{content.more}</li></ul><h5>{content.faq_heading}</h5>"
        + "".join(
            f"<ul>{_wrap('li', (pair.printed_question, pair.printed_answer))}</ul>"
            for pair in content.pairs
        )
    )


def nested_layout_tables(content: Content) -> bytes:
    """Tables in tables in tables, as of 2001."""

    def cell(inner: str) -> str:
        return f"<table width=100%><tr><td>{inner}</td></tr></table>"

    left = cell(cell("".join(map(cell, _lines(content))))) + cell(
        cell(f"<b>{content.title}</b>   {content.day}") + cell(_wrap("p", _body(content)))
    )
    right = "".join(
        (
            cell(_account(content)),
            cell(content.application_heading),
            cell(f"<table>{_rows(content.applications)}</table>"),
            cell(content.inquiry_heading + f"<table>{_rows(content.inquiries)}</table>"),
            cell(content.more),
            cell(content.faq_heading),
            *map(cell, _pairs(content)),
        )
    )
    return _html(cell(f"<table><tr><td>{left}</td><td>{right}</td></tr></table>"))


def definition_lists(content: Content) -> bytes:
    """Terms and their definitions; a row is a list of its own."""

    def of(term: str, lines: Iterable[str]) -> str:
        return f"<dl><dt>{term}</dt>{_wrap('dd', lines)}</dl>"

    application = of(content.application_heading, chain(*map(_cells, content.applications)))
    inquiry = of(content.inquiry_heading, chain(*map(_cells, content.inquiries)))
    pairs = "".join(of(pair.printed_question, [pair.printed_answer]) for pair in content.pairs)
    return _html(
        f"{_wrap('div', _lines(content))}"
        f"{of(f'{content.title} {content.day}', _body(content))}<p>{_account(content)}</p>"
        f"{application}{inquiry}<p>{content.more}</p><p>{content.faq_heading}</p>{pairs}"
    )


def line_breaks(content: Content) -> bytes:
    """One cell for the article, one for the rest; lines end in ``<br>``."""
    rows = [" ".join(_cells(row)) for row in content.applications]
    others = [" ".join(_cells(row)) for row in content.inquiries]
    left = [*_lines(content), f"{content.title}   {content.day}", "", *_body(content)]
    right = [
        _account(content),
        content.application_heading,
        *rows,
        content.inquiry_heading,
        *others,
        content.more,
        content.faq_heading,
        *_pairs(content),
    ]
    table = f"<table><tr><td>{'<br>'.join(left)}</td><td>{'<br />'.join(right)}</td></tr></table>"
    return _html(table)


def sidebar_first(content: Content) -> bytes:
    """The sidebar stands before the article in the source."""
    return _html(f"<div>{_sidebar(content)}</div><div>{_article(content)}</div>")


def sidebar_between(content: Content) -> bytes:
    """A layout table: the title across, then the sidebar's cell, then the body's."""
    title = f"{_wrap('p', _lines(content))}<h2>{content.title}</h2><p>{content.day}</p>"
    body = _wrap("p", _body(content))
    return _html(
        f"<table><tr><td colspan=2>{title}</td></tr>"
        f"<tr><td>{_sidebar(content)}</td><td>{body}</td></tr></table>"
    )


def unclosed_upper_case(content: Content) -> bytes:
    """Tags in capitals that nobody closes."""
    rows = [f"<TR><TD>{'<TD>'.join(_cells(row))}" for row in content.applications]
    others = [f"<TR><TD>{'<TD>'.join(_cells(row))}" for row in content.inquiries]
    text = (
        f"<HTML><BODY><TABLE><TR><TD><P>{'<P>'.join(_lines(content))}"
        f"<P><FONT SIZE=+1>{content.title}</FONT> {content.day}<P>{'<P>'.join(_body(content))}"
        f"<TD><P>{_account(content)}<P>{content.application_heading}<TABLE>{''.join(rows)}</TABLE>"
        f"<P>{content.inquiry_heading}<TABLE>{''.join(others)}</TABLE><P>{content.more}"
        f"<P>{content.faq_heading}<P>{'<P>'.join(_pairs(content))}</TABLE>"
    )
    return text.encode()


def gbk_undeclared(content: Content) -> bytes:
    """GBK, and not a word about it."""
    return _html(_article(content) + _sidebar(content), "gbk")


def gbk_declared_utf8(content: Content) -> bytes:
    """GBK that says it is UTF-8."""
    return _html(_article(content) + _sidebar(content), "gbk", "utf-8")


def utf8_declared_gb2312(content: Content) -> bytes:
    """UTF-8 that says it is GB 2312."""
    return _html(_article(content) + _sidebar(content), "utf-8", "gb2312")


def div_cells(content: Content) -> bytes:
    """Rows and cells are ``<div>``."""

    def rows(of: Iterable[Row]) -> str:
        return _wrap("div", [_wrap("div", _cells(row)) for row in of])

    pairs = [_wrap("div", (pair.printed_question, pair.printed_answer)) for pair in content.pairs]
    return _html(
        f"<div><div>{_wrap('div', _lines(content))}</div><div><div>{content.title}</div>"
        f"<div>{content.day}</div></div><div>{_wrap('div', _body(content))}</div></div>"
        f"<div><div>{_account(content)}</div><div>{content.application_heading}</div>"
        f"<div>{rows(content.applications)}</div><div>{content.inquiry_heading}</div>"
        f"<div>{rows(content.inquiries)}</div><div>{content.more}</div>"
        f"<div>{content.faq_heading}</div><div>{_wrap('div', pairs)}</div></div>"
    )


def touching_spans(content: Content) -> bytes:
    """No space between neighbours: elements alone keep them apart."""

    def rows(of: Iterable[Row]) -> str:
        return "".join(f"<p>{_wrap('span', _cells(row))}</p>" for row in of)

    pairs = [_wrap("span", (p.printed_question, p.printed_answer)) for p in content.pairs]
    return _html(
        f"{_wrap('p', _lines(content))}<p><b>{content.title}</b><i>{content.day}</i></p>"
        f"{_wrap('p', _body(content))}<p>{_account(content)}</p>"
        f"<p>{content.application_heading}</p>{rows(content.applications)}"
        f"<p>{content.inquiry_heading}</p>{rows(content.inquiries)}<p>{content.more}</p>"
        f"<p>{content.faq_heading}</p>{_wrap('p', pairs)}"
    )


def inline_only(content: Content) -> bytes:
    """Not one block element: spans, bold and line breaks."""
    rows = [_wrap("tt", _cells(row)) for row in content.applications]
    others = [_wrap("tt", _cells(row)) for row in content.inquiries]
    lines = [
        *_lines(content),
        f"<b>{content.title}</b> <span>{content.day}</span>",
        *_body(content),
        _account(content),
        content.application_heading,
        *rows,
        content.inquiry_heading,
        *others,
        content.more,
        content.faq_heading,
        *_pairs(content),
    ]
    return "<br>".join(f"<span>{line}</span>" for line in lines).encode()


def dash_before_date(content: Content) -> bytes:
    """The title line of the ASPX layout, bold labels, a form with its hidden state."""
    state = '<input type="hidden" name="__VIEWSTATE" value="04-16 21315299 Processing">'
    pairs = [
        f"<p><b>{p.printed_question[:2]}</b>{p.printed_question[2:]}</p>"
        f"<p><b>{p.printed_answer[:2]}</b>{p.printed_answer[2:]}</p>"
        for p in content.pairs
    ]
    return _html(
        f"<form>{state}<div>{_wrap('div', _lines(content))}<h2>{content.title} - {content.day}</h2>"
        f"{_wrap('p', _body(content))}</div><div><p>{_account(content)}</p>"
        f"<h6>{content.application_heading}</h6><table>{_rows(content.applications)}</table>"
        f"<h6>{content.inquiry_heading}</h6><table>{_rows(content.inquiries)}</table>"
        f"<p>{content.more}</p><h6>{content.faq_heading}</h6>{''.join(pairs)}</div></form>"
    )


def preformatted(content: Content) -> bytes:
    """Typewriter text: a line of ``<pre>`` is a line."""
    rows = ["  ".join(_cells(row)) for row in content.applications]
    others = ["  ".join(_cells(row)) for row in content.inquiries]
    lines = [
        *_lines(content),
        f"{content.title}   {content.day}",
        "",
        *_body(content),
        "",
        content.sign_in,
        " | ".join(content.account),
        content.application_heading,
        *rows,
        content.inquiry_heading,
        *others,
        content.more,
        content.faq_heading,
        *chain(*((pair.printed_question, pair.printed_answer) for pair in content.pairs)),
    ]
    return _html(f"<pre>{chr(10).join(lines)}</pre>")


MARKUPS: Final[tuple[Markup, ...]] = (
    sections,
    tables,
    lists,
    nested_layout_tables,
    definition_lists,
    line_breaks,
    sidebar_first,
    sidebar_between,
    unclosed_upper_case,
    gbk_undeclared,
    gbk_declared_utf8,
    utf8_declared_gb2312,
    div_cells,
    touching_spans,
    inline_only,
    dash_before_date,
    preformatted,
)
