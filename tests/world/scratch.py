"""Where tests write: into memory where there is room for it, because each of some hundred thousand commits would wait
for the disk. What they prove is the same: they kill processes, never the machine, and what a killed process has
written stays either way. A TMPDIR of your own is kept; `tests/conftest.py` asks for the rest.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

MEMORY = Path("/dev/shm")
NEEDED = 3 << 30
"""Bytes, both of the folder and of memory; a run takes less than a third of it."""
NAME = "scrip-tests-"


def begin(environment: Mapping[str, str], memory: Path = MEMORY) -> Path | None:
    """A new folder in memory, or None: files go where the system wants them. Removes what killed runs left."""
    if "TMPDIR" in environment or not has_room(memory):
        return None
    for left in memory.glob(f"{NAME}*"):
        if not Path(f"/proc/{left.name.removeprefix(NAME)}").exists():
            shutil.rmtree(left, ignore_errors=True)
    folder = memory / f"{NAME}{os.getpid()}"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o1777)  # as the system's own: the tests' PostgreSQL is not the user who runs them
    return folder


def use(folder: Path) -> None:
    """Makes it the folder of temporary files for this process and those it starts."""
    os.environ["TMPDIR"] = str(folder)
    tempfile.tempdir = str(folder)


def has_room(memory: Path, needed: int = NEEDED) -> bool:
    """Whether so many bytes fit, of which programs can be run: the tests' PostgreSQL lies there too."""
    try:
        found = os.statvfs(memory)
        kilobytes = dict(line.split(":") for line in Path("/proc/meminfo").read_text("ascii").splitlines())
        free = int(kilobytes["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError):
        return False
    return not found.f_flag & os.ST_NOEXEC and min(found.f_bavail * found.f_frsize, free) >= needed
