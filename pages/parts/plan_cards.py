"""A subscription as its owner reads it, and the plans that can be had instead of none. Only the page plan shows them.

They say what is; what a button does is told to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from billing.rules.plans import PlanTerms
from billing.rules.subscriptions import Plan, Subscription, meaning, plan_of
from pages.parts import format as written
from pages.parts.tags import Tag, button, chip, when
from pages.words import N_, _, apart, n_, worded

Pressed = Callable[..., object]

UNNAMED = N_("Subscription")
WORDS: dict[str, tuple[str, str, str]] = {
    "active": (N_("Active"), "good", "●"),
    "trialing": (N_("Trial"), "info", "◐"),
    "past_due": (N_("Payment failed"), "warn", "▲"),
    "unpaid": (N_("Unpaid"), "danger", "✕"),
    "paused": (N_("Paused"), "warn", "◐"),
    "incomplete": (N_("Not paid yet"), "warn", "◐"),
    "incomplete_expired": (N_("Never paid"), "plain", "○"),
    "canceled": (N_("Cancelled"), "plain", "○"),
}
EVERY: dict[str, Callable[[int], str]] = {
    "day": lambda n: n_("per day", "every {n} days", n),
    "week": lambda n: n_("per week", "every {n} weeks", n),
    "month": lambda n: n_("per month", "every {n} months", n),
    "year": lambda n: n_("per year", "every {n} years", n),
}
RENEWING = ("active", "trialing", "past_due")


@dataclass(frozen=True, slots=True)
class Buttons:
    """What the owner may press, given the subscription."""

    cancel: Callable[[Subscription], Pressed]
    resume: Callable[[Subscription], Pressed]


def subscribed(found: Subscription, terms: PlanTerms | None, plans: Iterable[Plan], buttons: Buttons) -> None:
    """Name, price, state in a word and a sentence, the next date, and what can be done about it.

    `terms`: the plan it is of, also when that is sold no more.
    """
    known = plan_of(plans, found, terms)
    name = terms.title if terms else _(UNNAMED)
    with Tag("section", classes="panel plan", aria_label=_("Your plan")):
        Tag("h2", known.name if known else name)
        Tag("p", price(known or found), "package-price")
        with Tag("p", classes="plan-state"):
            word, tone, sign = WORDS.get(found.status, (found.status, "warn", "▲"))
            chip(_(word), tone, sign)
            Tag("span", worded(meaning(found)))
        _date(found)
        with Tag("div", classes="actions"):
            if found.is_ending or found.status == "paused":
                button(_("Resume"), buttons.resume(found), "primary")
            elif found.is_open and found.status != "incomplete":
                button(_("Cancel at the end of the period"), buttons.cancel(found), "quiet")


def offered(
    plans: Iterable[Plan], subscribe: Callable[[Plan], Pressed], about: Callable[[Plan], None] = lambda _: None
) -> None:
    """One card for each plan; each button is bound to its plan, the browser sends no name and no price.

    `about` fills in what else is to be said of a plan.
    """
    with Tag("ul", classes="packages plans"):
        for plan in plans:
            with Tag("li", classes="package"):
                with Tag("span", classes="package-what"):
                    Tag("span", apart(plan.name), "package-name")
                    Tag("span", apart(plan.description), "package-about")
                about(plan)
                with Tag("span", classes="package-worth"):
                    Tag("span", price(plan), "package-price")
                named = _("Subscribe to {name}, {price}", name=plan.name, price=price(plan))
                button(_("Subscribe"), subscribe(plan), "primary", aria_label=named)


def price(of: Plan | Subscription) -> str:
    """20.00 USD per month, or every 3 months."""
    return _("{money} {every}", money=of.amount, every=EVERY[of.interval](of.interval_count))


def _date(found: Subscription) -> None:
    if found.is_ending:
        words, moment = N_("Ends on {day}"), found.ends_at
    elif found.status in RENEWING:
        is_trial = found.status == "trialing" and found.trial_end is not None
        first, renews = N_("First charged on {day}"), N_("Renews on {day}")
        words, moment = (first, found.trial_end) if is_trial else (renews, found.period_end)
    else:
        return
    if moment is not None:
        with Tag("p", classes="plan-date"):
            when(moment, _(words, day=written.day(moment)))
