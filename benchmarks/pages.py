"""Generated pages of the portal: the same bytes for the same number on every machine.

The text is invented, the markup is known, and both layouts occur. ``article(n)`` is the n-th page,
newest first. ``site(n)`` is a whole portal with the first n articles.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, replace
from datetime import date, timedelta
from html import escape
from random import Random
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from frames import SECTION, Layout, page, rows

Size: TypeAlias = Literal["small", "typical", "long", "noisy"]
ORIGIN = "https://touch.shio.gov.cn"
NEWEST = date(2025, 6, 30)
A_DAY = 3
A_LISTING = 20
LISTING = "/jsp/zfxw_default_en.jsp?siteId={site}&p_page={page}"
SOURCES = ("Harbour Gazette", "River Wire", "City Courier")
CATEGORIES = (
    "Shanghai Daily News Digest",
    "Shanghai Daily News Digest",
    "City News",
    "Commission/Bureau News",
    "Municipal Government News",
    "District News",
    None,
)
GATE = "To view the full text or download it, please log in."
ROBOTS = b"User-agent: *\nDisallow: /usercenter/\n"

_TEXT = """
able access account across action add after again agency agree air along among annual apply area
around arrive art artist attend average avenue balance bank basic basin begin benefit better bike
bill board boat book border bridge bring broad budget build building bureau bus business buyer
cable campus canal capital care carry case centre chain chance change channel charge check child
choose city class clean clear clinic close coast collect college common community company compare
complete concert connect consider contain continue contract control cost council country county
course court cover create crew cross culture current customer cut cycle data deal decade decide
deep degree deliver demand depend design detail develop direct discuss display district dock
double draft draw drive driver during early earn east easy economy edge edit effect effort
electric employ energy engine enjoy enter entire equal estate estimate evening event exchange
exhibit expand expect expert explain export express extend factory fair family farm fast feature
ferry festival field figure film final finance find firm first fish flat flight floor flow flower
follow food force foreign forest form forum found free freight fresh front fund further future
gallery garden gate gather general global goods grain grand grant green ground group grow guest
guide half hall harbour head health heat heavy help heritage high highway hold home hospital host
hotel hour house hundred idea improve include income increase index industry inform install
interest invest island issue item join journal journey judge keep kitchen know label labour lake
land lane large launch law lead learn leave lecture level library licence light line link list
local long lower machine main maintain major make manage many map market master match material
measure medical meeting member method metro middle mile million model modern month morning museum
music narrow nation nature near network night north note notice number nurse offer office officer
official often open operate option orchard order organ output owner paint paper park part partner
party pass path pattern people period permit person phone photo piece pilot place plan plant plate
platform play point policy pool port position power practice prepare present press price print
private problem process produce product profit programme project promote protect provide public
quality quarter quick quiet rail raise range rate reach read ready reason record recycle reduce
region register relate release remain renew rent repair report require research reserve resident
rest result return review rice ride right rise river road role roof room round route rule safe
salt sample scale scheme school science screen season seat second section sector seed sell send
senior serve service session share ship shop short show side sign signal single site skill small
smart social soil solar solid south space speed spend sport spring square staff stage stall
standard start state station stay steel step stock stone storage store storm story stream street
strong student studio study subject suburb summer supply support surface survey system table take
talent target task teach team tenant term terminal test theatre thousand ticket tide timber today
total tour tourist tower town track trade traffic train transfer travel treat tree trial truck
tunnel turn type under union unit update upper urban valley value vehicle venue vessel village
visit visitor volume wage walk wall warehouse waste watch water weather week weight west whole
wide willow winter wood work worker workshop yard year young zone
"""
_WORDS = _TEXT.split()
_STYLE = "text-align: justify; text-indent: 21pt; line-height: 150%; margin: 0cm 0cm 0pt"


@dataclass(frozen=True)
class Story:
    """The content of one article. The paragraphs are HTML."""

    number: int
    layout: Layout
    path: str
    title: str
    day: date
    category: str | None
    paragraphs: tuple[str, ...]
    source: str | None
    gated: bool


def _sentence(random: Random, words: int) -> str:
    chosen = random.choices(_WORDS, k=words)
    if words > 8 and random.random() < 0.4:
        chosen[words // 2] += ","
    if random.random() < 0.3:
        chosen[-2] = random.choice(
            (
                f"{random.randint(2, 98)}.{random.randint(0, 9)}%",
                f"{random.randint(2, 950)} million",
                f"“{chosen[-2]}”",
                f"{chosen[-2]}\u2019s",
                f"R&amp;D {chosen[-2]}",
                f'"{chosen[-2]}"',
            )
        )
    chosen[0] = chosen[0].capitalize()
    return " ".join(chosen) + "."


def _paragraph(random: Random) -> str:
    left = random.randint(30, 90)
    sentences = []
    while left > 0:
        words = min(left, random.randint(8, 22))
        words = left if left - words < 4 else words
        sentences.append(_sentence(random, words))
        left -= words
    if random.random() < 0.12:
        number = random.randint(100, 999)
        sentences.insert(
            1, f'More is on <a href="http://www.example.org/{number}">the page of the fair</a>.'
        )
    if random.random() < 0.1:
        sentences[0] = f"<strong>{sentences[0]}</strong>"
    return ("&nbsp; " if random.random() < 0.2 else " ").join(sentences)


def _title(random: Random) -> str:
    words = random.choices(_WORDS, k=random.randint(5, 11))
    quirk = random.randint(0, 15)
    if quirk == 0:
        words[-1] = f"in {random.randint(2012, 2024)}"
    elif quirk == 1:
        words[2] += f" - {words[1]}"
    elif quirk == 2:
        words[1:3] = [f"“{words[1]}", f"{words[2]}”"]
    elif quirk == 3:
        words[-1] = f"up {random.randint(2, 90)}%"
    elif quirk == 4:
        words[0] = f"{random.randint(3, 900)} {words[0]}"
    title = " ".join(words)
    return title[0].upper() + title[1:]


def story(number: int) -> Story:
    """Return story ``number``, from 0, newest first."""
    random = Random(f"page {number}")
    day = NEWEST - timedelta(days=number // A_DAY)
    layout: Layout = "aspx" if number % 4 == 3 else "jsp"
    if layout == "jsp":
        time = f"{235959 - number % A_DAY:06}{number % 1000:03}"
        path = f"/jsp/zfxw_detail_en.jsp?id={day:%Y%m%d}{time}"
    else:
        path = f"/en/government-news/detail_long.aspx?id={1_000_000 - number}"
    gated = random.random() < 0.02
    return Story(
        number=number,
        layout=layout,
        path=path,
        title=_title(random),
        day=day,
        category=random.choice(CATEGORIES),
        paragraphs=tuple(_paragraph(random) for _ in range(random.randint(3, 9))),
        source=random.choice(SOURCES) if not gated and random.random() < 0.25 else None,
        gated=gated,
    )


def _jsp_main(told: Story, lines: list[str]) -> str:
    category = f'<div class="under">{escape(told.category)}</div>' if told.category else ""
    body = "\n".join(f"<p>{line}</p>" for line in lines)
    return (
        f'<h2 class="section">{SECTION}</h2>{category}\n<div class="xw">'
        f'<h1 class="headline">{escape(told.title)}&nbsp;&nbsp; {told.day}</h1>\n'
        f'<div class="zw" id="zw">\n{body}\n</div></div>'
    )


def _aspx_main(told: Story, lines: list[str]) -> str:
    category = f'<div class="sub">{escape(told.category)}</div>\n' if told.category else ""
    body = "\n".join(
        f'<p class="MsoNormal" style="{_STYLE}"><span lang="EN-US" '
        f'style="font-family: Times; font-size: 10.5pt">{line}</span></p>'
        for line in lines
    )
    return (
        f'<h3 class="head">{SECTION}</h3>\n{category}'
        f'<div class="detail"><h2 class="heading">{escape(told.title)} - {told.day}</h2>\n'
        f'<div class="nr">\n{body}\n</div></div>'
    )


def render(told: Story) -> bytes:
    """Return the page of ``told``."""
    lines = [*told.paragraphs]
    if told.source:
        lines.append(f"Source: {told.source}")
    if told.gated:
        lines.append(GATE)
    main = _jsp_main(told, lines) if told.layout == "jsp" else _aspx_main(told, lines)
    state = b64encode(Random(f"state {told.number}").randbytes(3000)).decode()
    return page(told.layout, told.title, main, state)


def article(number: int) -> tuple[str, bytes]:
    """Return page ``number``: its canonical path with the query, and its HTML."""
    told = story(number)
    return told.path, render(told)


def sized(number: int, size: Size) -> tuple[str, bytes]:
    """Return page ``number`` in one of the sizes that pages of the portal have."""
    told = story(number)
    if size == "small":
        told = replace(told, paragraphs=told.paragraphs[:1])
    if size == "long":
        told = replace(
            told, paragraphs=tuple(_paragraph(Random(60 * number + i)) for i in range(60))
        )
    return told.path, _noisy(render(told)) if size == "noisy" else render(told)


def _noisy(body: bytes) -> bytes:
    """Add the noise of editors' tools and trackers: comments, scripts, empty elements."""
    piece = b"<!-- block %d --><script>var a = '<p>%d</p>';</script><span class='s%d'></span>"
    noise = b"".join(piece % (n, n, n) for n in range(150))
    return body.replace(b"</body>", noise + b"</body>").replace(b"<body>", b"<body>" + noise)


