"""Checkout Sessions and their lines have the fields and values the installed SDK's types promise."""

from __future__ import annotations

from typing import Any

import pytest
from stripe import LineItem
from stripe.checkout import Session

from tests.sandbox.checkouts import BACK, BERLIN, Seller, open_shop
from tests.sandbox.conftest import Sandbox
from tests.sandbox.contract import differences

TAXED: Any = {"automatic_tax": {"enabled": True}}


@pytest.fixture
def seller(sandbox: Sandbox) -> Seller:
    return open_shop(sandbox)


def _sessions(seller: Seller) -> dict[str, Any]:
    """One of each kind, in the states that show the most."""
    coupon = seller.v1.coupons.create({"percent_off": 10, "duration": "once"}).id
    adjustable = {"price": seller.price(), "quantity": 1, "adjustable_quantity": {"enabled": True}}
    taxed = seller.session(adjustable, discounts=[{"coupon": coupon}], **TAXED)
    plan, asked = (
        seller.session(mode="subscription"),
        seller.session(
            consent_collection={"terms_of_service": "required"},
            custom_fields=[{"key": "note", "type": "text", "label": {"type": "custom", "custom": "Note"}}],
        ),
    )
    seller.confirm(
        asked, "pm_card_chargeDeclined", consent={"terms_of_service": "accepted"}, custom_fields={"note": "x"}
    )
    return {
        "taxed": seller.pay(taxed, billing_address={"address": BERLIN}),
        "subscription": seller.pay(plan),
        "declined": seller.now(asked),
        "expired": seller.v1.checkout.sessions.expire(seller.session().id),
        "invoiced": seller.pay(seller.session(invoice_creation={"enabled": True})),
        "setup": seller.session(mode="setup", currency="usd"),
        "elements": seller.session(ui_mode="elements", return_url=BACK),
        "expanded": seller.now(taxed, "line_items", "payment_intent", "total_details.breakdown"),
    }


def test_every_session_and_line_keeps_the_sdks_contract(seller: Seller) -> None:
    found = {name: session.to_dict(for_json=True) for name, session in _sessions(seller).items()}
    wrong = {name: differences(thing, Session, name) for name, thing in found.items()}
    assert {name: lines for name, lines in wrong.items() if lines} == {}
    expand = {"expand": ["data.discounts", "data.taxes"]}
    lines = seller.v1.checkout.sessions.line_items.list(found["taxed"]["id"], expand).data
    assert [differences(line.to_dict(for_json=True), LineItem, "item") for line in lines] == [[]]
    assert (lines[0].discounts[0].amount, lines[0].taxes[0].amount) == (190, 325)


def test_every_event_of_a_session_keeps_its_contract(seller: Seller) -> None:
    _sessions(seller)
    events = seller.v1.events.list({"type": "checkout.session.*", "limit": 100}).data
    assert {event.type for event in events} == {"checkout.session.completed", "checkout.session.expired"}
    for event in events:
        assert differences(event.data.object.to_dict(for_json=True), Session, event.type) == []
        assert "previous_attributes" not in event.data
