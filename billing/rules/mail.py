"""Mail as a value, and what may stand in its head. Anyone may import it; pure decisions.

A name is whatever somebody calls themselves, and an address whatever their provider says: both are held to a shape
here before they come near a header.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from billing.rules.errors import BadInput

LINE_MOST = 200
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = re.compile(rf"{_ATOM}(\.{_ATOM})*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", re.ASCII)
_NAMED = re.compile(r"\s*\"?([^<>\"]*?)\"?\s*<([^<>\s]+)>\s*")
_LINKED = re.compile(r"\.(?=[^\W\d_]{2})")
LOCAL_MOST, ADDRESS_MOST = 64, 254


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name, which may be empty, and an address."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one receiver. The same `id` is the same mail, however often it is sent; `written_at`: microseconds.

    `text` and `html` say the same.
    """

    id: str
    to: Mailbox
    subject: str
    text: str
    html: str
    written_at: int


def mailbox(text: str) -> Mailbox:
    """`Scrip <credits@example.org>`, or the address alone. Raises BadInput."""
    named = _NAMED.fullmatch(text)
    name, given = (named[1], named[2]) if named else ("", text.strip())
    return Mailbox(one_line(name), address(given))


def address(text: str) -> str:
    """The address as mail servers spell it: what is not ASCII after the @ becomes so. Raises BadInput."""
    local, _, host = text.rpartition("@")
    try:
        spelt = f"{local}@{host.encode('idna').decode('ascii') if not host.isascii() else host}"
    except UnicodeError:
        spelt = ""
    if not _ADDRESS.fullmatch(spelt) or len(local) > LOCAL_MOST or len(spelt) > ADDRESS_MOST:
        raise BadInput("This is no address that mail can be sent to.", field="email")
    return spelt


def one_line(text: str) -> str:
    """Text fit for a header: a single line, without what turns or hides the text around it."""
    kept = "".join(" " if unicodedata.category(each) in ("Cc", "Cf", "Cs", "Zl", "Zp") else each for each in text)
    return " ".join(kept.split())[:LINE_MOST].strip()


def unlinked(text: str) -> str:
    """Text somebody chose, such as a name, that mail programs do not take for an address to be clicked."""
    return _LINKED.sub(". ", text.replace("://", ": //"))
