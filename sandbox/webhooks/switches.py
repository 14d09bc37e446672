"""What the network does to webhooks, as switches, and the signature that some of them spoil.
Set by `controls.network`, felt in `delivery`.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Literal

STRANGER = "whsec_of_somebody_else"


@dataclass
class Switches:
    """What happens to the next deliveries. `duplicate` posts each event that many more times; `retry_seconds` are the
    pauses after which a refused event is tried again, and after the last of them it is given up.

    `signature`, `second_signature` and `shift_seconds` spoil the next `disturb_next` posts, or (None) all of them.
    `thin` posts event notifications of version 2 instead of the usual events, or beside them.
    """

    paused: bool = False
    drop_next: int = 0
    duplicate: int = 0
    delay_seconds: float = 0.0
    shuffle: bool = False
    retry_seconds: list[float] | None = None
    signature: Literal["right", "wrong", "missing"] = "right"
    second_signature: bool = False
    shift_seconds: int = 0
    disturb_next: int | None = None
    thin: Literal["no", "instead", "beside"] = "no"

    def signed(self, body: bytes, secrets: tuple[str, ...], moment: int) -> dict[str, str]:
        """The header of this post: `Stripe-Signature`, or nothing."""
        if self.disturb_next == 0:
            return {"Stripe-Signature": signature(body, secrets, moment)}
        if self.disturb_next is not None:
            self.disturb_next -= 1
        if self.signature == "missing":
            return {}
        signing = (STRANGER,) if self.signature == "wrong" else secrets
        if self.second_signature:
            signing = (STRANGER, *signing)
        return {"Stripe-Signature": signature(body, signing, moment + self.shift_seconds)}


def signature(body: bytes, secrets: tuple[str, ...], moment: int) -> str:
    """The text of the header: the time, and one v1 for each secret."""
    signed = f"{moment}.".encode() + body
    marks = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={moment}", *(f"v1={mark}" for mark in marks)])
