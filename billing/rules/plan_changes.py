"""How a plan may be changed, and what somebody must see before they change it. Anyone may import it; pure decisions."""

from __future__ import annotations

from enum import StrEnum


class When(StrEnum):
    """Whether a change happens at once, or when what is paid for is used up."""

    NOW = "now"
    PERIOD_END = "period_end"


class Proration(StrEnum):
    """What becomes of time that is paid for: put onto the next invoice, invoiced at once, or forgotten."""

    ON_NEXT_INVOICE = "create_prorations"
    INVOICED_AT_ONCE = "always_invoice"
    NONE = "none"


class Collection(StrEnum):
    """How invoices are paid from then on."""

    CHARGED = "charge_automatically"
    SENT = "send_invoice"