def _item(told: Story) -> str:
    first = escape(told.title)
    return (
        f'<li><a class="item" href="{escape(told.path)}">{first} - '
        f"{told.day:%B} {told.day.day}, {told.day.year}</a>\n"
        f"<p>{told.paragraphs[0][:120].partition('<')[0].partition('&')[0]}</p></li>"
    )


def listing(stories: list[Story], number: int, last: int, site: int = 300) -> bytes:
    """Return page ``number`` of ``last`` of a listing, with the items of ``stories``."""
    strip = "".join(
        f'<li><a href="#{place}">{escape(name)}</a></li>'
        for place, name in enumerate(filter(None, CATEGORIES[1:]))
    )
    near = range(max(1, number - 4), min(last, number + 4) + 1)
    steps = [(str(place), place) for place in near]
    if number > 1:
        steps.insert(0, ("Previous", number - 1))
    if number < last:
        steps.append(("Next", number + 1))
    links = " ".join(
        f'<a class="{"next" if name == "Next" else "step"}" '
        f'href="{escape(LISTING.format(site=site, page=place))}">{name}</a>'
        for name, place in steps
    )
    items = "\n".join(map(_item, stories))
    main = (
        f'<h2 class="section">{SECTION}</h2><ul class="strip">{strip}</ul>\n'
        f'<ul class="items">\n{items}\n</ul>\n<div class="pager">{links}</div>'
    )
    return page("jsp", SECTION, main)


