"""What was done to an account, each line with the way to take it back. account.py and the audit log use it.

The log keeps plain decimals for amounts, and words for everything else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from nicegui.events import GenericEventArguments

from auth.policy import Action, Principal, may
from billing import acts
from billing.portal import Portal
from billing.rules.console import Act, AuditFilters
from billing.rules.errors import BadInput
from billing.rules.money import Credits
from billing.rules.views import AccountView
from pages.frame import act as handler
from pages.live import ask
from pages.manage.grant_dialog import GrantDialog
from pages.parts import format as written
from pages.parts.names import by, told
from pages.parts.plain_table import Cell, Ears, PlainTable, moment_cell
from pages.parts.reasons import reason_words
from pages.parts.tags import link
from pages.words import N_, _

Reread = Callable[[], Awaitable[None]]
SHOWN = 100
BY_HAND = ("credits.grant", "credits.removal")
REVERSE = "reverse"

ACTS = {
    "credits.grant": N_("Grant"), "credits.removal": N_("Removal"), "role_changed": N_("Role changed"),
    "credit_limit.set": N_("Credit limit"), "duty.overdraft_invoice": N_("Invoice sent"),
    "duty.refund": N_("Payment refunded"), "acts_for": N_("Acts for an organisation"),
    "view_as.began": N_("Began to view as customer"), "view_as.ended": N_("Stopped viewing as customer"),
    "event.replayed": N_("Event replayed"), "event.ignored": N_("Event ignored"),
    "events.fetched": N_("Events fetched"), "key_created": N_("API key made"), "key_revoked": N_("API key revoked"),
    "person_disabled": N_("Person disabled"), "batch.confirmed": N_("Batch confirmed"),
    "batch.stopped": N_("Batch stopped"), "duty.retried": N_("Tried again"), "duty.closed": N_("Settled by hand"),
    "order.checked": N_("Payment checked"), "subscription.read": N_("Subscription read again"),
    "invoice.retried": N_("Invoice tried again"),
    "member.joined": N_("Member joined"), "member.left": N_("Member left"), "member.removed": N_("Member removed"),
    "member.changed": N_("Member changed"), "invitation.made": N_("Invitation made"),
    "invitation.revoked": N_("Invitation ended"), "organisation.created": N_("Organisation created"),
    "organisation.renamed": N_("Organisation renamed"), "alerts.changed": N_("Alerts changed"),
    "key_replaced": N_("API key replaced"), "customer.deleted": N_("Customer deleted at Stripe"),
}  # fmt: skip
"""What acts are called; one that is not here keeps the word of the log."""


async def audit(portal: Portal, principal: Principal, account: AccountView, dialog: GrantDialog) -> Reread:
    """Builds the list in the current slot, fills it, and answers what fills it again."""
    own = account.id == principal.account_id
    reverses = not own and may(principal, Action.ADJUST_CREDITS, account.id)

    async def pressed(event: GenericEventArguments) -> None:
        given = event.args if isinstance(event.args, dict) else {}
        key = given.get("key")
        if isinstance(key, str) and key.isascii() and key.isdigit() and len(key) < 19:
            await dialog.reverse(int(key))

    ears = Ears(act=handler(portal, principal, Action.ADJUST_CREDITS, pressed, account_id=account.id))
    amounts = (_("Before"), _("After"))
    columns = (_("When"), _("By"), _("Act"), "*" + _("Reason"), *amounts, *([_("Take back")] if reverses else []))
    table = PlainTable(_("Audit log, newest first"), columns, ears=ears if reverses else None)
    link(_("The whole audit log of this account"), f"/manage/audit?account={account.id}")

    async def show() -> None:
        now = portal.clock()
        found = await ask(acts.page, portal, AuditFilters(account_id=account.id, limit=SHOWN))
        rows = [(*audit_cells(each, now), *([_take_back(each)] if reverses else [])) for each in found.lines]
        table.show(rows, [str(each.line.transfer_id or each.line.id) for each in found.lines])

    await show()
    return show


def audit_cells(act: Act, now: int) -> tuple[Cell | str, ...]:
    """Moment, actor, act, reason, before and after of a line."""
    line = act.line
    reason = Cell(
        reason_words(line.reason) or written.NONE,
        below=_("Reference {reference}", reference=line.reference) if line.reference else "",
    )
    return (
        moment_cell(line.recorded_at, now),
        replace(by(line.actor, {line.actor: act.actor_name} if act.actor_name else {}), below=line.origin or ""),
        act_word(line.action),
        reason,
        _told(line.before, act.names),
        _told(line.after, act.names),
    )


def act_word(action: str) -> str:
    """What an act is called."""
    return _(ACTS[action]) if action in ACTS else action


def _told(text: str | None, names: Mapping[str, str]) -> Cell:
    """An amount as numbers are written here, anything else as it stands, with names instead of ids."""
    if text is None:
        return Cell(written.NONE)
    try:
        found = Credits.of(text.removeprefix("-"))
    except BadInput:
        return told(text, names)
    return Cell(written.credits(-found if text.startswith("-") else found))


def _take_back(act: Act) -> Cell | str:
    if act.line.action not in BY_HAND or act.line.transfer_id is None:
        return ""
    return Cell(_("Reverse…"), act=REVERSE, title=_("Reverse transaction {id}", id=str(act.line.transfer_id)))
