"""``scrapy`` on a machine of another name: ``python -m tests.services.machine NAME ARGUMENTS``."""

from __future__ import annotations

import socket
import sys

from scrapy.cmdline import execute


def main() -> None:
    """Give the machine its name wherever it is asked for, and run ``scrapy``."""
    name, of_this = sys.argv.pop(1), socket.gethostname
    for module in [*sys.modules.values()]:
        if vars(module).get("gethostname") is of_this:
            vars(module)["gethostname"] = lambda: name
    sys.orig_argv = [sys.executable, "-m", "tests.services.machine", name, *sys.argv[1:]]
    execute()


if __name__ == "__main__":
    main()
