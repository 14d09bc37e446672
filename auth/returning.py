"""Where somebody goes after signing in: only to a page of ours, chosen by its name. Doors, app and pages use it.

A browser reads `//evil.example`, `/\\evil.example` and `/%09/evil.example` as other hosts, so nothing is repaired here:
what does not look exactly like a path of ours becomes the start page.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

START = "/"
SIGN_IN = "/sign-in"
SESSION = "/session"
"""Where open pages ask how long somebody stays signed in."""
ACTING = "/acting"
"""Where the account picker posts the account to act for."""
VIEWING = "/viewing"
"""Where a manager posts the account to look at as its customer, or none to stop."""
LONGEST = 500

PAGES = frozenset(
    "buy receipt transactions usage plan invoices cards cost-management settings manage organisation invitation".split()
)
"""The first word of every page a signed-in person can open; the start page is the empty one."""

# Letters, digits and what ids and filters need. No backslash, no control character, no second slash in a row.
_SEGMENT = r"[A-Za-z0-9_][A-Za-z0-9_.\-]*"
_PATH = re.compile(
    rf"/(?:(?P<page>{_SEGMENT})(?:/{_SEGMENT})*)?(?:\?[A-Za-z0-9_.\-~=&+:,;@*]*(?:%[0-9A-Fa-f]{{2}}[A-Za-z0-9_.\-~=&+:,;@*]*)*)?",
    re.ASCII,
)
_SPLITS_A_LINE = re.compile(r"%0[ad]|%00", re.IGNORECASE)


def safe_path(given: str | None) -> str:
    """`given` when it is the path of one of our pages, else the start page."""
    if given is None or len(given) > LONGEST or _SPLITS_A_LINE.search(given):
        return START
    found = _PATH.fullmatch(given)
    if found is None or (found["page"] is not None and found["page"] not in PAGES):
        return START
    return given


def sign_in_path(wanted: str | None = None, why: str | None = None) -> str:
    """The address of the sign-in page that leads back to `wanted`. `why` is a word of `doors.REASONS`."""
    path = safe_path(wanted)
    asked = [f"next={quote(path, safe='')}"] if path != START else []
    asked += [f"why={quote(why, safe='')}"] if why else []
    return f"{SIGN_IN}?{'&'.join(asked)}" if asked else SIGN_IN


def wanted_path(url: str) -> str:
    """The same of a whole address of ours, as a request knows it: path and query."""
    parts = urlsplit(url)
    return safe_path(f"{parts.path}?{parts.query}" if parts.query else parts.path)
