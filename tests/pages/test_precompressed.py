"""Compressed files are the same files, sooner."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import brotli
import httpx
import pytest

from pages import precompressed
from pages.precompressed import Precompressed
from pages.theme import SHEET, STATIC
from tests.pages.visits import Site


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """One file of our own instead of all of NiceGUI's, which take seconds."""
    sheet = tmp_path / "tokens.css"
    sheet.write_text(".a{color:red}" * 200)
    monkeypatch.setattr(precompressed, "sources", lambda: {"/assets/tokens.css": sheet.read_bytes})
    return sheet


async def application(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b"the application"})


async def get(app: Any, path: str, method: str = "GET", accepted: str = "gzip, br") -> httpx.Response:
    asked = {"accept-encoding": accepted}
    async with (
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://portal") as client,
        client.stream(method, path, headers=asked) as answer,
    ):
        raw = b"".join([part async for part in answer.aiter_raw()])
    return httpx.Response(answer.status_code, headers={**answer.headers, "content-encoding": "identity"}, content=raw)


async def test_a_compressed_file_unfolds_to_the_original(small: Path, tmp_path: Path) -> None:
    assert precompressed.precompress(tmp_path / "out") == 1
    answer = await get(Precompressed(application, tmp_path / "out"), "/assets/tokens.css")
    assert brotli.decompress(answer.content) == small.read_bytes()
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("path", "method", "accepted"),
    [
        ("/assets/tokens.css", "GET", "gzip"),
        ("/assets/tokens.css", "POST", "br"),
        ("/assets/../tokens.css", "GET", "br"),
        ("/other", "GET", "br"),
    ],
)
async def test_everything_else_goes_to_the_application(
    small: Path, tmp_path: Path, path: str, method: str, accepted: str
) -> None:
    precompressed.precompress(tmp_path / "out")
    assert small.exists()
    answer = await get(Precompressed(application, tmp_path / "out"), path, method, accepted)
    assert (answer.status_code, answer.content) == (404, b"the application")


async def test_without_compressed_files_nothing_changes(small: Path, tmp_path: Path) -> None:
    assert small.exists()
    answer = await get(Precompressed(application, tmp_path / "none"), "/assets/tokens.css")
    assert answer.status_code == 404


def test_the_sources_are_nicegui_s_scripts_and_our_sheets() -> None:
    found = precompressed.sources()
    assert any(address.endswith("quasar.umd.prod.js") for address in found)
    assert found[SHEET]().startswith((STATIC / "tokens.css").read_bytes())


async def test_a_page_asks_for_one_sheet_that_holds_all_and_may_be_kept(site: Site) -> None:
    ada = site.visitor()
    html = (await ada.http_client.get("/")).text
    (address,) = re.findall(r'<link rel="stylesheet" href="(/static/[^"]+)"', html)
    answer = await ada.http_client.get(address)
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]
    assert all(path.read_text("utf-8") in answer.text for path in STATIC.glob("*.css"))
