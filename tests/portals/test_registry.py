"""Portals from outside: what is known by name, and what a wrong map is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from shio_scraper import parse_page
from shio_scraper.items import Article
from shio_scraper.portals import ALL, Family, Portal, PortalError, load, names, register, registry
from shio_scraper.portals.registry import mistakes

MAP = """
from shio_scraper.portals import Family, Portal
PIER = Portal(
    name="{name}", title="Pier", publisher="Pier Office", origin="https://{host}",
    hosts=("{host}",), languages=frozenset({{"de"}}),
    families=(Family(path="/m/{{id}}", kind="article", language="de", id_form=r"\\d+"),),
)
"""


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Forget what a test registers."""
    before = ALL.members
    yield
    ALL.members = before
    registry._executed.cache_clear()  # noqa: SLF001  (a module is executed once a process)


def written(
    folder: Path, file: str = "pier.py", name: str = "pier", host: str = "pier.example"
) -> str:
    path = folder / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(MAP.format(name=name, host=host), encoding="utf-8")
    return str(path)


PORTAL = Portal(
    name="pier", title="Pier", publisher="Pier Office", origin="https://pier.example",
    hosts=("pier.example",), families=(Family(path="/", kind="home"),),
)  # fmt: skip


def test_a_file_is_a_portal(tmp_path: Path) -> None:
    portal = load(written(tmp_path))
    assert names() == ["touch", "en_shio", "pier"]
    assert load("pier") is portal
    assert ALL.locate("https://pier.example/m/7?x=1").url == "https://pier.example/m/7"  # type: ignore[union-attr]


def test_its_address_tells_whose_a_page_is(tmp_path: Path) -> None:
    load(written(tmp_path))
    text = "Die Brücke am Pier ist bis Ende des Monats gesperrt."
    page = f"<h1>Brücke gesperrt</h1><p>2024-03-04</p><p>{text}</p>"
    (article,) = parse_page(page, "https://pier.example/m/7")
    assert isinstance(article, Article)
    assert (article.key, article.language) == ("article/de/pier-7", "de")


def test_files_of_one_name_are_apart(tmp_path: Path) -> None:
    first = load(written(tmp_path / "a"))
    second = load(written(tmp_path / "b", name="quay", host="quay.example"))
    assert (first.name, second.name) == ("pier", "quay")


def test_a_module_names_a_portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, "pier_of_a_module.py")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert load("pier_of_a_module.PIER").name == "pier"


def test_a_file_of_several_is_asked_for_one(tmp_path: Path) -> None:
    path = Path(written(tmp_path))
    path.write_text(
        path.read_text() + "from dataclasses import replace\nQUAY = replace(PIER, name='quay')\n"
    )
    with pytest.raises(PortalError, match=r"2 portals: say which, FILE\.py:NAME"):
        load(str(path))
    assert load(f"{path}:QUAY").name == "quay"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("1 / 0", r"line 1: ZeroDivisionError"),
        ("x = (", r"line 1: SyntaxError"),
        ("import nothing_of_this_name", r"line 1: ModuleNotFoundError"),
        ("import sys\nsys.exit(3)", r"line 2: SystemExit: 3"),
        ("x = 1", r"it holds no portal"),
        ("while True: pass", r"TimeoutError: its code takes more than 0\.2 s"),
    ],
)
def test_what_is_no_map_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, message: str
) -> None:
    monkeypatch.setattr(registry, "_PATIENCE", 0.2)
    path = tmp_path / "pier.py"
    path.write_text(code)
    with pytest.raises(PortalError, match=message) as caught:
        load(str(path))
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nowhere", r"not known: use touch, en_shio"),
        ("nowhere.py", r"there is no such file"),
        ("no_module.of.THIS", r"ModuleNotFoundError"),
        ("os.path", r"it is no Portal, but module"),
        ("os.NOTHING", r"os\.NOTHING: there is no NOTHING"),
    ],
)
def test_what_names_no_portal_is_one_line(source: str, message: str) -> None:
    with pytest.raises(PortalError, match=message):
        load(source)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "touch"}, r"name 'touch' is one of the project's own"),
        ({"name": "all"}, r"name 'all' cannot be"),
        ({"hosts": ("pier.example", "en.shio.gov.cn")}, r"'en\.shio\.gov\.cn' is portal en_shio's"),
    ],
)
def test_a_portal_that_clashes_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(PortalError, match=message):
        register(replace(PORTAL, **change))
    assert names() == ["touch", "en_shio"]


FAMILY = Family(path="/m", kind="article", language="en")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"origin": "pier.example"}, "origin"),
        ({"hosts": ("other.example",)}, "hosts"),
        ({"languages": frozenset({"german"})}, "languages"),
        ({"time_zone": "Mars/Phobos"}, "time_zone"),
        ({"month_first": cast("Any", "yes")}, "month_first 'yes'"),
        ({"first_year": 0}, "first_year 0"),
        ({"date_languages": frozenset({"qq"})}, "date_languages: 'qq'"),
        ({"id_date": "(\\d"}, "id_date"),
        ({"families": (replace(FAMILY, kind=cast("Any", "page")),)}, r"families\[0\] \(/m\): kind"),
        ({"families": (replace(FAMILY, path="m"),)}, r"families\[0\] \(m\): path"),
        ({"families": (replace(FAMILY, language="de"),)}, "language 'de'"),
        ({"families": (replace(FAMILY, id_form="["),)}, "id_form"),
        ({"families": (replace(FAMILY, page="p"),)}, "page 'p'"),
        ({"listings": ("/news",)}, "listings: '/news'"),
    ],
)
def test_a_mistake_has_its_place(change: dict[str, Any], place: str) -> None:
    with pytest.raises(PortalError, match=place):
        register(replace(PORTAL, **change))


def test_our_own_maps_are_right() -> None:
    assert [mistakes(portal) for portal in ALL.members] == [[], []]
