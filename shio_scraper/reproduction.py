"""Stored records → the records that today's parser makes of the same captures, and differences."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from glob import glob
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

from shio_scraper.archives.locate import Places, find_capture
from shio_scraper.archives.reading import ArchiveError, Options
from shio_scraper.archives.sources import Source, lacking
from shio_scraper.dataset.state import State, StateError
from shio_scraper.extraction import read_capture, read_document
from shio_scraper.items import ADDED, Document, Provenance, added, type_of
from shio_scraper.pages import MAX_PAGE, UnreadableError
from shio_scraper.parsers import Extraction
from shio_scraper.parsers.template import Template
from shio_scraper.pipelines import CleanPipeline
from shio_scraper.portals import ALL, ANY_SITE, AnyPages, Portal
from shio_scraper.redaction import withhold
from shio_scraper.runs import manifest, stored
from shio_scraper.runs.content import stored_content_hash
from shio_scraper.runs.stored import Stored

ABSENT: Final = "(no such field)"
"""The value that stands for a field that one of two records does not have."""
_NOT_COMPARED: Final = frozenset({"teaser", "provenance.parser"})
"""Fields that the page does not decide: the listing gives one, the parser the other."""
_ADDED: Final = ADDED | {f"provenance.{name}" for name in added(Provenance)}
"""Fields that stored records may lack."""
_CACHED: Final = 64
"""Number of captures whose records are cached. Records of one capture are adjacent in the files."""

Fields: TypeAlias = Mapping[str, Any]
Differences: TypeAlias = dict[str, tuple[Any, Any]]
"""Field → its stored value and today's value."""


class IrreproducibleError(Exception):
    """Raised if a record's capture cannot be opened or read. The message is one line.

    ``lacks`` is the name of the archive file, if the reason is that this file is missing.
    """

    def __init__(self, message: str, lacks: str | None = None) -> None:
        super().__init__(message)
        self.lacks = lacks

    @classmethod
    def of(cls, error: ArchiveError) -> IrreproducibleError:
        """Return the error of the archive as an error of the record."""
        return cls(f"no capture: {error}", getattr(error, "file", None))


@dataclass(frozen=True)
class Reproduced:
    """The capture of a record, parsed again. ``records`` are in JSON form.

    A document has no ``extraction``: only its bytes are compared.
    """

    place: Source
    extraction: Extraction | None
    records: list[dict[str, Any]]


class Match(NamedTuple):
    """Today's record for a stored record: its number in the capture, and the differences."""

    number: int
    differences: Differences


class Reproducer:
    """Parses captures of the runs in ``place`` again. ``others`` are more places with archives."""

    def __init__(self, place: Path, others: Sequence[Path] = (), max_page: int = MAX_PAGE) -> None:
        self._places = Places([place if place.is_dir() else place.parent, *others])
        self._max_page = max_page
        self._options: dict[Path, Options] = {}
        self._cache: OrderedDict[Any, Reproduced | IrreproducibleError] = OrderedDict()

    def parse(self, record: Stored, template: Template | None = None) -> Reproduced:
        """Return what today's parser makes of the record's capture, with the record's template.

        ``template``, if given, replaces the record's template. Raises ``IrreproducibleError``.
        """
        try:
            provenance = record.provenance
        except msgspec.ValidationError as error:
            raise IrreproducibleError(f"unusable provenance: {error}") from error
        if record.fields["type"] == type_of(Document):
            return self._document(record, provenance)
        identity = (record.run, msgspec.json.encode(provenance), template and template.digest)
        if identity not in self._cache:
            self._cache[identity] = self._parse(record, provenance, template)
            if len(self._cache) > _CACHED:
                self._cache.popitem(last=False)
        reproduced = self._cache[identity]
        if isinstance(reproduced, IrreproducibleError):
            raise reproduced
        return reproduced

    def lacks(self, run: Path, other: str) -> str | None:
        """Return a message if the archive of the run ``other``, which ``run`` needs, is missing."""
        file = f"{other}-00000.warc.gz"
        if next(self._places.find(file, run), None):
            return None
        return lacking(file, run / "archive")

    def _parse(
        self, record: Stored, provenance: Provenance, template: Template | None
    ) -> Reproduced | IrreproducibleError:
        """Parse a capture, or return the error that says why it cannot be parsed."""
        run = record.run
        if unknown := manifest.unknown_portal(run):
            return IrreproducibleError(unknown)
        options, portal = self._options_of(record), _read_by(record)
        try:
            if provenance.template and template is None:
                template = template_of(provenance.template, run)
            place, capture = find_capture(provenance, run, self._places, options)
            extraction = read_capture(
                capture, portal=portal, max_page=options.max_page, template=template
            )
        except FileNotFoundError as error:
            return IrreproducibleError(str(error))
        except ArchiveError as error:
            return IrreproducibleError.of(error)
        except UnreadableError as error:
            return IrreproducibleError(f"the capture cannot be read: {error}")
        for item in extraction.records:
            CleanPipeline().process_item(item)
            if stored.withholds_contacts(run):
                withhold(item)
        return Reproduced(place, extraction, msgspec.to_builtins(extraction.records))

    def _document(self, record: Stored, provenance: Provenance) -> Reproduced:
        """Return the document that the capture gives.

        The pages that link to it are other captures.
        """
        try:
            document = msgspec.convert(record.fields, Document)
            options = replace(self._options_of(record), any_type=True, max_page=document.bytes)
            place, capture = find_capture(provenance, record.run, self._places, options)
        except ArchiveError as error:
            raise IrreproducibleError.of(error) from error
        except msgspec.ValidationError as error:
            raise IrreproducibleError(f"no document: {error}") from error
        made = read_document(capture, document.language, document.linked_by, _read_by(record))
        return Reproduced(place, None, [msgspec.to_builtins(made)])

    def _options_of(self, record: Stored) -> Options:
        """Return the options for reading the archives of a record's run.

        Add the places of the archives.
        """
        run = record.run
        if run not in self._options:
            self._places.add(_crawled(run))
            self._options[run] = Options(
                columns=stored.columns(run), copy=stored.copy(run), max_page=self._max_page
            )
        options = self._options[run]
        return replace(options, portals=AnyPages()) if _read_by(record) else options


