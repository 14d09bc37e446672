"""The webhook endpoint of Frontier's document: its paths, its secrets, and what each of thirteen events does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from billing import customers, purchases, subscriptions
from billing.rules.orders import OrderState, Surface
from billing.store import subscriptions as snapshots
from tests.documents.frontier import NEW, OLD, PATHS, Engine

LISTED = {
    "customer.created", "customer.updated", "customer.deleted", "invoice.created", "invoice.finalized", "invoice.paid",
    "invoice.payment_failed", "subscription.created", "subscription.updated", "subscription.deleted",
    "checkout.session.completed", "payment_intent.succeeded", "payment_intent.payment_failed",
}  # fmt: skip


@pytest.fixture
def here(frontier: Engine) -> Iterator[Engine]:
    frontier.running.calm()
    yield frontier
    frontier.running.calm()


@pytest.mark.parametrize("path", PATHS)
def test_every_path_takes_what_either_secret_signed_and_nothing_else(here: Engine, path: str) -> None:
    account, _ = here.organisation()
    event = here.event("customer.created", customers.ensure(here.world.portal, account))
    assert [here.posts(event, secret, path) for secret in (NEW, OLD, "whsec_of_a_stranger")] == [200, 200, 400]
    assert httpx.post(here.running.url + path, content=b"{}", timeout=20).status_code == 400


def test_a_webhook_may_be_retried_as_often_as_it_likes(here: Engine) -> None:
    account, buyer = here.organisation()
    order = _paid(here, account, buyer)
    event = here.event("checkout.session.completed", str(order.session_ref))
    assert [here.posts(event) for _ in range(3)] == [200, 200, 200]
    assert str(here.world.balance(account)) == "130"


def _paid(here: Engine, account: str, buyer: Any, card: str = "4242424242424242") -> Any:
    order = purchases.begin(here.world.portal, buyer, "tokens", surface=Surface.HOSTED).order
    here.running.sandbox(f"sessions/{order.session_ref}/complete", card=card)
    return order


def test_the_document_lists_thirteen_and_each_is_tried_here() -> None:
    assert len(LISTED) == 13
    spelt = {name for kind in EFFECTS for name in (kind, kind.removeprefix("customer."))}
    assert spelt >= LISTED


def customer_created(here: Engine) -> tuple[str, Callable[[], object], object]:
    account, _ = here.organisation()
    ref = customers.ensure(here.world.portal, account)
    here.stripe(f"customers/{ref}", name="Seen")
    return ref, lambda: _details(here, account).name, "Seen"


def customer_updated(here: Engine) -> tuple[str, Callable[[], object], object]:
    account, _ = here.organisation()
    ref = customers.ensure(here.world.portal, account)
    here.stripe(f"customers/{ref}", email="bills@example.org")
    return ref, lambda: _details(here, account).email, "bills@example.org"


def customer_deleted(here: Engine) -> tuple[str, Callable[[], object], object]:
    account, _ = here.organisation()
    ref = customers.ensure(here.world.portal, account)
    here.stripe(f"customers/{ref}", "DELETE")
    return ref, lambda: customers.ensure(here.world.portal, account) != ref, True


def subscription_created(here: Engine) -> tuple[str, Callable[[], object], object]:
    account, _ = here.organisation()
    made = here.subscribed(account, "team_monthly")
    return made, lambda: _status(here, account), "active"


def subscription_updated(here: Engine) -> tuple[str, Callable[[], object], object]:
    account, _ = here.organisation()
    made = here.subscribed(account, "team_monthly")
    subscriptions.refresh(here.world.portal, account)
    here.stripe(f"subscriptions/{made}", cancel_at_period_end="true")
    return made, lambda: _newest(here, account).is_ending, True


def subscription_deleted(here: Engine) -> tuple[str, Callable[[], object], object]:
    account, _ = here.organisation()
    made = here.subscribed(account, "team_monthly")
    subscriptions.refresh(here.world.portal, account)
    here.stripe(f"subscriptions/{made}", "DELETE")
    return made, lambda: _status(here, account), None


def invoice_event(here: Engine) -> tuple[str, Callable[[], object], object]:
    """An invoice tells of its subscription, which nobody has told of before."""
    account, _ = here.organisation()
    made = here.subscribed(account, "team_monthly")
    return made, lambda: _status(here, account), "active"


def invoice_payment_failed(here: Engine) -> tuple[str, Callable[[], object], object]:
    account, _ = here.organisation()
    offer = next(each for each in here.world.portal.gateway.plans() if each.key == "team_monthly")
    ref = here.customer(account, "pm_card_chargeCustomerFail")
    terms = {"items[0][price]": offer.price_ref, "payment_behavior": "allow_incomplete"}
    made = here.stripe("subscriptions", customer=ref, **terms)["id"]
    return made, lambda: _newest(here, account).status, "incomplete"


def checkout_completed(here: Engine) -> tuple[str, Callable[[], object], object]:
    account, buyer = here.organisation()
    order = _paid(here, account, buyer)
    return str(order.session_ref), lambda: str(here.world.balance(account)), "130"


def payment_succeeded(here: Engine) -> tuple[str, Callable[[], object], object]:
    account, payment = _by_form(here, "4242424242424242")
    return payment, lambda: str(here.world.balance(account)), "130"


def payment_failed(here: Engine) -> tuple[str, Callable[[], object], object]:
    account, payment = _by_form(here, "4000000000000002")
    return payment, lambda: purchases.recent(here.world.portal, account)[0].state, OrderState.FAILED


def _by_form(here: Engine, card: str) -> tuple[str, str]:
    account, buyer = here.organisation()
    order = purchases.begin(here.world.portal, buyer, "tokens", surface=Surface.ELEMENTS).order
    here.running.sandbox(f"payments/{order.payment_ref}/pay", card=card)
    return account, str(order.payment_ref)


def _details(here: Engine, account: str) -> Any:
    return customers.details(here.world.portal, account)


def _status(here: Engine, account: str) -> str | None:
    found = subscriptions.current(here.world.portal, account)
    return found.status if found else None


def _newest(here: Engine, account: str) -> Any:
    with here.world.portal.database.read() as connection:
        return snapshots.of_account(connection, account)[0]


EFFECTS: dict[str, Callable[[Engine], tuple[str, Callable[[], object], object]]] = {
    "customer.created": customer_created,
    "customer.updated": customer_updated,
    "customer.deleted": customer_deleted,
    "invoice.created": invoice_event,
    "invoice.finalized": invoice_event,
    "invoice.paid": invoice_event,
    "invoice.payment_failed": invoice_payment_failed,
    "customer.subscription.created": subscription_created,
    "customer.subscription.updated": subscription_updated,
    "customer.subscription.deleted": subscription_deleted,
    "checkout.session.completed": checkout_completed,
    "payment_intent.succeeded": payment_succeeded,
    "payment_intent.payment_failed": payment_failed,
}
"""What each prepares: the thing the event is about, what to look at, and what is seen there afterwards."""

SPELLINGS = [
    (kind, spelt)
    for kind in EFFECTS
    for spelt in dict.fromkeys((kind, kind.replace("customer.subscription.", "subscription.")))
]


@pytest.mark.parametrize(("kind", "spelt"), SPELLINGS)
def test_each_event_alone_has_its_effect_by_either_name(here: Engine, kind: str, spelt: str) -> None:
    about, look, expected = EFFECTS[kind](here)
    if kind != "customer.deleted":
        assert _seen(look) != expected, "it is not seen before the event"
    here.tells(kind, about, spelt)
    assert look() == expected


def _seen(look: Callable[[], object]) -> object:
    """A thing that is not there yet is nothing seen."""
    try:
        return look()
    except IndexError:
        return None
