"""A seller with prices, and the payer of a session as the pages act. Imported by the tests of Checkout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from tests.sandbox.conftest import PUBLISHABLE_KEY, Sandbox

SUCCESS = "https://shop.example/thanks?session={CHECKOUT_SESSION_ID}"
BACK = "https://shop.example/back?session={CHECKOUT_SESSION_ID}"
BERLIN = {"line1": "Unter den Linden 1", "city": "Berlin", "postal_code": "10117", "country": "DE"}
MODES_INSIDE = ("elements", "embedded_page", "form")


@dataclass
class Seller:
    """Sessions of one account, and what a payer does with them."""

    sandbox: Sandbox
    v1: Any

    def price(self, amount: int = 1900, **more: Any) -> str:
        wanted = {"currency": "usd", "unit_amount": amount, "product_data": {"name": "Credits"}, **more}
        return str(self.v1.prices.create(wanted).id)

    def monthly(self, amount: int = 1900, **more: Any) -> str:
        return self.price(amount, recurring={"interval": "month"}, **more)

    def session(self, *lines: dict[str, Any] | str, **more: Any) -> Any:
        """A hosted session in payment mode, of one line of 19.00 when none is given."""
        mode = more.get("mode", "payment")
        wanted: dict[str, Any] = {"mode": mode, **more}
        if more.get("ui_mode", "hosted_page") == "hosted_page":
            wanted.setdefault("success_url", SUCCESS)
        if mode != "setup":
            bought = lines or (self.price() if mode == "payment" else self.monthly(),)
            wanted["line_items"] = [{"price": one, "quantity": 1} if isinstance(one, str) else one for one in bought]
        return self.v1.checkout.sessions.create({name: value for name, value in wanted.items() if value is not None})

    def now(self, session: Any, *expand: str) -> Any:
        return self.v1.checkout.sessions.retrieve(session.id, {"expand": list(expand)})

    def page(self, session: Any) -> dict[str, Any]:
        path = f"/v1/payment_pages/{session.id}?key={PUBLISHABLE_KEY}"
        return dict(httpx.get(self.sandbox.url + path).raise_for_status().json())

    def type(self, session: Any, **told: Any) -> httpx.Response:
        """What the payer types or chooses."""
        return self._post(session, "", told)

    def confirm(self, session: Any, card: str | None = "pm_card_visa", **told: Any) -> httpx.Response:
        """The payer presses the button; an e-mail address is typed unless the seller knows it."""
        if self.page(session)["email"] is None and "email" not in told and session.mode != "setup":
            told["email"] = "ada@example.com"
        return self._post(session, "/confirm", {"payment_method": card, **told})

    def pay(self, session: Any, card: str | None = "pm_card_visa", **told: Any) -> Any:
        """Confirms without a refusal; the session as the seller sees it then."""
        answer = self.confirm(session, card, **told)
        assert answer.status_code == 200, answer.text
        return self.now(session)

    def bank(self, session: Any, outcome: str) -> None:
        """What the payer presses on the page of the bank."""
        intent = self.page(session)["intent"]
        told = {intent["object"]: intent["id"], "client_secret": intent["client_secret"], "outcome": outcome}
        self.sandbox.control("3ds", **told)

    def events(self, *beginnings: str) -> list[str]:
        """Types of events, oldest first, as far as they begin with one of these."""
        found = self.v1.events.list({"limit": 100}).data
        return [event.type for event in reversed(found) if event.type.startswith(beginnings or ("",))]

    def _post(self, session: Any, path: str, told: dict[str, Any]) -> httpx.Response:
        body = dict(_flat({"key": PUBLISHABLE_KEY, **told}))
        return httpx.post(f"{self.sandbox.url}/v1/payment_pages/{session.id}{path}", data=body, timeout=20)


def open_shop(sandbox: Sandbox) -> Seller:
    return Seller(sandbox, sandbox.client.v1)


def refused(answer: httpx.Response) -> tuple[int, str | None, str | None]:
    """Status, code and parameter of a refusal."""
    error = answer.json()["error"]
    return answer.status_code, error.get("code"), error.get("param")


def _flat(value: Any, at: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for key, inner in value.items() for pair in _flat(inner, f"{at}[{key}]" if at else key)]
    if isinstance(value, list):
        return [pair for place, inner in enumerate(value) for pair in _flat(inner, f"{at}[{place}]")]
    if value is None:
        return []
    return [(at, str(value).lower() if isinstance(value, bool) else str(value))]
