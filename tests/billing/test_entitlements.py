"""Entitlements over real rows: which plan counts, what a downgrade leaves, and when the provider is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from billing import check, entitlements
from billing.entitlements import Asked
from billing.plan_files import catalogue_of
from billing.portal import Portal
from billing.recording import record_now
from billing.rules.errors import BadInput, GatewayUnavailable, KeyReused, LimitReached, NotFound, NotInPlan
from billing.rules.facts import SubscriptionFact
from billing.rules.moments import DAY
from billing.rules.money import Money
from billing.rules.subscriptions import OPENS
from billing.settings import load_settings
from tests.world.databases import Databases, migrated
from tests.world.portals import World, open_world
from tests.world.registrars import LIMITED
from tests.world.shops import ON_OFFER, Shop


@pytest.fixture
def limited(databases: Databases) -> Iterator[World]:
    with open_world(databases.prepared("schema", migrated), clock=None, **LIMITED) as world:
        yield world


def asked(account: str, holder: str, limit: str = "pipelines", count: int = 1) -> Asked:
    return Asked(account, limit, holder, "key_tests", count)


def subscribed(world: World, status: str = "active", price: str = "price_team") -> tuple[str, SubscriptionFact]:
    """An account and its subscription, as a webhook told of it."""
    account, now = world.account("Ada", "cus_1"), world.clock()
    fact = SubscriptionFact(
        "sub_1", "cus_1", status, "prod_1", price, 1, Money(4900, "USD"), "month", 1, now, now + 30 * DAY, now, now,
    )  # fmt: skip
    record_now(world.portal, fact)
    return account, fact


def with_limits(portal: Portal) -> Portal:
    """The same portal, with plans that say what they allow."""
    limits = load_settings({name: value for name, value in LIMITED.items() if "CATALOG" in name})
    return replace(portal, catalogue=catalogue_of(limits))


def plan(portal: Portal, account: str) -> str | None:
    found = entitlements.overview(portal, account).standing.tier
    return found.key if found else None


@pytest.mark.parametrize("status", [*OPENS, "unheard_of"])
def test_only_states_that_open_a_subscription_open_its_plan(limited: World, status: str) -> None:
    account, _ = subscribed(limited, status)
    opened = status in ("active", "trialing")
    assert plan(limited.portal, account) == ("team" if opened else "free")
    verdict = entitlements.check_room(limited.portal, account, "pipelines", 4)
    assert verdict.allowed == opened
    if status == "past_due":
        assert "The last payment failed." in verdict.reason


def test_a_smaller_plan_keeps_what_is_there_and_refuses_what_is_new(limited: World) -> None:
    account, fact = subscribed(limited)
    for number in range(5):
        entitlements.take(limited.portal, asked(account, f"p{number}"))
    record_now(limited.portal, replace(fact, status="canceled", ended_at=1, read_at=fact.read_at + 1))
    assert plan(limited.portal, account) == "free"
    assert entitlements.overview(limited.portal, account).used == {"pipelines": 5}
    again = entitlements.take(limited.portal, asked(account, "p4"))
    assert (again.fresh, again.verdict.used, again.verdict.limit) == (False, 5, 3)
    with pytest.raises(LimitReached, match="allows 3 pipelines, and 5 are in use"):
        entitlements.take(limited.portal, asked(account, "p5"))
    for number in range(3):
        assert entitlements.release(limited.portal, asked(account, f"p{number}"))
    assert entitlements.take(limited.portal, asked(account, "p5")).verdict.used == 3


def test_every_refusal_changes_nothing(limited: World) -> None:
    account = limited.account()
    entitlements.take(limited.portal, asked(account, "p", count=2))
    before = entitlements.overview(limited.portal, account)
    for wrong, error in (
        (asked(account, "q", count=2), LimitReached), (asked(account, "p"), KeyReused),
        (asked(account, "q", "pipeline"), BadInput), (asked(account, "q", count=0), BadInput),
        (asked(account, "", count=1), BadInput), (asked("acc_none", "q"), NotFound), (asked("stripe", "q"), NotFound),
    ):  # fmt: skip
        with pytest.raises(error):
            entitlements.take(limited.portal, wrong)
    with pytest.raises(NotFound):
        entitlements.release(limited.portal, asked("acc_none", "p"))
    assert entitlements.overview(limited.portal, account) == before
    assert check.run(limited.portal.database) == []


def test_without_a_default_plan_nothing_is_allowed_in_silence(databases: Databases) -> None:
    team = '[{"key":"team","name":"Team","amount":"49","currency":"USD","limits":{"pipelines":5}}]'
    with open_world(databases.prepared("schema", migrated), SCRIP_CATALOG__PLANS=team) as world:
        account = world.account()
        with pytest.raises(NotInPlan, match=r"Pipelines need a plan. Team allows 5 for 49.00 USD per month"):
            entitlements.take(world.portal, asked(account, "p"))


def test_open_pages_hear_of_a_place_taken_and_given_back_and_of_nothing_else(limited: World) -> None:
    account = limited.account()
    limited.rung.clear()
    for work in (entitlements.take, entitlements.take, entitlements.release, entitlements.release):
        work(limited.portal, asked(account, "p"))
    # PostgreSQL rings through a listener, which is not here.
    assert limited.rung == ([account, account] if limited.portal.database.is_sqlite else [])


def test_a_plan_that_cannot_be_known_is_neither_allowed_nor_taken_for_the_free_one(limited: World) -> None:
    account, _ = subscribed(limited, price="price_of_yesterday")
    for ask in (
        lambda: entitlements.take(limited.portal, asked(account, "p")),
        lambda: entitlements.check_room(limited.portal, account, "pipelines"),
    ):
        with pytest.raises(GatewayUnavailable):
            ask()


def test_while_the_provider_is_away_its_last_word_on_a_paid_plan_holds(limited: World) -> None:
    account, fact = subscribed(limited)
    limited.clock.now = fact.period_end + DAY
    assert plan(limited.portal, account) == "team"


def test_a_retired_price_keeps_its_plan_also_when_the_provider_is_away(shop: Shop) -> None:
    """The price was changed: it is sold no more, but its subscriber stays on the plan it was sold as."""
    portal = with_limits(shop.portal)
    account, customer = shop.customer()
    made = shop.subscribed(customer)
    price = made["items"]["data"][0]["price"]["id"]
    portal.gateway.publish_plans(replace(each, amount=Money(9900, "USD")) for each in ON_OFFER)
    assert price not in {each.price_ref for each in portal.gateway.plans(fresh=True)}
    record_now(portal, portal.gateway.subscription(made["id"]))
    assert entitlements.take(portal, asked(account, "p")).verdict.limit == 25
    away = replace(portal, gateway=Away())  # type: ignore[arg-type]
    assert entitlements.check_room(away, account, "pipelines", 24).allowed


def test_a_renewal_or_an_end_that_no_webhook_told_of_is_asked_for_once_the_paid_time_is_over(shop: Shop) -> None:
    portal = with_limits(shop.portal)
    account, customer = shop.customer()
    made = shop.subscribed(customer)
    record_now(portal, portal.gateway.subscription(made["id"]))
    shop.stripe(f"subscriptions/{made['id']}", "DELETE")
    assert plan(portal, account) == "team", "no webhook told of it, and it is paid"
    shop.world.clock.pass_by(32 * DAY)
    assert plan(portal, account) == "free"


class Away:
    """A provider whose every method is a failure: nothing may be asked of it."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"{name} was asked of a provider that is away")
