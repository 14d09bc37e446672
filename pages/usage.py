"""/usage: what eats the credits, and when. app.py mounts it.

The tables say everything; the drawing comes after them. An account with very many uses is added up while its owner
already looks at the page.
"""

from __future__ import annotations

from dataclasses import replace

from nicegui import ui
from nicegui.events import GenericEventArguments

from auth import keys
from auth.policy import Action, Principal, may, whose_uses
from billing import subscriptions, usage_reports
from billing.portal import Portal
from billing.rules.usage_reports import Grouping, UsageReport
from billing.rules.windows import Window
from pages import notices
from pages.frame import act, frame, screen
from pages.live import ask, follow, patiently
from pages.parts.tags import Tag
from pages.parts.usage_controls import UsageControls
from pages.parts.usage_list import UsageList
from pages.parts.usage_query import UsageQuery, export_address
from pages.parts.usage_tables import UsageTables
from pages.words import _, speech

Period = tuple[int, int]

PATH = "/usage"
LIVE_SECONDS = 5.0


def mount(portal: Portal) -> None:
    """Declares the page."""

    @screen(PATH, Action.VIEW_ACCOUNT)
    async def usage(principal: Principal) -> None:
        asked = UsageQuery.read(dict(ui.context.client.request.query_params))
        async with frame(portal, principal, _("Usage"), PATH):
            if principal.account_id is None:
                notices.no_account(_("Managers find everybody's under Accounts."))
                return
            (period,) = await ask(_period, portal, principal.account_id)
            page = UsagePage(portal, principal, principal.account_id, asked, period)
            follow(portal, principal, principal.account_id, page.show, LIVE_SECONDS)
            await patiently(page.show, page.wait)


class UsagePage:
    """The choice of time and grouping, and what was used in it. `wait` is shown until it is added up."""

    def __init__(
        self, portal: Portal, principal: Principal, account_id: str, asked: UsageQuery, period: Period | None
    ) -> None:
        self._portal, self._principal, self._account_id, self._asked = portal, principal, account_id, asked
        self._period = period
        self._zone = speech().zone
        self._whose = whose_uses(principal, account_id)
        grouped = act(portal, principal, Action.VIEW_ACCOUNT, self._grouped, account_id=account_id)
        self._controls = UsageControls(PATH, asked, self._window(), grouped, has_period=period is not None)
        if self._whose is not None:
            Tag("p", _("You see your own uses; owners and admins see everybody's."), "caption")
        self.wait = Tag("p", _("Adding up …"), "muted", role="status").mark("wait")
        self.wait.set_visibility(False)
        picked = act(portal, principal, Action.VIEW_ACCOUNT, self._picked, account_id=account_id)
        self._tables = UsageTables(portal, asked.grouping, picked, buys=may(principal, Action.BUY, account_id))
        shown = act(portal, principal, Action.VIEW_ACCOUNT, self._opened, account_id=account_id)
        self._newest = UsageList(shown)
        self._names: dict[str, str] = {}

    async def show(self) -> None:
        """Reads it again and shows it as it stands."""
        report = await ask(usage_reports.report, self._portal, self._account_id, self._window(), self._grouping())
        if self._asked.grouping.by_actor:
            self._names = await ask(_named_keys, self._portal, self._account_id)
        self.wait.set_visibility(False)
        self._draw(report)
        await self._list()

    def _draw(self, report: UsageReport) -> None:
        self._controls.offer(report.dimensions)
        self._newest.offer(there_are_some=report.events > 0)
        address = export_address(report.window, report.grouping, speech().zone_name, None)
        self._tables.show(report, self._names, self._principal, address)

    def _window(self) -> Window:
        return self._asked.window(self._zone, self._portal.clock(), self._period)

    def _grouping(self) -> Grouping:
        return replace(self._asked.grouping, whose=self._whose)

    async def _opened(self, event: GenericEventArguments) -> None:
        self._newest.is_open = event.args is True
        await self._list()

    async def _list(self) -> None:
        """The single uses are read for whoever looks at them."""
        if self._newest.is_open:
            found = await ask(usage_reports.newest, self._portal, self._account_id, self._window(), self._grouping())
            self._newest.show(found, self._names, self._principal, self._portal.clock())

    async def _grouped(self, event: GenericEventArguments) -> None:
        chosen = UsageQuery.read({"by": event.args if isinstance(event.args, str) else ""}).grouping
        ui.navigate.to(self._asked.address(PATH, grouping=chosen))

    async def _picked(self, event: GenericEventArguments) -> None:
        """A bar leads to its day, by the hour; the bars of hours lead nowhere further."""
        window = self._window()
        place = event.args if isinstance(event.args, int) else -1
        if not window.hourly and 0 <= place < window.steps:
            day = window.day(place)
            ui.navigate.to(self._asked.address(PATH, since=day, until=day))


def _period(portal: Portal, account_id: str) -> tuple[Period | None]:
    """When the account's plan began its period, and when that ends; in a tuple, for `ask` takes None for no answer."""
    found = subscriptions.current(portal, account_id)
    return ((found.period_start, found.period_end) if found and found.period_start < found.period_end else None,)


def _named_keys(portal: Portal, account_id: str) -> dict[str, str]:
    return {each.id: each.name for each in keys.listing(portal, account_id)}
