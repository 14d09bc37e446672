"""/manage/insights: what everybody paid, got and used, and what is still owed. app.py mounts it.

The tables say everything, and each figure leads to the list that it sums up; the drawings come after them.
"""

from __future__ import annotations

from nicegui import ui
from nicegui.events import GenericEventArguments

from auth.policy import Action, Principal
from billing import insights
from billing.portal import Portal
from billing.rules.insights import Insights
from billing.rules.moments import iso
from billing.rules.windows import Window
from pages.frame import act, frame, screen
from pages.live import ask, patiently
from pages.manage.insights_credits import CreditFlows, outstanding, top_accounts
from pages.manage.insights_money import events_told, failed, revenue
from pages.parts.list_filters import address
from pages.parts.tags import Tag, link
from pages.parts.usage_controls import UsageControls
from pages.parts.usage_query import UsageQuery
from pages.words import _, speech

PATH = "/manage/insights"


def mount(portal: Portal) -> None:
    """Declares the page."""

    @screen(PATH, Action.VIEW_INSIGHTS)
    async def look(principal: Principal) -> None:
        asked = UsageQuery.read(dict(ui.context.client.request.query_params))
        async with frame(portal, principal, _("Insights"), PATH):
            page = InsightsPage(portal, principal, asked)
            await patiently(page.show, page.wait)


class InsightsPage:
    """The choice of time, and what happened in it. `wait` is shown until it is added up."""

    def __init__(self, portal: Portal, principal: Principal, asked: UsageQuery) -> None:
        self._portal, self._asked = portal, asked
        self._window = asked.window(speech().zone, portal.clock())
        UsageControls(PATH, asked, self._window)
        with Tag("div", classes="row"):
            link(_("Export CSV"), _export(self._window), download="")
            link(_("Payments"), "/manage/payments")
            link(_("Transactions of all accounts"), "/manage/transactions")
        self.wait = Tag("p", _("Adding up …"), "muted", role="status").mark("wait")
        self.wait.set_visibility(False)
        self._picked = act(portal, principal, Action.VIEW_INSIGHTS, self._pick)
        self._body = Tag("div", classes="stack insights")

    async def show(self) -> None:
        """Reads it all and shows it."""
        found = await ask(insights.report, self._portal, self._window)
        self.wait.set_visibility(False)
        self._body.clear()
        with self._body:
            self._draw(found)

    def _draw(self, found: Insights) -> None:
        revenue(found, self._picked)
        CreditFlows(found, self._picked)
        outstanding(found)
        top_accounts(found)
        failed(found)
        events_told(found)

    async def _pick(self, event: GenericEventArguments) -> None:
        """A bar leads to its day, by the hour; the bars of hours lead nowhere further."""
        place = event.args if isinstance(event.args, int) else -1
        if not self._window.hourly and 0 <= place < self._window.steps:
            day = self._window.day(place)
            ui.navigate.to(self._asked.address(PATH, since=day, until=day))


def _export(window: Window) -> str:
    pairs = {"since": iso(window.since), "until": iso(window.until), "zone": speech().zone_name}
    return address("/exports/insights.csv", pairs | ({"step": "hour"} if window.hourly else {}))
