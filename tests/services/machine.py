"""``scrapy`` on a machine of another name: ``python -m tests.services.machine NAME ARGUMENTS``."""

from __future__ import annotations

import socket
import sys

if __name__ == "__main__":
    name = sys.argv.pop(1)
    socket.gethostname = lambda: name
    from scrapy.cmdline import execute

    execute()
