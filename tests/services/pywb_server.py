"""A real pywb on loopback that holds an archive; it ends with its context, or by itself."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.error import URLError
from urllib.request import urlopen

from tests.spiders.running import ROOT, must_have

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

_COLLECTION = "portal"
_LONGEST = 600
"""Seconds after which a server ends whatever became of its test."""


def tool(name: str) -> Path:
    """Return a program of the environment that holds pywb; without it the test is skipped."""
    folder = Path(os.environ.get("SHIO_PYWB") or ROOT / ".venv-pywb" / "bin")
    must_have(f"{name} is missing: .ci/run installs it, SHIO_PYWB names its folder",
              there=(folder / name).is_file())  # fmt: skip
    return folder / name


class Pywb:
    """Serves WARC files as pywb does by default; a context manager."""

    def __init__(self, folder: Path, warcs: Iterable[Path]) -> None:
        """Index ``warcs`` below ``folder``."""
        self._folder = folder
        self._server: subprocess.Popen[bytes] | None = None
        self._port = 0
        folder.mkdir(parents=True, exist_ok=True)
        self._manage("init", _COLLECTION)
        self._manage("add", _COLLECTION, *map(str, warcs))

    @property
    def url(self) -> str:
        """The address of the collection, with a slash at its end."""
        return f"http://127.0.0.1:{self._port}/{_COLLECTION}/"

    @property
    def cdx(self) -> str:
        """The address of its index."""
        return f"{self.url}cdx"

    @property
    def archive(self) -> Path:
        """The folder of its files."""
        return self._folder / "collections" / _COLLECTION / "archive"

    def __enter__(self) -> Self:
        """Start the server, and wait until it answers."""
        self._port = _free_port()
        command = [str(tool("wayback")), "--bind", "127.0.0.1", "--port", str(self._port)]
        with (self._folder / "log").open("wb") as log:
            self._server = subprocess.Popen(
                ["timeout", str(_LONGEST), *command], cwd=self._folder, stdout=log, stderr=log
            )
        while not self._answers():
            assert self._server.poll() is None, (self._folder / "log").read_text()
            time.sleep(0.1)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the server."""
        if self._server:
            self._server.terminate()
            self._server.wait()

    def _answers(self) -> bool:
        try:
            with urlopen(self.cdx + "?url=example.com", timeout=10):
                return True
        except (URLError, ConnectionError):
            return False

    def _manage(self, *arguments: str) -> None:
        subprocess.run(
            [tool("wb-manager"), *arguments], cwd=self._folder, check=True, capture_output=True
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
