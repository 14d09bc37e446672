"""/cards: saved payment methods, and the way to Stripe's own portal. app.py mounts it.

The provider keeps them; here they are only shown and forgotten, each time asked anew for this account's customer.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from nicegui import ui
from nicegui.events import GenericEventArguments

from auth.policy import Action, Principal
from billing import customers
from billing.customers import Card
from billing.portal import Portal
from billing.rules.errors import GatewayUnavailable, NotFound
from pages import notices
from pages.frame import Work, act, frame, screen
from pages.live import ask
from pages.parts.modal import Modal
from pages.parts.tags import Tag, button, chip, focus, link
from pages.words import N_, _, worded

KINDS = {"card": N_("Card"), "sepa_debit": N_("Bank account"), "us_bank_account": N_("Bank account"), "link": "Link"}
AWAY = N_("Your saved payment methods cannot be shown now.")


def mount(portal: Portal) -> None:
    """Declares the page."""

    @screen("/cards", Action.BUY)
    async def cards(principal: Principal) -> None:
        async with frame(portal, principal, _("Cards"), "/cards"):
            if principal.account_id is None:
                notices.no_account(_("Only somebody with an account can pay."))
                return
            await Wallet(portal, principal, principal.account_id).show()


class Wallet:
    """The saved methods of one account; `show` asks for them and draws them anew."""

    def __init__(self, portal: Portal, principal: Principal, account_id: str) -> None:
        self._portal, self._principal, self._account_id = portal, principal, account_id
        self._leaving: Card | None = None
        with Tag("section", classes="panel", aria_labelledby="saved"):
            self._heading = Tag("h2", _("Saved payment methods"), id="saved", tabindex="-1")
            self._list = Tag("div", classes="stack")
        if portal.settings.mode != "dummy":
            self._offer_portal()
        self._modal = Modal(_("Remove"))
        with self._modal:
            Tag("p", _("It can no longer be charged from here. You can save it again with your next purchase."))
            self._wrong = Tag("p", classes="field-error", role="alert")
            with Tag("div", classes="actions"):
                button(_("Remove it"), self._handler(self._remove, self._say), "danger").mark("remove-card")

    async def show(self) -> None:
        """What is saved now. No list is better than a wrong one."""
        self._list.clear()
        try:
            found = await ask(customers.cards, self._portal, self._account_id)
        except GatewayUnavailable as away:
            with self._list, notices.box("danger", _(AWAY), worded(away.sentence)):
                link(_("Try again"), "/cards", "btn")
            return
        with self._list:
            self._draw(found)

    def _offer_portal(self) -> None:
        with Tag("section", classes="panel", aria_labelledby="elsewhere"):
            Tag("h2", _("Manage at Stripe"), id="elsewhere")
            more = _("Stripe keeps your cards and invoices. There you can also add a card or change the one to charge.")
            Tag("p", more)
            with Tag("div", classes="actions"):
                button(_("Open Stripe's customer portal"), self._handler(self._leave))

    def _draw(self, found: tuple[Card, ...]) -> None:
        if not found:
            empty = _("Nothing is saved. When you pay, tick the box beside the card to keep it for next time.")
            Tag("p", empty, "muted")
            return
        with Tag("ul", classes="cards-saved"):
            for card in found:
                self._row(card)

    def _row(self, card: Card) -> None:
        """Its button has a listener of its own, bound to its method: the browser names nothing."""
        with Tag("li", classes="pending"):
            with Tag("div", classes="grow"):
                Tag("span", words(card), "strong")
                if card.expires:
                    Tag("div", _("expires {month}", month=card.expires), "caption")
            if card.is_default:
                chip(_("Default"), "info", "●")
            asked = self._handler(partial(self._ask, card))
            about = _("Remove {card}", card=words(card))
            button(_("Remove"), asked, "small", aria_label=about).mark(f"remove-{card.card_ref}")

    async def _ask(self, card: Card, _event: GenericEventArguments) -> None:
        self._leaving = card
        self._say("")
        self._modal.heading.text = _("Remove {card}?", card=words(card))
        self._modal.show()

    async def _remove(self, _event: GenericEventArguments) -> None:
        """Pressed twice, or removed elsewhere meanwhile: it is gone, which is what was wanted."""
        card = self._leaving
        if card is None:
            return
        with suppress(NotFound):
            await ask(_removed, self._portal, self._account_id, card.card_ref)
        self._leaving = None
        self._modal.shut()
        await self.show()
        notices.said(_("{card} was removed.", card=words(card)))
        focus(self._heading)

    async def _leave(self, _event: GenericEventArguments) -> None:
        ui.navigate.to(await ask(customers.portal_address, self._portal, self._account_id, "/cards"))

    def _say(self, sentence: str) -> None:
        self._wrong.text = sentence

    def _handler(self, work: Work, tell: Callable[[str], None] = notices.refused) -> Work:
        return act(self._portal, self._principal, Action.BUY, work, account_id=self._account_id, tell=tell)


def _removed(portal: Portal, account_id: str, card_ref: str) -> bool:
    customers.remove_card(portal, account_id, card_ref)
    return True


def words(card: Card) -> str:
    """Visa •••• 4242; what is no card is called by its kind, and by its bank when that is known."""
    known = KINDS.get(card.kind)
    kind = _(known) if known else card.kind.replace("_", " ").capitalize()
    brand = card.brand.replace("_", " ")
    name = (brand.capitalize() or kind) if card.kind == "card" else f"{kind} {brand}".strip()
    return f"{name} •••• {card.last4}" if card.last4 else name
