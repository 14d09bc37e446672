"""Prints a paper as a PDF, in a process of its own. `printouts.py` calls it.

The printer's libraries are large and slow to load, and setting type holds the interpreter for as long as it takes; a
portal that prints now and then should neither carry nor feel them. What goes wrong there ends that process alone.
"""

from __future__ import annotations

import json
import subprocess
import sys
from threading import BoundedSemaphore

import structlog

from billing.rules.errors import Unavailable
from billing.rules.printouts import Printout

MODULE = "billing.printing_process"
LONGEST_SECONDS = 60
_AT_ONCE = BoundedSemaphore(2)
"""So many papers are printed at the same time; others wait their turn."""

log = structlog.get_logger("printing")


def printed(paper: Printout) -> bytes:
    """The PDF. Raises Unavailable when it cannot be printed."""
    asked = json.dumps(paper.plain()).encode()
    with _AT_ONCE:
        try:
            done = subprocess.run(
                [sys.executable, "-m", MODULE], input=asked, capture_output=True, timeout=LONGEST_SECONDS, check=True
            )
        except (subprocess.SubprocessError, OSError) as failed:
            said = getattr(failed, "stderr", None) or b""
            log.error("a paper could not be printed", why=str(failed)[:200], said=said[-2000:].decode(errors="replace"))
            raise Unavailable(
                "The paper could not be printed now. The CSV of the same period holds every line."
            ) from None
    return done.stdout
