"""ReplayWeb.page on loopback: the npm package as it is, around one WACZ."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from tests.server import Reply, ScriptedPortal
from tests.spiders.running import ROOT, must_have

_SCRIPT = {"Content-Type": "text/javascript"}
_PAGE = (
    '<!DOCTYPE html><body style="margin: 0"><script src="/ui.js"></script><replay-web-page'
    ' source="/run.wacz" url="{url}" embed="replayonly" replayBase="/replay/"'
    ' style="display: block; height: 900px"></replay-web-page></body>'
)


def replayweb(wacz: Path) -> ScriptedPortal:
    """Return a server whose ``/?ADDRESS`` shows that page of ``wacz``."""
    folder = Path(os.environ.get("SHIO_REPLAYWEB") or ROOT / ".replaywebpage" / "package")
    must_have("replaywebpage is missing: .ci/run installs it, SHIO_REPLAYWEB names its folder",
              there=(folder / "ui.js").is_file())  # fmt: skip
    archive = {"Content-Type": "application/zip", "Accept-Ranges": "bytes"}
    files = {
        "/ui.js": Reply((folder / "ui.js").read_bytes(), headers=_SCRIPT),
        "/replay/sw.js": Reply((folder / "sw.js").read_bytes(), headers=_SCRIPT),
        "/run.wacz": Reply(wacz.read_bytes(), headers=archive),
    }

    def answer(target: str) -> Reply | None:
        path, _, url = target.partition("?")
        return Reply(_PAGE.format(url=quote(url, safe=":/?=&"))) if path == "/" else files.get(path)

    server = ScriptedPortal()
    server.otherwise = answer
    return server
