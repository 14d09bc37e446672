"""Where the sandbox can be reached, for the links on an invoice. Used inside this room only.

An invoice that time brings is written without any request at hand, so the address of the last one that made an
invoice is kept.
"""

from __future__ import annotations

from sandbox.errors import Json
from sandbox.state import Call, World, new_id

TABLE = "_origin"
KEY = "invoices"


def remember_origin(call: Call) -> None:
    if call.origin:
        call.world.table(TABLE)[KEY] = {"url": call.origin}


def hosted_links(call: Call, invoice: Json) -> Json:
    """The page and the PDF, behind a secret nobody can guess."""
    secret = invoice["_secret"] or new_id("invst_", 40)
    page = f"{_origin(call)}/_sandbox/invoices/{secret}"
    return {"_secret": secret, "hosted_invoice_url": page, "invoice_pdf": f"{page}/pdf"}


def note_link(call: Call, secret: str) -> str:
    """The PDF of a credit note."""
    return f"{_origin(call)}/_sandbox/credit_notes/{secret}/pdf"


def by_secret(world: World, noun: str, secret: str) -> Json | None:
    """The invoice or credit note a link leads to."""
    return next((row for row in world.table(noun).values() if row.get("_secret") == secret), None)


def _origin(call: Call) -> str:
    kept = call.world.table(TABLE).get(KEY, {})
    return call.origin or str(kept.get("url", ""))
