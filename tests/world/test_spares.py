"""What a portal of the tests starts is as good as started by a command, and nothing is left when it is gone."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="this system cannot watch other processes")

ROOT = Path(__file__).parents[2]

PORTAL = """
import os, sys
from billing.store import teller
from tests.world import spares

def written():
    os.write(int(sys.argv[1]), b"by " + sys.argv[0].encode())

spares.MAINS = {"sandbox": written, "unused": written}
spares.keep()
"""
STARTS = """
reading, writing = os.pipe()
command = [sys.executable, "-m", "sandbox", str(writing)]
first = teller.subprocess.Popen(command, pass_fds=[writing])
first.wait(10)
print(first.poll(), os.read(reading, 100).decode())
second = teller.subprocess.Popen([sys.executable, "-m", "sandbox", "--help"], stdout=-1, text=True)
print(second.communicate()[0].split(" [", 1)[0])
"""
WAITS = "print(os.getpid(), flush=True); sys.stdin.read()"


def test_the_first_is_a_spare_with_the_words_and_files_it_was_given_and_the_second_is_ordinary() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PORTAL + STARTS], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines() == ["0 by sandbox", "usage: python -m sandbox"], done.stderr


def test_a_spare_nobody_needed_ends_with_a_killed_portal() -> None:
    command = [sys.executable, "-c", PORTAL + WAITS]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as portal:
        assert portal.stdout is not None
        portal.stdout.readline()
        children = Path(f"/proc/{portal.pid}/task/{portal.pid}/children").read_text().split()
        watches = [os.pidfd_open(int(child)) for child in children]
        assert len(watches) == 2
        portal.kill()
    for watch in watches:
        assert select.select([watch], [], [], 20)[0], "it still waits"
        os.close(watch)
