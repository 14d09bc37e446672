"""What the states of events are called, and how their cells look. The console's pages about events use it."""

from __future__ import annotations

from billing.rules.inbox import EventRow
from pages.parts.plain_table import Cell
from pages.words import N_, _, worded

STATES: dict[str, tuple[str, str, str]] = {
    "handled": (N_("Handled"), "good", "●"),
    "ignored": (N_("Ignored"), "plain", "○"),
    "foreign": (N_("Not ours"), "plain", "○"),
    "parked": (N_("Parked"), "danger", "▲"),
    "failed": (N_("Failed, comes again"), "warn", "◐"),
}
"""Word, tone and sign of each state: PARKED was refused for good, FAILED is sent again by the provider."""

ABOUT = {
    "handled": N_("It had its effect."),
    "ignored": N_("Nothing comes of it here."),
    "foreign": N_("It is about something of another installation."),
    "parked": N_("It was refused for good and waits for a person."),
    "failed": N_("It could not be handled yet; the provider sends it again."),
}


def state_cell(row: EventRow) -> Cell:
    """The state as a chip, the reason below it."""
    word, tone, sign = STATES.get(row.state, (row.state, "warn", "▲"))
    return Cell(_(word), chip=tone, sign=sign, below=worded(row.reason))


def state_options() -> tuple[tuple[str, str], ...]:
    """The states as one chooses among them."""
    return (("", _("Any status")), *((state, _(word)) for state, (word, *_look) in STATES.items()))


def about(state: str) -> str:
    """What a state means, in a sentence."""
    return _(ABOUT.get(state, ""))
