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
from billing import usage_reports
from billing.portal import Portal
from billing.rules.usage_reports import UsageReport
from pages import notices
from pages.frame import act, frame, screen
from pages.live import ask, follow, patiently
from pages.parts.tags import Tag
from pages.parts.usage_controls import UsageControls
from pages.parts.usage_query import UsageQuery, export_address
from pages.parts.usage_tables import UsageTables
from pages.words import _, speech

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
            page = UsagePage(portal, principal, principal.account_id, asked)
            follow(portal, principal, principal.account_id, page.show, LIVE_SECONDS)
            await patiently(page.show, page.wait)


class UsagePage:
    """The choice of time and grouping, and what was used in it. `wait` is shown until it is added up."""

    def __init__(self, portal: Portal, principal: Principal, account_id: str, asked: UsageQuery) -> None:
        self._portal, self._principal, self._account_id, self._asked = portal, principal, account_id, asked
        self._zone = speech().zone
        self._whose = whose_uses(principal, account_id)
        grouped = act(portal, principal, Action.VIEW_ACCOUNT, self._grouped, account_id=account_id)
        self._controls = UsageControls(PATH, asked, asked.window(self._zone, portal.clock()), grouped)
        self.wait = Tag("p", _("Adding up …"), "muted", role="status").mark("wait")
        self.wait.set_visibility(False)
        picked = act(portal, principal, Action.VIEW_ACCOUNT, self._picked, account_id=account_id)
        self._tables = UsageTables(portal, asked.grouping, picked, buys=may(principal, Action.BUY, account_id))
        self._names: dict[str, str] = {}

    async def show(self) -> None:
        """Reads it again and shows it as it stands."""
        window = self._asked.window(self._zone, self._portal.clock())
        grouping = replace(self._asked.grouping, whose=self._whose)
        report = await ask(usage_reports.report, self._portal, self._account_id, window, grouping)
        if self._asked.grouping.by_actor:
            self._names = await ask(_named_keys, self._portal, self._account_id)
        self.wait.set_visibility(False)
        self._draw(report)

    def _draw(self, report: UsageReport) -> None:
        self._controls.offer(report.dimensions)
        address = export_address(report.window, report.grouping, speech().zone_name, None)
        self._tables.show(report, self._names, self._principal, address)

    async def _grouped(self, event: GenericEventArguments) -> None:
        chosen = UsageQuery.read({"by": event.args if isinstance(event.args, str) else ""}).grouping
        ui.navigate.to(self._asked.address(PATH, grouping=chosen))

    async def _picked(self, event: GenericEventArguments) -> None:
        """A bar leads to its day, by the hour; the bars of hours lead nowhere further."""
        window = self._asked.window(self._zone, self._portal.clock())
        place = event.args if isinstance(event.args, int) else -1
        if not window.hourly and 0 <= place < window.steps:
            day = window.day(place)
            ui.navigate.to(self._asked.address(PATH, since=day, until=day))


def _named_keys(portal: Portal, account_id: str) -> dict[str, str]:
    return {each.id: each.name for each in keys.listing(portal, account_id)}
