"""The page plan drawn from one look: what is to be done, what is had, what could be had. pages/plan.py uses it.

It knows what may be done in which state; what a press does is told to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from billing.plan_choices import Choice, Choices
from billing.portal import Portal
from billing.rules.moments import DAY
from billing.rules.plan_changes import PlanSide, When
from billing.rules.plan_deeds import Deed
from billing.rules.plans import PlanTerms, Rollover
from billing.rules.subscriptions import Subscription
from pages import notices
from pages.cards import words as card_words
from pages.parts import format as written
from pages.parts import plan_limits
from pages.parts.plan_cards import CardOf, Press, Pressed, offered, price, rhythm, subscribed
from pages.parts.plan_differences import differences
from pages.parts.plan_preview import side_words
from pages.parts.plan_view import PlanView
from pages.parts.tags import Tag, button, link
from pages.words import N_, _, n_, worded

AWAY = N_("The plans cannot be shown now.")
Rhythm = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Deeds:
    """What happens on a press, each for what it is pressed for."""

    subscribe: Callable[[Choice], Pressed]
    change: Callable[[Choice], Pressed]
    seats: Callable[[Choice], Pressed]
    cancel: Callable[[Subscription], Pressed]
    resume: Callable[[Subscription], Pressed]
    pay: Callable[[Subscription], Pressed]
    give_up: Callable[[Subscription], Pressed]
    undo: Pressed
    rhythm: Callable[[Rhythm], Pressed]


def draw(portal: Portal, view: PlanView, deeds: Deeds, chosen: Rhythm | None) -> None:
    """Everything, in the current slot."""
    _Drawing(portal, view, deeds).draw(chosen)


class _Drawing:
    def __init__(self, portal: Portal, view: PlanView, deeds: Deeds) -> None:
        self._portal, self._view, self._deeds = portal, view, deeds

    def draw(self, chosen: Rhythm | None) -> None:
        view = self._view
        if view.is_away:
            self._away()
        if view.refused:
            with notices.box("warn", _("A plan needs an organisation."), worded(view.refused)):
                link(_("See your organisations"), "/organisation", "btn")
        for found, _terms in view.alive:
            self._news(found)
        if view.choices and view.choices.subscription and view.choices.planned:
            self._planned(view.choices.subscription, view.choices.planned)
        for found, terms in view.alive:
            self._card(found, terms)
        if view.overview:
            plan_limits.own(self._portal.catalogue, view.overview)
        if not view.alive:
            self._none()
        if view.choices:
            self._offers(view.choices, chosen)

    def _away(self) -> None:
        """What was last seen stands below, with its time; nothing can be done about it now."""
        seen = self._view.seen_at
        said = _("Nothing was charged.")
        if seen is not None:
            said = _(
                "Your plan is shown as it was on {moment}. It can be changed when the payment provider answers.",
                moment=written.moment(seen),
            )
        with notices.box("danger", _(AWAY), said):
            link(_("Try again"), "/plan", "btn")

    def _news(self, found: Subscription) -> None:
        """What its owner has to do about it, or may still take back."""
        if self._view.allows(Deed.PAY, found):
            tone = "warn" if found.status == "past_due" else "danger"
            with notices.box(
                tone, _("A payment is missing."), _("Pay it, or give another card, and the plan goes on.")
            ):
                button(_("Pay the open invoice"), self._deeds.pay(found), "primary")
        if self._view.allows(Deed.FINISH, found):
            with notices.box("warn", _("The plan is not paid yet."), _("It begins with its first payment.")):
                button(_("Finish the payment"), self._deeds.pay(found), "primary")
        if self._view.allows(Deed.PAY_CHANGE, found):
            self._waiting(found)
        if self._view.allows(Deed.TAKE_BACK, found) and found.ends_at is not None:
            until = _("It runs until {day} and is not charged again.", day=written.day(found.ends_at))
            with notices.box("warn", _("The plan was cancelled."), until):
                button(_("Undo the cancellation"), self._deeds.resume(found))

    def _waiting(self, found: Subscription) -> None:
        """Nothing of it has happened, and nothing will by itself."""
        waits, choices = found.pending, self._view.choices
        if waits is None:
            return
        side, until = choices.waiting if choices else None, written.moment(waits.expires_at)
        said = _("It happens once it is paid. Unpaid it is dropped on {moment}.", moment=until)
        heading = _("A change of the plan waits for its payment.")
        if side is not None:
            heading = _("The change to {plan} waits for its payment.", plan=side.title)
        with notices.box("warn", heading, said), Tag("div", classes="actions"):
            button(_("Finish the payment"), self._deeds.pay(found), "primary")
            button(_("Give the change up"), self._deeds.give_up(found))

    def _planned(self, found: Subscription, planned: PlanSide) -> None:
        at = found.planned.effective_at if found.planned else found.period_end
        said = _("On {day} it becomes {plan}.", day=written.day(at), plan=side_words(planned))
        with notices.box("info", _("A change of the plan is planned."), said):
            button(_("Undo the change"), self._deeds.undo)

    def _card(self, found: Subscription, terms: PlanTerms | None) -> None:
        choices = self._view.choices
        is_main = choices is not None and choices.subscription is not None and choices.subscription.id == found.id
        # one that was last seen before items were kept says by itself what it costs
        side = choices.current if choices and is_main and found.items else None
        plans = [each.plan for each in choices.offers] if choices else []
        buttons = tuple(self._buttons(found, is_main=is_main))
        subscribed(found, plans, CardOf(terms, side, buttons, lambda: self._facts(found, terms, side)))

    def _buttons(self, found: Subscription, *, is_main: bool) -> Iterator[tuple[str, Pressed, str]]:
        mine = self._mine()
        if is_main and mine and mine.side.seats is not None and self._view.allows(Deed.CHANGE, found):
            yield _("Change the number of seats"), self._deeds.seats(mine), ""
        if self._view.allows(Deed.RESUME, found):
            yield _("Resume"), self._deeds.resume(found), "primary"
        if self._view.allows(Deed.CANCEL, found):
            yield _("Cancel at the end of the period"), self._deeds.cancel(found), "quiet"

    def _mine(self) -> Choice | None:
        choices = self._view.choices
        return next((each for each in choices.offers if each.is_current), None) if choices else None

    def _facts(self, found: Subscription, terms: PlanTerms | None, side: PlanSide | None) -> None:
        left = found.trial_end - self._portal.clock() if found.status == "trialing" and found.trial_end else 0
        if left > 0:
            Tag("p", n_("{n} day of the trial is left.", "{n} days of the trial are left.", -(-left // DAY)))
        if side is not None and side.seats is not None:
            Tag("p", n_("{n} seat", "{n} seats", side.seats))
        if terms is not None and terms.period_credits.micro:
            self._credits(found, terms)
        if self._view.cards is not None:
            Tag("p", _charged(self._view), "muted")

    def _credits(self, found: Subscription, terms: PlanTerms) -> None:
        each = written.counted(terms.period_credits)
        every = rhythm(found.interval, found.interval_count)
        Tag(
            "p",
            _("{credits} {every}, {left} of the plan's credits left", credits=each, every=every, left=self._view.left),
        )
        kept = _("What is left at the renewal stays.")
        Tag("p", kept if terms.rollover is Rollover.KEEP else _("What is left at the renewal expires."), "muted")

    def _none(self) -> None:
        seen, choices = self._view.overview, self._view.choices
        tier = seen.standing.tier if seen else None
        if choices and choices.default and not (tier and (tier.limits or tier.features)):
            notices.box("info", _("You are on {plan}.", plan=choices.default.title), choices.default.description)
        elif tier is None:
            needed = self._portal.settings.purchase.needs_subscription != "none"
            why = _("Buying credits needs one.") if needed else _("Credits can be bought without one.")
            had = bool(self._view.held)
            notices.box("info", _("You have no plan any more.") if had else _("You have no plan."), why)

    def _offers(self, choices: Choices, chosen: Rhythm | None) -> None:
        """All plans side by side, those of one rhythm at a time; only who may choose sees them."""
        found = choices.subscription
        if found is not None and not self._view.allows(Deed.CHANGE, found):
            return
        if not choices.offers:
            notices.box("info", _("There is nothing to subscribe to at the moment."), _("Please come back later."))
            return
        Tag("h2", _("Plans"))
        rhythms = list(dict.fromkeys((each.plan.interval, each.plan.interval_count) for each in choices.offers))
        own = (found.interval, found.interval_count) if found else rhythms[0]
        shown = next(each for each in (chosen, own, rhythms[0]) if each in rhythms)
        if len(rhythms) > 1:
            self._rhythms(rhythms, shown)
        some = [each for each in choices.offers if (each.plan.interval, each.plan.interval_count) == shown]
        offered(some, self._press, lambda each: self._about(choices, each))

    def _rhythms(self, rhythms: list[Rhythm], shown: Rhythm) -> None:
        with Tag("div", classes="segments", role="group", aria_label=_("How often you pay")):
            for each in rhythms:
                pressed = "true" if each == shown else "false"
                button(rhythm(*each), self._deeds.rhythm(each), "segment-press", aria_pressed=pressed)

    def _press(self, choice: Choice) -> Press | None:
        choices = self._view.choices
        if choices is None or choice.is_current or self._view.refused:
            return None
        worth = {"name": choice.plan.name, "price": price(choice.side)}
        if choices.subscription is None:
            return Press(_("Subscribe"), _("Subscribe to {name}, {price}", **worth), self._deeds.subscribe(choice))
        aloud = _("Change to {name}, {price}", **worth)
        return Press(_("Change"), aloud, self._deeds.change(choice), is_main=choice.when is When.NOW)

    def _about(self, choices: Choices, choice: Choice) -> None:
        plan_limits.beside(self._portal.catalogue, self._view.overview)(choice.plan)
        if choice.side.credits.micro and choices.current is None:
            Tag("span", _("{credits} each period", credits=written.counted(choice.side.credits)), "package-rate")
        if choices.current is not None and not choice.is_current:
            used = self._view.overview.used if self._view.overview else {}
            differences(self._portal.catalogue, choices.current, choice.side, used)


def _charged(view: PlanView) -> str:
    """The method that is charged: the default one, or the only one."""
    cards = view.cards or ()
    card = next((each for each in cards if each.is_default), cards[0] if len(cards) == 1 else None)
    if card is None:
        return _("No payment method is saved as the default.")
    return _("Paid with {card}", card=card_words(card))
