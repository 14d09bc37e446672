"""/receipt/{order_id}: proof of a purchase, and how far it is. app.py mounts it.

Also where a bank or Stripe's own page sends people back to: nobody believes what they add to the address. The order
alone says which payment is its own; looking at it is all that coming here does.
"""

from __future__ import annotations

from nicegui import ui

from auth.policy import Action, Principal
from billing import purchases
from billing.portal import Portal
from billing.rules.money import Money
from billing.rules.orders import Order, OrderState, Surface
from pages.frame import frame, screen
from pages.live import ask
from pages.parts import format as written
from pages.parts.settling import Settling
from pages.parts.tags import Tag, button, when

COPY = "(event) => navigator.clipboard.writeText('{}').then(() => {{ event.target.textContent = 'Copied'; }})"


def mount(portal: Portal) -> None:
    """Declares the page."""

    @screen("/receipt/{order_id}", Action.BUY)
    async def receipt(principal: Principal, order_id: str) -> None:
        # An unknown id and somebody else's raise the same NotFound, before anything is drawn.
        order = await ask(purchases.order, portal, principal.account_id or "", order_id)
        async with frame(portal, principal, "Receipt", ""):
            Paper(portal, principal, order)


class Paper:
    """The receipt of one order; its figures are the order's own, kept as they were sold."""

    def __init__(self, portal: Portal, principal: Principal, order: Order) -> None:
        self._heading = Tag("h2")
        settled = Tag("section", classes="settled", aria_label="Progress")
        with Tag("dl", classes="paper"):
            self._rows = {
                name: _row(name)
                for name in ("Amount", "Tax added", "Total", "Credits", "Bought", "Paid", "Credited", "Transaction")
            }
            if order.account_id != principal.account_id:
                Tag("span", order.account_id, "code").move(_row("Credited to"))
            with _row("Purchase"):
                Tag("span", order.id, "code")
                _copier(order.id)
        with settled:
            settling = Settling(portal, principal, order, claimed=False, at_receipt=self._show)
        if ui.context.client.request.url.query:
            # Stripe's parameters may open the payment: they must not stay in the address or in the history.
            ui.navigate.history.replace(f"/receipt/{order.id}")
        ui.timer(0.05, settling.look, once=True)

    def _show(self, order: Order) -> None:
        credited = order.state is OrderState.CREDITED
        # Checkout computes the tax itself, so it is known only once somebody paid.
        is_known = credited or order.surface is Surface.ELEMENTS
        total = written.money(order.total)
        self._heading.text = f"{order.package_name}, {total}"
        self._fill("Amount", written.money(order.amount))
        self._fill("Tax added", written.money(Money(order.tax_minor, order.amount.currency)) if is_known else "")
        self._fill("Total", total if is_known else "")
        self._fill("Credits", f"{written.credits(order.credits)} credits")
        self._fill_moment("Bought", order.created_at)
        self._fill_moment("Paid", order.paid_at)
        self._fill_moment("Credited", order.updated_at if credited else None)
        self._fill("Transaction", str(order.transfer_id) if order.transfer_id is not None else "")

    def _fill(self, name: str, text: str) -> None:
        self._rows[name].text = text or written.NONE
        self._rows[name].put("aria_label", None if text else "none")

    def _fill_moment(self, name: str, moment: int | None) -> None:
        row = self._rows[name]
        row.clear()
        self._fill(name, "" if moment is None else " ")
        if moment is not None:
            with row:
                when(moment, written.moment_whole(moment))


def _row(term: str) -> Tag:
    with Tag("div"):
        Tag("dt", term)
        return Tag("dd")


def _copier(order_id: str) -> None:
    """Our own id, letters and digits only: it may stand inside the script."""
    copier = button("Copy", classes="small", aria_label="Copy the purchase's id")
    copier.on("click", js_handler=COPY.format(order_id))
