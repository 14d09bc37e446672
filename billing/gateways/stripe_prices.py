"""Reads packages from the prices of a Stripe product and remembers them. For the `stripe*.py` beside it only.

A price without a clear number of credits is left out and logged: selling nothing is better than selling by guess.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator

import structlog

from billing.gateways.stripe_calls import UNREADABLE, Json
from billing.gateways.stripe_payments import plain
from billing.rules.catalog import Package, in_order
from billing.rules.errors import BadInput, GatewayUnavailable
from billing.rules.money import MICRO, Credits, Money

STALE_SECONDS = 3600
"""How long old prices are shown while Stripe is away. An order is checked against the price it was written with."""
AGAIN_SECONDS = 5

OTHER_MODE = "The prices belong to the other mode of the payment provider, so nothing can be sold."

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,199}", re.ASCII)
_log = structlog.get_logger(__name__)


def packages_of(prices: Iterable[Json], *, livemode: bool) -> tuple[Package, ...]:
    """The sellable ones among `prices` (with their product expanded), cheapest first."""
    found: dict[str, Package] = {}
    for price in prices:
        if price.get("livemode") is not livemode:
            raise GatewayUnavailable(OTHER_MODE)
        try:
            package = _package(price)
            if package.key in found:
                raise BadInput(f"its key {package.key} is taken by another price")
        except BadInput as refused:
            _log.warning("price_left_out", price=plain(price.get("id"), 64), why=refused.sentence)
        else:
            found[package.key] = package
    return in_order(found.values())


def _package(price: Json) -> Package:
    """Raises BadInput with the reason why the price cannot be sold as it is."""
    product, metadata = price.get("product"), _branch(price, "metadata")
    reference, minor = price.get("id"), price.get("unit_amount")
    if not isinstance(product, dict) or not isinstance(reference, str) or price.get("type") != "one_time":
        raise BadInput("it is no one-off price of a product")
    if type(minor) is not int or minor < 1:
        raise BadInput("it has no fixed amount above zero")
    name = _first(metadata.get("name"), price.get("nickname"), product.get("name"))
    text = _first(metadata.get("description"), price.get("nickname"), product.get("description"))
    chosen = metadata.get("default")
    return Package(
        key=_key(metadata.get("key"), price.get("lookup_key")) or reference,
        price_ref=reference,
        name=name,
        description=text if text != name else "",
        amount=Money(minor, str(price.get("currency")).upper()),
        credits=_credits(price, metadata),
        default=chosen == "true" if chosen else product.get("default_price") == reference,
    )


def _credits(price: Json, metadata: Json) -> Credits:
    """Package pricing sells `divide_by` units for one amount; metadata says it outright. Both must agree."""
    units = _branch(price, "transform_quantity").get("divide_by")
    by_units = Credits.whole(units) if type(units) is int and units > 0 else None
    said = metadata.get("credits")
    by_metadata = Credits.of(said) if isinstance(said, str) and said.strip() else None
    gives = by_metadata or by_units
    if gives is None or gives.micro < 1:
        raise BadInput("it does not say how many credits it gives (transform_quantity or metadata credits)")
    if by_units and by_metadata and by_units != by_metadata:
        raise BadInput("transform_quantity and metadata name different numbers of credits")
    return gives


def units_of(gives: Credits) -> int | None:
    """Credits as Stripe's package units, or None when they are no whole number above one."""
    return gives.micro // MICRO if gives.micro % MICRO == 0 and gives.micro > MICRO else None


def _branch(price: Json, name: str) -> Json:
    found = price.get(name)
    return found if isinstance(found, dict) else {}


def _key(*candidates: object) -> str | None:
    return next((one for one in candidates if isinstance(one, str) and _KEY.fullmatch(one)), None)


def _first(*candidates: object) -> str:
    return next(filter(None, (plain(one, 200) for one in candidates)), "")


class Remembered:
    """The last answer of `ask`, believed for `seconds`. One thread asks at a time; the others take what there is."""

    def __init__(
        self,
        ask: Callable[[], tuple[Package, ...]],
        seconds: int,
        ticks: Callable[[], float] = time.monotonic,  # not money: seconds
    ) -> None:
        self._ask, self._seconds, self._ticks = ask, seconds, ticks
        self._asking = threading.Lock()
        self._answer: tuple[Package, ...] | None = None
        self._asked_at = self._due_at = ticks()

    def get(self, *, fresh: bool = False) -> tuple[Package, ...]:
        """Raises GatewayUnavailable only when there is no answer that may still be shown."""
        known = self._answer
        if known is not None and not fresh and self._ticks() < self._due_at:
            return known
        wait = fresh or known is None
        if not self._asking.acquire(blocking=wait):
            return known or ()
        try:
            # somebody else may have asked while this thread waited for its turn
            if not fresh and self._answer is not None and self._ticks() < self._due_at:
                return self._answer
            return self._ask_now(fresh=fresh)
        finally:
            self._asking.release()

    def _ask_now(self, *, fresh: bool) -> tuple[Package, ...]:
        try:
            answer = self._ask()
        except GatewayUnavailable:
            stale = self._answer
            if fresh or stale is None or self._ticks() > self._asked_at + STALE_SECONDS:
                raise
            self._due_at = self._ticks() + AGAIN_SECONDS
            _log.warning("stale_prices_shown", seconds=round(self._ticks() - self._asked_at))
            return stale
        self._answer, self._asked_at = answer, self._ticks()
        self._due_at = self._asked_at + self._seconds
        return answer


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
