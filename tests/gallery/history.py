"""A month in the life of a few customers, deed by deed through the verbs and doors. Only tests/gallery uses it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import httpx

from auth import own_keys
from billing import alerts, customers, grant_batches, grants, invitations, members, purchases, subscriptions
from billing.alert_rules import Wanted
from billing.beginning import Buyer
from billing.rules.alerts import AlertKind
from billing.rules.moments import DAY, HOUR, MINUTE
from billing.rules.money import Credits
from billing.rules.orders import OrderState
from billing.rules.organisations import Actor, Standing
from billing.store.organisations import of_person
from tests.gallery.cast import Cast, Person, arrived, newcomer
from tests.gallery.stand import TODAY, Stand

CUSTOMERS = (
    "Grace Hopper", "Katherine Johnson", "Hedy Lamarr", "Radia Perlman", "Annie Easley", "Barbara Liskov",
    "Sofia Kovalevskaya", "Emmy Noether", "Mary Jackson", "Chien-Shiung Wu",
)  # fmt: skip
MODELS = (("atlas-large", 9), ("atlas-small", 3), ("whisper-notes", 2), ("embed-2", 1))
PROJECTS = ("search", "support-bot", "reports")
PLANS = [
    {"key": "team", "name": "Team", "amount": "20.00", "currency": "USD", "description": "For up to five people."},
    {"key": "studio", "name": "Studio", "amount": "49.00", "currency": "USD", "description": "For up to twenty-five."},
]
SETTINGS = {"SCRIP_CATALOG__PLANS": json.dumps(PLANS)}
DECLINED = "4000000000000002"


Deed = tuple[int, Callable[[], object]]
"""A moment and what happens then."""


def lived(stand: Stand) -> Cast:
    """Lets the month pass and returns who lived it."""
    cast = {name: arrived(stand, name) for name in ("ada", "bo", "mia", "ben")}
    told = Told(stand, cast)
    deeds = sorted([*told.of_ada(), *told.of_others(), *told.of_managers()], key=lambda deed: deed[0])
    for moment, deed in deeds:
        stand.until(moment)
        deed()
    stand.until(TODAY + 9 * HOUR)
    return Cast(cast, told.organisation, told.places())


class Told:
    """The deeds of each."""

    def __init__(self, stand: Stand, cast: dict[str, Person]) -> None:
        self._stand, self._portal, self._cast = stand, stand.portal, cast
        self._dice = random.Random(1843)
        self._keys = json.loads((Path(stand.portal.settings.var_dir) / "demo-keys.json").read_text("utf-8"))
        with self._portal.database.read() as connection:
            self.organisation = of_person(connection, cast["ada"].id)[0].account_id
        self._orders: dict[str, str] = {}
        self._batch = ""

    def places(self) -> dict[str, str]:
        """The ids that stand in addresses."""
        newest = httpx.get(f"{self._stand.stripe}/_sandbox/events", params={"limit": 50}, timeout=20).json()["events"]
        event = next(each["id"] for each in newest if each["type"] == "payment_intent.succeeded")
        token = invitations.invite(self._portal, self.organisation, Standing.MEMBER, Actor(self._cast["ada"].id))[1]
        shared = {"order_id": self._orders["standard"], "account_id": self._cast["ada"].account_id}
        return {**shared, "event_id": event, "token": token, "batch_id": self._batch}

    def of_ada(self) -> Iterator[Deed]:
        """A customer whose product spends every day."""
        ada, team = self._cast["ada"], partial(self._subscribed, "ada", "team")
        yield _at(30, 9, 12), partial(self._bought, "ada", "standard")
        yield _at(19, 10, 5), team
        yield _at(19, 11, 6), self._stand.hear  # Stripe finalizes an invoice an hour later
        for ago in range(29, -1, -1):
            yield _at(ago, 8, 30), partial(self._used, ada, ago, 60 if ago % 7 in (5, 6) else 130)
        yield _at(15, 14, 40), partial(self._bought, "ada", "standard")
        yield _at(12, 16, 20), partial(self._granted, ada, 250, "Goodwill after the slow search on 7 November")
        yield _at(9, 11, 2), partial(self._bought, "ada", "starter")
        yield _at(6, 10, 0), lambda: own_keys.make(self._portal, ada.account_id, "Dashboard of the team", ada.id)
        yield _at(4, 13, 15), lambda: own_keys.make(self._portal, ada.account_id, "Nightly export", ada.id)
        wanted = Wanted(AlertKind.BALANCE, [Credits.whole(500).micro, Credits.whole(1000).micro], True, 0)
        yield _at(5, 10, 0), lambda: alerts.save(self._portal, ada.account_id, wanted, ada.id)
        yield _at(2, 17, 45), partial(self._bought, "ada", "standard")

    def of_others(self) -> Iterator[Deed]:
        """The organisation and everybody in the managers' lists."""
        for place, name in enumerate(CUSTOMERS):
            yield _at(28 - 2 * place, 11, place), partial(self._came, name, place)
        yield _at(18, 15, 0), partial(self._bought, "ada", "starter", whose=self.organisation)
        for name in CUSTOMERS[:3]:
            yield _at(3, 12, 0), partial(self._joined, name)
        asked = partial(
            invitations.invite, self._portal, self.organisation, Standing.ADMIN, Actor(self._cast["ada"].id)
        )
        yield _at(2, 9, 0), lambda: asked("ida@example.org")
        for ago in range(16, -1, -2):
            shared = Person("", self.organisation)
            yield _at(ago, 8, 35), partial(self._used, shared, 100 + ago, 45)
        yield _at(1, 16, 0), partial(self._declined, "Hedy Lamarr")
        low = Wanted(AlertKind.BALANCE, [Credits.whole(300).micro], True, 0)
        yield _at(12, 9, 0), lambda: alerts.save(self._portal, self.organisation, low, self._cast["ada"].id)
        yield _at(0, 8, 50), lambda: alerts.look(self._portal, [self.organisation])

    def of_managers(self) -> Iterator[Deed]:
        """What the console shows."""
        lines = [
            f"{name.lower().replace(' ', '.')}@example.org,150,Thanks for the survey of November"
            for name in CUSTOMERS[3:8]
        ]
        text = "\n".join(["account,amount,reason", *lines])
        yield _at(1, 10, 30), partial(self._batched, text)
        yield _at(1, 15, 10), partial(self._granted_to, "Emmy Noether", 400, "Credits for the beta test of reports")

    def _came(self, name: str, place: int) -> None:
        self._cast[name] = newcomer(self._stand, name)
        package = ("starter", "standard", "scale")[place % 3]
        self._bought(name, package)
        self._used(self._cast[name], 200 + place, 40 * (place + 1))

    def _bought(self, name: str, package: str, whose: str = "") -> None:
        person = self._cast[name]
        buyer = Buyer(person.id, whose or person.account_id)
        order = purchases.begin(self._portal, buyer, package).order
        self._stand.told(f"payments/{order.payment_ref}/pay")
        self._stand.wait(lambda: self._state(order.account_id, order.id) is OrderState.CREDITED)
        self._stand.until(self._portal.clock() + MINUTE)  # Stripe has more to tell of it, seconds later
        if name == "ada" and not whose:
            self._orders[package] = order.id
        self._orders[name] = order.id

    def _declined(self, name: str) -> None:
        person = self._cast[name]
        order = purchases.begin(self._portal, Buyer(person.id, person.account_id), "standard").order
        httpx.post(
            f"{self._stand.stripe}/_sandbox/payments/{order.payment_ref}/pay", json={"card": DECLINED}, timeout=20
        )
        self._stand.hear()

    def _state(self, account_id: str, order_id: str) -> OrderState:
        return purchases.order(self._portal, account_id, order_id).state

    def _used(self, person: Person, number: int, about: int) -> None:
        """A day's use, by model and project, at its own hours."""
        debits = [self._debit(person, number, place, about) for place in range(self._dice.randint(3, 5))]
        self._post("usage/batch", "program", {"debits": debits})

    def _debit(self, person: Person, number: int, place: int, about: int) -> dict[str, object]:
        model, weight = self._dice.choice(MODELS)
        spent = max(1, round(about * weight * self._dice.uniform(0.4, 1.2) / 16))
        dimensions = {"model": model, "project": self._dice.choice(PROJECTS)}
        key = f"gallery-{number}-{place}"
        said = f"Requests to {model}"
        return {
            "account": person.account_id, "amount": str(spent), "idempotency_key": key, "description": said,
            "dimensions": dimensions,
        }  # fmt: skip

    def _granted(self, person: Person, amount: int, reason: str) -> None:
        mia = self._cast["mia"].id
        key = f"gallery-{reason}"
        asked = grants.Grant(
            person.account_id, Credits.whole(amount), reason, mia, key, told=reason, reference="SUP-1482"
        )
        grants.give(self._portal, asked)

    def _granted_to(self, name: str, amount: int, reason: str) -> None:
        self._granted(self._cast[name], amount, reason)

    def _joined(self, name: str) -> None:
        above = Actor(self._cast["mia"].id, is_above=True)
        members.add(self._portal, self.organisation, self._cast[name].id, Standing.MEMBER, above)

    def _batched(self, text: str) -> None:
        by = self._cast["mia"].id
        seen = grant_batches.check(self._portal, grant_batches.Sent(text, by, "gallery-batch", "Survey of November"))
        self._batch = seen.batch.id
        total = Credits.whole(750)
        grant_batches.confirm(self._portal, self._batch, grant_batches.Confirmed(total, by, skip_bad=True))

    def _subscribed(self, name: str, plan: str) -> None:
        account_id = self._cast[name].account_id
        customer = customers.ensure(self._portal, account_id)
        method = self._stand.v1("payment_methods/pm_card_visa/attach", customer=customer)["id"]
        self._stand.v1(f"customers/{customer}", **{"invoice_settings[default_payment_method]": method})
        price = next(each.price_ref for each in self._portal.gateway.plans() if each.key == plan)
        self._stand.v1("subscriptions", customer=customer, **{"items[0][price]": price})
        self._stand.wait(lambda: subscriptions.current(self._portal, account_id))

    def _post(self, path: str, role: str, body: dict[str, object]) -> None:
        headers = {"Authorization": f"Bearer {self._keys[role]}"}
        answer = httpx.post(f"{self._stand.url}/api/v1/{path}", json=body, headers=headers, timeout=20)
        answer.raise_for_status()


def _at(ago: int, hour: int, minute: int) -> int:
    """A moment so many days before the day of the pictures."""
    return TODAY - ago * DAY + hour * HOUR + minute * MINUTE
