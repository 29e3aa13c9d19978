"""Runs ``explain`` and ``verify`` within the test, and data for them: a demo crawl's."""

from __future__ import annotations

import json
import os
import shutil
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, TypeAlias

from scrapy.commands import ScrapyCommand
from scrapy.settings import Settings

from tests.spiders.running import Json

Change: TypeAlias = Callable[[Json], None]


@dataclass(frozen=True)
class Answer:
    """What a command said, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """The lines that it printed."""
        return self.out.splitlines()

    @property
    def json(self) -> Any:
        """The object that it printed."""
        return json.loads(self.out)


def ask(command: ScrapyCommand, *arguments: str) -> Answer:
    """Run ``command`` as the command line would."""
    settings = Settings()
    settings.setmodule("shio_scraper.settings")
    command.settings = settings
    parser = ArgumentParser(conflict_handler="resolve")  # as Scrapy makes it
    command.add_options(parser)
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            options, rest = parser.parse_known_args(arguments)
            command.process_options(rest, options)
            command.run(rest, options)
        except SystemExit as end:
            command.exitcode = int(end.code or 0)
    return Answer(command.exitcode, out.getvalue(), err.getvalue())


def copied(data: Path, target: Path) -> Path:
    """Return a copy of a data folder that may be changed: its runs have no manifest."""
    shutil.copytree(data, target, symlinks=True)
    for manifest in target.rglob("manifest.json"):
        manifest.unlink()
    return target


def the_run(data: Path) -> Path:
    """Return the folder of the only run."""
    (run,) = (data / "runs").iterdir()
    return run


def warc_of(data: Path) -> Path:
    """Return the archive of the only run."""
    (warc,) = (the_run(data) / "archive").iterdir()
    return warc


def change(file: Path, key: str, how: Change) -> None:
    """Change the record with ``key`` in a records file."""
    records = [json.loads(line) for line in file.read_bytes().splitlines()]
    (wanted,) = [record for record in records if record["key"] == key]
    how(wanted)
    file.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")


def flip(file: Path, offset: int) -> None:
    """Change one byte."""
    with file.open("r+b") as stream:
        stream.seek(offset)
        byte = stream.read(1)[0]
        stream.seek(-1, os.SEEK_CUR)
        stream.write(bytes([byte ^ 1]))
