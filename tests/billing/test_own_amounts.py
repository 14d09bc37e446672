"""Amounts of the buyer's own and bonuses: sold in steps that can be charged, promised with the order, given once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from billing import accounts, check, purchases
from billing.purchases import Buyer
from billing.rules.bonuses import BonusStep, bonus_on, steps_of
from billing.rules.catalog import Package, own_amount, pick, preselected
from billing.rules.charges import can_be_charged, least_charge
from billing.rules.errors import BadInput
from billing.rules.lots import LotSource
from billing.rules.money import Credits, Money
from billing.rules.orders import OrderState, Surface
from billing.settings import SettingsError
from tests.world.portals import settings_for
from tests.world.shops import Shop, open_shop

OWN = '[{"step": "0.5", "least": "5", "most": "20000", "amount": "0.25", "currency": "USD"}]'
BONUS = '[{"least": "1000", "percent": 5}, {"least": "100", "credits": "7.5"}]'
PACKAGES = '[{"key": "usual", "name": "Usual", "credits": "1000", "amount": "400", "currency": "USD"}]'
CARD = "4242424242424242"


@pytest.fixture(scope="module")
def here(stripe_sandbox: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop that sells 5 to 20,000 credits in halves, each half for 0.25, beside a package."""
    settings = {
        "SCRIP_CATALOG__OWN_AMOUNTS": OWN,
        "SCRIP_CATALOG__BONUS": BONUS,
        "SCRIP_CATALOG__PACKAGES": PACKAGES,
        "SCRIP_PURCHASE__NEEDS_SUBSCRIPTION": "none",
    }
    with open_shop(f"sqlite:///{tmp_path_factory.mktemp('own')}/scrip.db", stripe_sandbox, False, **settings) as made:
        made.portal.gateway.publish_packages(made.portal.settings.catalog.sold_packages)
        yield made
        assert check.run(made.portal.database) == []


def own(shop: Shop) -> Package:
    """The amount of one's own, as an account is offered it."""
    return next(each for each in purchases.offers(shop.portal, shop.world.account()) if each.own)


def step(amount: str, currency: str, credits: str = "1") -> Package:
    """A step of credits for this price."""
    return Package("own", "price_own", "Credits", "", Money.of(amount, currency), Credits.of(credits))


def test_what_was_published_is_offered_at_its_least_after_the_packages_and_never_chosen_for_anybody(here: Shop) -> None:
    offered = purchases.offers(here.portal, here.world.account())
    assert [each.key for each in offered] == ["usual", "own"]
    assert (own(here).amount, own(here).credits) == (Money(250, "USD"), Credits.whole(5))
    assert own(here).limits == (Credits.whole(5), Credits.whole(20_000))
    assert preselected(offered) == offered[0]
    before = here.stripe("prices?limit=100", "GET")["data"]
    here.portal.gateway.publish_packages(here.portal.settings.catalog.sold_packages)
    assert here.stripe("prices?limit=100", "GET")["data"] == before, "publishing again made another price"


@pytest.mark.parametrize("surface", [Surface.ELEMENTS, Surface.HOSTED])
def test_an_own_amount_is_paid_to_the_cent_and_comes_with_its_bonus_as_a_lot_of_its_own(
    here: Shop, surface: Surface
) -> None:
    account, wanted = here.world.account(), own(here).giving(Credits.of("1234.5"))
    begun = purchases.begin(
        here.portal, Buyer("usr_1", account), wanted.key, surface=surface, quantity=wanted.quantity
    ).order
    assert (begun.amount, str(begun.credits), str(begun.bonus)) == (Money(61_725, "USD"), "1234.5", "61.725")
    if surface is Surface.HOSTED:
        here.told(f"sessions/{begun.session_ref}/complete", card=CARD)
    else:
        here.told(f"payments/{begun.payment_ref}/pay", card=CARD)
    for _ in range(2):
        assert purchases.confirm(here.portal, account, begun.id).state is OrderState.CREDITED
    lots = {
        lot.source: (lot.order_id, Credits(lot.remaining_micro)) for lot in accounts.view(here.portal, account).lots
    }
    assert lots == {
        LotSource.PURCHASE: (begun.id, Credits.of("1234.5")),
        LotSource.BONUS: (begun.id, Credits.of("61.725")),
    }


def test_an_order_keeps_what_it_promised_when_the_catalogue_changes(here: Shop) -> None:
    account, sold = here.world.account(), here.portal.settings.catalog.sold_packages
    begun = purchases.begin(here.portal, Buyer("usr_1", account), "usual", surface=Surface.ELEMENTS).order
    here.portal.gateway.publish_packages([replace(each, bonuses=()) for each in sold])
    here.told(f"payments/{begun.payment_ref}/pay", card=CARD)
    purchases.confirm(here.portal, account, begun.id)
    assert here.world.balance(account) == Credits.whole(1050)
    other = Buyer("usr_1", here.world.account())
    assert not purchases.begin(here.portal, other, "usual", surface=Surface.ELEMENTS).order.bonus.micro
    here.portal.gateway.publish_packages(sold)


@pytest.mark.parametrize("quantity", [-1, 0, 9, 40_001, 2**63])
def test_a_tampered_number_of_steps_is_refused_with_the_limits(here: Shop, quantity: int) -> None:
    with pytest.raises(BadInput, match="You can buy 5 to 20000 credits at once"):
        purchases.begin(here.portal, Buyer("usr_1", here.world.account()), "own", quantity=quantity)


