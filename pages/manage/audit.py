"""/manage/audit: what managers, security and the portal itself did, to whom, from where, and why. app.py mounts it."""

from __future__ import annotations

from auth.policy import Action, Principal
from billing import acts
from billing.portal import Portal
from billing.rules.console import Act, AuditFilters, Listed
from pages.frame import frame, screen
from pages.live import ask
from pages.manage.account_audit import act_word, audit_cells
from pages.manage.lists import ListPage, ListSpec
from pages.parts import format as written
from pages.parts.list_filters import Asked, ListField, begins, ends
from pages.parts.names import whose
from pages.parts.plain_table import Cell
from pages.words import _, n_

PATH = "/manage/audit"


def mount(portal: Portal) -> None:
    """Declares the page."""

    @screen(PATH, Action.VIEW_AUDIT)
    async def audit(principal: Principal) -> None:
        known = await ask(acts.actions, portal)
        async with frame(portal, principal, _("Audit log"), PATH):
            await ListPage(portal, principal, _spec(known)).show()


def fetch(portal: Portal, asked: Asked) -> Listed[Act]:
    """The page of the log that an address asks for."""
    return acts.page(portal, filters(asked))


def filters(asked: Asked) -> AuditFilters:
    """What an address asks for, as the log reads it."""
    return AuditFilters(
        search=asked.get("search", ""),
        actor=asked.get("actor", ""),
        action=asked.get("action", ""),
        account_id=asked.get("account", ""),
        since=begins(asked),
        until=ends(asked),
        after=asked.get("after", ""),
    )


def _spec(known: list[str]) -> ListSpec[Act]:
    options = (("", _("Every act")), *((action, act_word(action)) for action in known))
    return ListSpec(
        path=PATH,
        action=Action.VIEW_AUDIT,
        counted=lambda n: n_("{n} act", "{n} acts", n),
        fields=(
            ListField("search", _("Search"), "search", placeholder=_("Reason, reference, id or address")),
            ListField("action", _("Act"), "select", options),
            ListField("account", _("Account"), "search", placeholder="acc_…"),
            ListField("actor", _("By"), "search", placeholder="usr_… / key_…"),
            ListField("since", _("From"), "date"),
            ListField("until", _("To"), "date"),
        ),
        columns=(_("When"), _("By"), _("Act"), "*" + _("Reason"), _("Before"), _("After"), _("Account")),
        caption=_("Audit log"),
        fetch=fetch,
        row=_row,
        empty=_("Nothing that was done matches."),
        key=lambda act: act.line.id,
        csv="/exports/audit.csv",
    )


def _row(act: Act, now: int) -> tuple[Cell | str, ...]:
    account_id = act.line.account_id
    if account_id is None:
        return (*audit_cells(act, now), written.NONE)
    return (*audit_cells(act, now), whose(account_id, act.account_name, "/audit"))
