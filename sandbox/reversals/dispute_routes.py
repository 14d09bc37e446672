"""The API of disputes: list, retrieve, answer with evidence, accept. Registered in `registry`."""

from __future__ import annotations

from copy import deepcopy

from sandbox.errors import Json, Refusal, invalid
from sandbox.events import changed, record
from sandbox.fields import METADATA, lay_metadata
from sandbox.lists import page
from sandbox.params import Flag, Group, Kind, Text
from sandbox.reversals import disputes
from sandbox.reversals.disputes import close_dispute, refuse_closed, submit, touch_charge
from sandbox.reversals.new_disputes import TEXTS, acknowledge_fee, lacks_acknowledgement
from sandbox.routes import LISTING, Resource, Route
from sandbox.state import Call

MOST_LETTERS = 150_000
ACKNOWLEDGED = "evidence[enhanced_evidence][visa_compliance][fee_acknowledged]"


def update(call: Call) -> Json:
    """Evidence goes to the bank at once, unless `submit` is false: then it is staged, and a later `submit` sends it.
    Metadata alone moves nothing.
    """
    dispute = call.find("dispute", "dispute")
    refuse_closed(dispute)
    evidence = call.params.get("evidence") or {}
    sends = call.params.get("submit", bool(evidence))
    wanted = deepcopy(dispute)
    _lay_evidence(wanted, evidence)
    refused = _refusal(wanted, evidence, sends=sends)
    if refused:
        raise refused
    before = deepcopy(dispute)
    dispute |= wanted
    lay_metadata(dispute, call.params)
    if sends:
        submit(call, dispute)
    if changed(dispute, before):
        record(call, "charge.dispute.updated", dispute, before)
    if sends:
        touch_charge(call, dispute)
    return dispute


def close(call: Call) -> Json:
    """The merchant accepts: the money stays with the card holder."""
    dispute = close_dispute(call, call.find("dispute", "dispute"), won=False)
    touch_charge(call, dispute)
    return dispute


def retrieve(call: Call) -> Json:
    return call.find("dispute", "dispute")


def listing(call: Call) -> Json:
    asked = {name: call.params[name] for name in ("charge", "payment_intent") if name in call.params}
    return page(call, "dispute", "/v1/disputes", lambda row: all(row[name] == asked[name] for name in asked))


def _lay_evidence(dispute: Json, evidence: Json) -> None:
    compliance = (evidence.get("enhanced_evidence") or {}).get("visa_compliance") or {}
    if compliance.get("fee_acknowledged"):
        acknowledge_fee(dispute)
    for name in TEXTS:
        if name in evidence:
            dispute["evidence"][name] = evidence[name]
    dispute["evidence_details"]["has_evidence"] = any(dispute["evidence"].values())


def _refusal(dispute: Json, evidence: Json, *, sends: bool) -> Refusal | None:
    if sum(len(dispute["evidence"][name] or "") for name in TEXTS) > MOST_LETTERS:
        return invalid(f"The combined evidence must be at most {MOST_LETTERS} characters.", "evidence")
    if not sends and not evidence:
        return None
    if dispute["status"] not in ("needs_response", "warning_needs_response"):
        return invalid("The evidence of this dispute was submitted already; it cannot be changed any more.", "evidence")
    if sends and not dispute["evidence_details"]["has_evidence"]:
        return invalid("There is no evidence to submit.", "evidence")
    if sends and lacks_acknowledgement(dispute):
        return invalid("The network's fee must be acknowledged before evidence can be submitted.", ACKNOWLEDGED)
    return None


# Files cannot be uploaded here, so evidence that names one answers 501.
EVIDENCE: dict[str, Kind] = {
    **{name: Text(longest=20_000) for name in TEXTS},
    "enhanced_evidence": Group(names={"visa_compliance": Group(names={"fee_acknowledged": Flag()})}),
}
ANSWER: dict[str, Kind] = {**METADATA, "evidence": Group(names=EVIDENCE, unset=False), "submit": Flag()}
FILTERS: dict[str, Kind] = {**LISTING, "charge": Text(unset=False), "payment_intent": Text(unset=False)}
RESOURCE = Resource(
    routes=(
        Route("GET", "/v1/disputes", listing, FILTERS),
        Route("GET", "/v1/disputes/{id}", retrieve),
        Route("POST", "/v1/disputes/{id}", update, ANSWER),
        Route("POST", "/v1/disputes/{id}/close", close),
    ),
    links={"dispute": {"charge": "charge", "payment_intent": "payment_intent"}},
    acts={
        disputes.WON: disputes.win,
        disputes.FORGOTTEN: disputes.win,
        disputes.LOST: disputes.lose,
        disputes.ESCALATED: disputes.escalate_later,
        disputes.DUE: disputes.run_out,
    },
    reactions={
        "charge.succeeded": disputes.arrive,
        "charge.captured": disputes.arrive,
        "charge.refunded": disputes.drop_inquiry,
    },
)
