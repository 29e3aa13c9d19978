"""Reads what runs stored: their records, line by line, and the templates of their pages.

A template is a file ``templates/<digest>.json`` in a folder of records. The file never changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

import msgspec

from shio_scraper import runs
from shio_scraper.archives.mirrors import Copy
from shio_scraper.archives.reading import Columns
from shio_scraper.items import RECORD_FILES, RECORDS, Provenance, RecordType, type_of
from shio_scraper.parsers.template import Template
from shio_scraper.portals import ANY_SITE, DEFAULT, load
from shio_scraper.runs import manifest

T = TypeVar("T")

_FILES: Final = tuple(f"{name}.jsonl" for name in RECORD_FILES)
"""The files of records of a run, one for each kind of record."""
_REMARKS: Final = frozenset({"reject", "audit", "layout"})
_CLASSES: Final = {type_of(record_class): record_class for record_class in RECORDS}


class _Typed(msgspec.Struct):
    type: str


_TYPE: Final = msgspec.json.Decoder(_Typed)


@dataclass(frozen=True)
class Stored:
    """A record in a line of a records file: its fields as JSON values.

    A record from a state, whose run was removed, has no line; ``gone`` is the folder of that run.
    """

    file: Path
    line: int
    fields: dict[str, Any]
    gone: Path | None = None

    @property
    def run(self) -> Path:
        """The folder of the run."""
        return self.gone or self.file.parent

    @property
    def key(self) -> str:
        """The record's key."""
        return str(self.fields["key"])

    @cached_property
    def provenance(self) -> Provenance:
        """The record's provenance. Raises ``msgspec.ValidationError``."""
        return msgspec.convert(self.fields.get("provenance"), Provenance)


@dataclass(frozen=True)
class Broken:
    """A line of a records file that is no record, and why."""

    file: Path
    line: int
    why: str


Line: TypeAlias = Stored | Broken


def record_files(place: Path) -> list[list[Path]]:
    """Return the records files of each run in ``place``, the newest run first.

    ``place`` is a data folder, the folder of its runs, a run's folder, or one file.
    """
    if place.is_file():
        return [[place]]
    return list(filter(None, map(files_of, run_folders(place))))


def run_folders(place: Path) -> list[Path]:
    """Return the folders of the runs in ``place``, the newest first; for a file, its folder."""
    if place.is_file():
        return [place.parent]
    if files_of(place) or manifest.is_run(place):
        return [place]
    below = place / "runs" if (place / "runs").is_dir() else place
    return sorted((path for path in below.glob("*/") if path.is_dir()), reverse=True)


def files_of(run: Path) -> list[Path]:
    """Return the records files in a run's folder; none if the run is being removed."""
    if (run / manifest.PRUNING).exists():
        return []
    return [run / name for name in _FILES if (run / name).is_file()]


def lines(file: Path) -> Iterator[Line]:
    """Yield the records and broken lines of ``file``, without remarks. Raises ``OSError``."""
    with file.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if line.strip() and (parsed := _parse(file, number, line)):
                yield parsed


def records(run: Path) -> Iterator[RecordType]:
    """Yield the records of a run whose files our own crawl keeps whole. Raises ``OSError``."""
    for file in (run / name for name in _FILES):
        if file.is_file():
            yield from records_from(file, 0)


def records_from(file: Path, start: int) -> Iterator[RecordType]:
    """Yield the records after byte ``start`` of ``file``. A line that is no record is skipped.

    Raises ``OSError``.
    """
    with file.open("rb") as stream:
        stream.seek(start)
        for line in stream:
            with suppress(msgspec.DecodeError):
                if record_class := _CLASSES.get(_TYPE.decode(line).type):
                    yield msgspec.json.decode(line, type=record_class)


def of_kind(kind: type[T], file: Path) -> Iterator[T | None]:
    """Yield the lines of a file as objects of ``kind``; ``None`` for a line that is cut off.

    A killed crawl leaves such lines behind. Raises ``OSError``.
    """
    decoder = msgspec.json.Decoder(kind)
    with file.open("rb") as stream:
        for line in stream:
            try:
                yield decoder.decode(line)
            except msgspec.DecodeError:
                yield None


