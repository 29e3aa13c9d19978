"""The map of the sister site en.shio.gov.cn. All data is from the end of PORTAL.md."""

from __future__ import annotations

from shio_scraper.portals import common
from shio_scraper.portals.family import Family, FamilyKind
from shio_scraper.portals.portal import Portal
from shio_scraper.portals.vocabulary import Vocabulary

_NUMBER = r"\d+"
_CONTENT = r"\d{17}|[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}"
"""The form of an id of TrueCMS: 17 digits (``yyyyMMddHHmmssSSS``) or a UUID."""
_WWW = "www.shio.gov.cn"


def _numbered(path: str, kind: FamilyKind) -> Family:
    return Family(path=path, kind=kind, language="en", layout="shtml", id_form=_NUMBER)


def _single(path: str, kind: FamilyKind, name: str) -> Family:
    return Family(path=path, kind=kind, language="en", layout="shtml", name=name)


def _content(channel: str, end: str, host: str = "") -> Family:
    return Family(
        path=f"/TrueCMS/shxwbgs/{channel}/content/{{id}}{end}",
        kind="article",
        layout="truecms",
        id_form=_CONTENT,
        host=host,
        wrapped=True,
    )


EN_SHIO = Portal(
    name="en_shio",
    title="SHIO in English",
    publisher="Information Office of Shanghai Municipality",
    time_zone="Asia/Shanghai",
    origin="https://en.shio.gov.cn",
    hosts=("en.shio.gov.cn",),
    families=(
        Family(path="/", kind="home", language="en"),
        _numbered("/resource/press/{id}.shtml", "press_conference"),
        _numbered("/resource/new/{id}.shtml", "article"),
        _numbered("/resource/cultural/{id}.shtml", "article"),
        _single("/resource/services/service-detail.html", "questions", "service-detail"),
        _single("/resource/office/office.shtml", "standing", "office"),
        _single("/sh/resource/office/office.shtml", "standing", "sh-office"),
        _single("/resource/home/topics-historical.shtml", "standing", "topics-historical"),
        *(_content("{channel}", end) for end in (".html", ".htm")),
        *(_content("{channel}", end, _WWW) for end in (".html", ".htm")),
    ),
    entries=(
        "/",
        "/resource/services/service-detail.html",
        "/resource/office/office.shtml",
        "/sh/resource/office/office.shtml",
        "/resource/home/topics-historical.shtml",
    ),
    # The addresses of the site's lists are not known. Menus, sections and "View More" lead to them.
    leads=dict.fromkeys(
        ("more", "section", "navigation", "promotion"), frozenset({"news", "press", "faq"})
    ),
    layouts={".shtml": "shtml"},
    id_date=r"(\d{4})(\d{2})(\d{2})\d{9}",
    sections={"press_conference": ("Press Conferences",)},
    signs=(r"^\|\s*中文版\s*\|$", r"^Press Release for Media Briefing of .{1,80}$"),
    vocabulary=Vocabulary(
        phrases={
            "section": {
                "en": (
                    "Press Conferences", "Cultural Events", "About Us", "Services",
                    "Touch Shanghai",
                ),
            },
            "promotion": {
                "en": (
                    "Q & A for resident journalists",
                    "Q&A for resident journalists",
                    "Touch Shanghai",
                    "SICIV - Center for Int'l Visitors",
                    "SICIV - Center for Int’l Visitors",
                    "Shanghai, City of Inspiration",
                ),
            },
            "more": {"en": ("View More", "More")},
            "twin": {None: ("中文版", "中文")},
            "navigation": {"en": ("Recommended Sites", "News", "Sitemap")},
        },
        host_labels=common.HOST_LABELS,
        asker_labels=common.ASKER_LABELS,
        furniture=("Q & A for resident journalists",),  # the title of the page of questions
        speaker_lists=common.SPEAKER_LISTS,
        honorifics=common.HONORIFICS,
        outlet_words=common.OUTLET_WORDS,
        outlet_names=(
            "Radio", "TV", "Agence", "Xinhua", "CCTV", "CGTN", "CNR", "CRI", "CNN", "CNBC", "BBC",
            "NHK", "KBS", "AP", "AFP", "DPA", "EFE", "ANSA", "TASS", "Reuters", "Bloomberg",
            "Kyodo", "Nikkei", "Asahi Shimbun", "Yomiuri Shimbun", "Mainichi Shimbun",
            "Eastday", "The Paper", "Yicai", "Caixin", "SMG", "Wen Wei Po", "Ta Kung Pao",
            "Ming Pao", "Sing Tao", "Lianhe Zaobao", "Phoenix", "Le Monde", "Le Figaro",
            "Der Spiegel", "The Guardian", "The Economist", "Sixth Tone", "ShanghaiEye",
        ),
    ),
)  # fmt: skip
"""The English site of the Information Office of Shanghai Municipality."""
