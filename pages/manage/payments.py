"""/manage/payments: every order of everybody, paid or not. app.py mounts it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from auth.policy import Action, Principal
from billing import dashboards, trade_lists
from billing.portal import Portal
from billing.rules.console import Listed
from billing.rules.insights import Payment, PaymentFilters
from pages.frame import frame, screen
from pages.live import ask
from pages.manage.account_papers import STATES
from pages.manage.lists import ListPage, ListSpec
from pages.parts import format as written
from pages.parts.list_filters import Asked, ListField, begins, ends
from pages.parts.plain_table import Cell, moment_cell
from pages.words import _, n_

PATH = "/manage/payments"


def mount(portal: Portal) -> None:
    """Declares the page."""

    @screen(PATH, Action.VIEW_INSIGHTS)
    async def payments(principal: Principal) -> None:
        currencies = await ask(trade_lists.currencies, portal)
        async with frame(portal, principal, _("Payments"), "/manage/insights"):
            await ListPage(portal, principal, _spec(portal, currencies)).show()


def filters(asked: Asked) -> PaymentFilters:
    """What an address asks for, as the list reads it."""
    return PaymentFilters(
        search=asked.get("search", ""),
        state=asked.get("state", ""),
        currency=asked.get("currency", ""),
        failure=asked.get("failure", ""),
        since=begins(asked),
        until=ends(asked),
        after=asked.get("after", ""),
    )


def fetch(portal: Portal, asked: Asked) -> Listed[Payment]:
    """The page of orders that an address asks for."""
    return trade_lists.payments(portal, filters(asked))


def _spec(portal: Portal, currencies: Sequence[str]) -> ListSpec[Payment]:
    states = (("", _("Any status")), *((state.value, _(word)) for state, (word, *_look) in STATES.items()))
    amounts = ("#" + _("Credits"), "#" + _("Price"))
    return ListSpec(
        path=PATH,
        action=Action.VIEW_INSIGHTS,
        counted=lambda n: n_("{n} order", "{n} orders", n),
        fields=(
            ListField("search", _("Search"), "search", placeholder="ord_… / pi_… / acc_…"),
            ListField("state", _("Status"), "select", states),
            ListField("currency", _("Currency"), "select", (("", _("Any currency")), *((c, c) for c in currencies))),
            ListField("failure", _("Reason it failed"), "search", placeholder="card_declined"),
            ListField("since", _("From"), "date"),
            ListField("until", _("To"), "date"),
        ),
        columns=(_("When"), _("Account"), _("Package"), *amounts, _("Status"), _("Payment")),
        caption=_("Payments"),
        fetch=fetch,
        row=partial(_row, portal),
        empty=_("No order matches."),
        key=lambda found: found[0].id,
        csv="/exports/payments.csv",
    )


def _row(portal: Portal, found: Payment, now: int) -> tuple[Cell | str, ...]:
    order, name = found
    word, tone, sign = STATES[order.state]
    ref = order.payment_ref or order.session_ref
    when = order.created_at if order.paid_at is None else order.paid_at
    return (
        moment_cell(when, now),
        Cell(name, href=f"/manage/accounts/{order.account_id}/payments"),
        Cell(order.package_name, below=order.id),
        written.credits(order.credits),
        written.money(order.total),
        Cell(_(word), chip=tone, sign=sign, below=order.failure_code or ""),
        Cell(ref or written.NONE, code=True, outside=dashboards.address(portal, ref) or ""),
    )
