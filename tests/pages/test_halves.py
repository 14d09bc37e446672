"""The browser's halves of all parts come as one module, and nothing of them gets lost on the way."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pages.parts import halves
from tests.pages.visits import Site

FILES = {path.stem: path.read_text("utf-8") for path in halves.ROOM.glob("*/*.js")}
EXPORTED = re.search(r"^export \{ (.*) \};$", halves.module().decode(), re.MULTILINE)


def test_every_file_that_draws_something_is_exported_by_its_name() -> None:
    assert EXPORTED is not None
    assert set(EXPORTED[1].split(", ")) == {name for name, source in FILES.items() if "\nexport default {" in source}


def test_what_is_shared_stands_before_whoever_uses_it() -> None:
    text = halves.module().decode()
    used = re.findall(r"^const \{ \w+ \} = (\w+);$", text, re.MULTILINE)
    assert set(used) == {"drafts", "focus", "stripe_script"}
    assert all(text.index(f"const {name} = (() =>") < text.index(f"}} = {name};") for name in used)


def test_every_part_names_a_file_that_is_there() -> None:
    sources = [path.read_text("utf-8") for path in halves.ROOM.rglob("*.py") if path != Path(halves.__file__)]
    named = {name for source in sources for name in re.findall(r'\bhalf\("(\w+)"\)', source)}
    assert EXPORTED is not None
    assert named == set(EXPORTED[1].split(", "))
    assert not any('component="' in source for source in sources), "it would be a request of its own: use half()"


def test_a_file_keeps_its_names_to_itself() -> None:
    shared = halves.scope("one", "const KEY = 1;\nexport function read() {\n  return KEY;\n}\n")
    assert (
        shared == "const one = (() => {\nconst KEY = 1;\nfunction read() {\n  return KEY;\n}\n\nreturn { read };\n})();"
    )
    whole = halves.scope("two", "import { read } from 'one';\nexport default { read };\nconst KEY = 2;\n")
    assert whole == (
        "const two = (() => {\nconst { read } = one;\nconst whole = { read };\nconst KEY = 2;\n\nreturn whole;\n})();"
    )


@pytest.mark.parametrize(
    "source",
    ["const A = 1;\n", "export const A = 1;\n", "import a from 'b';\nexport default {};\n", "export default {};\n" * 2],
    ids=["exports nothing", "exports a value", "imports in another way", "exports twice"],
)
def test_a_file_that_cannot_be_carried_over_is_refused(source: str) -> None:
    with pytest.raises(halves.UnreadableHalf):
        halves.scope("one", source)


async def test_a_page_asks_for_the_parts_once_and_early_and_may_keep_them(site: Site) -> None:
    ada = site.visitor()
    html = (await ada.http_client.get("/")).text
    assert "/components/" not in html
    assert html.count(f'<link rel="modulepreload" href="{halves.address()}">') == 1
    assert html.count(f'import * as parts from "{halves.address()}";') == 1
    answer = await ada.http_client.get(halves.address())
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.content == halves.module()


async def test_what_a_page_hears_of_early_is_there(site: Site) -> None:
    ada = site.visitor()
    early = re.findall(r'<link rel="modulepreload" href="([^"]+)"', (await ada.http_client.get("/")).text)
    answers = [await ada.http_client.get(address) for address in early]
    assert len(early) == 3
    assert [answer.status_code for answer in answers] == [200, 200, 200]
