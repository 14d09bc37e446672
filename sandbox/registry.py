"""All resources this sandbox has, room by room. A new resource is one file with a `RESOURCE`, and its name here."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox import events
from sandbox.catalogue import prices, products
from sandbox.customers import customer_sessions, customers
from sandbox.payments import balance_transactions, charges, payment_intents, payment_methods
from sandbox.routes import Act, Reaction, Resource, Route

RESOURCES: tuple[Resource, ...] = (
    *(customers.RESOURCE, customer_sessions.RESOURCE),
    *(products.RESOURCE, prices.RESOURCE),
    *(payment_methods.RESOURCE, payment_intents.RESOURCE, charges.RESOURCE, balance_transactions.RESOURCE),
    events.RESOURCE,
)

ROUTES: tuple[Route, ...] = tuple(route for resource in RESOURCES for route in resource.routes)
LINKS = {noun: fields for resource in RESOURCES for noun, fields in resource.links.items()}
ACTS: dict[str, Act] = {name: act for resource in RESOURCES for name, act in resource.acts.items()}


def reactions() -> dict[str, list[Reaction]]:
    """What follows from each kind of event, in the order of the rooms above."""
    found: dict[str, list[Reaction]] = {}
    for resource in RESOURCES:
        for kind, reaction in resource.reactions.items():
            found.setdefault(kind, []).append(reaction)
    return found


@dataclass(frozen=True)
class Match:
    """A route and the ids its path holds."""

    route: Route
    ids: dict[str, str]


def match(method: str, path: str) -> Match | None:
    """The route for this address; a literal path wins over one with an id in the same place."""
    for route in sorted(ROUTES, key=lambda route: route.path.count("{")):
        found = route.pattern.fullmatch(path) if route.method == method else None
        if found:
            return Match(route, found.groupdict())
    return None
