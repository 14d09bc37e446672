"""/manage: every account, found by words and filters, sorted, chosen for a batch. app.py mounts it."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from nicegui.events import GenericEventArguments

from auth.policy import Action, Principal, may
from billing import account_lists
from billing.portal import Portal
from billing.rules.console import NO_PLAN, AccountFilters, AccountLine, AccountSort, AccountStatus, Listed
from billing.rules.moments import DAY
from billing.rules.money import Credits
from pages.frame import frame, screen
from pages.live import ask
from pages.manage.lists import ListPage, ListSpec
from pages.parts import format as written
from pages.parts.list_filters import Asked, ListField, said
from pages.parts.plain_table import Cell, Ears, moment_cell
from pages.parts.tags import Tag, link
from pages.words import N_, _, n_

PATH = "/manage"
IDLE = 30 * DAY
STATUSES: dict[AccountStatus, tuple[str, str, str]] = {
    AccountStatus.ACTIVE: (N_("Active"), "good", "●"),
    AccountStatus.PAST_DUE: (N_("Past due"), "warn", "▲"),
    AccountStatus.DISABLED: (N_("Disabled"), "danger", "✕"),
}
KINDS = (("", N_("People and organisations")), ("person", N_("People")), ("organisation", N_("Organisations")))
ORDERS = (
    ("", N_("By name")), ("-name", N_("By name, backwards")), ("-balance", N_("Most credits first")),
    ("balance", N_("Fewest credits first")), ("-opened", N_("Newest first")), ("opened", N_("Oldest first")),
    ("name", N_("By name")),
)  # fmt: skip


def mount(portal: Portal) -> None:
    """Declares the page."""

    @screen(PATH, Action.SEARCH_ACCOUNTS)
    async def manage(principal: Principal) -> None:
        async with frame(portal, principal, _("Accounts"), PATH):
            await Accounts(portal, principal).show()


class Accounts:
    """The list, and what can be done with the accounts that are chosen in it."""

    def __init__(self, portal: Portal, principal: Principal) -> None:
        self._portal = portal
        picks = may(principal, Action.ADJUST_CREDITS)
        self._list = ListPage(portal, principal, _spec(portal), Ears(pick=self._picked if picks else None))
        with self._list.above:
            self._selection = Tag("div", classes="selection", role="status").mark("selection")
        self._selection.set_visibility(False)

    async def show(self) -> None:
        """Reads the page that is asked for."""
        await self._list.show()

    async def _picked(self, event: GenericEventArguments) -> None:
        given = event.args if isinstance(event.args, list) else []
        on_page = {line.id for line in self._list.lines}
        keys = [key for key in given if isinstance(key, str) and key in on_page]
        found = await ask(account_lists.chosen, self._portal, keys)
        self._selection.clear()
        self._selection.set_visibility(bool(found))
        with self._selection:
            _selected(found)


def _selected(found: Sequence[AccountLine]) -> None:
    if not found:
        return
    total = Credits(sum(line.balance.micro for line in found))
    chosen = n_(
        "{n} account chosen, {total} credits.", "{n} accounts chosen, {total} credits in all.", len(found), total=total
    )  # fmt: skip
    Tag("strong", chosen)
    query = urlencode({"accounts": ",".join(line.id for line in found)})
    link(_("Grant credits to them"), f"/manage/bulk?{query}").mark("grant-chosen")


def _spec(portal: Portal) -> ListSpec[AccountLine]:
    plans = tuple((plan.name, plan.title) for plan in portal.catalogue.plans)
    plans = plans or tuple((plan.key, plan.name) for plan in portal.settings.catalog.plans)
    names = dict(plans)
    return ListSpec(
        path=PATH,
        action=Action.SEARCH_ACCOUNTS,
        counted=lambda n: n_("{n} account", "{n} accounts", n),
        fields=(
            ListField(
                "search", _("Search accounts"), "search", placeholder=_("Name, mail address, account or customer id")
            ),
            ListField("kind", _("Kind"), "select", said(KINDS)),
            ListField("status", _("Status"), "select", (("", _("Any status")), *_words(STATUSES))),
            *([ListField("plan", _("Plan"), "select", _choices(plans))] if plans else []),
            ListField("negative", _("Below zero"), "check"),
            ListField("idle", _("No activity for 30 days"), "check"),
            ListField("sort", _("Order"), "select", said(ORDERS), silent=True, phone=True),
        ),
        columns=_columns(),
        caption=_("Accounts"),
        fetch=fetch,
        row=lambda line, now: _row(line, now, names),
        empty=_("No account matches. People get an account when they first sign in."),
        key=lambda line: line.id,
        name=lambda line: line.name,
        csv="/exports/accounts.csv",
        sorts={_("Name"): "name", _("Balance"): "balance", _("Opened"): "opened"},
        usual_sort="name",
    )


def fetch(portal: Portal, asked: Asked) -> Listed[AccountLine]:
    """The page of accounts that an address asks for."""
    return account_lists.page(portal, filters(asked, portal.clock()))


def filters(asked: Asked, now: int) -> AccountFilters:
    """What an address asks for, as the list reads it."""
    sort = asked.get("sort", "name")
    status = asked.get("status")
    return AccountFilters(
        search=asked.get("search", ""),
        kind=asked.get("kind", ""),
        status=AccountStatus(status) if status else None,
        plan=asked.get("plan", ""),
        negative="negative" in asked,
        idle_since=now - IDLE if "idle" in asked else None,
        sort=AccountSort(sort.removeprefix("-")),
        descending=sort.startswith("-"),
        after=asked.get("after", ""),
    )


def _row(line: AccountLine, now: int, plans: dict[str, str]) -> tuple[Cell | str, ...]:
    word, tone, sign = STATUSES[line.status]
    return (
        Cell(line.name, href=f"{PATH}/accounts/{line.id}", below=line.email or line.id),
        Cell(written.credits(line.balance), tone="strong"),
        written.credits(line.held) if line.held.micro else written.NONE,
        written.NONE if line.plan is None else plans.get(line.plan, line.plan),
        Cell(_(word), chip=tone, sign=sign),
        written.NONE if line.last_at is None else moment_cell(line.last_at, now),
        moment_cell(line.created_at, now),
    )


def _columns() -> tuple[str, ...]:
    amounts = ("#" + _("Balance"), "#" + _("Held"))
    return _("Name"), *amounts, _("Plan"), _("Status"), _("Last activity"), _("Opened")


def _words(statuses: dict[AccountStatus, tuple[str, str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((status.value, _(word)) for status, (word, *_look) in statuses.items())


def _choices(plans: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return (("", _("Any plan")), *plans, (NO_PLAN, _("No subscription")))
