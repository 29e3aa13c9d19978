"""Run one extraction for ``extract.py``, and write the memory that its largest worker needed.

python benchmarks/extracting.py TARGET WORKERS PATH…
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from shio_scraper.bulk.run import Job, run
from shio_scraper.bulk.shards import plan
from shio_scraper.bulk.work import How

SHARD = 2**22


def main() -> None:
    """Extract, and write the peak memory of a worker in MB."""
    target, workers, paths = Path(sys.argv[1]), int(sys.argv[2]), map(Path, sys.argv[3:])
    folder = target / "extraction"
    folder.mkdir()
    run(Job(plan(paths, SHARD), folder, How(), workers=workers))
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    (target / "memory.json").write_text(json.dumps({"worker": memory}), encoding="utf-8")


if __name__ == "__main__":
    main()
