"""Every way a request can be refused, as one tree. Anyone may import it; it imports nothing.

ScripError                      the root; carries the sentence a person may read
├── Refused                     the request itself cannot be done; trying again changes nothing
│   ├── BadInput                a value is missing, malformed or out of range (says which field)
│   ├── TooLarge                the body or batch is larger than this portal takes
│   ├── SignedOut               nobody is asking, or the session or key is no longer valid
│   ├── Forbidden               somebody is asking who may not do this
│   │   ├── NotInPlan           the account's plan does not have it (says which plan does)
│   │   └── LimitReached        the account's plan has no place left (says which plan has)
│   ├── NotFound                there is no such thing, or it belongs to somebody else
│   ├── Conflict                it clashes with what was already done
│   │   ├── ActsElsewhere       whoever opened the page acts for another account now
│   │   └── KeyReused           an idempotency key came back with other content
│   ├── InsufficientCredits     the account cannot pay for it (says how much is missing)
│   ├── PaymentRefused          the payment provider refused (declined card, invalid request)
│   ├── NotPaidYet              the payment has not succeeded, or nobody knows yet
│   ├── Undeliverable           a mail that no mail server takes, or that has no address to go to
│   └── NotAnEvent              a webhook body that is not an event of the provider
│       └── Forged              a webhook body whose signature does not prove its sender
└── Unavailable                 it may work in a moment; nothing was lost
    ├── GatewayUnavailable      the payment provider, or the mail server, did not answer
    └── LedgerUnavailable       the database did not answer

The edges translate: `api/problems.py` into an HTTP status, `pages/frame.py` into a notice.
"""

from __future__ import annotations

from collections.abc import Mapping

Detail = str | int | Mapping[str, str] | None
"""What an error carries beside its sentence."""


class ScripError(Exception):
    """Something went wrong that a person can be told about in one sentence."""

    code = "error"

    def __init__(self, sentence: str, **details: Detail) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.details = details


class Refused(ScripError):
    """The request cannot be done as it stands."""

    code = "refused"


class BadInput(Refused):
    """A value is missing, malformed or out of range; `details["field"]` names it."""

    code = "bad_input"


class TooLarge(Refused):
    """More was sent than is taken at once."""

    code = "too_large"


class SignedOut(Refused):
    """There is no valid session or key behind the request."""

    code = "signed_out"


class Forbidden(Refused):
    """The one who asks may not do this."""

    code = "forbidden"


class NotInPlan(Forbidden):
    """The plan does not have it; `details` carry plan, used, limit and the upgrade that would help."""

    code = "not_in_plan"


class LimitReached(Forbidden):
    """The plan has no place left; `details` as those of NotInPlan."""

    code = "limit_reached"


class NotFound(Refused):
    """No such thing, or it is somebody else's: the two look alike on purpose."""

    code = "not_found"


class Conflict(Refused):
    """It clashes with something that was already done."""

    code = "conflict"


class ActsElsewhere(Conflict):
    """The person behind an open page acts for another account than the page was built for."""

    code = "acts_elsewhere"


class KeyReused(Conflict):
    """An idempotency key came back with other content than it was first used for."""

    code = "key_reused"


class InsufficientCredits(Refused):
    """The account cannot pay; `details` carry available_micro, needed_micro and missing_micro."""

    code = "insufficient_credits"


class PaymentRefused(Refused):
    """The payment provider refused; the sentence is the provider's, made safe to show."""

    code = "payment_refused"


class NotPaidYet(Refused):
    """The payment is open, on its way or given up: no credits came of it so far."""

    code = "not_paid_yet"


class Undeliverable(Refused):
    """Trying again would not bring this mail to its receiver."""

    code = "undeliverable"


class NotAnEvent(Refused):
    """A webhook body that cannot be an event. One fixed text for every cause tells a forger nothing."""

    code = "not_an_event"

    def __init__(self, why: str = "") -> None:
        super().__init__("This is not a webhook event this portal can accept.")
        self.why = why


class Forged(NotAnEvent):
    """The signature does not prove that the payment provider sent it, or not now."""


class Unavailable(ScripError):
    """It may work in a moment; nothing was lost."""

    code = "unavailable"


class GatewayUnavailable(Unavailable):
    """The payment provider, or the mail server, did not answer or asked us to wait."""

    code = "gateway_unavailable"


class LedgerUnavailable(Unavailable):
    """The database did not answer, so nothing was written."""

    code = "ledger_unavailable"
