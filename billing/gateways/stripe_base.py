"""What every part of the Stripe gateway stands on: the calls, the options, and how answers are believed.

For the `stripe*.py` beside it only.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import TypeVar

from billing.gateways.stripe_calls import UNREADABLE, Calls
from billing.gateways.stripe_options import StripeOptions
from billing.gateways.stripe_values import Json, Malformed
from billing.rules.errors import GatewayUnavailable

T = TypeVar("T")


class StripeBase:
    """One Stripe account in one mode."""

    def __init__(self, options: StripeOptions) -> None:
        self._options = options
        self._calls = Calls(options)
        self._v1 = self._calls.client.v1

    def close(self) -> None:
        self._calls.close()


def believed(thing: Json, read: Callable[[Json], T]) -> T:
    """What `read` makes of an answer; one that is not as documented is no answer. Raises GatewayUnavailable."""
    try:
        return read(thing)
    except Malformed as malformed:
        field = str(malformed)
    # raised here, outside of the handler: what a person may see has no trace of Stripe's object
    raise GatewayUnavailable(UNREADABLE, field=field)


def text(thing: Json, name: str) -> str:
    """A text that Stripe always gives."""
    value = thing.get(name)
    if not isinstance(value, str) or not value:
        raise GatewayUnavailable(UNREADABLE, field=name)
    return value


def text_or_none(thing: Json, name: str) -> str | None:
    """A text that Stripe gives or leaves out."""
    value = thing.get(name)
    return value if isinstance(value, str) and value else None


def everything(page: Callable[[str | None], Json]) -> Iterator[Json]:
    """All items of a Stripe list; `page` fetches the one after the given id."""
    after: str | None = None
    while True:
        answer = page(after)
        data = answer.get("data")
        if not isinstance(data, list):
            raise GatewayUnavailable(UNREADABLE)
        items = [item for item in data if isinstance(item, dict)]
        yield from items
        if not answer.get("has_more") or not items:
            return
        after = str(items[-1].get("id"))


def once() -> str:
    """An idempotency key for what may be asked again but must not be done twice by one call."""
    return str(uuid.uuid4())
