"""The browser's halves of our parts, sent as one module. Parts name theirs by it; pages/theme.py serves it.

NiceGUI would have a browser ask for every file by itself, ten and more on a page, and the ones they import after that.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

ADDRESS = "/static/parts.js"
ROOM = Path(__file__).parents[1]

_IMPORT = re.compile(r"^import (\{[\w, ]+\}) from '(\w+)';$", re.MULTILINE)
_WHOLE = re.compile(r"^export default ", re.MULTILINE)
_SHARED = re.compile(r"^export (?=function (\w+))", re.MULTILINE)
_LEFT_OVER = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


class UnreadableHalf(ValueError):
    """A file is written in a way that cannot be put together with the others."""


def half(name: str) -> str:
    """The tag of an element that `name`.js draws: `super().__init__(half("sum_line"))`."""
    return f"scrip-{name}"


def registration() -> str:
    """What a page's own script does, before it draws anything, so that it knows every part."""
    return f"""
        import * as parts from "{address()}";
        for (const [name, part] of Object.entries(parts)) app.component(`{half("${name}")}`, part);
    """


@cache
def address() -> str:
    """It changes with the content, so that browsers may keep it for a year."""
    return f"{ADDRESS}?v={hashlib.sha256(module()).hexdigest()[:12]}"


@cache
def module() -> bytes:
    """All files as one. Each keeps a scope of its own; what draws an element is exported under the file's name."""
    files = {path.stem: path.read_text("utf-8") for path in sorted(ROOM.glob("*/*.js"))}
    drawing = [name for name, source in files.items() if _WHOLE.search(source)]
    # what is shared comes first: the others use it as they are read
    order = sorted(files, key=lambda name: name in drawing)
    scopes = [scope(name, files[name]) for name in order]
    return "\n".join([*scopes, f"export {{ {', '.join(drawing)} }};\n"]).encode()


def scope(name: str, source: str) -> str:
    """One file as the value of a constant. Raises UnreadableHalf for an import or export that it cannot carry over."""
    body = _IMPORT.sub(r"const \1 = \2;", source)
    shared = _SHARED.findall(body)
    body, is_whole = _WHOLE.subn("const whole = ", _SHARED.sub("", body))
    strange = _LEFT_OVER.search(body)
    if strange or is_whole + bool(shared) != 1:
        raise UnreadableHalf(f"{name}.js: {strange[0] if strange else 'either one export default or functions'}")
    given = "whole" if is_whole else f"{{ {', '.join(shared)} }}"
    return f"const {name} = (() => {{\n{body}\nreturn {given};\n}})();"
