"""All resources this sandbox has. A new resource is one file with a `RESOURCE`, and its name in this list."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox import (
    balance_transactions,
    charges,
    customer_sessions,
    customers,
    events,
    payment_intents,
    payment_methods,
    prices,
    products,
)
from sandbox.routes import Resource, Route

RESOURCES: tuple[Resource, ...] = (
    customers.RESOURCE,
    products.RESOURCE,
    prices.RESOURCE,
    payment_methods.RESOURCE,
    payment_intents.RESOURCE,
    charges.RESOURCE,
    balance_transactions.RESOURCE,
    customer_sessions.RESOURCE,
    events.RESOURCE,
)

ROUTES: tuple[Route, ...] = tuple(route for resource in RESOURCES for route in resource.routes)
LINKS = {noun: fields for resource in RESOURCES for noun, fields in resource.links.items()}


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
