"""What a scenario of the official command line must leave in the sandbox, and how that is looked up.

The scenarios are Stripe's own: which calls they make, in which order and shape, is written in the program, not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import stripe

from tests.sandbox.conftest import Sandbox

Fields = Mapping[str, object]
# where a noun is listed, when its name alone does not say it
PATHS = {
    "configurations": "billing_portal/configurations",
    "sessions": "checkout/sessions",
    "test_clocks": "test_helpers/test_clocks",
}


@dataclass(frozen=True)
class Scene:
    """One scenario. Fields are named with dots (`card.last4`, `balance_transactions.0.amount`); `...` is any value."""

    scenario: str
    #: types of event that must be recorded, in this order; others may lie between them
    events: str
    #: of the object inside the newest event named like the scenario (or `kind`)
    told: Fields
    #: of the newest object of each list, as the API answers it afterwards; None: that list is empty
    left: Mapping[str, Fields | None] = field(default_factory=dict)
    #: of that event's `previous_attributes`
    was: Fields = field(default_factory=dict)
    #: further options, where the scenario as it is needs something this API version or the account does not have
    options: tuple[str, ...] = ()
    kind: str = ""
    #: why the sandbox is known to answer otherwise than Stripe's own scenario expects; the test then must fail
    differs: str = ""

    def __str__(self) -> str:
        return " ".join((self.scenario, *self.options))

    @property
    def event(self) -> str:
        return self.kind or self.scenario


@dataclass(frozen=True)
class Account:
    """The sandbox, read through the real SDK."""

    client: stripe.StripeClient

    @classmethod
    def of(cls, sandbox: Sandbox) -> Account:
        return cls(sandbox.client)

    def events(self) -> list[Any]:
        """Oldest first."""
        listed = self.client.v1.events.list({"limit": 100})
        return [event.to_dict() for event in reversed(listed.data)]

    def newest(self, noun: str) -> Any:
        """The newest object of a list, or None when it has none."""
        path = f"/v1/{PATHS.get(noun, noun)}"
        answer = self.client.raw_request("get", path, limit=1)
        data: Any = self.client.deserialize(answer, api_mode="V1")
        return data.data[0].to_dict() if data.data else None


def differences(thing: Any, wanted: Fields | None) -> dict[str, tuple[object, object]]:
    """Of the wanted fields those that are otherwise: name -> (wanted, found)."""
    if thing is None or wanted is None:
        return {} if thing is wanted else {"object": (wanted, thing)}
    found = {name: value_at(thing, name) for name in wanted}
    return {name: (wanted[name], found[name]) for name in wanted if not _fits(found[name], wanted[name])}


def value_at(thing: Any, name: str) -> object:
    """The value under a dotted name, or the words "not there"."""
    return reduce(_step, name.split("."), thing)


def missing_in_order(wanted: str, found: list[str]) -> list[str]:
    """The wanted words from the first one that does not follow its forerunner."""
    rest = iter(found)
    words = wanted.split()
    return next((words[at:] for at, word in enumerate(words) if word not in rest), [])


def _fits(found: object, wanted: object) -> bool:
    return found not in (None, "not there") if wanted is ... else found == wanted


def _step(thing: Any, part: str) -> Any:
    if isinstance(thing, list):
        return thing[int(part)] if int(part) < len(thing) else "not there"
    return thing.get(part, "not there") if isinstance(thing, dict) else "not there"
