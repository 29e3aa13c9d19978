"""A real Redis server on a Unix socket, with its append-only file; it ends with the tests."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Self

from redis import Redis
from redis.exceptions import RedisError

from tests.spiders.running import must_have

if TYPE_CHECKING:
    from types import TracebackType

_ENDS_WITH_US = 'redis-server "$@" >/dev/null & cat >/dev/null; kill $!'
"""The shell reads what never comes: when we are gone, however we ended, it goes on and kills."""


class RedisProcess:
    """A server that can be killed and started again; a context manager."""

    def __init__(self) -> None:
        must_have("redis-server is not installed", there=bool(shutil.which("redis-server")))
        self.folder = Path(mkdtemp(prefix="redis"))  # pytest's folders are too long for a socket
        self.socket = self.folder / "socket"
        self._shell: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What ``SHIO_FRONTIER`` takes."""
        return f"unix://{self.socket}"

    def client(self) -> Redis:
        """Return a client; the caller closes it."""
        return Redis(unix_socket_path=str(self.socket))

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        self._shell = subprocess.Popen(
            ["sh", "-c", _ENDS_WITH_US, "sh", "--port", "0", "--unixsocket", str(self.socket),
             "--dir", str(self.folder), "--appendonly", "yes", "--save", ""],
            stdin=subprocess.PIPE,
        )  # fmt: skip
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                with self.client() as client:
                    client.ping()
            except RedisError:
                time.sleep(0.02)
            else:
                return
        raise TimeoutError("redis-server does not answer")

    def kill(self) -> None:
        """End the server as a crash does."""
        with self.client() as client:
            os.kill(client.info("server")["process_id"], signal.SIGKILL)
        self.stop()

    def stop(self) -> None:
        """End the server."""
        if self._shell and self._shell.stdin:
            self._shell.stdin.close()
            self._shell.wait()
            self._shell = None

    def flush(self) -> None:
        """Forget everything."""
        with self.client() as client:
            client.flushall()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop, and delete what the server kept."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
