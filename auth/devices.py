"""What a browser says it is, by the names of things alone: "Firefox · Linux". Only the doors use it.

Browsers name themselves as they like, so this is for a person who looks through their own sessions, and proves nothing.
The header itself is not kept: it is long, it changes with every version, and somebody else wrote it. Names are the
same in every language.
"""

from __future__ import annotations

BROWSERS = (
    ("edg", "Edge"),
    ("opr/", "Opera"),
    ("samsungbrowser", "Samsung Internet"),
    ("firefox", "Firefox"),
    ("fxios", "Firefox"),
    ("chrome", "Chrome"),
    ("crios", "Chrome"),
    ("chromium", "Chromium"),
    ("safari", "Safari"),
    ("curl", "curl"),
    ("python", "Python"),
)
"""By what their header holds; most pretend to be others as well, so the more particular one stands first."""

SYSTEMS = (
    ("iphone", "iPhone"),
    ("ipad", "iPad"),
    ("android", "Android"),
    ("cros", "ChromeOS"),
    ("windows", "Windows"),
    ("mac os", "macOS"),
    ("linux", "Linux"),
)

_READ_MOST = 400


def of(user_agent: str) -> str:
    """The names in a User-Agent header, whatever stands in it; empty when it has none that is known."""
    said = user_agent[:_READ_MOST].lower()
    found = (next((name for mark, name in names if mark in said), "") for names in (BROWSERS, SYSTEMS))
    return " · ".join(filter(None, found))
