"""The extraction of this package as datatrove pipelines: on one machine, with Ray, on Slurm.

Needs ``shio-scraper[cluster]``. ``docs/scale.md`` shows how to start each executor.
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
_DIGEST_FILE: Final = ".work/of"
"""The file in a target that holds the digest of the input and options of its records."""


class CaptureReader(BaseDiskReader):  # type: ignore[misc]  # datatrove ships no types
    """Reads archives with the readers of ``archives``: damage costs one record, not the file.

    It yields one document for each thing in an archive. A file on a remote file system is copied
    to this machine first.
    """

    name = "Captures"

    def __init__(self, data_folder: str, how: How, **options: Any) -> None:
        super().__init__(data_folder, **options)
        self.how = how

    def read_file(self, filepath: str) -> Iterator[Document]:
        """Yield a document for each thing in the file."""
        if archives.format_of(Path(filepath), self.how.options()) is None or self._is_output(
            filepath
        ):
            self.stat_update("files_skipped")
            return
        with self._local(filepath) as path:
            for number, found in enumerate(archives.read(path, self.how.options())):
                yield Document(text="capture", id=f"{filepath}/{number}", metadata={"found": found})

    def _is_output(self, filepath: str) -> bool:
        """Tell whether a file is a run's own output. Its records are tables too, but no archive."""
        folder = self.data_folder
        return bool(folder.is_local() and runs.is_output(Path(folder.resolve_paths(filepath))))

    @contextmanager
    def _local(self, filepath: str) -> Iterator[Path]:
        """Yield the path of the file, or of a copy of it, on this machine."""
        if self.data_folder.is_local():
            yield Path(self.data_folder.resolve_paths(filepath))
            return
        name = Path(filepath).name
        with (
            self.data_folder.open(filepath, "rb") as remote,
            NamedTemporaryFile(suffix=name) as local,
        ):
            shutil.copyfileobj(remote, local)
            local.flush()
            yield Path(local.name)


class ExtractRecords(PipelineStep):  # type: ignore[misc]
    """Turns each capture into its records and rejects, as JSON, each with its identity."""

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
        """Yield a document for each line.

        Within a task, equal records keep the order of the input.
        """
        learnt = tuple(map(Template.from_json, _contents(self.templates)))
        step = Step(replace(self.how, templates=learnt))
        for document in data:
            found: Found = document.metadata["found"]
            for number, line in enumerate(step.lines(found)):
                self.stat_update(file_of(line.kind))
                yield _document(line, f"{document.id}/{number}", rank)
        for name, count in step.counts.items():
            self.stat_update(name, value=count)


# Datatrove calls a step with the documents, the number of the task and the number of tasks.


def _sample(
    folder: str, how: How, data: Iterator[Document], rank: int, _size: int
) -> Iterator[Document]:
    """Write the first pages of each layout in a task. The layout's template is learnt from them."""
    pages = samples((document.metadata["found"] for document in data), how)
    with get_datafolder(folder).open(f"{rank:05}", "wb") as stream:
        stream.write(packed(pages or []))
    return iter(())


def _learn(
    sampled: str, templates: str, how: How, _data: None, _rank: int, _size: int
) -> Iterator[Document]:
    """Learn the templates from the samples of all tasks, and write them."""
    target = get_datafolder(templates)
    for template in learn(_contents(sampled), how.templates, how.portal):
        with target.open(f"{template.digest}.json", "wb") as stream:
            stream.write(template.to_json())
    return iter(())


@dataclass(frozen=True)
class Stage:
    """A pipeline and the number of tasks that it is divided into."""

    name: str
    pipeline: list[PipelineStep | Callable[..., Iterator[Document]]]
    tasks: int


def stages(source: str, target: str, tasks: int, how: How | None = None) -> list[Stage]:
    """Return the pipelines in their order: they extract the records and write each record once.

    ``source`` and ``target`` are folders, local or in fsspec's notation. ``tasks`` is the number
    of shares that the files are divided into. The de-duplication is datatrove's: sorted signatures
    on disk, which are merged.
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
    """Raised if a stage did not end. The message is one line for the user."""


def run(
    source: str,
    target: str,
    tasks: int,
    workers: int,
    *,
    executor: Any = LocalPipelineExecutor,
    how: How | None = None,
) -> None:
    """Run every stage. Tasks that are done by datatrove's logs are not done again.

    Raises ``ClusterError`` if tasks of a stage failed; the same call does these tasks again. Also
    raises ``ClusterError`` if ``target`` holds records of another input or of other options.
    """
    source, target = map(_absolute, (source, target))
    try:
        _check_target(source, target, tasks, how or How())
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


def _check_target(source: str, target: str, tasks: int, how: How) -> None:
    """Store in the target the digest of input and options. Raises ``ClusterError``, ``OSError``."""
    if tasks < 1:
        raise ClusterError(f"{tasks} tasks: at least one is needed")
    if "://" not in source and not Path(source).is_dir():
        raise ClusterError(f"{source}: no such folder")
    source_folder = get_datafolder(source)
    files = [(name, source_folder.size(name)) for name in source_folder.list_files(recursive=True)]
    digest = sha256(how.digest() + repr((source, tasks, sorted(files))).encode()).hexdigest()
    target_folder = get_datafolder(target)
    if target_folder.exists(_DIGEST_FILE):
        with target_folder.open(_DIGEST_FILE, "rt") as note:
            if note.read() != digest:
                raise ClusterError(
                    f"{target} holds the records of other files, tasks or options: name another"
                )
        return
    with target_folder.open(_DIGEST_FILE, "wt") as note:
        note.write(digest)


def _absolute(folder: str) -> str:
    """Return the absolute path of a local folder, because workers may run in another folder."""
    return folder if "://" in folder else str(Path(folder).absolute())


def _contents(folder: str) -> Iterator[bytes]:
    """Yield the contents of the files in a folder, sorted by name."""
    files = get_datafolder(folder)
    yield from map(files.cat_file, sorted(files.list_files()))


def _document(line: Line, place: str, rank: int) -> Document:
    who = line.identity.hex() if line.identity else place
    metadata = {"file": file_of(line.kind), "identity": who, "order": rank}
    return Document(text=line.json.decode(), id=place, metadata=metadata)


def _identity(document: Document) -> bytes:
    return str(document.metadata["identity"]).encode()


def _priority(document: Document) -> int:
    """Return the document's priority: the earlier in the input, the higher."""
    return max(1, _LAST_PRIORITY - int(document.metadata["order"]))


def _record(self: JsonlWriter, document: Document) -> dict[str, Any]:  # noqa: ARG001
    record: dict[str, Any] = msgspec.json.decode(document.text)
    return record
