"""/plan: what an account is subscribed to, what that opens, and how it is begun, ended and resumed. app.py mounts it.

Paying happens at the provider. Whoever comes back from there proves nothing: the subscription is read again.
"""

from __future__ import annotations

from functools import partial

import structlog
from nicegui import ui
from nicegui.events import GenericEventArguments

from auth.policy import Action, Principal
from billing import customers, entitlements, subscribing, subscriptions
from billing.entitlements import Overview
from billing.portal import Portal
from billing.rules.errors import GatewayUnavailable, ScripError
from billing.rules.subscriptions import Plan, Subscription
from pages import notices
from pages.frame import Work, act, frame, screen
from pages.live import ask, follow
from pages.parts import format as written
from pages.parts import plan_limits
from pages.parts.modal import Modal
from pages.parts.plan_cards import Buttons, Pressed, offered, subscribed
from pages.parts.tags import Tag, button, link
from pages.words import N_, _

AWAY = N_("The plans cannot be shown now.")

log = structlog.get_logger("pages")


def mount(portal: Portal) -> None:
    """Declares the page."""

    @screen("/plan", Action.BUY)
    async def plan(principal: Principal) -> None:
        request = ui.context.client.request
        returned = "session_id" in request.query_params
        async with frame(portal, principal, _("Plan"), "/plan"):
            if returned:
                await _heal(portal, principal)
                ui.navigate.history.replace("/plan")
            await Desk(portal, principal).arrive()


async def _heal(portal: Portal, principal: Principal) -> None:
    """Somebody comes back from paying: their webhook may be late, so the provider is asked once."""
    try:
        await ask(_refreshed, portal, principal.account_id or "")
    except ScripError as refused:
        log.warning("a subscription could not be read again", code=refused.code)


def _refreshed(portal: Portal, account_id: str) -> bool:
    subscriptions.refresh(portal, account_id)
    return True


class Desk:
    """One visit: the subscription as it stands, and the plans on offer while there is none."""

    def __init__(self, portal: Portal, principal: Principal) -> None:
        self._portal, self._principal = portal, principal
        self._account_id = principal.account_id or ""
        self._plans: tuple[Plan, ...] | None = None
        self._ending: Subscription | None = None
        self._state = Tag("div", classes="stack", aria_live="polite").mark("plan-state")
        self._dialog = Modal(_("Cancel the plan?"), safe=_("Keep the plan"))
        with self._dialog:
            self._until = Tag("p")
            with Tag("div", classes="actions"):
                button(_("Cancel the plan"), self._handler(self._cancel), "danger")
        self._elsewhere()

    async def arrive(self) -> None:
        """Shows it, and again whenever a webhook or another tab changed it."""
        follow(self._portal, self._principal, self._account_id, self._show)
        try:
            self._plans = await ask(subscriptions.plans, self._portal)
        except GatewayUnavailable:
            self._plans = None
        await self._show()

    async def _show(self) -> None:
        owned = await ask(subscriptions.holdings, self._portal, self._account_id)
        seen = await self._allowed()
        alive = [(each, terms) for each, terms in owned if each.is_open]
        self._state.clear()
        with self._state:
            for each, terms in alive:
                subscribed(each, terms, self._plans or (), Buttons(self._asks_to_cancel, self._resumes))
            if seen:
                plan_limits.own(seen)
            if not alive:
                self._offer([each for each, _ in owned], seen)

    async def _allowed(self) -> Overview | None:
        """What the plan allows and what is in use of it; None where plans limit nothing, or nobody can say now."""
        offer = entitlements.offer(self._portal)
        if not (offer.limits or offer.features):
            return None
        try:
            return await ask(entitlements.overview, self._portal, self._account_id)
        except GatewayUnavailable:
            log.warning("what the plan allows could not be read", account=self._account_id)
            return None

    def _offer(self, owned: list[Subscription], seen: Overview | None) -> None:
        if seen is None or seen.standing.tier is None:
            needed = self._portal.settings.purchase.needs_subscription != "none"
            why = _("Buying credits needs one.") if needed else _("Credits can be bought without one.")
            notices.box("info", _("You have no plan any more.") if owned else _("You have no plan."), why)
        if self._plans is None:
            with notices.box("danger", _(AWAY), _("Nothing was charged.")):
                link(_("Try again"), "/plan", "btn")
        elif not self._plans:
            notices.box("info", _("There is nothing to subscribe to at the moment."), _("Please come back later."))
        else:
            Tag("h2", _("Plans"))
            offered(self._plans, self._subscribes, plan_limits.beside(seen))

    def _elsewhere(self) -> None:
        """Cards and invoices are the provider's business."""
        with Tag("div", classes="actions"):
            button(_("Manage cards and invoices"), self._handler(self._to_portal))
            address = self._portal.settings.stripe.portal_url
            if address:
                link(_("Customer portal"), address, rel="noopener")

    def _subscribes(self, plan: Plan) -> Pressed:
        async def work(_event: GenericEventArguments) -> None:
            ui.navigate.to(await ask(subscribing.subscribe, self._portal, self._account_id, plan.key))

        return self._handler(work)

    def _resumes(self, found: Subscription) -> Pressed:
        async def work(_event: GenericEventArguments) -> None:
            await ask(subscribing.resume, self._portal, self._account_id, found.id)
            notices.said(_("The plan goes on."))
            await self._show()

        return self._handler(work)

    def _asks_to_cancel(self, found: Subscription) -> Pressed:
        return partial(self._open_dialog, found)

    def _open_dialog(self, found: Subscription) -> None:
        self._ending = found
        until = written.day(found.period_end)
        said = _("It runs until {day} and is not charged again. Credits you bought stay yours.", day=until)
        self._until.text = said
        self._dialog.show()

    async def _cancel(self, _event: GenericEventArguments) -> None:
        if self._ending is None:
            return
        ended = await ask(subscribing.cancel, self._portal, self._account_id, self._ending.id)
        self._dialog.shut()
        said = _("The plan is cancelled.")
        if ended.ends_at:
            said = _("The plan is cancelled. It runs until {day}.", day=written.day(ended.ends_at))
        notices.said(said)
        await self._show()

    async def _to_portal(self, _event: GenericEventArguments) -> None:
        ui.navigate.to(await ask(customers.portal_address, self._portal, self._account_id, "/plan"))

    def _handler(self, work: Work) -> Work:
        return act(self._portal, self._principal, Action.BUY, work, account_id=self._account_id)
