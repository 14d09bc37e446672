"""Saved payment methods: shown, forgotten after a question, and never anybody else's."""

from __future__ import annotations

import pytest

from billing.customers import Card
from billing.rules.errors import NotFound
from billing.store import accounts as account_rows
from pages.cards import words
from tests.pages.visits import NUMBERS, Site, Visitor

VISA = Card("pm_visa", "card", "visa", "4242", "12/2034", is_default=True)
BANK = Card("pm_bank", "sepa_debit", "", "3000", "")


class Wallets:
    """Stripe's cards by customer; `removed` tells what was asked for, by whom."""

    def __init__(self) -> None:
        self.held: dict[str, list[Card]] = {}
        self.removed: list[tuple[str, str]] = []

    def cards(self, customer_ref: str) -> tuple[Card, ...]:
        return tuple(self.held.get(customer_ref, ()))

    def remove_card(self, customer_ref: str, card_ref: str) -> None:
        self.removed.append((customer_ref, card_ref))
        kept = [card for card in self.held[customer_ref] if card.card_ref != card_ref]
        if len(kept) == len(self.held[customer_ref]):
            raise NotFound("There is no such card.")
        self.held[customer_ref] = kept


@pytest.fixture
def wallets(site: Site, monkeypatch: pytest.MonkeyPatch) -> Wallets:
    made, gateway = Wallets(), site.world.portal.gateway
    monkeypatch.setattr(gateway, "cards", made.cards)
    monkeypatch.setattr(gateway, "remove_card", made.remove_card)
    return made


def customer(site: Site, visitor: Visitor) -> str:
    """The visitor's customer at Stripe."""
    ref = f"cus_cards{next(NUMBERS)}"
    site.world.portal.till.write(lambda tx: account_rows.set_customer(tx, visitor.account_id, ref))
    return ref


async def test_only_ones_own_methods_are_shown(site: Site, wallets: Wallets) -> None:
    ada, bo = site.visitor(), site.visitor("Bo")
    wallets.held = {customer(site, ada): [VISA], customer(site, bo): [BANK]}
    await ada.open("/cards")
    await ada.should_see("Visa •••• 4242")
    await ada.should_see("expires 12/2034")
    await ada.should_see("Default")
    await ada.should_not_see("3000")


async def test_who_never_bought_is_told_how_a_card_is_saved(site: Site, wallets: Wallets) -> None:
    ada = site.visitor()
    await ada.open("/cards")
    await ada.should_see("Nothing is saved.")


async def test_a_method_is_forgotten_only_after_a_question_and_only_that_one(site: Site, wallets: Wallets) -> None:
    ada = site.visitor()
    ref = customer(site, ada)
    wallets.held = {ref: [VISA, BANK]}
    await ada.open("/cards")
    ada.find(marker="remove-pm_visa").click()
    await ada.should_see("Remove Visa •••• 4242?")
    assert wallets.removed == []
    ada.find(marker="remove-card").click()
    await ada.should_see("Visa •••• 4242 was removed.")
    await ada.should_see("Bank account •••• 3000")
    assert wallets.removed == [(ref, "pm_visa")]


async def test_what_was_removed_elsewhere_meanwhile_is_simply_gone(site: Site, wallets: Wallets) -> None:
    ada = site.visitor()
    ref = customer(site, ada)
    wallets.held = {ref: [VISA]}
    await ada.open("/cards")
    ada.find(marker="remove-pm_visa").click()
    await ada.should_see("Remove Visa •••• 4242?")
    wallets.held = {ref: []}
    ada.find(marker="remove-card").click()
    await ada.should_see("Nothing is saved.")


async def test_a_stripe_that_does_not_answer_shows_no_list_at_all(site: Site) -> None:
    """The gateway of these tests points at a closed port."""
    ada = site.visitor()
    customer(site, ada)
    await ada.open("/cards")
    await ada.should_see("Your saved payment methods cannot be shown now.")
    await ada.should_not_see("Nothing is saved.")


@pytest.mark.parametrize(
    ("card", "said"),
    [
        (VISA, "Visa •••• 4242"),
        (BANK, "Bank account •••• 3000"),
        (Card("pm_1", "link", "ada@example.org", "", ""), "Link ada@example.org"),
        (Card("pm_1", "new_method", "", "", ""), "New method"),
        (Card("pm_1", "card", "american_express", "0005", "01/2030"), "American express •••• 0005"),
    ],
)
def test_a_method_is_called_by_the_name_its_owner_knows(card: Card, said: str) -> None:
    assert words(card) == said
