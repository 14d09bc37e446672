"""What a caller can choose about a payment: types, tokens, 3-D Secure, who is there, what is kept."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import NO_REDIRECTS, PUBLISHABLE_KEY, Sandbox

DATA: dict[str, Any] = {"type": "card", "card": {"token": "tok_visa"}}
PAGE = "https://shop.example/back"
KEPT = {"setup_future_usage": "off_session"}


def _customer(sandbox: Sandbox) -> str:
    return str(sandbox.client.v1.customers.create({"name": "Ada"}).id)


def _saved(sandbox: Sandbox, card: str) -> dict[str, Any]:
    customer = _customer(sandbox)
    method = sandbox.client.v1.payment_methods.attach(card, {"customer": customer})
    return {"customer": customer, "payment_method": method.id}


def _token(sandbox: Sandbox, **more: Any) -> Any:
    asked: Any = more or {"payment_method_data": DATA}
    return sandbox.client.v1.test_helpers.confirmation_tokens.create(asked)


def test_automatic_types_fit_the_currency(sandbox: Sandbox) -> None:
    assert sandbox.intent().payment_method_types == ["card", "us_bank_account"]
    assert sandbox.intent(currency="eur").payment_method_types == ["card", "sepa_debit"]
    assert sandbox.intent(currency="gbp").payment_method_types == ["card"]
    assert sandbox.intent(excluded_payment_method_types=["us_bank_account"]).payment_method_types == ["card"]
    assert sandbox.intent(allowed_payment_method_types=["card"]).payment_method_types == ["card"]
    with pytest.raises(stripe.InvalidRequestError, match="No valid payment method types") as caught:
        sandbox.intent(currency="gbp", excluded_payment_method_types=["card"])
    assert caught.value.param == "excluded_payment_method_types"


def test_a_list_of_types_takes_the_place_of_the_automatic_choice(sandbox: Sandbox) -> None:
    listed = sandbox.intent(automatic_payment_methods=None, payment_method_types=["us_bank_account"])
    assert (listed.automatic_payment_methods, listed.payment_method_types) == (None, ["us_bank_account"])
    with pytest.raises(stripe.InvalidRequestError, match="is not allowed for this PaymentIntent"):
        sandbox.client.v1.payment_intents.confirm(listed.id, {"payment_method": "pm_card_visa"})
    with pytest.raises(stripe.InvalidRequestError, match="only specify one of these parameters"):
        sandbox.intent(payment_method_types=["card"])
    with pytest.raises(stripe.InvalidRequestError, match="support the following currencies: eur"):
        sandbox.intent(automatic_payment_methods=None, payment_method_types=["sepa_debit"])


def test_a_type_that_is_not_built_is_told(sandbox: Sandbox) -> None:
    with pytest.raises(stripe.APIError) as caught:
        sandbox.client.v1.payment_methods.create({"type": "klarna"})
    assert caught.value.http_status == 501
    with pytest.raises(stripe.InvalidRequestError, match='payment method type "barter" is invalid') as wrong:
        sandbox.intent(automatic_payment_methods=None, payment_method_types=["barter"])
    assert wrong.value.param == "payment_method_types"


def test_a_card_comes_with_the_confirm(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    given: Any = {"payment_method_data": DATA}
    paid = v1.payment_intents.confirm(sandbox.intent().id, given)
    assert paid.status == "succeeded"
    assert str(paid.payment_method).startswith("pm_")
    with pytest.raises(stripe.InvalidRequestError) as caught:
        sandbox.intent(payment_method_data={"card": DATA["card"]})
    assert caught.value.param == "payment_method_data[type]"
    both: Any = {"payment_method_data": DATA, "payment_method": "pm_card_visa"}
    with pytest.raises(stripe.InvalidRequestError, match="only specify one of these parameters"):
        v1.payment_intents.confirm(sandbox.intent().id, both)


@pytest.mark.parametrize(
    ("card", "asked", "status", "result"),
    [
        ("pm_card_visa", "any", "succeeded", "attempt_acknowledged"),
        ("pm_card_amex", "any", "succeeded", None),
        ("pm_card_threeDSecureOptional", "automatic", "succeeded", None),
        ("pm_card_threeDSecureOptional", "any", "requires_action", None),
        ("pm_card_threeDSecureOptional", "challenge", "requires_action", None),
    ],
)
def test_3ds_by_request(sandbox: Sandbox, card: str, asked: str, status: str, result: str | None) -> None:
    options = {"card": {"request_three_d_secure": asked}}
    intent = sandbox.intent(payment_method=card, confirm=True, payment_method_options=options)
    assert intent.status == status
    charges: Any = sandbox.client.v1.charges.list().data
    seen = [charge.payment_method_details.card.three_d_secure for charge in charges]
    assert [told.result for told in seen if told] == ([result] if result else [])


def test_an_action_can_be_refused_beforehand(sandbox: Sandbox) -> None:
    with pytest.raises(stripe.CardError) as caught:
        sandbox.intent(payment_method="pm_card_authenticationRequired", confirm=True, error_on_requires_action=True)
    error: Any = caught.value.error
    assert (caught.value.code, error.decline_code) == ("authentication_required", "authentication_not_handled")
    assert sandbox.client.v1.payment_intents.list().data[0].status == "requires_payment_method"


def test_off_session_authentication_is_a_decline(sandbox: Sandbox) -> None:
    saved = _saved(sandbox, "pm_card_authenticationRequired")
    with pytest.raises(stripe.CardError) as caught:
        sandbox.intent(**saved, confirm=True, off_session=True)
    error: Any = caught.value.error
    assert (caught.value.code, error.decline_code) == ("authentication_required", "authentication_required")
    assert error.payment_intent.status == "requires_payment_method"


@pytest.mark.parametrize("off_session", [True, "one_off", "recurring"])
def test_a_saved_card_pays_off_session(sandbox: Sandbox, off_session: Any) -> None:
    saved = _saved(sandbox, "pm_card_visa")
    # Nobody is there to be sent anywhere, so no return address is asked for.
    paid = sandbox.intent(**saved, confirm=True, off_session=off_session, automatic_payment_methods={"enabled": True})
    assert (paid.status, paid.payment_method) == ("succeeded", saved["payment_method"])


def test_a_card_ready_for_off_session_asks_only_on_session(sandbox: Sandbox) -> None:
    saved = _saved(sandbox, "pm_card_authenticationRequiredSetupForOffSession")
    assert sandbox.intent(**saved, confirm=True, off_session=True).status == "succeeded"
    assert sandbox.intent(**saved, confirm=True).status == "requires_action"


def test_a_server_confirms_twice_when_it_wants_to(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    intent = sandbox.intent(confirmation_method="manual", payment_method="pm_card_authenticationRequired", confirm=True)
    assert intent.status == "requires_action"
    sandbox.control(f"payments/{intent.id}/authentication?outcome=complete")
    between = v1.payment_intents.retrieve(intent.id)
    assert (between.status, between.latest_charge) == ("requires_confirmation", None)
    asked: Any = {"key": PUBLISHABLE_KEY, "data": {"client_secret": intent.client_secret}}
    browser = sandbox.raw("POST", f"/v1/payment_intents/{intent.id}/confirm", **asked)
    assert (browser.status_code, "`confirmation_method` is set to `manual`" in browser.text) == (400, True)
    assert v1.payment_intents.confirm(intent.id).status == "succeeded"


@pytest.mark.parametrize("how", [KEPT, {"payment_method_options": {"card": KEPT}}])
def test_future_usage_saves_the_card(sandbox: Sandbox, how: dict[str, Any]) -> None:
    v1 = sandbox.client.v1
    customer = _customer(sandbox)
    sandbox.intent(customer=customer, payment_method="pm_card_mastercard", confirm=True)
    assert v1.customers.payment_methods.list(customer).data == []
    paid = sandbox.intent(customer=customer, payment_method="pm_card_visa", confirm=True, **how)
    assert [card.id for card in v1.customers.payment_methods.list(customer).data] == [paid.payment_method]


def test_no_redirects_is_the_callers_choice(sandbox: Sandbox) -> None:
    automatic: Any = {"payment_method": "pm_card_visa", "confirm": True, "automatic_payment_methods": {"enabled": True}}
    with pytest.raises(stripe.InvalidRequestError, match="you must provide a `return_url`") as caught:
        sandbox.intent(**automatic)
    assert caught.value.param == "return_url"
    assert sandbox.intent(**automatic, return_url=PAGE).status == "succeeded"
    assert sandbox.intent(**{**automatic, "automatic_payment_methods": NO_REDIRECTS}).status == "succeeded"
    assert len(sandbox.client.v1.payment_intents.list().data) == 2


@pytest.mark.parametrize("name", ["off_session", "return_url", "error_on_requires_action", "confirmation_token"])
def test_what_only_a_confirm_can_use_is_refused_without_one(sandbox: Sandbox, name: str) -> None:
    # "true" is a yes, a place and a name.
    with pytest.raises(stripe.InvalidRequestError, match=f"You can only set {name} when confirm is true") as caught:
        sandbox.intent(**{name: "true"})  # type: ignore[arg-type]
    assert caught.value.param == name


def test_a_refused_call_changes_nothing(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    intent = sandbox.intent(description="before")
    told = len(v1.events.list({"limit": 100}).data)
    wrong: list[Any] = [
        {"amount": 500, "description": "after", "payment_method": "pm_none"},
        {"description": "after", "receipt_email": "nobody"},
        {"amount": 500, "currency": "gbp", "excluded_payment_method_types": ["card"]},
        {"amount": 1},
    ]
    for params in wrong:
        with pytest.raises(stripe.InvalidRequestError):
            v1.payment_intents.update(intent.id, params)
    assert v1.payment_intents.retrieve(intent.id).to_dict() == intent.to_dict()
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.intent(payment_method="pm_none", confirm=True)
    assert (len(v1.payment_intents.list().data), len(v1.events.list({"limit": 100}).data)) == (1, told)


def test_notes_are_kept_and_copied_to_the_charge(sandbox: Sandbox) -> None:
    notes: dict[str, Any] = {"description": "Credits", "metadata": {"order": "7"}, "transfer_group": "group"}
    notes |= {"receipt_email": "ada@example.com", "statement_descriptor_suffix": "CREDITS"}
    where = {"city": "London", "country": "GB"}
    notes["shipping"] = {"name": "Ada", "address": where}
    paid = sandbox.intent(**notes, payment_method="pm_card_visa", confirm=True, expand=["latest_charge"]).to_dict()
    del notes["shipping"]
    for thing in (paid, paid["latest_charge"]):
        assert {name: thing[name] for name in notes} == notes
        assert thing["shipping"]["address"].items() >= where.items()


def test_a_confirmation_token_pays_once(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    token = _token(sandbox, payment_method_data=DATA, return_url=PAGE, **KEPT)
    assert (token.payment_method_preview.card.last4, token.payment_intent) == ("4242", None)
    customer = _customer(sandbox)
    paid = v1.payment_intents.confirm(sandbox.intent(customer=customer).id, {"confirmation_token": token.id})
    assert (paid.status, paid.setup_future_usage) == ("succeeded", "off_session")
    assert [card.id for card in v1.customers.payment_methods.list(customer).data] == [paid.payment_method]
    spent = v1.confirmation_tokens.retrieve(token.id)
    assert (spent.payment_intent, spent.expires_at) == (paid.id, None)
    with pytest.raises(stripe.InvalidRequestError, match="has already been used"):
        v1.payment_intents.confirm(sandbox.intent().id, {"confirmation_token": token.id})
    assert sandbox.intent(confirm=True, confirmation_token=_token(sandbox).id).status == "succeeded"


def test_a_confirmation_token_runs_out(sandbox: Sandbox) -> None:
    token = _token(sandbox)
    assert token.expires_at - token.created == 12 * 3600
    sandbox.control("time", seconds=12 * 3600)
    with pytest.raises(stripe.InvalidRequestError, match="has expired"):
        sandbox.client.v1.payment_intents.confirm(sandbox.intent().id, {"confirmation_token": token.id})


def test_only_a_browser_makes_confirmation_tokens(sandbox: Sandbox) -> None:
    data = {"payment_method_data[type]": "card", "payment_method_data[card][token]": "tok_visa"}
    assert sandbox.raw("POST", "/v1/confirmation_tokens", data=data).status_code == 404
    browser = sandbox.raw("POST", "/v1/confirmation_tokens", key=PUBLISHABLE_KEY, data=data)
    assert (browser.status_code, browser.json()["use_stripe_sdk"]) == (200, True)
    helper = "/v1/test_helpers/confirmation_tokens"
    assert (
        sandbox.raw("POST", helper, data={"payment_method_data[card][token]": "tok_visa"}).json()["error"]["param"]
        == "payment_method_data[type]"
    )
    address = {"shipping[name]": "Ada", "shipping[address][city]": "London", "shipping[carrier]": "Royal Mail"}
    carried = sandbox.raw("POST", helper, data={**data, **address})
    assert (carried.status_code, carried.json()["error"]["code"]) == (400, "parameter_unknown")


def test_every_component_of_a_customer_session_can_be_opened(sandbox: Sandbox) -> None:
    names = "active_entitlements buy_button customer_portal customer_sheet mobile_payment_element payment_element"
    components: Any = {name: {"enabled": True} for name in (*names.split(), "pricing_table")}
    create: Any = sandbox.client.v1.customer_sessions.create
    opened = create({"customer": _customer(sandbox), "components": components}).components.to_dict()
    assert all(opened[name]["enabled"] for name in components)
    assert opened["mobile_payment_element"]["features"]["payment_method_save"] == "disabled"
    assert opened["payment_element"]["features"]["payment_method_redisplay_limit"] == 3
    closed = create({"customer": _customer(sandbox), "components": {"buy_button": {"enabled": True}}}).components
    assert closed.payment_element.to_dict() == {"enabled": False, "features": None}
    features = {"payment_method_redisplay_limit": 11}
    wide = {"customer": _customer(sandbox), "components": {"payment_element": {"enabled": True, "features": features}}}
    with pytest.raises(stripe.InvalidRequestError, match="between 1 and 10"):
        create(wide)
