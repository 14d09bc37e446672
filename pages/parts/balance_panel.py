"""The balance and how it is made: the number, the sum that explains it, its lots. Overview and account use it.

It fails closed: when the account cannot be read there is no digit on the panel, never an old or an empty number.
"""

from __future__ import annotations

from auth.policy import Principal
from billing import accounts
from billing.portal import Portal
from billing.rules.errors import Unavailable
from billing.rules.lots import Lot, LotSource
from billing.rules.moments import NEVER, iso
from billing.rules.money import Credits
from billing.rules.views import AccountView
from pages import notices
from pages.live import ask, log
from pages.parts import format as written
from pages.parts.plain_table import Cell, PlainTable
from pages.parts.sum_line import Figure, SumLine
from pages.parts.tags import Tag
from pages.words import N_, _, n_

LOTS_CAPTION = N_("Credits are spent from the top down: what expires first burns first.")
LOTS_MOST = 20

SOURCES: dict[LotSource, str] = {
    LotSource.PURCHASE: N_("Purchase"),
    LotSource.BONUS: N_("Bonus"),
    LotSource.GRANT: N_("Grant"),
    LotSource.PLAN: N_("Plan"),
    LotSource.WELCOME: N_("Welcome credits"),
    LotSource.USAGE_REFUND: N_("Usage returned"),
    LotSource.TRANSFER: N_("Transfer"),
    LotSource.OVERDRAFT: N_("Owed"),
}


class BalancePanel:
    """Built in the current slot; `account` is what it shows now, None when it could not be read."""

    def __init__(self, portal: Portal, principal: Principal, account_id: str, heading: str | None = None) -> None:
        self._portal, self._principal, self._account_id = portal, principal, account_id
        self.account: AccountView | None = None
        heading = heading or _("Balance")
        with Tag("section", classes="panel balance", aria_label=heading) as self.element:
            with Tag("div", classes="top"):
                with Tag("div", classes="figure"):
                    Tag("h2", heading, "scrip-heard")
                    self._value = Tag("p", classes="value number", role="status", aria_live="polite").mark("balance")
                    self._as_of = Tag("p", classes="muted").mark("as-of")
                self.actions = Tag("div", classes="row")
            self._sum = SumLine().mark("sum")
            self.below = Tag("div")
            with Tag("details", classes="more").mark("lots") as self._made:
                Tag("summary", _("How this is made"))
                columns = (_("Source"), "#" + _("Remaining"), _("Expires"), _("Order of use"))
                self.lots = PlainTable(_(LOTS_CAPTION), columns)

    async def show(self) -> None:
        """Reads the account and shows it as it stands."""
        try:
            self.account = await ask(accounts.view, self._portal, self._account_id)
        except Unavailable as unavailable:
            self.account = None
            self._fail(unavailable)
        else:
            self._draw(self.account)

    def _draw(self, account: AccountView) -> None:
        text = written.credits(account.balance)
        if self._value.text != text or not self._value.default_slot.children:
            self._value.classes(remove="unknown")
            self._value.text = text
            self._value.clear()
            with self._value:
                Tag("span", written.unit(self._portal.settings), "unit")
        self._as_of.classes(add="live-dot")
        self._as_of.text = _("as of {time} · live", time=written.clock_time(account.as_of))
        self._explain(account)
        self._open_lots(account)

    def _fail(self, unavailable: Unavailable) -> None:
        reference = notices.new_reference()
        log.error("a balance could not be read", reference=reference, code=unavailable.code)
        self._value.clear()
        self._value.classes(add="unknown")
        self._value.text = _("The balance cannot be shown now")
        self._as_of.classes(remove="live-dot")
        self._as_of.text = _("Nothing is lost. Reload in a moment. Reference {reference}.", reference=reference)
        self._sum.show(())
        self._made.set_visibility(False)

    def _explain(self, account: AccountView) -> None:
        between = (
            Figure(name, written.credits(Credits(abs(amount.micro))), "+" if amount.micro < 0 else written.MINUS)
            for name, amount in parts(account)
        )
        first, last = written.credits(account.balance), written.credits(account.available)
        self._sum.show((Figure(_("Balance"), first), *between, Figure(_("Available"), last, "=")))

    def _open_lots(self, account: AccountView) -> None:
        self._made.set_visibility(bool(account.lots))
        self.lots.show(lot_rows(account))


def matters(portal: Portal, account: AccountView | None) -> bool:
    """Whether there is a balance to speak of: credits are sold here, or the account came to have some."""
    return portal.settings.sells_credits or (account is not None and bool(account.balance.micro or account.lots))


def parts(account: AccountView) -> list[tuple[str, Credits]]:
    """What stands between balance and available: only parts that are not zero, and together they are exact.

    Owed credits already made the balance smaller. What is left over after the named parts (an agreed overdraft,
    expired credits not yet taken, a balance below zero) is named after its direction.
    """
    named = [
        (_("Reserved"), account.reserved),
        (_("Frozen"), account.frozen),
        (_("Allowed overdraft"), -account.overdraft_limit),
    ]
    rest = account.balance - account.available
    for _name, amount in named:
        rest = rest - amount
    named.append((_("Expired") if rest.micro > 0 else _("Owed"), rest))
    return [(name, amount) for name, amount in named if amount.micro]


def lot_rows(account: AccountView) -> list[tuple[Cell | str, ...]]:
    """The lots in the order in which they are spent, the first that can be spent marked."""
    burning = next((lot.id for lot in account.lots if lot.spendable(account.as_of)), None)
    rows: list[tuple[Cell | str, ...]] = [
        (
            _(SOURCES[lot.source]),
            written.credits(Credits(lot.remaining_micro)),
            _expiry(lot),
            _order_words(lot, account.as_of, burns_next=lot.id == burning),
        )
        for lot in account.lots[:LOTS_MOST]
    ]
    hidden = len(account.lots) - LOTS_MOST
    return rows if hidden <= 0 else [*rows, (n_("and {n} more", "and {n} more", hidden), "", "", "")]


def _expiry(lot: Lot) -> Cell | str:
    if lot.expires_at >= NEVER:
        return _("never")
    return Cell(written.day(lot.expires_at), iso=iso(lot.expires_at), title=written.moment_whole(lot.expires_at))


def _order_words(lot: Lot, now: int, *, burns_next: bool) -> str:
    if lot.frozen:
        return _("Frozen")
    if lot.expires_at <= now:
        return _("Expired")
    return _("Burns next") if burns_next else ""
