"""SetupIntents: a card made ready for later, without money."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import stripe

from tests.sandbox.conftest import NO_REDIRECTS, PUBLISHABLE_KEY, Sandbox

SECURED = "pm_card_authenticationRequiredOnSetup"
PAGE = "https://shop.example/back?order=7"


def _customer(sandbox: Sandbox) -> str:
    return str(sandbox.client.v1.customers.create({"name": "Ada"}).id)


def _setup(sandbox: Sandbox, **more: Any) -> Any:
    params: Any = {"automatic_payment_methods": NO_REDIRECTS, **more}
    return sandbox.client.v1.setup_intents.create(params)


def _told(sandbox: Sandbox) -> list[str]:
    """Events of setups and methods, oldest first."""
    events = sandbox.client.v1.events.list({"limit": 100}).data[::-1]
    return [event.type for event in events if event.type.startswith(("setup_intent.", "payment_method."))]


def test_a_card_is_saved_without_a_charge(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    customer = _customer(sandbox)
    setup = _setup(sandbox, customer=customer)
    assert (setup.status, setup.usage, setup.id[:5]) == ("requires_payment_method", "off_session", "seti_")
    done = v1.setup_intents.confirm(setup.id, {"payment_method": "pm_card_visa", "expand": ["latest_attempt"]})
    assert (done.status, done.next_action) == ("succeeded", None)
    attempt: Any = done.latest_attempt
    assert (attempt.status, attempt.setup_intent) == ("succeeded", setup.id)
    assert [card.id for card in v1.customers.payment_methods.list(customer).data] == [done.payment_method]
    assert _told(sandbox) == ["setup_intent.created", "payment_method.attached", "setup_intent.succeeded"]
    assert v1.charges.list().data == []
    paid = sandbox.intent(customer=customer, payment_method=done.payment_method, confirm=True, off_session=True)
    assert paid.status == "succeeded"


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
    ],
)
def test_a_card_can_be_refused_at_setup(sandbox: Sandbox, card: str, code: str, decline_code: str | None) -> None:
    v1 = sandbox.client.v1
    setup = _setup(sandbox, customer=_customer(sandbox))
    with pytest.raises(stripe.CardError) as caught:
        v1.setup_intents.confirm(setup.id, {"payment_method": card})
    error: Any = caught.value.error
    assert (caught.value.http_status, caught.value.code) == (402, code)
    assert error.to_dict().get("decline_code") == decline_code
    assert error.setup_intent.status == "requires_payment_method"
    now = v1.setup_intents.retrieve(setup.id).to_dict()
    assert (now["payment_method"], now["last_setup_error"]["code"]) == (None, code)
    tries = v1.setup_attempts.list({"setup_intent": setup.id}).data
    assert [(row.status, row.to_dict()["setup_error"]["code"]) for row in tries] == [("failed", code)]
    assert _told(sandbox)[-1] == "setup_intent.setup_failed"
    again = v1.setup_intents.confirm(setup.id, {"payment_method": "pm_card_visa"})
    assert (again.status, again.last_setup_error) == ("succeeded", None)


def test_a_card_that_fails_later_can_be_set_up(sandbox: Sandbox) -> None:
    customer = _customer(sandbox)
    setup = _setup(sandbox, customer=customer, payment_method="pm_card_chargeCustomerFail", confirm=True)
    assert setup.status == "succeeded"
    with pytest.raises(stripe.CardError):
        sandbox.intent(customer=customer, payment_method=setup.payment_method, confirm=True, off_session=True)


@pytest.mark.parametrize(("outcome", "status"), [("complete", "succeeded"), ("fail", "requires_payment_method")])
def test_3ds_decides_a_setup(sandbox: Sandbox, outcome: str, status: str) -> None:
    v1 = sandbox.client.v1
    customer = _customer(sandbox)
    setup = _setup(sandbox, customer=customer, payment_method=SECURED, confirm=True)
    assert (setup.status, setup.next_action.type) == ("requires_action", "use_stripe_sdk")
    assert _told(sandbox)[-1] == "setup_intent.requires_action"
    secret = {"setup_intent": setup.id, "client_secret": setup.client_secret}
    assert sandbox.control("3ds", **secret, outcome=outcome)["setup_intent"]["status"] == status
    now = v1.setup_intents.retrieve(setup.id, {"expand": ["latest_attempt"]}).to_dict()
    attempt = now["latest_attempt"]
    if outcome == "complete":
        assert attempt["payment_method_details"]["card"]["three_d_secure"]["result"] == "authenticated"
        saved = {"customer": customer, "payment_method": now["payment_method"]}
        assert sandbox.intent(**saved, confirm=True, off_session=True).status == "succeeded"
    else:
        assert now["last_setup_error"]["code"] == "setup_intent_authentication_failure"
        assert (attempt["status"], _told(sandbox)[-1]) == ("failed", "setup_intent.setup_failed")


def test_a_server_is_sent_to_the_bank_and_back(sandbox: Sandbox) -> None:
    setup = _setup(sandbox, payment_method=SECURED, confirm=True, return_url=PAGE, automatic_payment_methods=None)
    action = setup.next_action
    assert (action.type, action.redirect_to_url.return_url) == ("redirect_to_url", PAGE)
    place = urlsplit(action.redirect_to_url.url)
    told = {name: values[0] for name, values in parse_qs(place.query).items()}
    assert (place.path, told["setup_intent"]) == ("/_sandbox/3ds", setup.id)
    back = sandbox.control("3ds", **told, outcome="complete")["return_url"]
    assert {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()} == {
        "order": "7",
        "setup_intent": setup.id,
        "setup_intent_client_secret": setup.client_secret,
        "redirect_status": "succeeded",
    }


def test_a_browser_sees_its_own_setup_only(sandbox: Sandbox) -> None:
    setup = _setup(sandbox, customer=_customer(sandbox), metadata={"order": "7"})
    path = f"/v1/setup_intents/{setup.id}"
    seen = sandbox.raw("GET", path, key=PUBLISHABLE_KEY, params={"client_secret": setup.client_secret}).json()
    assert seen["id"] == setup.id
    assert {"customer", "metadata"}.isdisjoint(seen)
    assert sandbox.raw("GET", path, key=PUBLISHABLE_KEY).status_code == 404
    other = {"client_secret": _setup(sandbox).client_secret}
    wrong = sandbox.raw("GET", path, key=PUBLISHABLE_KEY, params=other)
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "setup_intent_invalid_parameter")
    data = {"client_secret": setup.client_secret, "payment_method": "pm_card_visa"}
    confirmed = sandbox.raw("POST", f"{path}/confirm", key=PUBLISHABLE_KEY, data=data).json()
    assert (confirmed["status"], "customer" in confirmed) == ("succeeded", False)
    assert sandbox.raw("POST", f"{path}/cancel", key=PUBLISHABLE_KEY).status_code in (401, 403)


def test_a_setup_can_change_until_it_is_confirmed(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    customer = _customer(sandbox)
    setup = _setup(sandbox)
    changed: Any = v1.setup_intents.update(
        setup.id, {"customer": customer, "description": "later", "metadata": {"order": "7"}}
    )
    assert (changed.customer, changed.description, changed.metadata.order) == (customer, "later", "7")
    with pytest.raises(stripe.InvalidRequestError, match="cannot modify `customer`"):
        v1.setup_intents.update(setup.id, {"customer": _customer(sandbox)})
    assert v1.setup_intents.update(setup.id, {"payment_method": "pm_card_visa"}).status == "requires_confirmation"
    assert v1.setup_intents.confirm(setup.id).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        v1.setup_intents.update(setup.id, {"description": "too late"})
    assert caught.value.code == "setup_intent_unexpected_state"


def test_a_setup_ends_once(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    empty = _setup(sandbox)
    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method"):
        v1.setup_intents.confirm(empty.id)
    canceled = v1.setup_intents.cancel(empty.id, {"cancellation_reason": "abandoned"})
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    assert _told(sandbox)[-1] == "setup_intent.canceled"
    done = _setup(sandbox, payment_method="pm_card_visa", confirm=True)
    late: list[Any] = [
        lambda: v1.setup_intents.cancel(empty.id),
        lambda: v1.setup_intents.confirm(empty.id, {"payment_method": "pm_card_visa"}),
        lambda: v1.setup_intents.confirm(done.id),
        lambda: v1.setup_intents.cancel(done.id),
    ]
    for act in late:
        with pytest.raises(stripe.InvalidRequestError) as caught:
            act()
        assert caught.value.code == "setup_intent_unexpected_state"


def test_a_setup_for_oneself_has_no_customer(sandbox: Sandbox) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        _setup(sandbox, customer=_customer(sandbox), attach_to_self=True)
    assert caught.value.param == "attach_to_self"
    own = _setup(sandbox, attach_to_self=True, flow_directions=["inbound"])
    assert (own.attach_to_self, own.flow_directions, own.customer) == (True, ["inbound"], None)
    found = sandbox.client.v1.setup_intents.list({"attach_to_self": True}).data
    assert [row.id for row in found] == [own.id]


def test_a_setup_takes_a_confirmation_token_or_a_card(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    data: Any = {"type": "card", "card": {"token": "tok_visa"}}
    token = v1.test_helpers.confirmation_tokens.create({"payment_method_data": data})
    by_token = v1.setup_intents.confirm(_setup(sandbox).id, {"confirmation_token": token.id})
    assert by_token.status == "succeeded"
    assert v1.confirmation_tokens.retrieve(token.id).setup_intent == by_token.id
    assert _setup(sandbox, payment_method_data=data, confirm=True).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        _setup(sandbox, payment_method_data={"card": {"token": "tok_visa"}})
    assert caught.value.param == "payment_method_data[type]"
    with pytest.raises(stripe.InvalidRequestError, match="You can only set confirmation_token when confirm is true"):
        _setup(sandbox, confirmation_token=token.id)


def test_setups_are_listed_by_customer_and_method(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    customer = _customer(sandbox)
    one = _setup(sandbox, customer=customer, payment_method="pm_card_visa", confirm=True)
    two = _setup(sandbox, customer=customer)
    other = _setup(sandbox)
    assert [row.id for row in v1.setup_intents.list().data] == [other.id, two.id, one.id]
    assert [row.id for row in v1.setup_intents.list({"customer": customer}).data] == [two.id, one.id]
    assert [row.id for row in v1.setup_intents.list({"payment_method": one.payment_method}).data] == [one.id]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        v1.setup_attempts.list({})  # type: ignore[typeddict-item]
    assert caught.value.param == "setup_intent"
