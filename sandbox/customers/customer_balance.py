"""The balance between a customer and the seller: below zero the customer has credit, above zero a debt, and the next
invoice settles it. Registered in `registry`; invoices and credit notes use `adjust`.
"""

from __future__ import annotations

from copy import deepcopy

from sandbox.errors import Json, invalid, missing
from sandbox.events import record
from sandbox.fields import lay, lay_metadata
from sandbox.lists import page
from sandbox.money import MOST
from sandbox.routes import LISTING, Resource, Route
from sandbox.shapes import take
from sandbox.state import Call, new_id

NOUN = "customer_balance_transaction"
DEFAULT_CURRENCY = "usd"


def adjust(
    call: Call,
    customer: Json,
    amount_minor: int,
    currency: str | None,
    kind: str,
    *,
    told: bool = True,
    **more: str | None,
) -> Json | None:
    """Changes the balance and writes it down; nothing happens for an amount of zero.

    A negative amount gives the customer credit. `kind` is the transaction's type (applied_to_invoice, adjustment ...),
    `more` its links: invoice, credit_note, checkout_session, description. `told=False` leaves the event
    `customer.updated` to the caller. Without a currency it is the customer's, or the account's own.
    """
    if amount_minor == 0:
        return None
    return _write(call, customer, amount_minor, currency, {**more, "type": kind}, told=told)


def _write(call: Call, customer: Json, amount_minor: int, currency: str | None, more: Json, *, told: bool) -> Json:
    before = deepcopy(customer)
    customer["currency"] = customer["currency"] or currency or DEFAULT_CURRENCY
    customer["balance"] += amount_minor
    transaction: Json = {
        "id": new_id("cbtxn_1", 23),
        "object": NOUN,
        "amount": amount_minor,
        "checkout_session": None,
        "created": call.now,
        "credit_note": None,
        "currency": customer["currency"],
        "customer": customer["id"],
        "customer_account": None,
        "description": None,
        "ending_balance": customer["balance"],
        "invoice": None,
        "livemode": False,
        "metadata": {},
        **more,
    }
    call.world.add(transaction)
    if told:
        record(call, "customer.updated", customer, before)
    return transaction


def create(call: Call) -> Json:
    customer, amount = _customer(call), int(call.params["amount"])
    currency: str = call.params["currency"]
    if amount == 0:
        raise invalid("The amount must not be zero.", "amount", "parameter_invalid_integer")
    if customer["currency"] not in (None, currency):
        message = (
            f"The currency `{currency}` does not match the currency of the customer, which is `{customer['currency']}`."
        )
        raise invalid(message, "currency")
    refuse_balance(customer["balance"] + amount, "amount")
    more = {"type": "adjustment", "description": call.params.get("description")}
    transaction = _write(call, customer, amount, currency, more, told=True)
    lay_metadata(transaction, call.params)
    return transaction


def update(call: Call) -> Json:
    """Only what is written beside it; amounts are final."""
    transaction = retrieve(call)
    lay(transaction, call.params, ("description",))
    lay_metadata(transaction, call.params)
    return transaction


def retrieve(call: Call) -> Json:
    customer = _customer(call)
    found = call.world.table(NOUN).get(call.ids["transaction"])
    if found is None or found["customer"] != customer["id"]:
        raise missing("customer balance transaction", call.ids["transaction"], "transaction")
    return found


def listing(call: Call) -> Json:
    customer = _customer(call)
    invoice: str | None = call.params.get("invoice")

    def keep(row: Json) -> bool:
        return row["customer"] == customer["id"] and invoice in (None, row["invoice"])

    return page(call, NOUN, f"/v1/customers/{customer['id']}/balance_transactions", keep)


def refuse_balance(balance_minor: int, param: str) -> None:
    if abs(balance_minor) > MOST:
        raise invalid("The balance of a customer can be at most 99999999 either way.", param)


def _customer(call: Call) -> Json:
    customer = call.find("customer", "customer")
    if customer.get("deleted"):
        raise missing("customer", customer["id"], "customer")
    return customer


BASE = "/v1/customers/{id}/balance_transactions"
RESOURCE = Resource(
    routes=(
        Route(
            "POST",
            BASE,
            create,
            take("CustomerCreateBalanceTransactionParams", "amount currency description metadata"),
        ),
        Route("GET", BASE, listing, {**LISTING, **take("CustomerListBalanceTransactionsParams", "invoice")}),
        Route("GET", f"{BASE}/{{transaction}}", retrieve),
        Route(
            "POST",
            f"{BASE}/{{transaction}}",
            update,
            take("CustomerModifyBalanceTransactionParams", "description metadata"),
        ),
    ),
    links={
        NOUN: {
            "customer": "customer",
            "invoice": "invoice",
            "credit_note": "credit_note",
            "checkout_session": "checkout.session",
        }
    },
)
