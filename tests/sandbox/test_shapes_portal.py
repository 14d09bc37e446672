"""What the portal's routes answer, and what their events tell, has the shape the installed SDK promises."""

from __future__ import annotations

from typing import Any

import pytest
import stripe
from stripe import billing_portal

from tests.sandbox.conftest import Sandbox
from tests.sandbox.contract import differences
from tests.sandbox.portal_guests import CANCEL, CARDS, DETAILS, HISTORY, PAUSE, Guest, invite

CLASSES: dict[str, type] = {
    "billing_portal.configuration": billing_portal.Configuration,
    "billing_portal.session": billing_portal.Session,
}


@pytest.fixture
def guest(sandbox: Sandbox) -> Guest:
    return invite(sandbox)


def _wrong(*things: Any) -> list[str]:
    plain = [thing.to_dict(for_json=True) for thing in things]
    return [line for thing in plain for line in differences(thing, CLASSES[thing["object"]], thing["object"])]


def test_configurations_keep_the_sdks_contract(guest: Guest) -> None:
    gold = guest.shop.price()
    path = guest.v1.billing_portal.configurations
    whole = guest.configure(
        guest.plans((guest.shop.product, [gold])), CANCEL, CARDS, DETAILS, HISTORY, PAUSE, login_page={"enabled": True}
    )
    assert _wrong(whole, guest.configure(HISTORY), *path.list({"is_default": True}).data) == []
    assert isinstance(path.retrieve(whole.id), stripe.billing_portal.Configuration)


def test_sessions_of_every_flow_keep_the_sdks_contract(guest: Guest) -> None:
    gold, year = guest.shop.price(), guest.shop.price(9000, "year")
    subscription = guest.shop.subscribe(gold)
    item = {"id": subscription["items"].data[0].id, "price": year}
    flows: list[dict[str, Any]] = [
        {"type": "customer_update"},
        {"type": "payment_method_update", "after_completion": {"type": "hosted_confirmation"}},
        {"type": "subscription_cancel", "subscription_cancel": {"subscription": subscription.id}},
        {"type": "subscription_pause", "subscription_pause": {"subscription": subscription.id}},
        {"type": "subscription_update", "subscription_update": {"subscription": subscription.id}},
        {
            "type": "subscription_update_confirm",
            "subscription_update_confirm": {"subscription": subscription.id, "items": [item]},
        },
    ]
    features = (guest.plans((guest.shop.product, [gold, year])), CANCEL, CARDS, DETAILS, HISTORY, PAUSE)
    made = [guest.enter(*features, flow_data=flow) for flow in flows]
    assert [session.flow.type for session in made] == [flow["type"] for flow in flows]
    assert _wrong(*made, guest.come(after_expiration={"type": "customer_login"})) == []


def test_the_portals_events_tell_of_objects_of_the_same_shape(guest: Guest) -> None:
    made = guest.configure(CANCEL)
    guest.v1.billing_portal.configurations.update(made.id, {"name": "other"})
    guest.come(configuration=made.id)
    told = [event for event in guest.shop.events("*") if event.type.startswith("billing_portal.")]
    kinds = [event.type.removeprefix("billing_portal.") for event in told]
    assert kinds == ["configuration.created", "configuration.updated", "session.created"]
    assert _wrong(*(event.data.object for event in told)) == []
