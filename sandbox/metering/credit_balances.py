"""What a customer has in billing credits, and the entries that made it. Registered in `registry`."""

from __future__ import annotations

from sandbox.errors import Json, invalid, missing
from sandbox.lists import page
from sandbox.metering.credit_ledger import ENTRY, GRANT, remaining, usable
from sandbox.routes import PAGING, Resource, Route
from sandbox.shapes import take
from sandbox.state import TEST_CLOCKS, Call


def summary(call: Call) -> Json:
    """The balance in each currency, of one grant or of all that fit a scope."""
    customer = call.refer("customer", "customer")
    if customer is None:
        raise invalid("Missing required param: customer.", "customer", "parameter_missing")
    totals: dict[str, int] = {}
    for grant in _asked_for(call, customer):
        currency = grant["amount"]["monetary"]["currency"]
        left = remaining(call.world, grant) if usable(grant, call.now) else 0
        totals[currency] = totals.get(currency, 0) + left
    return {
        "object": "billing.credit_balance_summary",
        "balances": [
            {"available_balance": _money(currency, value), "ledger_balance": _money(currency, value)}
            for currency, value in totals.items()
        ],
        "customer": customer["id"],
        "customer_account": None,
        "livemode": False,
    }


def retrieve(call: Call) -> Json:
    return call.find(ENTRY, "id", name="credit balance transaction")


def listing(call: Call) -> Json:
    customer = call.refer("customer", "customer")
    grant = call.refer(GRANT, "credit_grant", name="credit grant")

    def keep(row: Json) -> bool:
        of_customer = customer is None or row["_customer"] == customer["id"]
        return of_customer and (grant is None or row["credit_grant"] == grant["id"])

    return page(call, ENTRY, "/v1/billing/credit_balance_transactions", keep)


def _asked_for(call: Call, customer: Json) -> list[Json]:
    asked: Json = call.params["filter"]
    mine = [grant for grant in call.world.table(GRANT).values() if grant["customer"] == customer["id"]]
    if asked["type"] == "credit_grant":
        found = [grant for grant in mine if grant["id"] == asked.get("credit_grant")]
        if not found:
            raise missing("credit grant", str(asked.get("credit_grant")), "filter[credit_grant]", status=400)
        return found
    scope: Json = asked.get("applicability_scope") or {}
    if bool(scope.get("price_type")) == bool(scope.get("prices")):
        message = "You must specify exactly one of `price_type` or `prices`."
        raise invalid(message, "filter[applicability_scope]", "parameter_missing")
    if scope.get("price_type"):
        return [grant for grant in mine if grant["applicability_config"]["scope"].get("price_type")]
    wanted = {price["id"] for price in scope["prices"]}
    return [grant for grant in mine if wanted & _prices(grant)]


def _prices(grant: Json) -> set[str]:
    return {price["id"] for price in grant["applicability_config"]["scope"].get("prices") or []}


def _money(currency: str, value_minor: int) -> Json:
    return {"monetary": {"currency": currency, "value": value_minor}, "type": "monetary"}


LIST = {**PAGING, **take("CreditBalanceTransactionListParams", "credit_grant customer")}
RESOURCE = Resource(
    routes=(
        Route(
            "GET",
            "/v1/billing/credit_balance_summary",
            summary,
            take("CreditBalanceSummaryRetrieveParams", "customer filter"),
        ),
        Route("GET", "/v1/billing/credit_balance_transactions", listing, LIST),
        Route("GET", "/v1/billing/credit_balance_transactions/{id}", retrieve),
    ),
    links={
        "billing.credit_balance_summary": {"customer": "customer"},
        ENTRY: {
            "credit_grant": GRANT,
            "test_clock": TEST_CLOCKS,
            "credit.credits_application_invoice_voided.invoice": "invoice",
            "debit.credits_applied.invoice": "invoice",
        },
    },
)
