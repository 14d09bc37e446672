"""What a refund is made of, what is left to refund, and when Stripe refuses. Used by `refunds`."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.errors import Json, Refusal, invalid, missing
from sandbox.money import spoken
from sandbox.payments.balance_transactions import paid_by_card
from sandbox.payments.cards import Later
from sandbox.payments.new_cards import behaviour
from sandbox.state import Call, World, new_id

UNDONE = ("failed", "canceled")
BANKS = {"sepa_debit": "eu_bank_transfer", "us_bank_account": "us_bank_transfer"}


def blank_refund(call: Call, charge: Json, amount_minor: int) -> Json:
    """A refund with the fields Stripe always shows. Reasons of failure, next actions and the like are left out until
    there is something to say.
    """
    return {
        "id": new_id("re_3", 23),
        "object": "refund",
        "amount": amount_minor,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": call.now,
        "currency": charge["currency"],
        "customer": charge["customer"],
        "customer_account": None,
        "destination_details": _destination(charge),
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def _destination(charge: Json) -> Json:
    """A card's acquirer names its reference some time later."""
    if not paid_by_card(charge):
        kind = BANKS.get(charge["payment_method_details"]["type"], "us_bank_transfer")
        return {kind: {}, "type": kind}
    card = {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"}
    return {"card": card, "type": "card"}


def refunds_of(world: World, charge: Json) -> Iterator[Json]:
    """All refunds of a charge, oldest first."""
    return (refund for refund in world.table("refund").values() if refund["charge"] == charge["id"])


def left_of(world: World, charge: Json) -> int:
    """What was captured and not given back yet, in minor units."""
    given = sum(refund["amount"] for refund in refunds_of(world, charge) if refund["status"] not in UNDONE)
    captured: int = charge["amount_captured"]
    return captured - int(given)


def what_follows(world: World, charge: Json) -> Later | None:
    """What the test card or account of this charge does after the payment."""
    method = world.table("payment_method").get(str(charge["payment_method"]))
    return behaviour(method).later if method else None


def charge_asked_for(call: Call) -> Json:
    """The charge to refund, named by itself or by its PaymentIntent."""
    charge_id, intent_id = call.params.get("charge"), call.params.get("payment_intent")
    if charge_id is None and intent_id is None:
        raise invalid("One of the following params should be provided for this request: payment_intent or charge.")
    if intent_id is not None:
        charge = _paid_charge(call, intent_id)
        if charge_id not in (None, charge["id"]):
            raise invalid(f"The charge {charge_id} does not belong to the PaymentIntent {intent_id}.", "charge")
        return charge
    found = call.world.table("charge").get(str(charge_id))
    if found is None:
        raise missing("charge", str(charge_id), "id")
    return found


def _paid_charge(call: Call, intent_id: str) -> Json:
    intent = call.world.table("payment_intent").get(intent_id)
    if intent is None:
        raise missing("payment_intent", intent_id, "payment_intent")
    charge = call.world.table("charge").get(str(intent["latest_charge"]))
    if charge is None:
        raise _nothing_paid(intent_id)
    return charge


def refusal(world: World, charge: Json, amount_minor: int | None) -> Refusal | None:
    """What Stripe would say of refunding so much (None is all that is left), or None when it would do it."""
    if charge["status"] != "succeeded":
        return _nothing_paid(charge["payment_intent"])
    if not charge["captured"] and not charge["refunded"]:
        return invalid(
            f"This uncaptured Charge was created by a PaymentIntent ({charge['payment_intent']}). You must cancel the "
            "PaymentIntent to reverse the authorization instead of refunding the Charge directly. For more "
            "information, see https://stripe.com/docs/payments/place-a-hold-on-a-payment-method"
        )
    if any(
        row["charge"] == charge["id"] and not row["is_charge_refundable"] for row in world.table("dispute").values()
    ):
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        return invalid(message, None, "charge_disputed")
    if charge["refunded"]:
        return invalid(f"Charge {charge['id']} has already been refunded.", None, "charge_already_refunded")
    left = left_of(world, charge)
    return _too_much(charge, amount_minor, left) if amount_minor is not None and amount_minor > left else None


def _nothing_paid(intent_id: str) -> Refusal:
    return invalid(f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.")


def _too_much(charge: Json, amount_minor: int, left_minor: int) -> Refusal:
    """Stripe gives no code here, only the parameter."""
    bound = "unrefunded amount on charge" if left_minor < charge["amount_captured"] else "charge amount"
    asked, left = (_figure(amount, charge["currency"]) for amount in (amount_minor, left_minor))
    return invalid(f"Refund amount ({asked}) is greater than {bound} ({left})", "amount")


def _figure(amount_minor: int, currency: str) -> str:
    """`$40.00`: the sign says which currency; one without a sign keeps its code."""
    text = spoken(amount_minor, currency)
    return text if text[0].isdigit() else text.removesuffix(f" {currency}")
