"""The same extraction as datatrove pipelines: on one machine, with Ray, on Slurm.

Needs ``shio-scraper[cluster]``. ``docs/scale.md`` shows how each executor is started.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final

import msgspec
from datatrove.data import Document
from datatrove.executor.local import LocalPipelineExecutor
from datatrove.io import get_datafolder
from datatrove.pipeline.base import PipelineStep
from datatrove.pipeline.dedup.exact_dedup import (
    ExactDedupConfig,
    ExactDedupFilter,
    ExactDedupSignature,
    ExactFindDedups,
)
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.readers.base import BaseDiskReader
from datatrove.pipeline.writers import JsonlWriter

from shio_scraper import archives, runs
from shio_scraper.archives.reading import Found
from shio_scraper.bulk.parts import Line, file_of
from shio_scraper.bulk.work import How, Step, learn, packed, samples
from shio_scraper.parsers.template import Template

_LAST_PRIORITY: Final = 65_535
_NOTE: Final = ".work/of"
"""What a target's records were made of, as a digest."""


class CaptureReader(BaseDiskReader):  # type: ignore[misc]  # datatrove ships no types
    """Reads archives by our own readers: damage costs one record, not the file.

    What it yields is a document with what the archive holds; a file of another file system
    is copied to this machine first.
    """

    name = "Captures"

    def __init__(self, data_folder: str, how: How, **options: Any) -> None:
        super().__init__(data_folder, **options)
        self.how = how

    def read_file(self, filepath: str) -> Iterator[Document]:
        """Yield what each thing in the file is."""
        if archives.format_of(Path(filepath), self.how.options()) is None or self._is_output(
            filepath
        ):
            self.stat_update("files_skipped")
            return
        with self._local(filepath) as path:
            for number, found in enumerate(archives.read(path, self.how.options())):
                yield Document(text="capture", id=f"{filepath}/{number}", metadata={"found": found})

    def _is_output(self, filepath: str) -> bool:
        """Tell a run's own records from an archive: they are tables too."""
        folder = self.data_folder
        return bool(folder.is_local() and runs.is_output(Path(folder.resolve_paths(filepath))))

    @contextmanager
    def _local(self, filepath: str) -> Iterator[Path]:
        """Give the file's path on this machine."""
        if self.data_folder.is_local():
            yield Path(self.data_folder.resolve_paths(filepath))
            return
        name = Path(filepath).name
        with (
            self.data_folder.open(filepath, "rb") as there,
            NamedTemporaryFile(suffix=name) as here,
        ):
            shutil.copyfileobj(there, here)
            here.flush()
            yield Path(here.name)


class ExtractRecords(PipelineStep):  # type: ignore[misc]
    """Makes of each capture its records and rejects, as JSON, with what each is known by."""

    name = "Records"
    type = "EXTRACTOR"

    def __init__(self, templates: str, how: How) -> None:
        super().__init__()
        self.templates = templates
        self.how = how

    def run(
        self,
        data: Iterator[Document],
        rank: int = 0,
        world_size: int = 1,  # noqa: ARG002  (as inherited)
    ) -> Iterator[Document]:
        """Yield a document for each line; of one rank the first of equal records stands first."""
        learnt = tuple(map(Template.from_json, _contents(self.templates)))
        step = Step(replace(self.how, templates=learnt))
        for document in data:
            found: Found = document.metadata["found"]
            for number, line in enumerate(step.lines(found)):
                self.stat_update(file_of(line.kind))
                yield _document(line, f"{document.id}/{number}", rank)
        for name, count in step.counts.items():
            self.stat_update(name, value=count)


# Datatrove calls a step with the documents, the number of the task and of how many it is.


def _sample(
    folder: str, how: How, data: Iterator[Document], rank: int, _size: int
) -> Iterator[Document]:
    """Write a task's first pages of each layout, by which its template is learnt."""
    found = samples((document.metadata["found"] for document in data), how)
    with get_datafolder(folder).open(f"{rank:05}", "wb") as stream:
        stream.write(packed(found or []))
    return iter(())


def _learn(
    sampled: str, templates: str, how: How, _data: None, _rank: int, _size: int
) -> Iterator[Document]:
    """Learn from the samples of all tasks, and write the templates."""
    target = get_datafolder(templates)
    for template in learn(_contents(sampled), how.templates, how.portal):
        with target.open(f"{template.digest}.json", "wb") as stream:
            stream.write(template.to_json())
    return iter(())


@dataclass(frozen=True)
class Stage:
    """A pipeline, and how many tasks it is divided into."""

    name: str
    pipeline: list[PipelineStep | Callable[..., Iterator[Document]]]
    tasks: int


