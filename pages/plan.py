"""/plan: what an account is subscribed to, what that gives, and how it is begun, changed and ended. app.py mounts it.

Paying happens at the provider. Whoever comes back from there proves nothing: the subscription is read again.
"""

from __future__ import annotations

import asyncio

import structlog
from nicegui import ui
from nicegui.events import GenericEventArguments

from auth.policy import Action, Principal
from billing import customers, plan_changes, plan_payments, subscribing, subscriptions
from billing.plan_changes import Wish
from billing.plan_choices import Choice
from billing.portal import Portal
from billing.rules.errors import GatewayUnavailable, ScripError
from billing.rules.subscriptions import Subscription
from pages import notices
from pages.frame import Work, act, frame, screen
from pages.live import ask, follow
from pages.parts import format as written
from pages.parts.modal import Modal
from pages.parts.plan_desk import AWAY, Deeds, draw
from pages.parts.plan_dialog import ChangeDialog, Outcome
from pages.parts.plan_payment import PlanPayment
from pages.parts.plan_view import PlanView, look
from pages.parts.tags import Tag, button, link
from pages.words import _, speech, worded

PATH = "/plan"

log = structlog.get_logger("pages")


def mount(portal: Portal) -> None:
    """Declares the page."""

    @screen(PATH, Action.BUY)
    async def plan(principal: Principal) -> None:
        request = ui.context.client.request
        returned = bool({"session_id", "payment_intent"} & set(request.query_params))
        async with frame(portal, principal, _("Plan"), PATH):
            if returned:
                await _heal(portal, principal)
                ui.navigate.history.replace(PATH)
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
    """One visit: the plan as it stands, and everything that can be done about it."""

    def __init__(self, portal: Portal, principal: Principal) -> None:
        self._portal, self._principal = portal, principal
        self._account_id = principal.account_id or ""
        self._view: PlanView | None = None
        self._looking = asyncio.Lock()
        self._rhythm: tuple[str, int] | None = None
        self._ending: Subscription | None = None
        self._deeds = Deeds(
            subscribe=lambda choice: self._handler(lambda _e: self._subscribe(choice)),
            change=lambda choice: self._handler(lambda _e: self._change(choice)),
            seats=lambda choice: self._handler(lambda _e: self._change(choice, seats=True)),
            cancel=lambda found: self._handler(lambda _e: self._asks_to_cancel(found)),
            resume=lambda found: self._handler(lambda _e: self._resume(found)),
            pay=lambda found: self._handler(lambda _e: self._pay(found)),
            give_up=lambda found: self._handler(lambda _e: self._give_up(found)),
            undo=self._handler(self._undo),
            rhythm=lambda chosen: self._handler(lambda _e: self._turn(chosen)),
        )
        self._payment = PlanPayment(portal, self._account_id, self._handler, self._changed)
        self._state = Tag("div", classes="stack", aria_live="polite").mark("plan-state")
        self._cancelling()
        self._changing = ChangeDialog(
            portal, self._account_id, principal.id, self._handler, Outcome(self._changed, self._waits)
        )
        self._elsewhere()

    async def arrive(self) -> None:
        """Shows it, and again whenever a webhook or another tab changed it."""
        follow(self._portal, self._principal, self._account_id, self._show)
        await self._show()

    async def _show(self) -> None:
        """One look after the other: an old one that took long must not be shown over a newer one."""
        async with self._looking:
            await self._look()

    async def _look(self) -> None:
        try:
            before, self._view = self._view, await ask(look, self._portal, self._account_id)
        except GatewayUnavailable as away:
            self._view = None
            self._state.clear()
            with self._state, notices.box("danger", _(AWAY), worded(away.sentence)):
                link(_("Try again"), PATH, "btn")
            return
        self._payment.follow({each.id for each, _terms in self._view.alive if self._view.owes(each)})
        if not self._view.looks_like(before):
            self._draw(self._view)

    def _draw(self, view: PlanView) -> None:
        self._state.clear()
        with self._state:
            draw(self._portal, view, self._deeds, self._rhythm)

    def _cancelling(self) -> None:
        self._dialog = Modal(_("Cancel the plan?"), safe=_("Keep the plan"))
        with self._dialog:
            self._until = Tag("p")
            self._then = Tag("p")
            with Tag("div", classes="actions"):
                button(_("Cancel the plan"), self._handler(self._cancel), "danger")

    def _elsewhere(self) -> None:
        """Cards are the provider's business, and so are invoices."""
        with Tag("div", classes="actions"):
            link(_("Invoices"), "/invoices", "btn")
            button(_("Manage cards and invoices"), self._handler(self._to_portal))
            address = self._portal.settings.stripe.portal_url
            if address:
                link(_("Customer portal"), address, rel="noopener")

    async def _turn(self, rhythm: tuple[str, int]) -> None:
        self._rhythm = rhythm
        if self._view is not None:
            self._draw(self._view)

    async def _subscribe(self, choice: Choice) -> None:
        wanted, language = choice.plan.key, speech().language
        ui.navigate.to(
            await ask(subscribing.subscribe, self._portal, self._account_id, wanted, language=language)
        )  # fmt: skip

    async def _change(self, choice: Choice, *, seats: bool = False) -> None:
        """A plan by the seat is asked for with those there are, so that the field can say how many."""
        view = self._view
        if view is None or view.choices is None or view.choices.subscription is None:
            return
        had, usual = view.choices.subscription, choice.when or plan_changes.When.NOW
        least = max(1, view.members or 1) if choice.side.seats is not None else None
        number = None if least is None else max(least, had.quantity)
        wish = Wish(choice.plan.key, seats=number, when=plan_changes.When.NOW if seats else usual)
        await self._changing.open(wish, had, least=least, looks=not seats)

    async def _changed(self, said: str) -> None:
        notices.said(said)
        await self._show()

    async def _undo(self, _event: GenericEventArguments) -> None:
        """Pressed twice, the second finds nothing planned any more."""
        if self._view is None or self._view.choices is None or self._view.choices.planned is None:
            return
        await ask(plan_changes.undo, self._portal, self._account_id, by=self._principal.id)
        await self._changed(_("The plan stays as it is."))

    async def _resume(self, found: Subscription) -> None:
        await ask(subscribing.resume, self._portal, self._account_id, found.id)
        await self._changed(_("The plan goes on."))

    async def _pay(self, found: Subscription) -> None:
        await self._payment.open(found)

    async def _waits(self, found: Subscription) -> None:
        """The bank wants to be answered; the form asks it, or takes another card."""
        await self._show()
        await self._payment.open(found)

    async def _give_up(self, found: Subscription) -> None:
        await ask(plan_payments.give_up, self._portal, self._account_id, found.id, by=self._principal.id)
        self._payment.close()
        await self._changed(_("The plan stays as it is."))

    async def _asks_to_cancel(self, found: Subscription) -> None:
        self._ending = found
        until = written.day(found.period_end)
        said = _("It runs until {day} and is not charged again. Credits you bought stay yours.", day=until)
        self._until.text = said
        default = self._portal.catalogue.default_plan
        self._then.text = _("After that you are on {plan}.", plan=default.title) if default else ""
        self._dialog.show()

    async def _cancel(self, _event: GenericEventArguments) -> None:
        if self._ending is None:
            return
        ended = await ask(subscribing.cancel, self._portal, self._account_id, self._ending.id)
        self._dialog.shut()
        said = _("The plan is cancelled.")
        if ended.ends_at:
            said = _("The plan is cancelled. It runs until {day}.", day=written.day(ended.ends_at))
        await self._changed(said)

    async def _to_portal(self, _event: GenericEventArguments) -> None:
        ui.navigate.to(await ask(customers.portal_address, self._portal, self._account_id, PATH))

    def _handler(self, work: Work) -> Work:
        """One press after the other: what the first one did, the second one finds done."""
        return act(self._portal, self._principal, Action.BUY, work, account_id=self._account_id, in_order=True)
