"""What lies in the tabs of an account: its payments and events, subscription, members and keys. account.py shows it.

Each builds its lists in the current slot, fills them, and answers what fills them again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from auth import keys
from auth.keys import KeyRow
from billing import accounts, dashboards, inbox, members, purchases, subscriptions
from billing.portal import Portal
from billing.rules.inbox import EventFilters, EventRow
from billing.rules.orders import Order, OrderState
from billing.rules.organisations import Member
from billing.rules.subscriptions import Subscription, meaning
from billing.rules.views import AccountView
from pages.account_picker import STANDINGS
from pages.live import ask
from pages.manage.events_words import state_cell
from pages.parts import format as written
from pages.parts.names import by
from pages.parts.plain_table import Cell, PlainTable, moment_cell
from pages.parts.plan_cards import WORDS, price
from pages.parts.tags import Tag, link
from pages.words import N_, _, worded

Reread = Callable[[], Awaitable[None]]

STATES: dict[OrderState, tuple[str, str, str]] = {
    OrderState.NEW: (N_("Begun"), "plain", "○"),
    OrderState.OPEN: (N_("Not paid"), "info", "○"),
    OrderState.PROCESSING: (N_("Pending"), "warn", "◐"),
    OrderState.FAILED: (N_("Failed"), "danger", "✕"),
    OrderState.CREDITED: (N_("Settled"), "good", "●"),
    OrderState.CANCELED: (N_("Closed"), "plain", "○"),
}


async def payments(portal: Portal, account_id: str) -> Reread:
    """Purchases of every state, and the events the provider told of this account."""
    amounts = ("#" + _("Credits"), "#" + _("Price"))
    columns = (_("When"), _("Package"), *amounts, _("Status"), _("Payment"), _("Order"))
    orders = PlainTable(_("Purchases, newest first"), columns)
    told = PlainTable(_("Events, newest first"), (_("Received"), _("Type"), _("About"), _("Status"), _("Event")))
    link(_("All events of this account"), f"/manage/events?account={account_id}")

    async def show() -> None:
        now = portal.clock()
        bought = await ask(purchases.recent, portal, account_id)
        orders.show(_order_row(portal, order, now) for order in bought)
        found = await ask(inbox.page, portal, EventFilters(account_id=account_id, limit=20))
        told.show(_event_row(row, now) for row in found.lines)

    await show()
    return show


async def subscription(portal: Portal, account: AccountView) -> Reread:
    """Everything it ever was subscribed to, as it was last seen."""
    columns = (_("Begun"), _("Price"), _("Status"), _("Period ends"), _("Last read"), _("Subscription"))
    table = PlainTable(_("Subscriptions, newest first"), columns, empty=_("It never had a subscription."))

    async def show() -> None:
        now = portal.clock()
        found = await ask(subscriptions.history, portal, account.id)
        table.show(_subscription_row(portal, each, now) for each in found)

    await show()
    return show


async def members_and_keys(portal: Portal, account: AccountView) -> Reread:
    """Who acts for an organisation, and the API keys that speak for this account alone."""
    people: PlainTable | None = None
    if account.kind == "organisation":
        named = (_("Name"), _("Mail address"), _("Standing"), _("Since"), _("Id"))
        people = PlainTable(_("Members, by name"), named)
    else:
        Tag("p", _("It is one person's account, so nobody else acts for it."), "muted")
    columns = (_("Name"), _("Role"), _("Made"), _("Made by"), _("Status"), _("Key"))
    secrets = PlainTable(_("API keys of this account, newest first"), columns)

    async def show() -> None:
        now = portal.clock()
        if people is not None:
            everybody = await ask(members.listing, portal, account.id)
            people.show(_member_row(member, now) for member in everybody)
        found = await ask(keys.listing, portal, account.id)
        names = await ask(accounts.names, portal, [key.created_by for key in found])
        secrets.show(_key_row(key, names, now) for key in found)

    await show()
    return show


def _order_row(portal: Portal, order: Order, now: int) -> tuple[Cell | str, ...]:
    word, tone, sign = STATES[order.state]
    ref = order.payment_ref or order.session_ref
    paid = Cell(ref or written.NONE, code=True, outside=dashboards.address(portal, ref) or "")
    return (
        moment_cell(order.created_at, now), order.package_name, written.credits(order.credits),
        written.money(order.total), Cell(_(word), chip=tone, sign=sign, below=order.failure_text or ""), paid,
        Cell(order.id, code=True),
    )  # fmt: skip


def _event_row(row: EventRow, now: int) -> tuple[Cell | str, ...]:
    return (
        moment_cell(row.received_at, now), row.type, Cell(row.object_id or written.NONE, code=True), state_cell(row),
        Cell(row.id, href=f"/manage/events/{row.id}"),
    )  # fmt: skip


def _subscription_row(portal: Portal, each: Subscription, now: int) -> tuple[Cell | str, ...]:
    word, tone, sign = WORDS.get(each.status, (each.status, "warn", "▲"))
    return (
        moment_cell(each.started_at, now),
        price(each),
        Cell(_(word), chip=tone, sign=sign, below=worded(meaning(each))),
        written.day(each.period_end),
        moment_cell(each.read_at, now),
        Cell(each.id, code=True, outside=dashboards.address(portal, each.id) or ""),
    )


def _member_row(member: Member, now: int) -> tuple[Cell | str, ...]:
    return (
        member.name, member.email or written.NONE, _(STANDINGS[member.standing]), moment_cell(member.joined_at, now),
        Cell(member.person_id, code=True),
    )  # fmt: skip


def _key_row(key: KeyRow, names: Mapping[str, str], now: int) -> tuple[Cell | str, ...]:
    alive = (
        Cell(_("Usable"), chip="good", sign="●")
        if key.revoked_at is None
        else Cell(_("Revoked"), chip="plain", sign="○")
    )
    return (
        key.name, key.role.value.replace("_", " "), moment_cell(key.created_at, now), by(key.created_by, names),
        alive, Cell(key.id, code=True),
    )  # fmt: skip
