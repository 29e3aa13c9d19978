"""HTML → blocks, as a reader sees them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser, LexborNode

from shio_scraper.items import Link
from shio_scraper.pages import Block, Capture, Page, UnreadableError, html, read

URL = "http://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=5"


def page(body: str, url: str | None = URL) -> Page:
    return read(Capture(body=f"<html><body>{body}</body></html>", url=url))


def blocks(body: str, url: str | None = URL) -> list[Block]:
    return page(body, url).blocks


def texts(body: str) -> list[str]:
    return [block.text for block in blocks(body)]


def test_a_page_is_a_line_in_a_shell() -> None:
    assert (
        repr(page("<p>one</p>two", "https://a.example/b")) == "<Page https://a.example/b: 2 blocks>"
    )


@pytest.mark.parametrize(
    "markup",
    [
        "<p>one</p><p>two</p>",
        "<P>one<P>two",
        "<div>one</div><div>two</div>",
        "<div>one<div>two</div></div>",
        "<div><div>one</div>two</div>",
        "one<br>two",
        "one<br/><br />two",
        "one<BR clear=all>two",
        "one<hr>two",
        "one<p>two</p>",
        "<p>one</p>two",
        "<ul><li>one<li>two</ul>",
        "<ul><li>one<ul><li>two</li></ul></li></ul>",
        "<dl><dt>one</dt><dd>two</dd></dl>",
        "<table><tr><td>one</td></tr><tr><td>two</td></tr></table>",
        "<table><tr><td>one</table>two",
        "<table><caption>one</caption><tr><td>two</td></tr></table>",
        "<h1>one</h1>two",
        "<span>one</span><br><span>two</span>",
        "<span>one<br>two</span>",
        "<b>one<p>two</p></b>",
        "<form>one<fieldset>two</fieldset></form>",
        "<section>one</section><aside>two</aside>",
        "<header>one</header><footer>two</footer>",
        "<blockquote>one</blockquote><address>two</address>",
        "<center>one</center>two",
        "<pre>one\ntwo</pre>",
        "<pre>one\r\n\r\n  two</pre>",
        "<figure>one<figcaption>two</figcaption></figure>",
        "<article>one</article><nav>two</nav>",
        "<a href='#'><div>one</div><div>two</div></a>",
        "<p></p><div>&nbsp;</div>one<p> \n </p>two",
        "<table><tr></tr><tr><td>one</td></tr></table>two",
        "<tr>one</tr><p>two</p>",
    ],
)
def test_blocks_are_split_where_a_reader_sees_a_new_piece(markup: str) -> None:
    assert texts(markup) == ["one", "two"]


@pytest.mark.parametrize(
    "markup",
    [
        "<p>one <b>two</b></p>",
        "<p>one\n\t two</p>",
        "one&nbsp;&nbsp; two",
        "one\u3000two",
        "<span>one</span> <span>two</span>",
        "<p>one <a href='x'>two</a></p>",
        "<p><font color=red>one</font> <em><strong>two</strong></em></p>",
        "<p>one <!-- three -->two</p>",
        "<p>one<script>three()</script> two</p>",
        "<p>one <img src='x' alt='three'>two</p>",
        "<p>one\u200b \ufefftwo</p>",
        "<p>o<wbr>ne tw&shy;o</p>",
        "<p>one <![CDATA[three]]>two</p>",
    ],
)
def test_inline_elements_do_not_split(markup: str) -> None:
    assert texts(markup) == ["one two"]


@pytest.mark.parametrize(
    ("markup", "parts"),
    [
        ("<p><b>Pond drained</b><i>2024-03-04</i></p>", ("Pond drained", "2024-03-04")),
        ("<p><b>Pond</b> drained <i>2024-03-04</i></p>", ("Pond", "drained", "2024-03-04")),
        ("<p>Pond drained</p>", ("Pond drained",)),
        ("<p><span>04-16</span><span>77</span><span>Sent</span></p>", ("04-16", "77", "Sent")),
        ("<table><tr><td>04-16</td><td></td><td>Sent</td></tr></table>", ("04-16", "Sent")),
    ],
)
def test_inline_elements_stay_apart_within_a_block(markup: str, parts: tuple[str, ...]) -> None:
    (block,) = blocks(markup)
    assert block.parts == parts


@pytest.mark.parametrize(
    "markup",
    [
        "<script>var a = 'two';</script>",
        "<style>p { content: 'two' }</style>",
        "<!-- two -->",
        "<!--[if IE]><p>two</p><![endif]-->",
        "<input type='hidden' value='two'>",
        "<input type='submit' value='two'>",
        "<textarea>two</textarea>",
        "<select><option>two</option></select>",
        "<noscript>two</noscript>",
        "<template><p>two</p></template>",
        "<iframe>two</iframe>",
        "<p style='display:none'>two</p>",
        "<div style='color: red; DISPLAY : NONE;'><p>two</p></div>",
        "<p hidden>two</p>",
        "<div hidden=hidden><table><tr><td>two</td></tr></table></div>",
        "<?php echo 'two'; ?>",
        "<object><p>two</p></object>",
        "<svg><text>two</text></svg>",
    ],
)
def test_what_no_reader_sees_is_no_text(markup: str) -> None:
    assert texts(f"<p>one</p>{markup}<p>three</p>") == ["one", "three"]


def test_the_text_behind_a_hidden_element_is_seen() -> None:
    assert texts("<p>one <span style='display:none'>two</span>three</p>") == ["one three"]


@pytest.mark.parametrize(
    "style",
    [
        "display:none",
        "color:red;; DISPLAY : None",
        "display:block; display:none",
        "display:none !important; display:block",
        "visibility:collapse",
        "content-visibility:hidden",
        "font-size:0px",
        "font:0/0 a",
        "opacity:.0",
        "color:transparent",
        "color:rgba(0, 0, 0, 0)",
        "position:absolute; left:-9999px",
        "position:fixed; top:-100em",
        "text-indent:-9999px",
        "margin-left:-10000px",
        "position:absolute; clip:rect(0 0 0 0)",
        "clip-path:inset(50%)",
        "height:0; overflow:hidden",
        "transform:scale(0)",
    ],
)
def test_what_a_style_hides_is_no_text(style: str) -> None:
    found = page(f"<p>one</p><p style='{style}'>two</p>")
    assert [block.text for block in found.blocks] == ["one"]
    assert found.hidden == len("two")


@pytest.mark.parametrize(
    "style",
    [
        "display:block",
        "display: inline",
        "x:y",
        "display:none; display:block",
        "--x:display:none",
        "--display:none",
        "x-display:none",
        "/* display:none */ color:red",
        "background:url(a?display:none)",
        "background:url(&quot;a;display:none;&quot;)",
        "content:&quot;;display:none&quot;",
        "display:none:",
        "color:rgb(255,0,0)",
        "color:rgba(0,0,0,.5)",
        "font-size:0.9em",
        "opacity:0.4",
        "left:-9999px",
        "position:relative; left:-2px",
        "text-indent:-2em",
        "overflow:hidden; height:20px",
    ],
)
def test_other_styles_hide_nothing(style: str) -> None:
    assert texts(f"<p style='{style}'>one</p>") == ["one"]


@pytest.mark.parametrize("attributes", ["hidden='until-found'", "hidden style='display:block'"])
def test_what_a_reader_can_find_is_text(attributes: str) -> None:
    assert texts(f"<p {attributes}>one</p>") == ["one"]


def test_a_dialog_is_seen_where_it_is_open() -> None:
    assert texts("<dialog>one</dialog><dialog open>two</dialog>") == ["two"]


def test_hidden_text_is_kept_and_marked() -> None:
    found = page("<h2>a</h2><p style='display:none'>b</p><noscript><p>c</p></noscript>d<i hidden>e")
    assert [block.text for block in found.blocks] == ["a", "d"]
    again = found.with_hidden()
    assert [(block.text, block.hidden) for block in again.blocks] == [
        ("a", False), ("b", True), ("c", True), ("d", False), ("e", True)
    ]  # fmt: skip
    assert again.nodes[again.blocks[2].node].tag == "p"
    assert again.with_hidden() is again


def test_a_page_without_hidden_text_is_not_read_again() -> None:
    found = page("<p>one</p>")
    assert found.with_hidden() is found


def test_a_page_whose_text_stands_in_noscript_is_read() -> None:
    text = "The mill pond was drained on Monday. " * 20
    assert texts(f"<div id=app></div><noscript><p>{text}</p></noscript>") == [text.strip()]


def test_parts_are_what_the_markup_names() -> None:
    found = page(
        "<header>a</header><div role=navigation><ul><li>b</ul></div><aside>c</aside>"
        "<figure>d<figcaption>e</figcaption></figure><details><summary>f</summary>g</details>h"
    )
    assert [found.nodes[block.node].part for block in found.blocks] == [
        "header", "nav", "aside", "figure", "figcaption", "summary", "details", None
    ]  # fmt: skip


def test_images_stand_at_their_blocks() -> None:
    found = page("<p>one</p><figure><img src=a.png alt=' A  pond '><figcaption>two</figcaption>")
    assert found.images == [(1, "a.png", "A pond")]


def test_the_head_is_no_text() -> None:
    body = "<html><head><title>two</title><meta name=x content=y></head><body>one</body></html>"
    assert [block.text for block in read(Capture(body=body)).blocks] == ["one"]


@pytest.mark.parametrize("first", ["main", "header", "x-page", "p"])
@pytest.mark.parametrize("head", ["<title>t</title>", "<head><script>a</script>", "<meta name=a>"])
def test_a_head_that_nobody_closed_ends_with_the_first_element(head: str, first: str) -> None:
    html = f"{head}<{first}>one</{first}><p>two</p></head><div>three</div>"
    found = read(Capture(body=html)).blocks
    assert [block.text for block in found] == ["one", "two", "three"]


def test_character_references() -> None:
    assert texts("<p>a &lt;b&gt; &amp;amp; &#20013;&#x6587; &ldquo;x&rdquo; &copy</p>") == [
        "a <b> &amp; 中文 “x” ©"
    ]


def test_windows_1252_references_are_what_browsers_show() -> None:
    assert texts("<p>the mill&#146;s pond &#150; dry</p>") == ["the mill’s pond – dry"]


def test_a_row_of_cells_is_one_block() -> None:
    (row,) = blocks("<table><tr><td>04-16</td><td> 77 </td><td><b>Sent</b></td></tr></table>")
    assert row.text == "04-16 77 Sent"
    assert row.cells == ("04-16", "77", "Sent")


def test_an_empty_cell_keeps_its_place() -> None:
    (row,) = blocks("<table><tr><td>04-16<td>&nbsp;<td>Sent</table>")
    assert row.cells == ("04-16", "", "Sent")


def test_a_layout_table_is_no_row() -> None:
    found = blocks("<table><tr><td><p>one</p><p>two</p></td><td>three</td></tr></table>")
    assert [block.text for block in found] == ["one", "two", "three"]
    assert not any(block.cells for block in found)


def test_nested_tables() -> None:
    inner = "<table><tr><td>04-16</td><td>77</td></tr><tr><td>04-15</td><td>76</td></tr></table>"
    found = blocks(f"<table><tr><td>one</td><td>{inner}</td></tr></table>")
    assert [block.text for block in found] == ["one", "04-16 77", "04-15 76"]
    assert [block.cells for block in found] == [(), ("04-16", "77"), ("04-15", "76")]


def test_a_nested_table_of_one_row_is_not_joined_with_its_neighbour() -> None:
    inner = "<table><tr><td>04-16</td><td>77</td></tr></table>"
    found = blocks(f"<table><tr><td>{inner}</td><td>two</td></tr></table>")
    assert [block.text for block in found] == ["04-16 77", "two"]


def test_soft_tells_a_line_break_from_a_block() -> None:
    assert [block.soft for block in blocks("<p>one<br>two</p><p>three</p>")] == [False, True, False]
    assert [block.soft for block in blocks("<pre>one\ntwo</pre>")] == [False, True]


def test_nodes_hold_their_blocks() -> None:
    found = page("<div><h1>one</h1><p>two</p></div><p>three</p>")
    div = next(node for node in found.nodes if node.tag == "div")
    assert (div.start, div.end) == (0, 2)
    assert (found.nodes[0].start, found.nodes[0].end) == (0, 3)
    assert found.nodes[found.blocks[0].node].tag == "h1"
    assert found.ancestors(found.blocks[0].node)[-1] == 0


@pytest.mark.parametrize(
    "markup",
    ["<table><tr><td>a</td><td>b</td></tr></table><p>c</p>", "<table><tr></tr></table><p>a</p>",
     "<div><table><tr><td><p>a</p></td><td><p>b</p></td></tr></table></div>", "<td>a</td>b",
     "<table><tr><td>a<tr><td>b<td>c</table>", "<ul><li>a<ul><li>b</ul><li>c</ul>"],
)  # fmt: skip
def test_nodes_nest_and_cover_every_block(markup: str) -> None:
    found = page(markup)
    for node in found.nodes:
        parent = found.nodes[node.parent]
        assert parent.start <= node.start <= node.end <= parent.end
    for position, block in enumerate(found.blocks):
        assert found.nodes[block.node].start <= position < found.nodes[block.node].end
    assert (found.nodes[0].start, found.nodes[0].end) == (0, len(found.blocks))


def test_zones_are_what_the_markup_names() -> None:
    found = page("<nav><ul><li>one</ul></nav><p>two</p><footer><div>three</div></footer>")
    assert [found.nodes[block.node].zone for block in found.blocks] == ["nav", None, "footer"]


def links(body: str, url: str | None = URL) -> list[tuple[str, str]]:
    found = page(body, url)
    return [(link.text, link.url) for i in range(len(found.blocks)) for link in found.links(i)]


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("zfxw_detail_en.jsp?id=6", "https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=6"),
        ("?id=6&x=1", "https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=6"),
        ("/up/my plan.pdf", "https://touch.shio.gov.cn/up/my%20plan.pdf"),
        ("MAILTO:pond@example.org", "mailto:pond@example.org"),
        ("HTTP://Example.org/a", "http://Example.org/a"),
        ("/up/plan.pdf", "https://touch.shio.gov.cn/up/plan.pdf"),
        ("../a.html", "https://touch.shio.gov.cn/a.html"),
        ("http://61.129.132.137/up/plan.pdf", "https://touch.shio.gov.cn/up/plan.pdf"),
        ("//example.org/a", "http://example.org/a"),
        (" http://example.org/a b ", "http://example.org/a%20b"),
        ("mailto:pond@example.org", "mailto:pond@example.org"),
    ],
)
def test_links_are_absolute_and_canonical(href: str, url: str) -> None:
    assert links(f"<p>See <a href='{href}'>the <b>plan</b></a>.</p>") == [("the plan", url)]


@pytest.mark.parametrize(
    "href", ["javascript:void(0)", "http://[", "mailto:", "data:text/html,x", "tel:"]
)
def test_a_link_to_no_address_is_text(href: str) -> None:
    assert links(f"<p>See <a href='{href}'>the plan</a>.</p>") == []


def test_a_base_href_counts() -> None:
    body = "<html><head><base href='http://example.org/x/'></head><a href='y'>z</a></html>"
    assert read(Capture(body=body, url=URL)).links(0) == [
        Link(text="z", url="http://example.org/x/y")
    ]


def test_a_relative_base_href() -> None:
    body = "<html><head><base href='/x/'></head><body><a href='y'>z</a></body></html>"
    found = read(Capture(body=body, url=URL))
    assert [link.url for link in found.links(0)] == ["https://touch.shio.gov.cn/x/y"]


def test_relative_links_of_a_page_without_an_address() -> None:
    assert links("<a href='y'>z</a> <a href='http://example.org/'>w</a>", None) == [
        ("w", "http://example.org/")
    ]


def test_an_anchor_without_href_is_text() -> None:
    assert links("<p><a name='top'>one</a> <a>two</a></p>") == []


def test_the_link_of_a_bare_image_has_no_text() -> None:
    assert links("<p>one <a href='/a.pdf'><img src='x'></a></p>") == [
        ("", "https://touch.shio.gov.cn/a.pdf")
    ]


def test_a_link_around_blocks_belongs_to_each() -> None:
    found = page("<a href='a.html'><div>one</div><div>two</div></a><p>three</p>")
    assert [[link.text for link in found.links(i)] for i in range(3)] == [["one"], ["two"], []]


def test_an_unclosed_link_ends_where_the_next_begins() -> None:
    found = links("<p><a href='a.html'>one <a href='b.html'>two</a></p>")
    assert [text for text, _ in found] == ["one", "two"]


def test_deep_nesting_is_read_to_its_end() -> None:
    assert texts("<div>" * 1000 + "one" + "</div>" * 1000 + "<p>two</p>") == ["one", "two"]


def test_nesting_that_is_no_page_is_refused() -> None:
    with pytest.raises(UnreadableError) as error:
        texts("<div>" * 10_000 + "one" + "</div>" * 10_000 + "<p>two</p>")
    assert error.value.reason == "too_deep"


@pytest.mark.parametrize(
    "markup",
    [
        "<div></x>",
        "<div><!-- </div> -->",
        "<div><script></div></script>",
        "<div a='</div>'>",
        "<b>",
        "<svg><g><![CDATA[></g>]]></svg>",
    ],
)
def test_nesting_is_bounded_however_it_is_written(markup: str) -> None:
    with pytest.raises(UnreadableError) as error:
        texts(markup * 60_000)
    assert error.value.reason == "too_deep"


@pytest.mark.parametrize(
    "markup",
    ["<p>one", "<ul><li>one</ul>", "<br>", "<p>one<img src=a>", "<table><tr><td>one</table>"],
)
def test_much_markup_is_not_deep(markup: str) -> None:
    assert texts(markup * 12_000 + "<p>two")[-1] == "two"


@pytest.mark.parametrize(
    ("markup", "truncated"),
    [
        ("<!-- two", True),
        ("<title>two", True),
        ("<textarea>two", True),
        ("<script>two", True),
        ("<!-- two -->", False),
        ("<script><!-- two </script>", False),
        ("<textarea><!-- </textarea>two", False),
    ],
)
def test_what_eats_the_rest_of_a_page_is_told(markup: str, *, truncated: bool) -> None:
    assert page(f"<p>one</p>{markup}").truncated is truncated


@pytest.mark.parametrize("markup", ["</body></html><p>two</p>", "<plaintext>two"])
def test_nothing_behind_the_end_is_lost(markup: str) -> None:
    assert texts(f"<p>one</p>{markup}")[1].startswith("two")


def test_nesting_within_noscript_is_bounded() -> None:
    with pytest.raises(UnreadableError) as error:
        texts(f"<noscript>{'word ' * 100}{'<div>' * 60_000}</noscript>")
    assert error.value.reason == "too_deep"


def test_an_element_of_very_many_attributes_is_refused() -> None:
    with pytest.raises(UnreadableError) as error:
        texts(f"<p {' '.join(map('a{}'.format, range(20_000)))}>one</p>")
    assert error.value.reason == "too_large"


def test_a_long_attribute_is_read() -> None:
    assert texts(f"<p title='{'a b ' * 50_000}'>one</p>") == ["one"]


SEEN = st.sampled_from(
    ("one", "two words", "三", "&amp;", "&nbsp;", "&lt;b&gt;", "&#20013;", " ", "\n", "5 < 6")
)
TAGS = st.sampled_from(
    [
        "div",
        "p",
        "table",
        "tr",
        "td",
        "th",
        "ul",
        "li",
        "dl",
        "dt",
        "dd",
        "h1",
        "span",
        "b",
        "i",
        "a",
        "br",
        "hr",
        "pre",
        "form",
        "nav",
        "footer",
        "center",
        "font",
        "script",
        "style",
        "title",
        "select",
        "option",
        "tbody",
        "input",
        "noscript",
        "blockquote",
    ]
)
ATTRIBUTES = st.sampled_from(("", "", "", " href='x'", " hidden", " style='display:none'", " x=y"))


def _element(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    inner = st.lists(children, max_size=6).map("".join)
    return (
        st.builds("<{0}{1}>{2}</{0}>".format, TAGS, ATTRIBUTES, inner)
        | st.builds("<{0}{1}>{2}".format, TAGS, ATTRIBUTES, inner)
        | st.builds("{1}</{0}>".format, TAGS, inner)
    )


MARKUP = st.lists(st.recursive(SEEN, _element, max_leaves=40), max_size=4).map("".join)
UNSEEN = frozenset(["script", "style", "title", "head", "select", "option", "noscript"])


def _seen(element: LexborNode) -> Iterator[str]:
    """Yield the text that the tree holds, without what no reader sees."""
    for child in element.iter(include_text=True):
        style, tag = child.attributes.get("style") or "", child.tag
        if tag == "-text":
            yield child.text_content or ""
        elif tag not in UNSEEN and "hidden" not in child.attributes and "none" not in style:
            yield from _seen(child)


def _characters(text: Iterable[str]) -> str:
    return "".join("".join(text).split())


@given(MARKUP)
def test_every_character_that_is_seen_is_in_a_block_in_its_order(markup: str) -> None:
    html = f"<html><body><p>first</p>{markup}<p>last</p></body></html>"
    root = LexborHTMLParser(html, scripting=True).root
    assert root is not None
    found = read(Capture(body=html))
    assert _characters(block.text for block in found.blocks) == _characters(_seen(root))


@given(MARKUP)
def test_nodes_nest_whatever_the_markup(markup: str) -> None:
    found = read(Capture(body=f"<html><body><p>first</p>{markup}"))
    assert (found.nodes[0].start, found.nodes[0].end) == (0, len(found.blocks))
    for node in found.nodes:
        parent = found.nodes[node.parent]
        assert parent.start <= node.start <= node.end <= parent.end
    for position, block in enumerate(found.blocks):
        assert found.nodes[block.node].start <= position < found.nodes[block.node].end


@given(MARKUP, MARKUP)
def test_what_was_read_on_another_page_is_read_alike(inside: str, before: str) -> None:
    part = f"<ul>{inside}<li>last</ul>"
    markup = f"<p>first</p>{before}<nav>{part}</nav><table><tr><td>{part}<td>{inside}</table>{part}"
    html.KNOWN.clear()
    first, again, other = page(markup), page(markup), page(f"<p>above</p>{markup}")
    assert (again.blocks, again.nodes, again.images) == (first.blocks, first.nodes, first.images)
    html.KNOWN.clear()
    alone = page(f"<p>above</p>{markup}")
    assert (other.blocks, other.nodes, other.images) == (alone.blocks, alone.nodes, alone.images)