def _read_by(record: Stored) -> Portal | None:
    """Return the map that a record's page was read with, if its address does not select one."""
    return ANY_SITE if ALL.of_key(record.key) is ANY_SITE else None


class Rereader:
    """Tells whether a record of ``run`` differs from an earlier one only because of the parser."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._reproducer = Reproducer(run.parent)

    def __call__(self, earlier: str, before: Fields, now: Fields) -> bool:
        """Tell whether today's parser makes ``now`` of the capture behind ``before``.

        ``earlier`` is the name of the run that stored ``before``; it lies beside this run. Also
        ``False`` if the capture is not there any more.
        """
        old = Stored(self._run.parent / earlier / "records.jsonl", 0, dict(before))
        try:
            digest = msgspec.convert(now["provenance"], Provenance).template
            template = template_of(digest, self._run) if digest else None
            made = self._reproducer.parse(old, template).records
        except (IrreproducibleError, FileNotFoundError):
            return False
        digests = (stored_content_hash(item) for item in made if item["key"] == now["key"])
        return stored_content_hash(now) in digests


def template_of(digest: str, run: Path) -> Template:
    """Return the template with this digest from a run's folder, or from a state beside the runs.

    Raises ``FileNotFoundError``.
    """
    fitting = [learnt for learnt in stored.templates(run) if learnt.digest == digest]
    for path in () if fitting else sorted(run.absolute().parents[1].glob("state*.db")):
        with suppress(StateError), State.open(path) as state:
            templates = dict(state.templates())
            fitting += [Template.from_json(templates[digest])] if digest in templates else []
    if not fitting:
        raise FileNotFoundError(
            f"no template {digest} in {stored.templates_folder(run)}, nor in a state"
        )
    return fitting[0]


def match(record: Fields, made: Sequence[Fields]) -> Match | None:
    """Return which of the records ``made`` is ``record``: by key, else the most similar one.

    ``None`` if no record is similar enough.
    """
    matches = [Match(index, differences(record, other)) for index, other in enumerate(made)]
    by_key = [m for m in matches if made[m.number]["key"] == record.get("key")]
    likest = min(by_key or matches, key=lambda m: len(m.differences), default=None)
    if likest is None or (not by_key and 2 * len(likest.differences) > len(record)):
        return None
    return likest


def differences(old: Fields, new: Fields) -> Differences:
    """Return the fields in which two records differ.

    The fields of the provenance count one by one.
    """
    before, now = _flat(old), _flat(new)
    names = [name for name in {**before, **now} if name not in _NOT_COMPARED]
    pairs = {name: (before.get(name, ABSENT), now.get(name, ABSENT)) for name in names}
    return {name: pair for name, pair in pairs.items() if not _agree(name, *pair)}


def _agree(name: str, old: Any, new: Any) -> bool:
    """Tell whether two values agree.

    A record of version 0.1 lacks fields of 0.2, which may be filled.
    """
    return bool(old == new) or (name in _ADDED and old is ABSENT)


def _flat(record: Fields) -> dict[str, Any]:
    provenance = record.get("provenance")
    if not isinstance(provenance, dict):
        return dict(record)
    fields = {name: value for name, value in record.items() if name != "provenance"}
    return fields | {f"provenance.{name}": value for name, value in provenance.items()}


def _crawled(run: Path) -> list[Path]:
    """Return the files that an ``archive`` crawl read, by its ``path`` argument.

    Relative paths are tried from the current folder and from the parent of the data folder.
    """
    given = stored.arguments(run).get("path") or ()
    patterns = given.split(",") if isinstance(given, str) else given
    return [
        Path(path)
        for pattern in patterns
        if isinstance(pattern, str) and pattern.strip()
        for root in (Path(), *run.parents[2:3])
        for path in _named(root / pattern.strip())
    ]


def _named(path: Path) -> list[str]:
    return [str(path)] if path.exists() else sorted(glob(str(path), recursive=True))  # noqa: PTH207
