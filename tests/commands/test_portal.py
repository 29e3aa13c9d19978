"""``scrapy portal``: a map from a site's pages, what it makes of them, its mistakes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shio_scraper.commands.portal import Command
from shio_scraper.portals import ALL, Portal, load, registry
from tests.archives import warcs
from tests.commands.inspecting import Answer, ask
from tests.server import Reply, ScriptedPortal

SITE = "https://ferry.example"
TEXT = (
    "Die Fähre fährt ab Montag wieder im Takt von zwanzig Minuten, teilte das Amt mit. "
    "Wer ein Rad mitnimmt, steigt hinten ein, und wer früh kommt, hat einen Platz am Fenster."
)
MONTHS = ("Januar", "Februar", "März", "April", "Mai", "Juni")
MENU = "".join(
    f"<li><a href='{href}'>{text}</a></li>"
    for text, href in {
        "Anleger": "/", "Nachrichten": "/nachrichten", "Über uns": "/ueber-uns",
        "Anmelden": "/login",
    }.items()
)  # fmt: skip


def page(name: str, main: str) -> str:
    return (
        f"<!doctype html><html lang='de-AT'><head><title>{name} | Fähramt</title></head><body>"
        f"<ul>{MENU}</ul><div>{main}</div><p>© 2024 Amt für Fähren</p></body></html>"
    )


def notice(number: int) -> str:
    return page(
        f"Fahrplan Nummer {number}",
        f"<p>Verkehr</p><h1>Fahrplan Nummer {number}</h1><p>{number}. {MONTHS[number]} 2024</p>"
        f"<p>{TEXT}</p><p>Nummer {number}: {TEXT}</p><p>Seite teilen</p>",
    )


def listing(numbers: range) -> str:
    items = "".join(
        f"<li><a href='/nachricht?nr={n}&von=liste'>Fahrplan Nummer {n}</a>"
        f" <span>{n:02}.{n + 1:02}.2024</span></li>"
        for n in numbers
    )
    pages = " ".join(f"<a href='/nachrichten?seite={n}'>{n}</a>" for n in (1, 2))
    return page("Nachrichten", f"<h1>Nachrichten</h1><ul>{items}</ul><div>{pages}</div>")


PAGES = {
    "/": page("Start", "<p><a href='/nachricht?nr=1'>Fahrplan Nummer 1</a></p>"),
    "/nachrichten": listing(range(1, 4)),
    "/nachrichten?seite=2": listing(range(3, 6)),
    "/ueber-uns": page("Über uns", f"<h1>Über uns</h1><p>{TEXT}</p><p>{TEXT[:100]}</p>"),
    **{f"/nachricht?nr={n}": notice(n) for n in range(1, 6)},
}


@pytest.fixture(autouse=True)
def _as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Work in an empty folder; forget the maps that a test loads."""
    before = ALL.members
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("shio_scraper.survey.visit._PAUSE", 0.0)
    yield
    ALL.members = before
    registry._executed.cache_clear()  # noqa: SLF001  (a module is executed once a process)


def portal(*arguments: str) -> Answer:
    return ask(Command(), *arguments)


def saved(folder: str = "saved") -> str:
    """Save the pages as browsers do."""
    Path(folder).mkdir()
    for number, (target, text) in enumerate(PAGES.items()):
        url = SITE + target
        mark = f"<!-- saved from url=({len(url):04}){url} -->\n"
        Path(folder, f"{number}.html").write_text(mark + text, encoding="utf-8")
    return folder


def forget(one: Portal) -> None:
    ALL.members = tuple(other for other in ALL.members if other is not one)
    registry._executed.cache_clear()  # noqa: SLF001


@pytest.fixture
def ferry() -> Portal:
    done = portal("new", saved(), "-o", "ferry.py")
    assert (done.status, done.err) == (0, "")
    return load("ferry.py")


def test_families_are_told_by_address_and_by_what_stands_there(ferry: Portal) -> None:
    told = {family.path: (family.kind, family.parameters) for family in ferry.families}
    assert told == {
        "/": ("home", ()),
        "/nachrichten": ("listing", ("seite",)),
        "/nachricht": ("article", ("nr",)),
        "/ueber-uns": ("standing", ()),
    }
    assert ferry.at("/nachricht?nr=4&von=liste").key_id == "ferry-4"
    assert ferry.at("/nachrichten?seite=2").page_number == 2


