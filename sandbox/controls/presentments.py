"""Adaptive pricing: the payer was shown, and paid, another currency than the seller's. Used by `payments` and
`dashboard`; registered in `registry`, because charges and refunds take it over from what they belong to.
"""

from __future__ import annotations

from pydantic import Field

from sandbox.controls.bodies import Body
from sandbox.errors import Json
from sandbox.routes import Resource
from sandbox.state import Call

NAME = "presentment_details"


class Presentment(Body):
    amount: int = Field(ge=0, description="Minor units of the payer's currency.")
    currency: str = Field(min_length=3, max_length=3, pattern=r"^[a-z]+$", description="The payer's currency.")

    @property
    def details(self) -> Json:
        return {"presentment_amount": self.amount, "presentment_currency": self.currency}


def _take_over(call: Call, charge: Json) -> None:
    """The charge is made: from here on the intent of a Checkout Session shows it too."""
    intent = call.world.table("payment_intent").get(str(charge["payment_intent"]), {})
    sessions = call.world.table("checkout.session").values()
    session = next((row for row in sessions if row["payment_intent"] == charge["payment_intent"]), {})
    details = intent.get(NAME) or session.get(NAME)
    if details and intent:
        intent[NAME] = charge[NAME] = details


def _pay_back(call: Call, refund: Json) -> None:
    """As much of the payer's amount as of the seller's."""
    charge = call.world.table("charge").get(str(refund["charge"]), {})
    details = charge.get(NAME)
    if details:
        share = refund["amount"] * details["presentment_amount"] // charge["amount"]
        refund[NAME] = {**details, "presentment_amount": share}


RESOURCE = Resource(reactions={"charge.succeeded": _take_over, "refund.created": _pay_back})
