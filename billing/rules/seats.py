"""How many members a plan has room for, and how many seats are charged for them. Anyone may import it; pure decisions.

Members of an organisation are its seats. An account of one person has none: there a number that was bought stays.
"""

from __future__ import annotations

from dataclasses import dataclass

from billing.rules.errors import BadInput, Conflict
from billing.rules.facts import SubscriptionFact, SubscriptionItem
from billing.rules.plans import Behavior, Catalogue, PlanTerms, Product, SeatChange
from billing.rules.sentences import sentence
from billing.rules.subscriptions import Subscription
from billing.rules.wares import Wares

MOST = 100_000
CHARGED = ("active", "trialing", "past_due")
"""States of a subscription in which its seats can be changed; in every other one they are once it is paid."""


@dataclass(frozen=True, slots=True)
class Seats:
    """A plan's rule. `most` None: as many members as there are; `least` are charged for in any case."""

    most: int | None
    least: int
    change: SeatChange

    def has_room(self, members: int) -> bool:
        """Whether so many fit."""
        return self.most is None or members <= self.most

    def charged(self, members: int, paid: int = 0) -> int:
        """How many are charged for so many members, when `paid` are now."""
        wanted = max(members, self.least)
        return wanted if members and self.change is SeatChange.EXACT else max(wanted, paid)

    def refuse(self, seats: object, members: int) -> int:
        """The seats somebody asks for. Raises BadInput for fewer than there are members, or than the plan is sold with;
        Conflict where they follow the members exactly, for what was bought ahead would be given back at once.
        """
        if type(seats) is not int or not 1 <= seats <= MOST:
            raise BadInput(sentence("The seats must be a whole number from 1 to {most}.", most=MOST), field="seats")
        if seats < members:
            told = sentence("There are {members} members, so there must be as many seats.", members=members)
            raise BadInput(told, field="seats")
        if seats < self.least:
            raise BadInput(sentence("This plan begins with {least} seats.", least=self.least), field="seats")
        if members and self.change is SeatChange.EXACT and seats != self.charged(members):
            raise Conflict("The seats of this plan are as many as there are members: invite people, or let some go.")
        return seats


def seats_of(of: Catalogue, plan: PlanTerms | None, usual: SeatChange) -> Seats | None:
    """The plan's rule, None when it counts no members; `usual` where it does not say how seats follow them."""
    products = of.products_of(plan) if plan else ()
    found = next((each for each in products if each.behavior is Behavior.PER_SEAT), None)
    return None if found is None else rule_of(found, usual)


def rule_of(product: Product, usual: SeatChange) -> Seats:
    """The rule of a product that is charged per seat."""
    bounds = [bound for bound in (product.seat_limit, product.max_quantity) if bound is not None]
    return Seats(min(bounds, default=None), product.min_quantity, product.seat_change or usual)


def seated_products(of: Catalogue) -> dict[str, Product]:
    """Those that are charged per seat, by their names; empty when no plan counts members."""
    return {each.name: each for each in of.products if each.behavior is Behavior.PER_SEAT}


def seat_item(of: Catalogue, each: Subscription | SubscriptionFact, wares: Wares) -> SubscriptionItem | None:
    """The item of a subscription whose quantity is its seats."""
    products = seated_products(of)
    return next((item for item in each.items if _product(wares, item.price_ref) in products), None)


def _product(wares: Wares, price_ref: str) -> str:
    ware = wares.get(price_ref)
    return ware.product if ware else ""
