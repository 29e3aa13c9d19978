"""Processes of ``scrapy`` that begin with all imported: forks of one that did it once.

A fork is what ``scrapy`` is, in a process of its own, but for the seconds that importing takes.
``nursery.py NAME`` is the nursery, at a socket of that name. ``nursery.py NAME ARGUMENT…`` stands
in for ``scrapy ARGUMENT…``, and ``nursery.py NAME -c CODE ARGUMENT…`` for ``python -c CODE
ARGUMENT…``: it hands on signals to a fork, and ends as that does. SIGTSTP stops the fork alone.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
from contextlib import redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from resource import RLIMIT_FSIZE, getrlimit, setrlimit
from select import select
from typing import NoReturn

_MOST = 2**17
"""Bytes of a message."""
_HANDED_ON = {
    signal.SIGTERM: signal.SIGTERM, signal.SIGINT: signal.SIGINT,
    signal.SIGTSTP: signal.SIGSTOP, signal.SIGCONT: signal.SIGCONT,
}  # fmt: skip
"""What becomes of signals on their way to a fork."""


def stand_in(name: str, arguments: list[str]) -> NoReturn:
    """Have a fork do it with our folder, environment, limit of files, input and outputs."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as nursery:
        nursery.connect(f"\0{name}")
        for number, sent in _HANDED_ON.items():
            signal.signal(number, lambda *_, sent=sent: nursery.send(b"%d" % sent))
        asked = json.dumps([str(Path.cwd()), dict(os.environ), getrlimit(RLIMIT_FSIZE), arguments])
        socket.send_fds(nursery, [asked.encode()], [0, 1, 2])
        status = int(nursery.recv(_MOST))
    if status < 0:
        with suppress(OSError):  # SIGKILL has no other way
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(status)


def forked(name: str) -> list[str]:
    """Fork for each who asks, until our input ends; each fork returns its arguments."""
    with suppress(SystemExit), redirect_stdout(StringIO()):
        execute(["scrapy", "list"])  # imports every command and spider
    assert "twisted.internet.reactor" not in sys.modules
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
        server.bind(f"\0{name}")
        server.listen(64)
        os.dup2(2, 1)  # who waits for the end of our output is told that we are ready
        while sys.stdin not in select([server, sys.stdin], [], [])[0]:
            client, _ = server.accept()
            with client:
                if os.fork() == 0:
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    return attended(client)
    sys.exit()


def attended(client: socket.socket) -> list[str]:
    """Fork once more, and return the arguments there; here, hand on signals and the end."""
    asked, files, _, _ = socket.recv_fds(client, _MOST, 3)
    folder, environment, limit, arguments = json.loads(asked)
    command = os.fork()
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    if command == 0:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        setrlimit(RLIMIT_FSIZE, limit)
        sys.path.insert(0, folder)  # as ``python -m`` does
        return list(arguments)
    os.closerange(0, 3)
    ended = os.pidfd_open(command)
    while ended not in select([client.fileno(), ended], [], [])[0]:
        os.kill(command, int(client.recv(_MOST) or signal.SIGKILL))
    _, status = os.waitpid(command, 0)
    with suppress(OSError):  # who stood in was killed
        client.send(b"%d" % os.waitstatus_to_exitcode(status))
    os._exit(0)


if __name__ == "__main__":
    if sys.argv[2:]:
        stand_in(sys.argv[1], sys.argv[2:])
    from scrapy.cmdline import execute

    given = forked(sys.argv[1])
    if given[0] == "-c":
        sys.argv = ["-c", *given[2:]]
        exec(given[1])  # noqa: S102  (the code is our own)
    else:
        sys.argv = ["scrapy", *given]
        sys.orig_argv = [sys.executable, "-m", *sys.argv]
        execute()
