"""An invoice or credit note as a person reads it: for the hosted page and for the PDF. Used by `hosted`."""

from __future__ import annotations

from datetime import UTC, datetime

from sandbox.errors import Json
from sandbox.invoices.pdf import Text
from sandbox.money import THREE_DECIMAL, ZERO_DECIMAL
from sandbox.state import World

SIGNS = {"usd": "$", "eur": "€", "gbp": "£"}
STATES = {
    "draft": "Draft",
    "open": "Payment due",
    "paid": "Paid",
    "uncollectible": "Uncollectible",
    "void": "Void",
}
WIDEST = 76


def invoice_sheet(world: World, invoice: Json) -> Json:
    """Words and formatted amounts only, so that neither the page nor the PDF reckons anything."""
    currency = invoice["currency"]
    dates = [("Issued", invoice["effective_at"]), ("Due", invoice["due_date"]), ("Paid", _paid_at(invoice))]
    return {
        "title": f"Invoice {invoice['number'] or '(draft)'}",
        "status": invoice["status"],
        "state": STATES[invoice["status"]],
        "from": invoice["account_name"],
        "to": [word for word in (invoice["customer_name"], invoice["customer_email"], *_address(invoice)) if word],
        "facts": [(name, day(moment)) for name, moment in dates if moment] + _custom(invoice),
        "lines": [_line(row, currency) for row in invoice["lines"]["data"]],
        "sums": _sums(world, invoice),
        "due": money(invoice["amount_remaining"], currency),
        "description": invoice["description"],
        "footer": invoice["footer"],
    }


def credit_note_sheet(note: Json, invoice: Json) -> Json:
    currency = note["currency"]
    sums = [("Subtotal", note["subtotal"])]
    sums += [("Discount", -note["discount_amount"])] if note["discount_amount"] else []
    sums += [(tax["_label"], tax["amount"]) for tax in note["total_taxes"]]
    sums.append(("Total credited", note["total"]))
    return {
        "title": f"Credit note {note['number']}",
        "state": "Void" if note["status"] == "void" else "Issued",
        "from": invoice["account_name"],
        "to": [word for word in (invoice["customer_name"], invoice["customer_email"]) if word],
        "facts": [("Issued", day(note["effective_at"])), ("Invoice", str(invoice["number"]))],
        "lines": [_line(row, currency) for row in note["lines"]["data"]],
        "sums": [(name, money(amount, currency)) for name, amount in sums],
        "description": note["memo"],
        "footer": None,
    }


def rows_of(sheet: Json) -> list[Text]:
    """The sheet as lines of text."""
    rows = [Text(sheet["title"], sheet["state"], bold=True, size=16), Text(""), Text(sheet["from"], bold=True)]
    rows += [Text(f"{name}: {value}") for name, value in sheet["facts"]]
    rows += [Text(""), *(Text(word) for word in sheet["to"]), Text("")]
    rows += [Text(words) for words in _wrapped(sheet["description"] or "")]
    rows.append(Text("Description", "Amount", bold=True))
    for line in sheet["lines"]:
        counted = f"{line['quantity']} x " if line["quantity"] not in (None, "1") else ""
        first, *others = _wrapped(counted + (line["description"] or "")) or [""]
        rows += [Text(first, line["amount"]), *(Text(words) for words in others)]
        rows += [Text(f"   {line['period']}", size=8)] if line["period"] else []
    rows.append(Text(""))
    last = len(sheet["sums"]) - 1
    rows += [Text(name, amount, bold=place == last) for place, (name, amount) in enumerate(sheet["sums"])]
    return [*rows, Text(""), *(Text(words, size=8) for words in _wrapped(sheet["footer"] or ""))]


def money(amount_minor: int, currency: str) -> str:
    """`-$1,234.50 USD`; the code is always there, because a sign alone is many currencies'."""
    places = 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2
    whole, part = divmod(abs(amount_minor), 10**places)
    shown = f"{whole:,}" + (f".{part:0{places}d}" if places else "")
    return f"{'-' if amount_minor < 0 else ''}{SIGNS.get(currency, '')}{shown} {currency.upper()}"


def day(moment: int) -> str:
    when = datetime.fromtimestamp(moment, tz=UTC)
    return f"{when.day} {when:%B %Y}"


def _sums(world: World, invoice: Json) -> list[tuple[str, str]]:
    taken = [(_discount(world, one["discount"]), -one["amount"]) for one in invoice["total_discount_amounts"]]
    subtotal = sum(row["amount"] for row in invoice["lines"]["data"])
    credit = sum(one["amount"] for one in invoice["total_pretax_credit_amounts"] if one["type"] != "discount")
    sums = [("Subtotal", subtotal), *taken, *([("Billing credits", -credit)] if credit else [])]
    sums += [(tax["_label"], tax["amount"]) for tax in invoice["total_taxes"]]
    sums.append(("Total", invoice["total"]))
    if invoice["ending_balance"] is not None and invoice["ending_balance"] != invoice["starting_balance"]:
        sums.append(("Applied balance", invoice["starting_balance"] - invoice["ending_balance"]))
    for name, field in (("Credited", "pre_payment_credit_notes_amount"), ("Paid", "amount_paid")):
        sums += [(name, -invoice[field])] if invoice[field] else []
    sums.append(("Amount due", invoice["amount_remaining"]))
    return [(name, money(amount, invoice["currency"])) for name, amount in sums]


def _discount(world: World, discount_id: str) -> str:
    discount = world.table("discount").get(discount_id, {})
    coupon = world.table("coupon").get(str((discount.get("source") or {}).get("coupon")), {})
    return f"Discount ({coupon.get('name') or coupon.get('id') or discount_id})"


def _line(row: Json, currency: str) -> Json:
    period = row.get("period") or {"start": 0, "end": 0}
    spans = period["start"] != period["end"]
    return {
        "description": row["description"],
        "quantity": row.get("quantity_decimal") or (str(row["quantity"]) if row["quantity"] is not None else None),
        "amount": money(row["amount"], currency),
        "period": f"{day(period['start'])} to {day(period['end'])}" if spans else None,
    }


def _address(invoice: Json) -> list[str]:
    place = invoice["customer_address"] or {}
    town = " ".join(word for word in (place.get("postal_code"), place.get("city"), place.get("state")) if word)
    return [word for word in (place.get("line1"), place.get("line2"), town, place.get("country")) if word]


def _custom(invoice: Json) -> list[tuple[str, str]]:
    return [(field["name"], field["value"]) for field in invoice["custom_fields"] or ()]


def _paid_at(invoice: Json) -> int | None:
    found: int | None = invoice["status_transitions"]["paid_at"]
    return found


def _wrapped(words: str) -> list[str]:
    """Lines that fit beside the amounts."""
    lines: list[str] = []
    for word in words.split():
        fits = lines and len(lines[-1]) + len(word) < WIDEST
        lines[-1:] = [f"{lines[-1]} {word}"] if fits else [*lines[-1:], word]
    return lines
