"""What a browser says it is, in a few words of ours: "Firefox on Linux". Only the doors use it.

Browsers name themselves as they like, so this is for a person who looks through their own sessions, and proves nothing.
The header itself is not kept: it is long, it changes with every version, and somebody else wrote it.
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
    ("python", "a Python program"),
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

UNKNOWN = "an unknown browser"
_READ_MOST = 400


def of(user_agent: str) -> str:
    """The words for a User-Agent header, whatever stands in it."""
    said = user_agent[:_READ_MOST].lower()
    browser = next((word for mark, word in BROWSERS if mark in said), UNKNOWN)
    system = next((word for mark, word in SYSTEMS if mark in said), "")
    name = f"{browser} on {system}" if system else browser
    return name[0].upper() + name[1:]
