"""``python -m shio_scraper.bulk``: an extraction by datatrove, on this machine or with Ray."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from datatrove.executor.local import LocalPipelineExecutor

from shio_scraper.bulk.cluster import ClusterError, run
from shio_scraper.bulk.work import How
from shio_scraper.redaction import OFF, ON


def main() -> None:
    """Run the extraction from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m shio_scraper.bulk", description=(__doc__ or "").partition(": ")[2]
    )
    cores = os.cpu_count() or 1
    parser.add_argument("source", help="folder of the archives")
    parser.add_argument("target", help="folder of the records")
    parser.add_argument("--tasks", type=int, default=cores, help="shares of the files")
    parser.add_argument("--workers", type=int, default=cores, help="tasks at once")
    parser.add_argument("--executor", choices=("local", "ray"), default="local")
    parser.add_argument(
        "--contacts", choices=(ON, OFF), default=ON, help="off: events without who is to be called"
    )
    given = parser.parse_args()
    try:
        run(
            given.source,
            given.target,
            given.tasks,
            given.workers,
            executor=_executor(given.executor),
            how=How(contacts=given.contacts),
        )
    except ClusterError as error:
        sys.exit(f"{parser.prog}: {error}")


def _executor(name: str) -> Any:
    if name == "local":
        return LocalPipelineExecutor
    import ray  # noqa: PLC0415  (only where it is asked for)
    from datatrove.executor.ray import RayPipelineExecutor  # noqa: PLC0415

    ray.init()
    return RayPipelineExecutor


if __name__ == "__main__":
    main()
