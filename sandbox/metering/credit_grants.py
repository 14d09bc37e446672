"""Credit grants: prepaid money for metered use, given, expired and voided. Registered in `registry`; the entries are
in `credit_ledger`, the balances in `credit_balances`.
"""

from __future__ import annotations

from copy import deepcopy

from sandbox import agenda
from sandbox.errors import Json, Refusal, invalid, missing
from sandbox.events import changed, record
from sandbox.fields import lay, lay_metadata
from sandbox.lists import page
from sandbox.metering.credit_ledger import GRANT, give_back, remaining, was_used, write
from sandbox.routes import PAGING, Resource, Route
from sandbox.shapes import take
from sandbox.state import TEST_CLOCKS, Call, new_id

USUAL_PRIORITY = 50


def create(call: Call) -> Json:
    params = call.params
    customer = call.refer("customer", "customer")
    if customer is None:
        raise invalid("Missing required param: customer.", "customer", "parameter_missing")
    refusal = _refuse_amount(params) or _refuse_scope(call) or _refuse_times(call)
    if refusal:
        raise refusal
    grant: Json = {
        "id": new_id("credgr_test_61", 26),
        "object": GRANT,
        "amount": params["amount"],
        "applicability_config": params["applicability_config"],
        "category": params.get("category", "paid"),
        "created": call.now,
        "customer": customer["id"],
        "customer_account": None,
        "effective_at": params.get("effective_at", call.now),
        "expires_at": params.get("expires_at"),
        "livemode": False,
        "metadata": {},
        "name": params.get("name"),
        "priority": params.get("priority", USUAL_PRIORITY),
        "test_clock": customer["test_clock"],
        "updated": call.now,
        "voided_at": None,
    }
    lay_metadata(grant, params)
    call.world.add(grant)
    record(call, "billing.credit_grant.created", grant)
    write(call, grant, grant["amount"]["monetary"]["value"], "credits_granted")
    _wait_for_end(call, grant)
    return grant


def update(call: Call) -> Json:
    grant = retrieve(call)
    before = deepcopy(grant)
    if "expires_at" in call.params:
        _refuse_dead(call, grant, "update")
        if call.params["expires_at"] is not None and call.params["expires_at"] <= call.now:
            raise invalid("`expires_at` must be in the future.", "expires_at")
        lay(grant, call.params, ("expires_at",))
        _wait_for_end(call, grant)
    lay_metadata(grant, call.params)
    return _told(call, grant, before)


def expire(call: Call) -> Json:
    """Ends it now; what was used stays used."""
    grant = retrieve(call)
    _refuse_dead(call, grant, "expire")
    before = deepcopy(grant)
    grant["expires_at"] = call.now
    agenda.forget(call.world, grant["id"])
    _told(call, grant, before)
    _take_rest(call, grant, "credits_expired")
    return grant


def void(call: Call) -> Json:
    """Only a grant of which nothing was used can be undone."""
    grant = retrieve(call)
    _refuse_dead(call, grant, "void")
    if was_used(call.world, grant):
        raise invalid("This credit grant cannot be voided because some of its credits have been applied.", "id")
    before = deepcopy(grant)
    grant["voided_at"] = call.now
    agenda.forget(call.world, grant["id"])
    _told(call, grant, before)
    _take_rest(call, grant, "credits_voided")
    return grant


def run_out(call: Call, grant_id: str) -> None:
    """Its last moment has come."""
    grant = call.world.table(GRANT)[grant_id]
    if grant["voided_at"] is None:
        _take_rest(call, grant, "credits_expired")


def retrieve(call: Call) -> Json:
    return call.find(GRANT, "id", name="credit grant")


def listing(call: Call) -> Json:
    customer = call.refer("customer", "customer")
    wanted = customer["id"] if customer else None
    return page(call, GRANT, "/v1/billing/credit_grants", lambda grant: wanted in (None, grant["customer"]))


def _told(call: Call, grant: Json, before: Json) -> Json:
    if changed(grant, before):
        grant["updated"] = call.now
        record(call, "billing.credit_grant.updated", grant, before)
    return grant


def _take_rest(call: Call, grant: Json, kind: str) -> None:
    rest = remaining(call.world, grant)
    if rest > 0:
        write(call, grant, -rest, kind)


def _wait_for_end(call: Call, grant: Json) -> None:
    agenda.forget(call.world, grant["id"])
    if grant["expires_at"] is not None:
        agenda.later(call, grant["expires_at"], "credit_grant.run_out", grant["id"])


def _refuse_dead(call: Call, grant: Json, verb: str) -> None:
    over = grant["expires_at"] is not None and grant["expires_at"] <= call.now
    if grant["voided_at"] is not None or over:
        state = "expired" if grant["voided_at"] is None else "voided"
        raise invalid(f"You cannot {verb} this credit grant because it is already {state}.", "id")


def _refuse_amount(params: Json) -> Refusal | None:
    money: Json | None = params["amount"].get("monetary")
    if money is None:
        return invalid("Missing required param: amount[monetary].", "amount[monetary]", "parameter_missing")
    if money["value"] < 1:
        message = "This value must be greater than or equal to 1."
        return invalid(message, "amount[monetary][value]", "parameter_invalid_integer")
    if not 0 <= params.get("priority", USUAL_PRIORITY) <= 100:
        return invalid("The priority must be between 0 and 100.", "priority", "parameter_invalid_integer")
    return None


def _refuse_scope(call: Call) -> Refusal | None:
    scope: Json = call.params["applicability_config"]["scope"]
    at = "applicability_config[scope]"
    if bool(scope.get("price_type")) == bool(scope.get("prices")):
        return invalid("You must specify exactly one of `price_type` or `prices`.", at, "parameter_missing")
    for place, named in enumerate(scope.get("prices") or []):
        price = call.world.table("price").get(named["id"])
        if price is None:
            return missing("price", named["id"], f"{at}[prices][{place}][id]", status=400)
        if (price["recurring"] or {}).get("usage_type") != "metered":
            return invalid("Credits can only be applied to metered prices.", f"{at}[prices][{place}][id]")
    return None


def _refuse_times(call: Call) -> Refusal | None:
    begins, ends = call.params.get("effective_at", call.now), call.params.get("expires_at")
    if ends is not None and ends <= max(call.now, begins):
        return invalid("`expires_at` must be in the future and after `effective_at`.", "expires_at")
    return None


BASE = "/v1/billing/credit_grants"
NEW = "amount applicability_config category customer effective_at expires_at metadata name priority"
RESOURCE = Resource(
    routes=(
        Route("POST", BASE, create, take("CreditGrantCreateParams", NEW)),
        Route("GET", BASE, listing, {**PAGING, **take("CreditGrantListParams", "customer")}),
        Route("GET", f"{BASE}/{{id}}", retrieve),
        Route("POST", f"{BASE}/{{id}}", update, take("CreditGrantModifyParams", "expires_at metadata")),
        Route("POST", f"{BASE}/{{id}}/expire", expire),
        Route("POST", f"{BASE}/{{id}}/void", void),
    ),
    links={GRANT: {"customer": "customer", "test_clock": TEST_CLOCKS}},
    acts={"credit_grant.run_out": run_out},
    reactions={"invoice.voided": give_back},
)