@pytest.mark.parametrize(
    ("credits", "said"),
    [
        ("4.5", "You can buy 5 to 20000 credits at once."),
        ("20000.5", "You can buy 5 to 20000 credits at once."),
        ("10.005", "Credits are sold in steps of 0.5 here: take 10 or 10.5."),
    ],
)
def test_credits_that_cannot_be_had_are_refused_with_those_that_can(here: Shop, credits: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        own(here).giving(Credits.of(credits))
    assert (refused.value.sentence, refused.value.details["field"]) == (said, "credits")
    with pytest.raises(BadInput, match="Usual gives a fixed number"):
        pick(purchases.offers(here.portal), "usual").giving(Credits.of(credits))


def test_checkout_speaks_the_buyers_language_where_stripe_speaks_it(here: Shop) -> None:
    for language, spoken in (("de", "de"), ("ja", "ja"), ("ar", None), ("", None)):
        buyer = Buyer("usr_1", here.world.account())
        order = purchases.begin(here.portal, buyer, "usual", surface=Surface.HOSTED, language=language).order
        assert here.stripe(f"checkout/sessions/{order.session_ref}", "GET")["locale"] == spoken


def test_a_price_of_steps_that_is_not_clear_is_not_sold(here: Shop) -> None:
    product = here.portal.settings.stripe.product
    assert product is not None
    plain = {"product": product, "currency": "usd", "unit_amount": "10", "metadata[credits]": "1"}
    for name, marks in {
        "halved": {"metadata[scrip_least]": "5.5", "metadata[scrip_most]": "9"},
        "endless": {"metadata[scrip_least]": "5"},
        "tiny": {"metadata[scrip_least]": "4", "metadata[scrip_most]": "9"},
    }.items():
        here.stripe("prices", **plain, **marks, **{"metadata[key]": name})
    assert [each.key for each in here.portal.gateway.packages()] == ["usual", "own"]


@pytest.mark.parametrize(
    ("amount", "currency", "least", "works"),
    [
        ("0.01", "USD", "50", True),
        ("0.01", "USD", "49", False),
        ("1", "JPY", "50", True),
        ("1", "JPY", "49", False),
        ("0.001", "KWD", "100", False),
        ("0.01", "KWD", "1", True),
        ("1", "ISK", "1", True),
        ("1", "HUF", "175", True),
        ("1", "HUF", "174", False),
        ("10000", "USD", "100", False),
    ],
)
def test_no_own_amount_is_offered_that_stripe_would_not_charge(
    amount: str, currency: str, least: str, works: bool
) -> None:
    try:
        made = own_amount(step(amount, currency), Credits.of(least), Credits.of(least))
    except BadInput:
        assert not works
    else:
        assert works
        assert can_be_charged(made.amount)
        assert made.amount >= least_charge(currency)


@pytest.mark.parametrize(
    ("bought", "bonus"), [("99.999999", "0"), ("100", "7.5"), ("999", "7.5"), ("1000", "50"), ("1000.00001", "50")]
)
def test_the_highest_step_that_was_reached_gives_its_bonus_alone(bought: str, bonus: str) -> None:
    steps = (BonusStep(Credits.whole(1000), percent=5), BonusStep(Credits.whole(100), credits=Credits.of("7.5")))
    assert str(bonus_on(Credits.of(bought), steps)) == bonus


@pytest.mark.parametrize("text", ["", "1000:5%", "100:7.5 1000:5%"])
def test_steps_read_as_they_are_written(text: str) -> None:
    assert " ".join(map(str, steps_of(text))) == text


@pytest.mark.parametrize("text", ["5%", "10:", "10:0%", "10:101%", "10:-5", "10:1.5%", ":5%", "10:٣%"])
def test_a_bonus_that_is_not_clear_is_none(text: str) -> None:
    with pytest.raises(BadInput):
        steps_of(text)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("OWN_AMOUNTS", OWN.replace('"5"', '"1"').replace("0.25", "0.1")),
        ("OWN_AMOUNTS", OWN.replace('"5"', '"5.3"')),
        ("OWN_AMOUNTS", f"{OWN[:-1]}, {OWN[1:]}"),
        ("OWN_AMOUNTS", OWN.replace('"step"', '"key": "starter", "step"')),
        ("BONUS", '[{"least": "5"}]'),
        ("BONUS", '[{"least": "5", "percent": 5, "credits": "3"}]'),
        ("BONUS", '[{"least": "5", "percent": 5}, {"least": "5.0", "percent": 6}]'),
    ],
)
def test_settings_that_contradict_themselves_are_refused_at_start(tmp_path: Path, name: str, written: str) -> None:
    with pytest.raises(SettingsError, match=name.lower()):
        settings_for(f"sqlite:///{tmp_path}/scrip.db", **{f"SCRIP_CATALOG__{name}": written})


def test_who_names_packages_of_their_own_gets_no_bonus_and_no_own_amount_of_the_profile(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/scrip.db"
    assert settings_for(database).catalog.own_amounts
    other = settings_for(database, SCRIP_CATALOG__PACKAGES=PACKAGES).catalog
    assert (len(other.packages), other.own_amounts, other.bonus) == (1, (), ())
