"""What a change of plan means, for whoever is about to confirm it: money, credits, limits. Only the dialog shows it."""

from __future__ import annotations

from billing.plan_changes import ChangePreview, When
from billing.rules.plan_changes import Collection, PlanSide
from pages.parts import format as written
from pages.parts.bills import bill_details
from pages.parts.plan_cards import price
from pages.parts.plan_differences import feature_lines, limit_lines, shown
from pages.parts.tags import Tag
from pages.words import N_, _, n_


class ChangeShown:
    """Built in the current slot from one preview."""

    def __init__(self, preview: ChangePreview) -> None:
        self._preview = preview
        self._sides()
        self._money()
        self._credits()
        self._rights()
        for said in _notes(preview):
            Tag("p", said, "muted")

    def _sides(self) -> None:
        before, after = self._preview.before, self._preview.after
        with Tag("dl", classes="facts"):
            for name, side in ((_("Until now"), before), (_("From then on"), after)):
                Tag("dt", name)
                Tag("dd", side_words(side))

    def _money(self) -> None:
        found = self._preview
        Tag("h3", _("Today"))
        if found.now is None:
            Tag("p", _("Nothing is charged today."))
        else:
            sent = found.collection is Collection.SENT
            said = N_("{amount}, on an invoice that is sent to you.") if sent else N_("{amount} is charged.")
            Tag("p", _(said, amount=found.due_now))
            bill_details(found.now)
        Tag("h3", _("Next invoice"))
        Tag("p", _("{amount} on {day}", amount=found.next.due, day=written.day(found.next.at)))
        bill_details(found.next)

    def _credits(self) -> None:
        found = self._preview
        if found.credits_now.micro:
            Tag("p", _("{credits} come today.", credits=written.counted(found.credits_now)))
        if found.credits_next.micro:
            Tag("p", _("{credits} come with the next invoice.", credits=written.counted(found.credits_next)))

    def _rights(self) -> None:
        found = self._preview
        lines = [*limit_lines(found.limits), *feature_lines(found.features_gained, found.features_lost)]
        if lines:
            Tag("h3", _("What changes"))
            shown(lines)


def confirmation(preview: ChangePreview) -> str:
    """What stands on the button: the amount, or the day."""
    if preview.when is When.PERIOD_END:
        return _("Change on {day}", day=written.day(preview.effective_at))
    if preview.due_now.minor and preview.collection is not Collection.SENT:
        return _("Pay {amount} and change now", amount=preview.due_now)
    return _("Change now for {amount} today", amount=preview.due_now)


def side_words(side: PlanSide) -> str:
    """Team, 3 seats, 60.00 USD per month."""
    if side.seats is None:
        return _("{plan}, {price}", plan=side.title, price=price(side))
    seats = n_("{n} seat", "{n} seats", side.seats)
    return _("{plan}, {seats}, {price}", plan=side.title, seats=seats, price=price(side))


def _notes(preview: ChangePreview) -> list[str]:
    said = []
    if preview.ends_trial:
        said.append(_("The trial ends with it, and the plan is charged from now on."))
    if preview.drops_planned:
        said.append(_("What was planned for the end of the period is dropped."))
    if preview.reduction:
        said.append(_("With the reduction {name}.", name=preview.reduction))
    if preview.days_until_due is not None:
        said.append(
            n_(
                "Invoices are to be paid within {n} day.",
                "Invoices are to be paid within {n} days.",
                preview.days_until_due,
            )
        )
    return said
