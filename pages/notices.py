"""What a page says besides its content: short notices that pass, and boxes that stay. Only pages import it."""

from __future__ import annotations

import secrets

from nicegui import ui

from pages.parts.tags import Tag
from pages.words import _

PASSES_MS = 8_000
STAYS = 0


def said(text: str) -> None:
    """Something worked."""
    _notify(text, "good", PASSES_MS)


def refused(text: str) -> None:
    """Something did not work; stays until it is dismissed."""
    _notify(text, "danger", STAYS)


def broken(reference: str) -> str:
    """The sentence for an error nobody foresaw; the reference is in the log."""
    return _("Something went wrong on our side; nothing was charged by it. Reference {reference}.", reference=reference)


def no_account(more: str) -> None:
    """For whoever has none of their own, such as some managers; `more` says what that means here."""
    box("info", _("You have no account of your own."), more)


def new_reference() -> str:
    """Short enough to be read over the telephone."""
    return secrets.token_hex(4)


def box(tone: str, heading: str, sentence: str) -> ui.element:
    """A notice that stays in the page; tones: info, warn, danger, test. More (a link) can be put into it."""
    made = Tag("div", classes=f"notice notice-{tone}", role="alert" if tone == "danger" else "status")
    with made:
        Tag("strong", heading)
        Tag("span", sentence)
    return made


def _notify(text: str, tone: str, passes_ms: int) -> None:
    # Quasar's own colours are !important in a layer below ours and would win; names it does not know leave them to us.
    ui.notify(
        text[:500], position="top-right", timeout=passes_ms, close_button=_("Dismiss"), multi_line=True,
        color="toast", textColor="toast", classes=f"toast toast-{tone}",
    )  # fmt: skip
