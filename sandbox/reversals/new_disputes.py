"""What a dispute is made of: the object, its evidence, and the claims of the test cards. Used by `disputes`."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.errors import Json
from sandbox.payments.cards import Later
from sandbox.state import Call, new_id

DAY_SECONDS = 86400
DAYS_TO_ANSWER = 8
TEXTS = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_tracking_number",
    "uncategorized_text",
)
FILES = (
    "cancellation_policy",
    "customer_communication",
    "customer_signature",
    "duplicate_charge_documentation",
    "receipt",
    "refund_policy",
    "service_documentation",
    "shipping_documentation",
    "uncategorized_file",
)
# Visa's number of each reason, where it has one.
REASONS: dict[str, str | None] = {
    "credit_not_processed": "13.6",
    "debit_not_authorized": None,
    "duplicate": "12.6.1",
    "fraudulent": "10.4",
    "general": None,
    "noncompliant": None,
    "product_not_received": "13.1",
    "product_unacceptable": "13.3",
    "subscription_canceled": "13.2",
    "unrecognized": None,
}


@dataclass(frozen=True)
class Claim:
    """What the card holder's bank says. `part` of `parts`: several disputes share a charge."""

    reason: str
    inquiry: bool = False
    part: int = 1
    parts: int = 1

    def share_of(self, amount_minor: int) -> int:
        """Its share of the charge; the last one takes what does not divide."""
        share = amount_minor // self.parts
        return amount_minor - share * (self.parts - 1) if self.part == self.parts else share


CLAIMS = {
    Later.DISPUTE_FRAUDULENT: (Claim("fraudulent"),),
    Later.DISPUTE_NOT_RECEIVED: (Claim("product_not_received"),),
    Later.DISPUTE_INQUIRY: (Claim("fraudulent", inquiry=True),),
    Later.DISPUTE_MULTIPLE: (Claim("fraudulent", part=1, parts=2), Claim("fraudulent", part=2, parts=2)),
    Later.DISPUTE_COMPLIANCE: (Claim("noncompliant"),),
}


def blank_dispute(call: Call, charge: Json, claim: Claim, amount_minor: int) -> Json:
    """A dispute nobody has answered yet. No money has moved."""
    compliance = claim.reason == "noncompliant"
    return {
        "id": new_id("du_1", 23),
        "object": "dispute",
        "amount": amount_minor,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": call.now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": ["visa_compliance"] if compliance else [],
        "evidence": {**dict.fromkeys((*TEXTS, *FILES)), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": (call.now // DAY_SECONDS + DAYS_TO_ANSWER + 1) * DAY_SECONDS - 1,
            "enhanced_eligibility": _eligibility("requires_fee_acknowledgement") if compliance else {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": claim.inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": _details(charge, claim),
        "reason": claim.reason,
        "status": "warning_needs_response" if claim.inquiry else "needs_response",
    }


def acknowledge_fee(dispute: Json) -> None:
    """A compliance dispute may be answered once the network's fee was accepted."""
    dispute["evidence"]["enhanced_evidence"] = {"visa_compliance": {"fee_acknowledged": True}}
    dispute["evidence_details"]["enhanced_eligibility"] = _eligibility("fee_acknowledged")


def lacks_acknowledgement(dispute: Json) -> bool:
    return bool(dispute["evidence_details"]["enhanced_eligibility"] == _eligibility("requires_fee_acknowledgement"))


def _eligibility(status: str) -> Json:
    return {"visa_compliance": {"status": status}}


def _details(charge: Json, claim: Claim) -> Json | None:
    """Only cards have a network that numbers its reasons. Visa calls every inquiry about fraud 10."""
    card = charge["payment_method_details"].get("card")
    if card is None:
        return None
    case = "compliance" if claim.reason == "noncompliant" else "chargeback"
    return {
        "type": "card",
        "card": {
            "brand": card["brand"],
            "case_type": "inquiry" if claim.inquiry else case,
            "network": card["network"],
            "network_reason_code": "10" if claim.inquiry and claim.reason == "fraudulent" else REASONS[claim.reason],
        },
    }