def home(stories: list[Story]) -> bytes:
    """Return the home page with the headlines of ``stories``."""
    items = "\n".join(
        f'<li><a href="{escape(told.path)}">{escape(told.title)}</a></li>' for told in stories
    )
    more = escape(LISTING.format(site=300, page=1))
    main = f'<h2 class="latest"><a href="{more}">Latest</a></h2><ul class="latest">{items}</ul>'
    return page("jsp", "Press Service", main)


def status_lists() -> bytes:
    """Return the page behind the sidebar's `view more`."""
    lists = []
    for kind in ("application", "inquiry"):
        lines = "".join(
            f"<tr><td>{row.day}</td><td>{row.number}</td><td>{row.word}</td></tr>"
            for row in rows("jsp")
            if row.kind == kind
        )
        lists.append(f"<h2>{kind.capitalize()} Status</h2><table>{lines}</table>")
    return page("jsp", "Status", "".join(lists))


def site(articles: int, newest: int = 0) -> dict[str, bytes]:
    """Return a portal of ``articles`` articles, by path and query as ``normal`` gives them.

    With ``newest`` it is the portal of an earlier day, on which that article was the newest.
    """
    stories = [story(number) for number in range(newest, newest + articles)]
    last = max(1, -(-articles // A_LISTING))
    pages = {"/": home(stories[:10]), "/status/": status_lists()}
    for told in stories:
        pages[normal(told.path)] = render(told)
    for number in range(1, last + 1):
        part = stories[(number - 1) * A_LISTING : number * A_LISTING]
        pages[normal(LISTING.format(site=300, page=number))] = listing(part, number, last)
    pages[normal(LISTING.format(site=7, page=1))] = listing(stories[:A_LISTING], 1, 1, 7)
    return pages


def normal(target: str) -> str:
    """Return path and query in one form: parameters sorted, the first page unnamed.

    >>> normal("/jsp/zfxw_default_en.jsp?siteId=300&p_page=1")
    '/jsp/zfxw_default_en.jsp?siteId=300'
    """
    parts = urlsplit(target)
    query = "&".join(part for part in sorted(parts.query.split("&")) if part != "p_page=1")
    return f"{parts.path}?{query}" if query else parts.path