def disagreement(run: Path, counts: Mapping[str, int]) -> str | None:
    """Return which files of a run hold another number of lines than was counted; or ``None``.

    ``counts`` are those of a manifest: the number of records of each type, and of rejects.
    """
    problems = []
    for name, item_class in runs.FILES.items():
        kind = type_of(item_class)
        try:
            number = _count_lines(run / name, kind)
        except FileNotFoundError:
            number = 0
        except OSError as error:
            problems.append(f"{name}: {error.strerror}")
            continue
        if number != counts.get(kind, number):
            problems.append(f"{name} holds {number} and not {counts[kind]}")
    return ", ".join(problems) or None


def _count_lines(file: Path, kind: str) -> int:
    """Return how many lines of ``file`` are of the type ``kind``. Raises ``OSError``."""
    count = 0
    with file.open("rb") as stream:
        for line in stream:
            with suppress(msgspec.DecodeError):
                count += _TYPE.decode(line).type == kind
    return count


def stats(run: Path) -> dict[str, Any]:
    """Return the stats of a run's crawl; empty if ``stats.json`` is missing or no object."""
    with suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode((run / "stats.json").read_bytes(), type=dict[str, Any])
    return {}


def arguments(run: Path) -> dict[str, Any]:
    """Return the arguments of a run's crawl from its ``stats.json``; empty if it has none."""
    given = stats(run).get("arguments")
    return given if isinstance(given, dict) else {}


def withholds_contacts(run: Path) -> bool:
    """Tell whether a run's crawl left contacts out, according to its manifest."""
    with suppress(OSError, ValueError):
        return manifest.read(run).settings.get("SHIO_CONTACTS") == "off"
    return False


def columns(run: Path) -> Columns:
    """Return the columns of tables that the arguments of a run's crawl name."""
    given = arguments(run)
    return Columns(*(given.get(f"{name}_column") for name in ("url", "html", "text", "date")))


def copy(run: Path) -> Copy | None:
    """Return the copy of a portal that a run's files are from, according to its arguments.

    Return ``None`` if the crawl read no files of a copy. Raises ``PortalError``.
    """
    given = arguments(run)
    site, portal = str(given.get("site") or ""), str(given.get("portal", DEFAULT.name))
    if not (site and given.get("path")) or portal == ANY_SITE.name:
        return None
    beside = (str(root / site) for root in (Path(), *run.parents[2:3]) if (root / site).is_dir())
    return Copy.of(load(portal), next(beside, site))


def _parse(file: Path, number: int, line: bytes) -> Line | None:
    try:
        fields = msgspec.json.decode(line)
    except msgspec.MsgspecError:
        why = "no JSON" if line.endswith(b"\n") else "cut off"
        return Broken(file, number, why)
    if not isinstance(fields, dict) or not isinstance(fields.get("type"), str):
        return Broken(file, number, "no record: it has no type")
    if fields["type"] in _REMARKS:
        return None
    if not isinstance(fields.get("key"), str):
        return Broken(file, number, "no record: it has no key")
    return Stored(file, number, fields)


def templates_folder(records: Path) -> Path:
    """Return the folder of the templates of a folder of records."""
    return records / "templates"


def templates(records: Path) -> list[Template]:
    """Return the templates of a folder of records. A file that is no template is skipped.

    A template whose digest is not the name of its file is skipped, too.
    """
    named = []
    for path in sorted(templates_folder(records).glob("*.json")):
        with suppress(OSError, msgspec.DecodeError):
            named.append((path.stem, Template.from_json(path.read_bytes())))
    return [template for name, template in named if template.digest == name]


def templates_of_archives(files: Iterable[Path]) -> list[Template]:
    """Return the templates of the runs whose archives are among ``files``."""
    folders = {file.parent.parent for file in files if file.parent.name == "archive"}
    by_digest = {
        template.digest: template for run in sorted(folders) for template in templates(run)
    }
    return list(by_digest.values())


def store_template(records: Path, template: Template) -> None:
    """Write a template into a folder of records, unless it is there already. Raises ``OSError``."""
    path = templates_folder(records) / f"{template.digest}.json"
    if path.exists():
        return
    path.parent.mkdir(exist_ok=True)
    runs.write_whole(path, template.to_json())
