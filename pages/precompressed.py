"""Static files compressed once, ahead of everything. app.py wraps the application in it and offers `precompress`.

NiceGUI compresses its scripts anew for every visitor, which blocks the event loop for tens of milliseconds each. An
image is built with `precompress`; without it (`make run`) nothing changes.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import brotli
import nicegui

from pages.parts import halves
from pages.theme import SHEET, sheet

FOLDER = Path(__file__).parent / "compressed"
WORTH_BYTES = 1024
TEXTS = {".js", ".css", ".svg", ".map", ".json", ".html"}

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def sources() -> dict[str, Callable[[], bytes]]:
    """What reads each file worth compressing, by the address at which it is served."""
    vendor = Path(nicegui.__file__).parent / "static"
    found: dict[str, Callable[[], bytes]] = {SHEET: sheet, halves.ADDRESS: halves.module}
    for path in sorted(vendor.rglob("*")):
        if path.suffix in TEXTS and path.stat().st_size >= WORTH_BYTES:
            found[f"/_nicegui/{nicegui.__version__}/static/{path.relative_to(vendor).as_posix()}"] = path.read_bytes
    return found


def precompress(folder: Path = FOLDER) -> int:
    """Compresses every file into `folder` as hard as can be; returns how many. Takes some seconds."""
    found = sources()
    for address, read in found.items():
        target = folder / f"{address.lstrip('/')}.br"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(brotli.compress(read(), quality=11))
    return len(found)


class Precompressed:
    """Answers for compressed files from memory; everything else goes on to the application."""

    def __init__(self, app: App, folder: Path = FOLDER) -> None:
        self._app = app
        self._answers = {
            address: _answer(address, folder / f"{address.lstrip('/')}.br")
            for address in sources()
            if (folder / f"{address.lstrip('/')}.br").exists()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Only a GET or HEAD of a browser that reads brotli is answered here."""
        answer = self._answers.get(scope["path"]) if scope["type"] == "http" else None
        if answer is None or scope["method"] not in ("GET", "HEAD") or not _reads_brotli(scope):
            await self._app(scope, receive, send)
            return
        headers, body = answer
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _answer(address: str, compressed: Path) -> tuple[list[tuple[bytes, bytes]], bytes]:
    body = compressed.read_bytes()
    kind = mimetypes.guess_type(address)[0] or "application/octet-stream"
    charset = "; charset=utf-8" if kind.startswith(("text/", "application/javascript")) else ""
    return [
        (b"content-type", f"{kind}{charset}".encode()),
        (b"content-encoding", b"br"),
        (b"content-length", str(len(body)).encode()),
        # The address carries the version or a hash, so the file behind it never changes.
        (b"cache-control", b"public, max-age=31536000, immutable"),
        (b"vary", b"Accept-Encoding"),
    ], body


def _reads_brotli(scope: Scope) -> bool:
    accepted: bytes = next((value for name, value in scope["headers"] if name == b"accept-encoding"), b"")
    return b"br" in [word.split(b";")[0].strip() for word in accepted.split(b",")]
