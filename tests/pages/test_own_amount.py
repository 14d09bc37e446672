"""An amount of one's own at the counter: what is typed is read and priced by the server, and begun exactly so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing import purchases
from billing.rules.bonuses import BonusStep
from billing.rules.catalog import Package, own_amount
from billing.rules.money import Credits, Money
from billing.store import accounts as account_rows
from billing.store import orders as order_rows
from pages.parts.tags import Tag
from tests.pages.visits import NUMBERS, Site, Visitor, until

STEP = Package("own", "price_step", "Credits", "", Money(1, "USD"), Credits.of("0.5"))
OWN = own_amount(STEP, Credits.whole(100), Credits.whole(5000))
USUAL = Package("usual", "price_usual", "Usual", "", Money(500, "USD"), Credits.whole(500), default=True)
LIMITS = "You can buy 100 to 5,000 credits at once."
PLAIN = "is not a plain positive number"


@pytest.fixture
def ada(site: Site, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    """Somebody who may buy 100 to 5,000 credits in halves, from 1,000 on with 5% on top."""
    steps = (BonusStep(Credits.whole(1000), percent=5),)
    monkeypatch.setattr(site.world.portal.gateway, "packages", lambda: (USUAL, replace(OWN, bonuses=steps)))
    visitor = site.visitor()
    site.world.portal.till.write(
        lambda tx: account_rows.set_customer(tx, visitor.account_id, f"cus_{next(NUMBERS)}")
    )  # fmt: skip
    return visitor


def field(ada: Visitor) -> Tag:
    """The field for the amount."""
    (found,) = ada.find(marker="own-amount").elements
    assert isinstance(found, Tag)
    return found


async def opened(ada: Visitor, language: str) -> None:
    """The counter in that language, with an own amount chosen."""
    ada.http_client.headers["accept-language"] = language
    await ada.open("/buy?package=own")


@pytest.mark.parametrize(
    ("language", "typed", "said"),
    [
        ("en", "0", LIMITS),
        ("en", "99.5", LIMITS),
        ("en", "5000.5", LIMITS),
        ("en", "999999999999999", "more credits than can exist"),
        ("de", "1,5", "100"),
        ("de", "1.000", "1250"),
        ("en", "1,5", PLAIN),
        ("en", "100.005", "take 100 or 100.5."),
        ("en", "-5", PLAIN),
        ("en", "1e5", PLAIN),
        ("en", "1e309", PLAIN),
        ("en", "NaN", PLAIN),
        ("en", "٣", PLAIN),
        ("en", str(2**63), PLAIN),
        ("en", "", PLAIN),
    ],
)
async def test_buy_7_what_cannot_be_bought_stands_beside_the_field_and_begins_nothing(
    site: Site, ada: Visitor, language: str, typed: str, said: str
) -> None:
    await opened(ada, language)
    ada.find(marker="own-amount").trigger("change", typed)
    control = field(ada)
    (wrong,) = ada.find(marker="credits-error").elements
    assert isinstance(wrong, Tag)
    assert said in wrong.text
    assert control.props["aria-invalid"] == "true"
    assert wrong.html_id in control.props["aria-describedby"].split()
    (due,) = [each for each in ada.find(kind=Tag).elements if each.props.get("id") == "due"]
    assert due.text == "–"
    ada.find("Continue to payment" if language == "en" else "Weiter zur Zahlung").click()
    assert purchases.recent(site.world.portal, ada.account_id) == []


async def test_what_was_typed_is_priced_by_the_server_and_begun_with_its_bonus(site: Site, ada: Visitor) -> None:
    await opened(ada, "de")
    ada.find(marker="own-amount").trigger("change", "nonsense")
    ada.find(marker="own-amount").trigger("change", "1234,5")
    await ada.should_see("24,69 USD")
    await ada.should_see("+61,725")
    assert "aria-invalid" not in field(ada).props
    ada.find("Weiter zur Zahlung").click()
    await until(lambda: purchases.recent(site.world.portal, ada.account_id))
    (begun,) = purchases.recent(site.world.portal, ada.account_id)
    assert (begun.amount, str(begun.credits), str(begun.bonus)) == (Money(2469, "USD"), "1234.5", "61.725")


async def test_a_forged_message_that_is_no_text_is_refused_like_an_empty_field(ada: Visitor) -> None:
    await opened(ada, "en")
    for forged in ({"price": 1}, [200], 200, None):
        ada.find(marker="own-amount").trigger("change", forged)
        assert field(ada).props["aria-invalid"] == "true"


async def test_the_field_is_there_for_an_own_amount_only_and_a_single_offer_has_no_price_to_compare(
    site: Site, ada: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ada.open("/buy")
    await ada.should_see("10.00 USD per 1,000")
    await ada.should_not_see("How many credits")
    monkeypatch.setattr(site.world.portal.gateway, "packages", lambda: (replace(USUAL, key="alone"),))
    await ada.open("/buy")
    await ada.should_not_see("per 1,000")


async def test_a_receipt_tells_of_a_bonus_and_of_tax_where_there_is_some(site: Site, ada: Visitor) -> None:
    portal = site.world.portal
    plain = site.world.order(ada.account_id, f"pi_{next(NUMBERS)}", f"cus_{next(NUMBERS)}")
    number = next(NUMBERS)
    rich = replace(
        plain, id=f"ord_{number:020}", price_ref=f"price_{number}", payment_ref=f"pi_{number}",
        idempotency_key=f"scrip:{number}", tax_minor=95, bonus=Credits.whole(25),
    )  # fmt: skip
    portal.till.write(lambda tx: order_rows.add(tx, rich))
    await ada.open(f"/receipt/{plain.id}")
    for term in ("Tax added", "Bonus"):
        await ada.should_not_see(term)
    await ada.open(f"/receipt/{rich.id}")
    for said in ("Tax added", "0.95 USD", "Bonus", "+25"):
        await ada.should_see(said)
