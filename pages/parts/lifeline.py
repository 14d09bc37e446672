"""Says when a page has lost the portal, or its person their session, and the way back. The frame has it.

Everything about it happens in the browser, for there is nobody else to tell: without a connection no event arrives.
"""

from __future__ import annotations

import hashlib

from markupsafe import Markup
from nicegui import Client, ui

from auth.policy import Principal
from auth.staying import left_at_least
from billing.portal import Portal
from pages.parts.halves import half
from pages.parts.stills import Still
from pages.words import N_, _

WORDS = {
    "cut": N_("Reconnecting … Your input is kept."),
    "lost": N_("Connection lost."),
    "reload": N_("Reload"),
    "ended": N_("Signed out."),
    "endedWhy": N_("Nothing was sent. Sign in again to go on here; what you typed is kept."),
    "signIn": N_("Sign in again"),
    "staying": N_("Stay signed in?"),
    "stayingWhy": N_("You will be signed out soon, for nothing was pressed here for long."),
    "limitWhy": N_("Nobody stays signed in for longer than this. Sign in again to go on; what you typed is kept."),
    "stay": N_("Stay signed in"),
}

ENDED = "window.dispatchEvent(new CustomEvent('scrip-ended', {detail: {leaves: false}}))"
LEFT = "window.dispatchEvent(new CustomEvent('scrip-ended', {detail: {leaves: true}}))"


class Lifeline(ui.element):
    """Built in the current slot."""

    def __init__(self, portal: Portal, principal: Principal) -> None:
        super().__init__(half("lifeline"))
        self.props["words"] = {name: _(text) for name, text in WORDS.items()}
        self.props["left"] = left_at_least(portal, principal)
        self.props["whose"] = hashlib.sha256(principal.id.encode()).hexdigest()[:12]

    def still(self, _inner: Markup) -> Still:
        """Nothing, while nothing is wrong."""
        return Still("div", {"class": "lifeline"})


def session_ended(client: Client) -> None:
    """Asks whoever sits before this page to sign in again; what was pressed is not done, and not done later either."""
    _sent = client.run_javascript(ENDED)


def leave_to_sign_in(client: Client) -> None:
    """Shows nothing of this page any more, and leads back here after signing in."""
    _sent = client.run_javascript(LEFT)
