"""The checks on shape, habits and words: each is shown small faults it must catch, and twins it must let pass."""

import pytest

from tests.house import habits, shape, words
from tests.house.source import Check, Project

DEEP = "def f(x):\n if x:\n  for y in x:\n   while y:\n    {}\n"
LATER = "TO" + "DO"


def caught(check: Check, path: str, text: str) -> list[str]:
    return [str(offence) for offence in check(Project.of({path: text}))]


FAULTS: list[tuple[Check, str, str]] = [
    (shape.file_sizes, "api/x.py", "\n" * 39),
    (shape.file_sizes, "api/x.py", "\n" * 251),
    (shape.file_sizes, "pages/static/x.js", "\n" * 251),
    (shape.file_sizes, "pages/static/x.css", "\n" * 251),
    (shape.function_sizes, "api/x.py", "def f():\n" + " pass\n" * 40),
    (shape.function_sizes, "api/x.py", "async def f():\n" + " pass\n" * 40),
    (shape.nesting, "api/x.py", DEEP.format("if y: pass")),
    (shape.nesting, "api/x.py", DEEP.format("with y: pass")),
    (shape.nesting, "api/x.py", DEEP.format("try: pass\n    finally: pass")),
    (shape.nesting, "api/x.py", "def f(x):\n if x:\n  try: pass\n  except A:\n   for y in x:\n    if y: pass\n"),
    (shape.opening_lines, "api/x.py", "import os\n"),
    (shape.opening_lines, "api/x.py", '""" """\n'),
    (habits.environment_readers, "billing/usage.py", "import os\nos.environ['A']\n"),
    (habits.environment_readers, "app.py", "import os\nos.getenv('A')\n"),
    (habits.environment_readers, "app.py", "from os import environ\n"),
    (habits.hidden_imports, "api/x.py", "def f():\n import os\n"),
    (habits.hidden_imports, "api/x.py", "async def f():\n if f:\n  from os import path\n"),
    (habits.hidden_imports, "api/x.py", "from typing import TYPE_CHECKING\n"),
    (habits.hidden_imports, "api/x.py", "if typing.TYPE_CHECKING: pass\n"),
    (habits.floats_near_money, "billing/usage.py", "price = 1.5\n"),
    (habits.floats_near_money, "billing/rules/money.py", "a = 1e6\n"),
    (habits.floats_near_money, "billing/usage.py", "def f(a: float | None): ...\n"),
    (habits.floats_near_money, "billing/usage.py", "a = float(b)\n"),
    (habits.floats_near_money, "billing/usage.py", "a = 0.5  # not money:\n"),
    (habits.broad_catches, "billing/usage.py", "try: pass\nexcept Exception: pass\n"),
    (habits.broad_catches, "billing/usage.py", "try: pass\nexcept: pass\n"),
    (habits.broad_catches, "billing/usage.py", "try: pass\nexcept (OSError, BaseException): pass\n"),
    (habits.broad_catches, "billing/usage.py", "with contextlib.suppress(Exception): pass\n"),
    (habits.prints, "billing/usage.py", "print(1)\n"),
    (habits.prints, "sandbox/world.py", "print(1)\n"),
    (habits.pages_in_the_core, "auth/login.py", "@ui.page('/login')\ndef login(): ...\n"),
    (words.unfinished_work, "pages/x.js", f"// {LATER}: later"),
    (words.machine_paths, "README.md", "see " + "/wo" + "rk/main"),
    (words.machine_paths, "app.py", "x = '" + "/ro" + "ot/.cache'"),
    (words.index_addresses, "requirements.txt", "# note\n--index-url=https://example.invalid\n"),
    (words.index_addresses, "x.md", "https://files.python" + "hosted.org/packages/x"),
    (words.vague_names, "billing/utils.py", ""),
    (words.vague_names, "pages/page_manager.py", ""),
    (words.vague_names, "billing/service/x.py", ""),
    (words.tests_without_proof, "tests/test_x.py", "def test_a():\n f()\n"),
    (words.tests_without_proof, "tests/test_x.py", "async def test_a():\n assert True\n"),
]

TWINS: list[tuple[Check, str, str]] = [
    (shape.file_sizes, "api/x.py", "\n" * 40),
    (shape.file_sizes, "api/__init__.py", ""),
    (shape.file_sizes, "migrations/versions/0001_first.py", "\n" * 400),
    (shape.file_sizes, "billing/profiles/x.yaml", "\n" * 400),
    (shape.function_sizes, "api/x.py", "def f():\n" + " pass\n" * 39),
    (shape.nesting, "api/x.py", DEEP.format("pass")),
    (shape.nesting, "api/x.py", "def f(x):\n" + " if x: pass\n" + " elif x: pass\n" * 6),
    (shape.nesting, "pages/x.py", "def f(x):\n with a:\n  with b:\n   with c:\n    with d:\n     if x: pass\n"),
    (shape.opening_lines, "api/x.py", '"""Doors."""\n'),
    (habits.environment_readers, "billing/settings.py", "import os\nos.environ['A']\n"),
    (habits.hidden_imports, "api/x.py", "import os\ndef f(): ...\n"),
    (habits.floats_near_money, "billing/usage.py", "wait = 0.5  # not money: seconds\n"),
    (habits.floats_near_money, "billing/usage.py", "if isinstance(a, (bool, float)): raise TypeError\n"),
    (habits.floats_near_money, "pages/x.py", "opacity = 0.5\n"),
    (habits.broad_catches, "billing/usage.py", "try: pass\nexcept OSError: pass\n"),
    (habits.broad_catches, "pages/frame.py", "try: pass\nexcept Exception: pass\n"),
    (habits.prints, "sandbox/__main__.py", "print(1)\n"),
    (words.unfinished_work, "x.py", "TODOS = 1\n"),
    (words.machine_paths, "x.md", "https://example.com/home/page, ./work/x, a/root/b"),
    (words.index_addresses, "requirements.txt", "#    uv pip compile --no-emit-index-url requirements.in\n"),
    (words.vague_names, "pages/manage/x.py", ""),
    (words.tests_without_proof, "tests/test_x.py", "def test_a():\n with pytest.raises(A): f()\n"),
    (words.tests_without_proof, "tests/test_x.py", "async def test_a():\n await expect(page).to_have_title('x')\n"),
    (words.tests_without_proof, "tests/world/x.py", "def run(): f()\n"),
]


@pytest.mark.parametrize(("check", "path", "text"), FAULTS)
def test_a_fault_is_caught_once_and_told_with_its_repair(check: Check, path: str, text: str) -> None:
    offences = caught(check, path, text)
    assert len(offences) == 1
    assert offences[0].startswith(f"{path}:")
    assert "Repair: " in offences[0]


@pytest.mark.parametrize(("check", "path", "text"), TWINS)
def test_its_right_twin_passes(check: Check, path: str, text: str) -> None:
    assert caught(check, path, text) == []
