"""Reads packages from the prices of Stripe. For the `stripe*.py` beside it only.

A price without a clear number of credits is left out and logged: selling nothing is better than selling by guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import structlog

from billing.gateways.stripe_values import Json, branch, plain
from billing.rules.bonuses import steps_of
from billing.rules.catalog import Package, in_order, own_amount
from billing.rules.errors import BadInput, GatewayUnavailable
from billing.rules.money import MICRO, Credits, Money, one_for_each
from billing.rules.sentences import sentence

OTHER_MODE = sentence("The prices belong to the other mode of the payment provider, so nothing can be sold.")

LEAST, MOST = "scrip_least", "scrip_most"
"""Metadata keys of a price that is one step of an amount of the buyer's own: the fewest and most credits at once."""

BONUS = "scrip_bonus"
"""The same for what comes on top of a larger purchase, such as "1000:50 10000:5%"."""

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,199}", re.ASCII)
_log = structlog.get_logger(__name__)


def packages_of(
    prices: Iterable[Json], *, livemode: bool, by_amount: bool = False, product: str = ""
) -> tuple[Package, ...]:
    """The sellable ones among `prices`, as `sorted_out` finds them."""
    packages, left_out = sorted_out(prices, livemode=livemode, by_amount=by_amount, product=product)
    for price, why in left_out:
        _log.warning("price_left_out", price=price, why=why)
    return packages


def sorted_out(
    prices: Iterable[Json], *, livemode: bool, by_amount: bool = False, product: str = ""
) -> tuple[tuple[Package, ...], tuple[tuple[str | None, str], ...]]:
    """The sellable ones among `prices` (with their product expanded), cheapest first; and the others, with the reason.

    `by_amount`: one credit for each 1.00 of the price. `product`: only what belongs to it. A price in several
    currencies is a package in each of them, under the same key.
    """
    found: dict[tuple[str, str], Package] = {}
    left_out: list[tuple[str | None, str]] = []
    for price in prices:
        if price.get("livemode") is not livemode:
            raise GatewayUnavailable(OTHER_MODE)
        try:
            packages = list(_packages(price, by_amount=by_amount, product=product))
            taken = next((one.key for one in packages if (one.key, one.amount.currency) in found), None)
            if taken:
                raise BadInput(f"its key {taken} is taken by another price")
        except BadInput as refused:
            left_out.append((plain(price.get("id"), 64), refused.sentence))
        else:
            found |= {(one.key, one.amount.currency): one for one in packages}
    return in_order(found.values()), tuple(left_out)


def _packages(price: Json, *, by_amount: bool, product: str) -> Iterator[Package]:
    """Raises BadInput with the reason why the price cannot be sold as it is."""
    of, metadata, reference = product_of(price), branch(price, "metadata"), price.get("id")
    if not isinstance(reference, str) or price.get("type") != "one_time":
        raise BadInput("it is no one-off price of a product")
    if product and of.get("id") != product:
        raise BadInput("it belongs to another product")
    name, chosen = name_of(price, of), metadata.get("default")
    for currency, minor in _amounts(price).items():
        amount = Money(minor, currency.upper())
        package = Package(
            key=key_of(price) or reference,
            price_ref=reference,
            name=name,
            description=text_of(price, of, name),
            amount=amount,
            credits=one_for_each(amount) if by_amount else _credits(price, metadata),
            default=chosen == "true" if chosen else of.get("default_price") == reference,
            bonuses=steps_of(str(metadata.get(BONUS) or "")),
        )
        yield _in_steps(package, price) if LEAST in metadata or MOST in metadata else package


def _in_steps(package: Package, price: Json) -> Package:
    """An amount of the buyer's own. Raises BadInput when it is not clear how much may be bought."""
    if branch(price, "transform_quantity"):
        raise BadInput("the price of a step must not be one of packages (transform_quantity)")
    least, most = (branch(price, "metadata").get(name) for name in (LEAST, MOST))
    return own_amount(package, Credits.of(str(least)), Credits.of(str(most)))


def _amounts(price: Json) -> Mapping[str, int]:
    """Minor units by currency: the price's own currency must be clear, other ones only count when they are."""
    own, minor = str(price.get("currency")), price.get("unit_amount")
    if type(minor) is not int or minor < 1:
        raise BadInput("it has no fixed amount above zero")
    options = branch(price, "currency_options")
    others = {name: branch(options, name).get("unit_amount") for name in options if name != own}
    return {own: minor} | {name: each for name, each in others.items() if type(each) is int and each > 0}


def product_of(price: Json) -> Json:
    """Its product, which came expanded. Raises BadInput for a price that must not be sold any more."""
    product = price.get("product")
    if not isinstance(product, dict) or product.get("deleted"):
        raise BadInput("its product is not known")
    if price.get("active") is not True or product.get("active") is False:
        raise BadInput("it is archived, or its product is")
    return product


def key_of(price: Json) -> str | None:
    """Our stable name for it, when it has one."""
    candidates = (branch(price, "metadata").get("key"), price.get("lookup_key"))
    return next((one for one in candidates if isinstance(one, str) and _KEY.fullmatch(one)), None)


def name_of(price: Json, product: Json) -> str:
    """What people read."""
    return _first(branch(price, "metadata").get("name"), price.get("nickname"), product.get("name"))


def text_of(price: Json, product: Json, name: str) -> str:
    """One line under the name; the name does not stand there twice."""
    text = _first(branch(price, "metadata").get("description"), price.get("nickname"), product.get("description"))
    return text if text != name else ""


def _credits(price: Json, metadata: Json) -> Credits:
    """Package pricing sells `divide_by` units for one amount; metadata says it outright. Both must agree."""
    units = branch(price, "transform_quantity").get("divide_by")
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


def _first(*candidates: object) -> str:
    return next(filter(None, (plain(one, 200) for one in candidates)), "")
