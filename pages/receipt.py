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
from pages.words import N_, _

COPY = """(event) => {
    const { copy, copied } = event.currentTarget.dataset;
    const button = event.currentTarget;
    navigator.clipboard.writeText(copy).then(() => { button.textContent = copied; });
}"""

ROWS = {
    "amount": N_("Amount"), "tax": N_("Tax added"), "total": N_("Total"), "credits": N_("Credits"),
    "bonus": N_("Bonus"), "bought": N_("Bought"), "paid": N_("Paid"), "credited": N_("Credited"),
    "transaction": N_("Transaction"),
}  # fmt: skip


def mount(portal: Portal) -> None:
    """Declares the page."""

    @screen("/receipt/{order_id}", Action.BUY)
    async def receipt(principal: Principal, order_id: str) -> None:
        # An unknown id and somebody else's raise the same NotFound, before anything is drawn.
        order = await ask(purchases.order, portal, principal.account_id or "", order_id)
        async with frame(portal, principal, _("Receipt"), ""):
            Paper(portal, principal, order)


class Paper:
    """The receipt of one order; its figures are the order's own, kept as they were sold."""

    def __init__(self, portal: Portal, principal: Principal, order: Order) -> None:
        self._is_taxed = portal.settings.tax.automatic
        self._heading = Tag("h2")
        settled = Tag("section", classes="settled", aria_label=_("Progress"))
        with Tag("dl", classes="paper"):
            self._lines = {name: Tag("div") for name in ROWS}
            self._rows = {name: _row(_(term), self._lines[name]) for name, term in ROWS.items()}
            if order.account_id != principal.account_id:
                Tag("span", order.account_id, "code").move(_row(_("Credited to")))
            with _row(_("Purchase")):
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
        self._heading.text = _("{name}, {money}", name=order.package_name, money=order.total)
        self._fill("amount", written.money(order.amount))
        self._fill("tax", written.money(Money(order.tax_minor, order.amount.currency)) if is_known else "")
        self._fill("total", total if is_known else "")
        # A row about nothing would only raise the question why it is nothing.
        self._lines["tax"].set_visibility(order.tax_minor > 0 or (self._is_taxed and not is_known))
        self._fill("credits", written.counted(order.credits))
        self._fill("bonus", written.signed(order.bonus))
        self._lines["bonus"].set_visibility(order.bonus.micro > 0)
        self._fill_moment("bought", order.created_at)
        self._fill_moment("paid", order.paid_at)
        self._fill_moment("credited", order.updated_at if credited else None)
        self._fill("transaction", str(order.transfer_id) if order.transfer_id is not None else "")

    def _fill(self, name: str, text: str) -> None:
        self._rows[name].text = text or written.NONE
        self._rows[name].put("aria_label", None if text else _("none"))

    def _fill_moment(self, name: str, moment: int | None) -> None:
        row = self._rows[name]
        row.clear()
        self._fill(name, "" if moment is None else " ")
        if moment is not None:
            with row:
                when(moment, written.moment_whole(moment))


def _row(term: str, line: Tag | None = None) -> Tag:
    with line or Tag("div"):
        Tag("dt", term)
        return Tag("dd")


def _copier(order_id: str) -> None:
    """It says so once it is copied."""
    about = _("Copy the purchase's id")
    copier = button(_("Copy"), classes="small", aria_label=about, data_copy=order_id, data_copied=_("Copied"))
    copier.on("click", js_handler=COPY)
