"""Reads previews of Stripe's invoices into bills. For the `stripe*.py` beside it only; no calls are made here."""

from __future__ import annotations

from dataclasses import replace

from billing.gateways.changing import Change
from billing.gateways.stripe_invoice_facts import line_of
from billing.gateways.stripe_values import (
    Json,
    Malformed,
    branch,
    currency,
    expect,
    minor,
    moment,
    moment_or_none,
    plain,
)
from billing.rules.bills import Bill, BillLine, bill
from billing.rules.calendars import later
from billing.rules.facts import InvoiceLine
from billing.rules.money import Money

OTHERS = "Other lines"
_LOWEST_MINOR = -(10**12)


def bill_of(preview: Json, change: Change) -> Bill:
    """The bill a preview of this change shows: the one the change makes at once, or that of the next renewal."""
    data, lines = _lines(preview)
    at = change.moment if is_at_once(lines, change) else change.subscription.period_end
    passing = _passing(preview, max((each.line.period_end for each in lines if is_whole(each)), default=at))
    rows = [replace(row, passing_minor=_taken(each, passing)) for row, each in zip(lines, data, strict=True)]
    return _closed(preview, rows, at)


def upcoming_of(preview: Json) -> Bill:
    """The bill a preview of a subscription shows, to which nobody wants to change anything."""
    _data, rows = _lines(preview)
    return _closed(preview, rows, moment(preview, "period_end"))


def _lines(preview: Json) -> tuple[list[Json], list[BillLine]]:
    expect(preview, "invoice")
    data = branch(preview, "lines").get("data")
    if not isinstance(data, list) or not all(isinstance(each, dict) for each in data):
        raise Malformed("lines is no list")
    return data, [_line(each) for each in data]


def _closed(preview: Json, rows: list[BillLine], at: int) -> Bill:
    """The bill of these lines. Stripe shows ten and offers no way to the others, which are one line together."""
    rest = minor(preview, "total", _LOWEST_MINOR) - sum(each.total_minor for each in rows)
    if rest:
        if not branch(preview, "lines").get("has_more"):
            raise Malformed("total is not the sum of its lines")
        rows.append(BillLine(OTHERS, InvoiceLine(None, None, None, rest, at, at)))
    balance, due = minor(preview, "starting_balance", _LOWEST_MINOR), minor(preview, "amount_due", 0)
    return Bill(at, tuple(rows), balance, Money(due, currency(preview)))


def moved_to_period_end(preview: Json, change: Change) -> Bill:
    """The bill of a plan that begins when the period ends, from a preview that lets it begin at once.

    A coupon that ends before that takes nothing off it, unless it comes with the change; one that lasts for one invoice
    waits for this one.
    """
    shown, until = bill_of(preview, change), change.subscription.period_end
    over = frozenset() if change.reduction else _passing(preview, until, once=False)
    data = branch(preview, "lines")["data"]
    marked = [replace(row, passing_minor=_taken(each, over)) for row, each in zip(shown.lines, data, strict=False)]
    rows = [each.lasting for each in (*marked, *shown.lines[len(marked) :])]
    moved = [_shifted(each, until, change) if is_whole(each) else each for each in rows]
    return bill(until, moved, shown.balance_minor, shown.due.currency)


def following(bill_now: Bill, change: Change) -> Bill:
    """The bill after one that began whole periods: the same again when they end, without what was for once."""
    whole = [each for each in bill_now.lines if is_whole(each)]
    at = max(each.line.period_end for each in whole)
    rows = [_shifted(each.lasting, at, change) for each in whole]
    return bill(at, rows, bill_now.balance_after_minor, bill_now.due.currency)


def is_at_once(lines: list[BillLine] | tuple[BillLine, ...], change: Change) -> bool:
    """Whether these lines stand on an invoice the change makes itself: whole periods on it begin before the next."""
    ahead = (each for each in lines if is_whole(each) and each.line.price_ref not in _metered(change))
    begins = min((each.line.period_start for each in ahead), default=None)
    if begins is None:
        return change.bills_shares
    return begins < change.subscription.period_end


def _metered(change: Change) -> frozenset[str | None]:
    """The prices of use, which is asked for afterwards: its line on the next invoice is of the time before that."""
    had = ((each.price_ref, each.quantity) for each in change.subscription.items)
    return frozenset(price for price, many in (*had, *change.items) if not many)


def is_whole(row: BillLine) -> bool:
    """Whether the line is for a period of the subscription, not for what a change left of one or a charge beside it."""
    line = row.line
    return not line.proration and line.subscription_ref is not None and line.period_end > line.period_start


def _shifted(row: BillLine, start: int, change: Change) -> BillLine:
    end = later(start, change.interval, change.interval_count)
    return replace(row, line=replace(row.line, period_start=start, period_end=end))


def _line(line: Json) -> BillLine:
    taxes = [each for each in line.get("taxes") or [] if each.get("tax_behavior") == "exclusive"]
    return BillLine(
        text=plain(line.get("description"), 300) or "",
        line=line_of(line),
        discount_minor=_taken(line),
        tax_minor=sum(minor(each, "amount", _LOWEST_MINOR) for each in taxes),
    )


def _taken(line: Json, only: frozenset[str] | None = None) -> int:
    """What discounts, or only these, and credits of the provider's own take off a line."""
    shares = line.get("pretax_credit_amounts") or line.get("discount_amounts") or []
    counted = (each for each in shares if only is None or each.get("discount") in only)
    return sum(minor(each, "amount", _LOWEST_MINOR) for each in counted)


def _passing(preview: Json, until: int, *, once: bool = True) -> frozenset[str]:
    """The discounts, expanded with their coupons, that work no more then."""
    found = set()
    for each in preview.get("discounts") or []:
        if not isinstance(each, dict) or not isinstance(each.get("id"), str):
            continue
        over = moment_or_none(each, "end")
        is_for_once = once and branch(branch(each, "source"), "coupon").get("duration") == "once"
        if is_for_once or (over is not None and over <= until):
            found.add(each["id"])
    return frozenset(found)
