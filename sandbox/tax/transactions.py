"""Tax transactions: a calculation made final, and taken back in whole or in part. Registered in `registry`.

A payment intent that names its calculation gets its transaction when it succeeds, and a reversal with each refund.
"""

from __future__ import annotations

from sandbox.errors import Json, Refusal, invalid, missing
from sandbox.lists import envelope
from sandbox.payments.tax_hooks import linked
from sandbox.routes import PAGING, Resource, Route
from sandbox.shapes import take
from sandbox.state import Call, World, new_id
from sandbox.tax.calculations import NOUN as CALCULATION
from sandbox.tax.calculations import lines_of
from sandbox.tax.reversals import LINE, NOUN, Reversed, flat, lines_of_transaction, named, whole

COPIED = ("amount", "amount_tax", "product", "quantity", "reference", "tax_behavior", "tax_code")


def create(call: Call) -> Json:
    return _commit(call, call.params["calculation"], call.params["reference"])


def _commit(call: Call, calculation_id: str, reference: str) -> Json:
    calculation = call.world.table(CALCULATION).get(calculation_id)
    if calculation is None or call.now > calculation["expires_at"]:
        raise missing("tax calculation", calculation_id, "calculation", status=400)
    if calculation.get("_transaction"):
        message = f"A tax transaction was already created from the calculation `{calculation_id}`."
        raise invalid(message, "calculation")
    rows = [{name: line[name] for name in COPIED} | {"metadata": None} for line in lines_of(call.world, calculation)]
    shipping: Json | None = calculation["shipping_cost"]
    made = _write(call, calculation, reference, rows, dict(shipping) if shipping else None, None)
    calculation["_transaction"] = made["id"]
    return made


def reverse(call: Call) -> Json:
    """Full: everything that was not taken back yet. Partial: single lines, or a sum shared among them."""
    original = _original(call, call.params["original_transaction"])
    if call.params["mode"] == "full":
        return _reverse(call, original, whole(call.world, original))
    if call.params.get("flat_amount") is not None:
        return _reverse(call, original, flat(call.world, original, call.params["flat_amount"]))
    return _reverse(call, original, named(call.world, original, call.params))


def _reverse(call: Call, original: Json, taken: Reversed) -> Json:
    return _write(call, original, call.params["reference"], taken.lines, taken.shipping, original["id"])


def _original(call: Call, transaction_id: str) -> Json:
    found = call.world.table(NOUN).get(transaction_id)
    if found is None:
        raise missing("tax transaction", transaction_id, "original_transaction", status=400)
    if found["type"] != "transaction":
        raise invalid("A reversal cannot be reversed.", "original_transaction")
    return found


def _write(
    call: Call, source: Json, reference: str, rows: list[Json], shipping: Json | None, original: str | None
) -> Json:
    if any(other["reference"] == reference for other in call.world.table(NOUN).values()):
        message = f"A tax transaction with the reference `{reference}` already exists."
        raise invalid(message, "reference", "resource_already_exists")
    kind = "reversal" if original else "transaction"
    transaction: Json = {
        "id": new_id("tax_1", 23),
        "object": NOUN,
        "created": call.now,
        "currency": source["currency"],
        "customer": source["customer"],
        "customer_details": source["customer_details"],
        "livemode": False,
        "metadata": call.params.get("metadata") or {},
        "posted_at": call.params.get("posted_at", call.now),
        "reference": reference,
        "reversal": {"original_transaction": original} if original else None,
        "ship_from_details": source["ship_from_details"],
        "shipping_cost": shipping,
        "tax_date": source["tax_date"],
        "type": kind,
    }
    for row in rows:
        fixed = {"id": new_id("tax_li_"), "object": LINE, "livemode": False, "type": kind}
        call.world.add({"reversal": None, **row, **fixed, "_transaction": transaction["id"]})
    return call.world.add(transaction)


def retrieve(call: Call) -> Json:
    return call.find(NOUN, "transaction", name="tax transaction")


def line_items(call: Call) -> Json:
    transaction = retrieve(call)
    rows = lines_of_transaction(call.world, transaction)
    return envelope(call, rows, LINE, f"/v1/tax/transactions/{transaction['id']}/line_items")


