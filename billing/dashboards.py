"""Dashboards: where the payment provider itself shows a thing. Pages link there; nothing here asks the provider.

An address is made of ids alone, so it says nothing to whoever may not sign in there.
"""

from __future__ import annotations

from billing.portal import Portal

DASHBOARD = "https://dashboard.stripe.com"

PLACES = {
    "cus": ("customers", "customer"),
    "pi": ("payments", "payment_intent"),
    "sub": ("subscriptions", "subscription"),
    "in": ("invoices", "invoice"),
    "evt": ("events", "event"),
    "cs": ("checkout/sessions", "checkout.session"),
}
"""By the beginning of an id: its place in the dashboard, and the noun of the sandbox's window."""


def address(portal: Portal, ref: str | None) -> str | None:
    """The page of the thing with this id at the provider; None where there is none to look at."""
    kind, _, rest = (ref or "").partition("_")
    place = PLACES.get(kind)
    if place is None or not rest or not rest.isascii() or not rest.replace("_", "").isalnum():
        return None
    settings = portal.settings
    if settings.mode == "sandbox":
        return f"{settings.stripe.api_base}/_sandbox/objects/{place[1]}/{ref}"
    if settings.mode == "dummy":
        return None
    account = f"/{settings.stripe.account}" if settings.stripe.account else ""
    test = "" if settings.mode == "live" else "/test"
    return f"{DASHBOARD}{account}{test}/{place[0]}/{ref}"


def is_practice(portal: Portal) -> bool:
    """Whether these addresses lead into our own sandbox."""
    return portal.settings.mode == "sandbox"
