"""The names this portal answers to, and the origins that are its own. Only the guard imports it.

On one's own machine every loopback name is as good as another, so there the origin must match the host that was asked.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from billing.settings_values import is_loopback

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


class Hosts:
    """Checks over raw header values. `origin` is the public one, without a path."""

    def __init__(self, origin: str) -> None:
        parts = urlsplit(origin)
        own = parts.netloc.rpartition(":")[0] if parts.port else parts.netloc
        self._origin = origin.encode()
        self._scheme = f"{parts.scheme}://".encode()
        self._is_local = is_loopback(origin)
        names = (own, *LOOPBACK) if self._is_local else (own,)
        self._names = frozenset(name.encode() for name in names)

    def is_ours(self, host: bytes | None) -> bool:
        """Whether a Host header names us. Its port says nothing: proxies and containers change it."""
        if host is None:
            return False
        if host in self._names:
            return True
        name, colon, port = host.rpartition(b":")
        return bool(colon) and name.lower() in self._names and (port.isdigit() or not port)

    def is_our_origin(self, origin: bytes, host: bytes | None) -> bool:
        """Whether an Origin header is ours; another port of the same machine is somebody else."""
        if origin == self._origin:
            return True
        return self._is_local and host is not None and self.is_ours(host) and origin == self._scheme + host