def stages(source: str, target: str, tasks: int, how: How | None = None) -> list[Stage]:
    """Return the pipelines, each of which needs the one before: records, and each of them once.

    ``source`` and ``target`` are folders, local or as fsspec names them; ``tasks`` is how
    many shares the files are divided into. De-duplication is datatrove's: sorted signatures
    on disk, merged.
    """
    how = how or How()
    config = ExactDedupConfig(content_getter=_identity, document_priority=_priority)
    sampled, drafts, signatures, repeated = (
        f"{target}/.work/{name}" for name in ("samples", "drafts", "signatures", "repeated")
    )
    captures, templates = CaptureReader(source, how), f"{target}/templates"
    return [
        Stage("sample", [captures, partial(_sample, sampled, how)], tasks),
        Stage("learn", [partial(_learn, sampled, templates, how)], 1),
        Stage(
            "extract",
            [captures, ExtractRecords(templates, how), JsonlWriter(drafts, _DRAFT)],
            tasks,
        ),
        Stage("sign", [JsonlReader(drafts), ExactDedupSignature(signatures, config)], tasks),
        Stage("compare", [ExactFindDedups(signatures, repeated, config)], 1),
        Stage(
            "write",
            [
                JsonlReader(drafts),
                ExactDedupFilter(repeated, config),
                JsonlWriter(target, "${file}/${rank}.jsonl.gz", adapter=_record),
            ],
            tasks,
        ),
    ]


_DRAFT: Final = "${rank}.jsonl.gz"


class ClusterError(Exception):
    """A stage that did not end; the message is one line for the user."""


def run(
    source: str,
    target: str,
    tasks: int,
    workers: int,
    *,
    executor: Any = LocalPipelineExecutor,
    how: How | None = None,
) -> None:
    """Run every stage; what is done is not done again, as datatrove's logs tell.

    Raises ``ClusterError`` where tasks of a stage failed: the same call does them again. Nor does
    one target take the records of another input, or of other options.
    """
    source, target = map(_absolute, (source, target))
    try:
        _claim(source, target, tasks, how or How())
    except OSError as error:
        raise ClusterError(str(error)) from error
    for stage in stages(source, target, tasks, how):
        logs = f"{target}/.work/logs/{stage.name}"
        engine = executor(
            stage.pipeline, tasks=stage.tasks, workers=min(workers, stage.tasks), logging_dir=logs
        )
        engine.run()
        if missing := engine.get_incomplete_ranks():
            raise ClusterError(f"{stage.name}: {len(missing)} tasks failed; see {logs}")


def _claim(source: str, target: str, tasks: int, how: How) -> None:
    """Note what the target is of. Raises ``ClusterError``, ``OSError``."""
    if tasks < 1:
        raise ClusterError(f"{tasks} tasks: at least one is needed")
    if "://" not in source and not Path(source).is_dir():
        raise ClusterError(f"{source}: no such folder")
    there = get_datafolder(source)
    files = [(name, there.size(name)) for name in there.list_files(recursive=True)]
    of = sha256(how.digest() + repr((source, tasks, sorted(files))).encode()).hexdigest()
    noted = get_datafolder(target)
    if noted.exists(_NOTE):
        with noted.open(_NOTE, "rt") as note:
            if note.read() != of:
                raise ClusterError(
                    f"{target} holds the records of other files, tasks or options: name another"
                )
        return
    with noted.open(_NOTE, "wt") as note:
        note.write(of)


def _absolute(folder: str) -> str:
    """Return a local folder's absolute path: workers may run elsewhere."""
    return folder if "://" in folder else str(Path(folder).absolute())


def _contents(folder: str) -> Iterator[bytes]:
    """Yield what the files of a folder hold, in the order of their names."""
    there = get_datafolder(folder)
    yield from map(there.cat_file, sorted(there.list_files()))


def _document(line: Line, place: str, rank: int) -> Document:
    who = line.identity.hex() if line.identity else place
    metadata = {"file": file_of(line.kind), "identity": who, "order": rank}
    return Document(text=line.json.decode(), id=place, metadata=metadata)


def _identity(document: Document) -> bytes:
    return str(document.metadata["identity"]).encode()


def _priority(document: Document) -> int:
    """Return a higher number for what comes earlier in the input."""
    return max(1, _LAST_PRIORITY - int(document.metadata["order"]))


def _record(self: JsonlWriter, document: Document) -> dict[str, Any]:  # noqa: ARG001
    record: dict[str, Any] = msgspec.json.decode(document.text)
    return record