def shown_lines(world: World, transaction: Json) -> Json:
    """What `line_items` expands to."""
    url = f"/v1/tax/transactions/{transaction['id']}/line_items"
    return {"object": "list", "data": lines_of_transaction(world, transaction), "has_more": False, "url": url}


def on_payment(call: Call, intent: Json) -> None:
    """The payment stands whatever becomes of its tax; why there is no transaction can be asked of the association."""
    wanted = linked(intent)
    if wanted is None:
        return
    attempt: Json = {"source": intent["id"]}
    calculation = call.world.table(CALCULATION).get(wanted, {})
    try:
        if calculation.get("currency") != intent["currency"]:
            attempt |= {"status": "errored", "errored": {"reason": "currency_mismatch"}}
        else:
            made = _commit(Call(call.world, test_clock=call.test_clock), wanted, intent["id"])
            attempt |= {"status": "committed", "committed": {"transaction": made["id"]}}
    except Refusal:
        used = calculation.get("_transaction")
        reason = "another_payment_associated_with_calculation" if used else "calculation_expired"
        attempt |= {"status": "errored", "errored": {"reason": reason}}
    intent.setdefault("_tax_attempts", []).append(attempt)


def on_refund(call: Call, refund: Json) -> None:
    """A refund takes the tax back in proportion; a dispute does not."""
    intent, committed = _committed(call.world, refund)
    if not committed or refund["status"] in ("failed", "canceled"):
        return
    original = committed[0]
    own = Call(call.world, {"reference": refund["id"]}, test_clock=call.test_clock)
    made = _reverse(own, original, flat(call.world, original, -refund["amount"]))
    _attempted(intent, refund, made)


def on_refund_failed(call: Call, refund: Json) -> None:
    """The money came back, so its tax is due again: what was taken back is given back, line by line."""
    intent, committed = _committed(call.world, refund)
    taken = next((one for one in committed if one["reference"] == refund["id"]), None)
    if taken is None:
        return
    lines = [
        {name: row[name] for name in (*COPIED, "metadata", "reversal")}
        | {"amount": -row["amount"], "amount_tax": -row["amount_tax"]}
        for row in lines_of_transaction(call.world, taken)
    ]
    own = Call(call.world, test_clock=call.test_clock)
    original = taken["reversal"]["original_transaction"]
    _attempted(intent, refund, _write(own, taken, f"{refund['id']}_failed", lines, None, original))


def _committed(world: World, refund: Json) -> tuple[Json, list[Json]]:
    """The intent that is refunded, and the tax transactions made for it so far, the oldest first."""
    intent = world.table("payment_intent").get(str(refund.get("payment_intent")), {})
    attempts = [attempt for attempt in intent.get("_tax_attempts", []) if attempt["status"] == "committed"]
    return intent, [world.table(NOUN)[attempt["committed"]["transaction"]] for attempt in attempts]


def _attempted(intent: Json, refund: Json, made: Json) -> None:
    told = {"source": refund["id"], "status": "committed", "committed": {"transaction": made["id"]}}
    intent["_tax_attempts"].append(told)


BASE = "/v1/tax/transactions"
RESOURCE = Resource(
    routes=(
        Route(
            "POST",
            f"{BASE}/create_from_calculation",
            create,
            take("TransactionCreateFromCalculationParams", "calculation metadata posted_at reference"),
        ),
        Route(
            "POST",
            f"{BASE}/create_reversal",
            reverse,
            take(
                "TransactionCreateReversalParams",
                "flat_amount line_items metadata mode original_transaction reference shipping_cost",
            ),
        ),
        Route("GET", f"{BASE}/{{id}}", retrieve),
        Route("GET", f"{BASE}/{{id}}/line_items", line_items, PAGING),
    ),
    links={NOUN: {"line_items": shown_lines, "shipping_cost.tax_breakdown": NOUN}},
    reactions={"payment_intent.succeeded": on_payment, "refund.created": on_refund, "refund.failed": on_refund_failed},
)