def test_the_rest_of_the_map_is_what_the_pages_say(ferry: Portal) -> None:
    assert (ferry.name, ferry.title, ferry.publisher) == ("ferry", "Fähramt", "Amt für Fähren")
    assert (ferry.origin, ferry.hosts) == (SITE, ("ferry.example",))
    assert (set(ferry.languages), ferry.time_zone) == ({"de"}, "Europe/Vienna")
    assert (ferry.listings, ferry.entries) == (("/nachrichten",), ("/", "/ueber-uns"))
    assert ferry.is_private(f"{SITE}/login")
    roles = {phrase: role for phrase, (role, _) in ferry.vocabulary.roles.items()}
    assert (roles["verkehr"], roles["seite teilen"]) == ("section", "navigation")
    assert "über uns" not in roles  # a title as well


def test_the_file_is_short_formatted_and_tells_its_pages(ferry: Portal) -> None:
    assert ferry
    text = Path("ferry.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 60
    assert "# 5 read, 10 known: /nachricht?nr=1, /nachricht?nr=2, " in text
    for width in ("88", "100"):
        command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", width]
        done = subprocess.run([*command, "--check", "ferry.py"], capture_output=True, check=False)
        assert done.returncode == 0, done.stdout


def test_a_live_site_is_asked_politely_and_its_pages_kept() -> None:
    robots = Reply("User-agent: *\nDisallow: /ueber-uns\n", headers={"Content-Type": "text/plain"})
    with ScriptedPortal(robots=robots) as site:
        served = {target: Reply(text) for target, text in PAGES.items()}
        site.otherwise = lambda target: served.get(target.removesuffix("&von=liste"))
        done = portal("new", f"{site.url}/", "-o", "live.py", "--keep", "kept", "--pages", "7")
        targets = site.targets
    assert done.status == 0, done.err
    assert not {"/ueber-uns", "/login"} & set(targets)
    assert len(list(Path("kept").iterdir())) == 7
    assert load("live.py").families[0].kind == "home"


def test_a_site_without_rules_to_read_is_left_alone() -> None:
    with ScriptedPortal(robots=Reply("busy", status=503)) as site:
        done = portal("new", site.url, "-o", "live.py")
        assert site.targets == []
    assert (done.status, done.err.count("\n")) == (1, 1)
    assert "robots.txt answers 503" in done.err


def test_an_archive_gives_the_same_map(ferry: Portal) -> None:
    first = Path("ferry.py").read_text(encoding="utf-8")
    forget(ferry)
    specs = [warcs.Spec(SITE + target, text.encode()) for target, text in PAGES.items()]
    Path("site.warc.gz").write_bytes(warcs.made(specs).data)
    Path("ferry.py").unlink()
    assert portal("new", "site.warc.gz", "-o", "ferry.py").status == 0
    assert Path("ferry.py").read_text(encoding="utf-8") == first


def test_in_a_mirrored_folder_its_places_are_the_addresses() -> None:
    for target, text in PAGES.items():
        place = Path("mirror/ferry.example", f"{target[1:]}.html" if target[1:] else "index.html")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    assert portal("new", "mirror", "-o", "map.py").status == 0
    pier = load("map.py")
    assert pier.origin == SITE
    assert pier.at("/ueber-uns.html").kind == "standing"


def test_channels_of_a_site_are_one_family_and_a_page_of_two_addresses_one_page() -> None:
    for channel, word in {"gd": "闸口", "tz": "航标"}.items():
        folder = Path("mirror/hangdao.example", channel)
        (folder / "202403").mkdir(parents=True)
        items = ""
        for n in range(1, 4):
            day, title = f"2024-03-0{n}", f"{word}检修第{n}号通告"
            items += f"<li><a href='202403/t2024030{n}_7{n}.html'>{title}</a><i>{day}</i></li>"
            body = (
                f"<p>{word}自即日起检修，过往船舶请提前联系值班室，按顺序通过，注意安全。</p>" * 2
            )
            text = f"<h1>{title}</h1><p>发布时间：{day}</p>{body}<p>第{n}号。</p>"
            (folder / f"202403/t2024030{n}_7{n}.html").write_text(chinese(text), encoding="utf-8")
        items += "<a href='index.html'>1</a>"
        (folder / "list.html").write_text(chinese(f"<ul>{items}</ul>"), encoding="utf-8")
        (folder / "list_all.html").write_text(chinese(f"<ul>{items}</ul>"), encoding="utf-8")
    assert portal("new", "mirror", "-o", "hd.py").status == 0
    told = {family.path: family.kind for family in load("hd.py").families}
    assert told == {
        "/": "home",
        "/{channel}/list.html": "listing",
        "/{channel}/{month}/t{id}.html": "article",
    }


def chinese(text: str) -> str:
    return f"<html lang='zh-CN'><meta charset='utf-8'><title>通告_航道局</title><body>{text}</body>"


def test_a_file_of_a_reserved_name_is_a_map_of_another() -> None:
    assert portal("new", saved(), "-o", "live.py").status == 0
    assert load("live.py").name == "portal_live"


def test_trying_a_map_shows_fields_and_what_nobody_claims(ferry: Portal) -> None:
    assert ferry
    Path("odd.html").write_text(
        f"<!-- saved from url=(0033){SITE}/nachricht?nr=9 -->"
        + notice(3).replace("</h1>", "</h1><table><tr><td>Pegel heute</td></tr></table>"),
        encoding="utf-8",
    )
    done = portal("try", "ferry.py", "saved", "odd.html")
    assert done.status == 0, done.err
    line = next(line for line in done.lines if line.startswith("/nachricht?nr=2"))
    assert "article" in line
    assert "title=Fahrplan Nummer 2" in line
    assert "published=2024-03-02" in done.out
    assert any("3 items, 3 dated" in line for line in done.lines)


def test_a_right_map_is_said_to_be_right(ferry: Portal) -> None:
    done = portal("check", "ferry.py")
    assert (done.status, done.out) == (0, f"ferry.py: the map of {ferry.name} is right\n")


def test_each_mistake_is_a_line(ferry: Portal) -> None:
    forget(ferry)
    file = Path("ferry.py")
    text = file.read_text(encoding="utf-8")
    text = text.replace('"Europe/Vienna"', '"Europe/Wien"').replace('"article"', '"notice"')
    file.write_text(text, encoding="utf-8")
    done = portal("check", "ferry.py")
    assert done.status == 1
    assert len(done.lines) == 2
    assert "time_zone 'Europe/Wien' is no name" in done.out
    assert "kind 'notice' is none" in done.out


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ((), 2, "say which: new URL|FOLDER -o FILE.py"),
        (("draw", "saved"), 2, "say which"),
        (("new", "nowhere"), 2, "say where to write the map: -o FILE.py"),
        (("new", "nowhere", "-o", "map.py"), 1, "nowhere: no such file, or no page in it"),
        (("new", "nowhere", "-o", "here.py"), 2, "here.py is there already"),
        (("try", "touch"), 2, "say which"),
        (("check", "touch", "en_shio"), 2, "say which"),
        (("try", "nowhere.py", "x"), 2, "there is no such file"),
        (("try", "touch", "nowhere"), 1, "no such file, or no page in it"),
        (("new", "http://127.0.0.1:9/", "-o", "map.py"), 1, "127.0.0.1:9"),
        (("new", "alone", "-o", "map.py"), 1, "no page that can be read, with its address"),
    ],
)
def test_wrong_use_is_one_line(arguments: tuple[str, ...], status: int, message: str) -> None:
    Path("here.py").touch()
    Path("alone").mkdir()
    Path("alone/page.html").write_text("<p>Nobody knows whence</p>", encoding="utf-8")
    done = portal(*arguments)
    assert done.status == status
    assert message in done.err
    assert done.err.count("\n") == 1


def test_a_map_that_cannot_be_written_is_named() -> None:
    done = portal("new", saved(), "-o", "none/map.py")
    assert (done.status, done.err) == (1, "scrapy portal: none/map.py: No such file or directory\n")


def test_a_session_in_the_path_is_no_form_of_address() -> None:
    for file in Path(saved()).iterdir():
        text = file.read_text(encoding="utf-8").replace("nachricht?", "nachricht;jsessionid=B75?")
        file.write_text(text, encoding="utf-8")
    assert portal("new", "saved", "-o", "ferry.py").status == 0
    assert "/nachricht" in [family.path for family in load("ferry.py").families]
    assert "jsessionid" not in Path("ferry.py").read_text(encoding="utf-8")
