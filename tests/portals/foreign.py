"""Three portals of elsewhere: the map of each is a file of at most 40 lines; its pages and truth.

One is German, its days first; one American, its months first; one Chinese, in a zone of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

_HEAD: Final = (
    "<html lang='{}'><head><title>{}</title></head><body><ul><li><a href='/'>{}</a></li></ul>"
)


@dataclass(frozen=True)
class Foreign:
    """A portal: its map, its pages by path, and its records' fields by their keys."""

    map: str
    pages: dict[str, str]
    truth: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """Its host."""
        return self.map.partition('origin="https://')[2].partition('"')[0]


HAFEN: Final = Foreign(
    """from shio_scraper.portals import Family, Portal, Vocabulary

HAFEN = Portal(
    name="hafen",
    title="Hafenamt Seeburg",
    publisher="Hafenamt der Stadt Seeburg",
    licence="CC BY 4.0, by the imprint of the site",
    origin="https://presse.hafenamt.example",
    hosts=("presse.hafenamt.example",),
    languages=frozenset({"de"}),
    month_first=False,
    time_zone="Europe/Berlin",
    first_year=1950,
    families=(
        Family(path="/", kind="home", language="de"),
        Family(path="/meldungen", kind="listing", language="de", parameters=("seite",),
               defaults=(("seite", "1"),), page="seite"),
        Family(path="/meldung/{id}", kind="article", language="de", id_form=r"\\d+"),
        Family(path="/termin/{id}", kind="event", language="de", id_form=r"\\d+"),
    ),
    listings=("/meldungen",),
    settings={"DOWNLOAD_DELAY": 0.1, "SHIO_MONITOR_FLOOR": {"article": 2}},
    vocabulary=Vocabulary(
        phrases={
            "section": {"de": ("Meldungen", "Bekanntmachungen")},
            "navigation": {"de": ("Startseite", "Kontakt", "Drucken")},
        },
        source_labels=("Quelle",),
        date_labels=("Datum", "Stand"),
        event_fields={"Anmeldung bis": "registration_deadline", "Ende": "ends"},
    ),
)
""",
    {
        "": "<a href='/meldungen'>Alle</a> <a href='/termin/3'>Ein Termin</a>",
        "meldungen": (
            "<ul><li><a href='/meldung/12'>Die Brücke am Alten Pier ist gesperrt</a>"
            " <span>4. März 2024</span></li>"
            "<li><a href='/meldung/11'>Neue Tonne vor der Mole</a> <span>1.2.2024</span></li></ul>"
        ),
        "meldung/12": (
            "<h4>Meldungen</h4><h1>Die Brücke am Alten Pier ist gesperrt</h1>"
            "<p>Montag, 4. März 2024</p>"
            "<p>Die Brücke am Alten Pier, 1962 gebaut, ist bis Ende des Monats gesperrt.</p>"
            "<p>Wer zum Markt will, nimmt solange die Fähre an der Mole.</p>"
            "<p>Quelle: Bauhof Seeburg</p>"
        ),
        "meldung/11": (
            "<h4>Bekanntmachungen</h4><h1>Neue Tonne vor der Mole</h1><p>Datum: 1/2/2024</p>"
            "<p>Die alte Tonne war im Sturm des Januars gesunken und ist nun ersetzt.</p>"
        ),
        "termin/3": (
            "<h1>Führung durch das Schöpfwerk</h1><p>Anmeldung bis: 5. Mai 2024, 16:30 Uhr</p>"
            "<p>Ende: 12.5.2024</p><p>Wir zeigen die Pumpen und das neue Wehr am Deich.</p>"
        ),
    },
    {
        "article/de/hafen-12": {
            "language": "de",
            "url": "https://presse.hafenamt.example/meldung/12",
            "title": "Die Brücke am Alten Pier ist gesperrt",
            "published": "2024-03-04",
            "section": "Meldungen",
            "source": "Bauhof Seeburg",
            "paragraphs": [
                "Die Brücke am Alten Pier, 1962 gebaut, ist bis Ende des Monats gesperrt.",
                "Wer zum Markt will, nimmt solange die Fähre an der Mole.",
            ],
        },
        "article/de/hafen-11": {
            "language": "de",
            "title": "Neue Tonne vor der Mole",
            "published": "2024-02-01",
            "section": "Bekanntmachungen",
            "source": None,
            "paragraphs": ["Die alte Tonne war im Sturm des Januars gesunken und ist nun ersetzt."],
        },
        "event/de/hafen-3": {
            "title": "Führung durch das Schöpfwerk",
            "registration_deadline": "2024-05-05T16:30:00+02:00",
            "ends": "2024-05-12",
            "paragraphs": ["Wir zeigen die Pumpen und das neue Wehr am Deich."],
        },
    },
)
COUNTY: Final = Foreign(
    """from shio_scraper.portals import Family, Portal, Vocabulary

COUNTY = Portal(
    name="county",
    title="Alder County",
    publisher="Alder County Commissioners",
    licence="Public domain, by the foot of its pages",
    origin="https://news.aldercounty.example",
    hosts=("news.aldercounty.example",),
    languages=frozenset({"en"}),
    month_first=True,
    time_zone="America/Chicago",
    families=(
        Family(path="/", kind="home", language="en"),
        Family(path="/releases", kind="listing", language="en"),
        Family(path="/releases/{id}", kind="article", language="en", id_form=r"\\d+-[a-z-]+",
               selectors={"title": "h2.headline", "published": "p.posted",
                          "source": ".office::text", "paragraphs": "div.copy"}),
    ),
    listings=("/releases",),
    vocabulary=Vocabulary(
        phrases={
            "section": {"en": ("Press Releases",)},
            "navigation": {"en": ("Start", "Pay a bill")},
        },
        furniture=("Alder County News",),
    ),
)
""",
    {
        "": "<a href='/releases'>Press Releases</a>",
        "releases": (
            "<ul><li>6/2/2023 <a href='/releases/7-road-closed'>Mill Road closed</a></li>"
            "<li>12/11/2022 <a href='/releases/6-snow'>Snow plan</a></li></ul>"
        ),
        "releases/7-road-closed": (
            "<h4>Press Releases</h4><h1>Alder County News</h1><h2 class='headline'>Mill Road closed"
            "</h2><p class='posted'>Posted 6/2/2023, 4:30 p.m.</p><p class='office'>Road Office</p>"
            "<div class='copy'><p>Mill Road is closed between the bridge and the quarry.</p>"
            "<p>A detour by Quarry Lane is marked.</p></div>"
        ),
        "releases/6-snow": (
            "<h4>Press Releases</h4><h1>Snow plan</h1><p>12/11/2022</p>"
            "<p>Plows begin at four in the morning on the main roads of the county.</p>"
        ),
    },
    {
        "article/en/county-7-road-closed": {
            "language": "en",
            "title": "Mill Road closed",
            "published": "2023-06-02",
            "section": "Press Releases",
            "source": "Road Office",
            "paragraphs": [
                "Mill Road is closed between the bridge and the quarry.",
                "A detour by Quarry Lane is marked.",
            ],
        },
        "article/en/county-6-snow": {
            "title": "Snow plan",
            "published": "2022-12-11",
            "paragraphs": ["Plows begin at four in the morning on the main roads of the county."],
        },
    },
)
LAKE: Final = Foreign(
    """from shio_scraper.portals import Family, Portal, Vocabulary

LAKE = Portal(
    name="lake",
    title="湖区政务",
    publisher="湖区人民政府",
    origin="https://www.huqu.example",
    hosts=("www.huqu.example",),
    languages=frozenset({"zh"}),
    time_zone="Pacific/Auckland",
    families=(
        Family(path="/", kind="home", language="zh"),
        Family(path="/xw/{id}.html", kind="article", language="zh", id_form=r"\\d+"),
    ),
    leads={"navigation": frozenset({"news"})},
    vocabulary=Vocabulary(
        phrases={"section": {"zh": ("湖区要闻",)}, "navigation": {"zh": ("网站首页", "今日")}},
    ),
)
""",
    {
        "": "<a href='/xw/5.html'>湖边步道今天开放</a>",
        "xw/5.html": (
            "<h4>湖区要闻</h4><h1>湖边步道今天开放</h1>"
            "<p>发布时间：2024年3月5日 09:20　来源：湖区日报</p>"
            "<p>全长三公里的湖边步道今天起向居民开放，沿途设有六处休息亭。</p>"
        ),
    },
    {
        "article/zh/lake-5": {
            "language": "zh",
            "title": "湖边步道今天开放",
            "published": "2024-03-05",
            "section": "湖区要闻",
            "source": "湖区日报",
            "paragraphs": ["全长三公里的湖边步道今天起向居民开放，沿途设有六处休息亭。"],
        },
    },
)
"""Captured on 4 March 2024 by UTC, and by Shanghai's clock: at the portal it is the 5th."""
CAPTURED: Final = "2024-03-04T14:00:00Z"
FOREIGN: Final = {"hafen": HAFEN, "county": COUNTY, "lake": LAKE}


def page(portal: Foreign, path: str) -> str:
    """Return one of its pages, whole."""
    language = portal.map.partition('languages=frozenset({"')[2][:2]
    title = portal.map.partition('title="')[2].partition('"')[0]
    start = {"de": "Startseite", "en": "Start", "zh": "网站首页"}[language]
    return f"{_HEAD.format(language, title, start)}{portal.pages[path]}</body></html>"
