"""A subscription as its owner reads it, and the plans that can be had instead. Only the page plan shows them.

They say what is; what a button does is told to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from billing.plan_choices import Choice
from billing.rules.plan_changes import PlanSide
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
class CardOf:
    """What the card of a subscription is filled with: a plan it is of, and what its owner may press."""

    terms: PlanTerms | None
    side: PlanSide | None
    buttons: tuple[tuple[str, Pressed, str], ...]
    about: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Press:
    """A button of a plan: what stands on it, what it is called aloud, and what it does."""

    text: str
    aloud: str
    pressed: Pressed
    is_main: bool = True


def subscribed(found: Subscription, plans: Iterable[Plan], card: CardOf) -> None:
    """Name, price, state in a word and a sentence, the next date, and what can be done about it."""
    known = plan_of(plans, found, card.terms)
    name = card.terms.title if card.terms else _(UNNAMED)
    with Tag("section", classes="panel plan", aria_label=_("Your plan")):
        with Tag("div", classes="row apart"):
            Tag("h2", known.name if known else name)
            word, tone, sign = WORDS.get(found.status, (found.status, "warn", "▲"))
            chip(_(word), tone, sign)
        Tag("p", price(card.side or known or found), "package-price")
        Tag("p", worded(meaning(found)), "muted")
        _date(found)
        card.about()
        if card.buttons:
            with Tag("div", classes="actions"):
                for text, pressed, classes in card.buttons:
                    button(text, pressed, classes)


def offered(
    choices: Iterable[Choice],
    press: Callable[[Choice], Press | None],
    about: Callable[[Choice], None] = lambda _: None,
) -> None:
    """One card for each plan; each button is bound to its plan, the browser sends no name and no price.

    `press` says what the button does, None for no button; `about` fills in what else is to be said.
    """
    with Tag("ul", classes="packages plans"):
        for choice in choices:
            with Tag("li", classes=f"package {'current' if choice.is_current else ''}".strip()):
                _named(choice)
                about(choice)
                with Tag("span", classes="package-worth"):
                    Tag("span", price(choice.side), "package-price")
                    if choice.trial_days:
                        Tag("span", n_("{n} day free", "{n} days free", choice.trial_days), "package-rate")
                _pressed(choice.plan.key, press(choice))


def price(of: Plan | Subscription | PlanSide) -> str:
    """20.00 USD per month, or every 3 months."""
    return _("{money} {every}", money=of.amount, every=rhythm(of.interval, of.interval_count))


def rhythm(interval: str, count: int = 1) -> str:
    """Per month, or every 3 months."""
    return EVERY[interval](count)


def _named(choice: Choice) -> None:
    with Tag("span", classes="package-what"):
        with Tag("span", classes="row apart"):
            Tag("span", apart(choice.plan.name), "package-name")
            if choice.is_current:
                chip(_("Your plan"), "info", "●")
        Tag("span", apart(choice.plan.description), "package-about")


def _pressed(key: str, found: Press | None) -> None:
    if found is not None:
        button(found.text, found.pressed, "primary" if found.is_main else "", aria_label=found.aloud).mark(
            f"choose-{key}"
        )


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
