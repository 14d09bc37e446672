"""Which of Stripe's origins the policy of a page names: those of the configured surface, and no others."""

from __future__ import annotations

import pytest

from auth.headers import STRIPE_CHECKOUT, header_sets
from tests.world.portals import settings_for

REAL = {
    "SCRIP_STRIPE__API_KEY": "sk_test_51abc",
    "SCRIP_STRIPE__API_BASE": "https://api.stripe.com",
    "SCRIP_OIDC__ISSUER": "https://id.x",
    "SCRIP_OIDC__CLIENT_ID": "c",
    "SCRIP_OIDC__CLIENT_SECRET": "s",
}
SANDBOX = {"SCRIP_STRIPE__JS_URL": "http://127.0.0.1:12111/endive/stripe.js"}
PLACES = ("script-src", "frame-src", "connect-src")


def policy(**changes: str) -> dict[str, list[str]]:
    before, after = header_sets(settings_for("sqlite://", **changes)).nicegui_policy
    parts = (each.partition(" ") for each in (before + b"x" + after).decode().split("; "))
    return {name: sources.split() for name, _, sources in parts}


def test_checkout_inside_the_page_may_be_framed_called_and_run() -> None:
    named = policy(SCRIP_PURCHASE__SURFACE="embedded", **REAL)
    for place in PLACES:
        assert set(STRIPE_CHECKOUT) <= set(named[place]), place
    assert "https://js.stripe.com" in named["frame-src"]


@pytest.mark.parametrize("surface", ["elements", "hosted"])
def test_where_checkout_is_not_in_the_page_it_is_not_let_in(surface: str) -> None:
    named = policy(SCRIP_PURCHASE__SURFACE=surface, **REAL)
    for place in PLACES:
        assert not set(STRIPE_CHECKOUT) & set(named[place]), place


@pytest.mark.parametrize("surface", ["elements", "embedded", "hosted"])
def test_no_surface_lets_a_form_leave_or_the_page_be_framed(surface: str) -> None:
    """The way to Checkout on its own is a link, so nothing has to be opened for it."""
    named = policy(SCRIP_PURCHASE__SURFACE=surface, **REAL)
    assert (named["form-action"], named["frame-ancestors"]) == (["'self'"], ["'none'"])


def test_the_sandbox_stands_in_for_checkout_too() -> None:
    named = policy(SCRIP_PURCHASE__SURFACE="embedded", **SANDBOX)
    assert named["frame-src"] == ["http://127.0.0.1:12111"]
    assert not [
        source for sources in named.values() for source in sources if "stripe.com" in source and "*" not in source
    ]
