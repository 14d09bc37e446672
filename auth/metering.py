"""Counts a request's body while it streams in and stops it at the limit. Only the guard imports it.

The length a request announces is checked before; this is for bodies that announce none, or lie.
"""

from __future__ import annotations

from starlette.types import Message, Receive

from billing.rules.errors import TooLarge


class Meter:
    """Stands in for `receive`. Raises TooLarge in whoever reads on, at the first byte too many and ever after.

    FastAPI turns errors of reading into a 400 of its own, so the guard looks at `is_over` and answers itself.
    """

    __slots__ = ("_limit", "_receive", "_seen", "answered", "is_over")

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._seen = 0
        self.is_over = False
        self.answered = False

    async def __call__(self) -> Message:
        """The next message of the request."""
        if self.is_over:
            raise self._too_large()
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        if self._seen > self._limit:
            self.is_over = True
            raise self._too_large()
        return message

    def _too_large(self) -> TooLarge:
        return TooLarge(f"The request is larger than {self._limit} bytes.", most=self._limit)
