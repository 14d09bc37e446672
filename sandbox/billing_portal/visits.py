"""One customer's visit to the portal: who they are, what they may do, and everything the page shows them.
Used by `acts` and `portal`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox import desk
from sandbox.billing_portal.configurations import NOUN as CONFIGURATION
from sandbox.billing_portal.flows import OVER, REFUSALS, may_change
from sandbox.billing_portal.portal_links import NOUN, alive, recoverable, session_by_secret
from sandbox.errors import Json, Refusal, invalid, missing
from sandbox.expand import bare
from sandbox.machine import Machine

HIDDEN = ("incomplete", "incomplete_expired")
WORTH = ("name", "percent_off", "amount_off", "currency", "duration", "duration_in_months")


@dataclass(frozen=True)
class Visit:
    """A session that is alive. `features` are those of its configuration as it is now, not as it was."""

    machine: Machine
    session: Json
    origin: str

    @property
    def customer(self) -> Json:
        found = self.machine.world.table("customer").get(self.session["customer"], {})
        if not found or found.get("deleted"):
            raise missing("customer", self.session["customer"], "customer")
        return found

    @property
    def features(self) -> Json:
        found: Json = self.machine.world.table(CONFIGURATION)[self.session["configuration"]]["features"]
        return found

    def require(self, feature: str) -> Json:
        """The feature, if it is switched on."""
        found: Json = self.features[feature]
        if not found["enabled"]:
            raise invalid(REFUSALS.get(feature, f"The portal configuration does not allow {feature}."))
        return found

    def subscription(self, subscription_id: str | None) -> Json:
        """One of the customer's own; somebody else's does not exist for them."""
        found = next((row for row in self.subscriptions() if row["id"] == subscription_id), None)
        if found is None:
            raise missing("subscription", str(subscription_id), "subscription")
        return found

    def subscriptions(self) -> list[Json]:
        return self._own("/v1/subscriptions", status="all")

    def cards(self) -> list[Json]:
        table = self.machine.world.table("payment_method").values()
        return [bare(row) for row in reversed(table) if row["customer"] == self.session["customer"]]

    def ask(self, method: str, path: str, params: Json | None = None) -> Json:
        return desk.ask(self.machine, method, path, params, self.origin)

    def shown(self) -> Json:
        """Everything the page draws. What the configuration does not allow to be seen is not in it."""
        customer, features = self.customer, self.features
        subscriptions = [row for row in self.subscriptions() if row["status"] not in HIDDEN]
        return {
            "session": {name: self.session[name] for name in ("id", "flow", "locale", "return_url")},
            "business": self.machine.world.table(CONFIGURATION)[self.session["configuration"]]["business_profile"],
            "features": features,
            "customer": self._customer(customer),
            "offer": self._offer(),
            "subscriptions": [self._with_limits(row) for row in subscriptions],
            "payment_methods": self.cards(),
            "invoices": self._invoices() if features["invoice_history"]["enabled"] else [],
            "products": self._products(subscriptions),
            "prices": self._prices(),
            "publishable_key": self.machine.keys.publishable,
            "now": self.machine.world.now(customer.get("test_clock")),
        }

    def _offer(self) -> Json | None:
        """What the coupon is worth that the customer is held with."""
        step = (self.session["flow"] or {}).get("subscription_cancel") or {}
        named = ((step.get("retention") or {}).get("coupon_offer") or {}).get("coupon")
        found = self.machine.world.table("coupon").get(str(named))
        return {name: found[name] for name in WORTH} if found else None

    def _own(self, path: str, **filters: Any) -> list[Json]:
        return desk.rows(self.machine, path, customer=self.session["customer"], **filters)

    def _customer(self, customer: Json) -> Json:
        shown = {name: customer[name] for name in ("id", "name", "email", "phone", "address", "shipping")}
        shown["default_payment_method"] = customer["invoice_settings"]["default_payment_method"]
        shown["preferred_locales"] = customer["preferred_locales"]
        taken = self.machine.world.table("tax_id").values()
        shown["tax_ids"] = [bare(row) for row in taken if row.get("customer") == customer["id"]]
        return shown

    def _with_limits(self, subscription: Json) -> Json:
        """The subscription, and why its plan cannot be changed here (None when it can)."""
        return {**subscription, "fixed": may_change(subscription), "over": subscription["status"] in OVER}

    def _invoices(self) -> list[Json]:
        return [row for row in self._own("/v1/invoices") if row["status"] not in ("draft", "void")]

    def _products(self, subscriptions: list[Json]) -> Json:
        """The name and the description of every product on the page, by id."""
        table = self.machine.world.table("product")
        offered = [row["product"] for row in self.features["subscription_update"]["products"]]
        held = [item["price"]["product"] for row in subscriptions for item in row["items"]["data"]]
        names = {name: table[name] for name in (*offered, *held) if name in table}
        return {name: {"name": row["name"], "description": row["description"]} for name, row in names.items()}

    def _prices(self) -> list[Json]:
        """The plans on offer; a price that was archived since is offered no longer."""
        update, table = self.features["subscription_update"], self.machine.world.table("price")
        if not update["enabled"]:
            return []
        return [
            {**bare(table[price]), "adjustable_quantity": row["adjustable_quantity"]}
            for row in update["products"]
            for price in row["prices"]
            if price in table and table[price]["active"]
        ]


def visit(machine: Machine, secret: str, origin: str) -> Visit:
    """Opens the door once more. 404 for a link nobody made, 410 for one that ran out."""
    session = session_by_secret(machine.world, secret)
    if session is None:
        raise missing(NOUN, f"{secret[:8]}…", "session")
    if not alive(machine.world, session):
        message = "This link has run out. Go back to where you came from and open the portal again."
        told = {"type": "invalid_request_error", "code": "session_expired", "message": message}
        more = {"sign_in": recoverable(machine.world, session), "return_url": session["return_url"]}
        raise Refusal(410, {**told, **more})
    return Visit(machine, session, origin)
