"""A customer on a test clock who visits the portal: a configuration, a link, and what the page asks for. Imported
by the tests of the portal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from tests.sandbox.conftest import Sandbox
from tests.sandbox.subscribers import Shop, open_shop

ON: dict[str, Any] = {"enabled": True}
HISTORY: dict[str, Any] = {"invoice_history": ON}
CARDS: dict[str, Any] = {"payment_method_update": ON}
CANCEL: dict[str, Any] = {"subscription_cancel": ON}
PAUSE: dict[str, Any] = {"subscription_pause": ON}
DETAILS: dict[str, Any] = {
    "customer_update": {"enabled": True, "allowed_updates": ["name", "email", "address", "tax_id"]}
}


@dataclass
class Guest:
    """Ada and her shop; `secret` is the link she has now."""

    shop: Shop
    secret: str = ""

    @property
    def sandbox(self) -> Sandbox:
        return self.shop.sandbox

    @property
    def v1(self) -> Any:
        return self.shop.v1

    def configure(self, *features: dict[str, Any], **more: Any) -> Any:
        allowed = {name: value for one in features for name, value in one.items()}
        return self.v1.billing_portal.configurations.create({"features": allowed, **more})

    def enter(self, *features: dict[str, Any], **more: Any) -> Any:
        """A link to the portal with these features, and the session it belongs to."""
        configuration = self.configure(*(features or (HISTORY,))).id
        return self.come(configuration=configuration, **more)

    def come(self, **more: Any) -> Any:
        session = self.v1.billing_portal.sessions.create({"customer": self.shop.customer, **more})
        self.secret = session.url.rsplit("/", 1)[-1]
        return session

    def look(self) -> httpx.Response:
        return httpx.get(f"{self.sandbox.url}/_sandbox/portal/{self.secret}", timeout=20)

    def shown(self) -> Any:
        return self.look().raise_for_status().json()

    def ask(self, act: str, **wish: Any) -> httpx.Response:
        return httpx.post(f"{self.sandbox.url}/_sandbox/portal/{self.secret}/act/{act}", json=wish, timeout=20)

    def do(self, act: str, **wish: Any) -> Any:
        answer = self.ask(act, **wish)
        assert answer.status_code == 200, answer.text
        return answer.json()["done"]

    def refused(self, act: str, **wish: Any) -> tuple[int, str | None, str]:
        """Status, parameter and words of a refusal."""
        answer = self.ask(act, **wish)
        error = answer.json()["error"]
        return answer.status_code, error.get("param"), error["message"]

    def plans(self, *offered: tuple[str, list[str]], **update: Any) -> dict[str, Any]:
        """The feature that offers these products with their prices."""
        adjustable = update.pop("adjustable_quantity", {"enabled": False})
        rows = [
            {"product": name, "prices": list(prices), "adjustable_quantity": adjustable} for name, prices in offered
        ]
        told = {"default_allowed_updates": ["price"], "proration_behavior": "always_invoice", **update}
        return {"subscription_update": {"enabled": True, "products": rows, **told}}


def invite(sandbox: Sandbox, card: str | None = "pm_card_visa") -> Guest:
    shop = open_shop(sandbox, card)
    shop.v1.customers.update(shop.customer, {"email": "ada@example.com"})
    return Guest(shop)
