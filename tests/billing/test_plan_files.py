"""Plan files: three forms say the same, and every rule and every mistake has its sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from billing.plan_files import load
from billing.plan_printing import Style, printed
from billing.rules.errors import BadInput
from billing.rules.money import Credits, Money
from billing.rules.plans import UNLIMITED, Behavior, Catalogue, Rollover, SeatChange
from tests.world.catalogues import THREE_TIERS, catalogues, of_text, of_values

PRICE = {"name": "monthly", "amount": 4900, "currency": "usd", "interval": "month"}


def _sentence(value: object) -> str:
    with pytest.raises(BadInput) as refused:
        of_values(value)
    return refused.value.sentence


def test_a_plan_may_carry_its_prices_and_each_number_has_a_type(tmp_path: Path) -> None:
    found = of_text(THREE_TIERS, tmp_path)
    team, business = found.plan("Team"), found.plan("business")
    assert team is not None
    assert business is not None
    assert (team.intervals, team.on_start_credits, team.rollover) == (
        ("month", "year"), Credits.whole(100), Rollover.KEEP,
    )  # fmt: skip
    product, seats = found.product("team"), found.product("business-seats")
    assert product is not None
    assert seats is not None
    assert [(each.name, each.amount) for each in product.prices] == [
        ("month", Money(4900, "USD")), ("year", Money(49_000, "USD")),
    ]  # fmt: skip
    assert (seats.behavior, seats.seat_limit, seats.seat_change) == (Behavior.PER_SEAT, 10, SeatChange.EXACT)
    assert [str(each) for each in business.limits] == [UNLIMITED, UNLIMITED]
    assert [each.name for each in found.features_of(business)] == ["sso"]
    assert found.default_plan == found.plan("free")


def test_a_subscription_leads_to_its_plan_by_products_and_interval(tmp_path: Path) -> None:
    found = of_text(THREE_TIERS, tmp_path)
    assert found.plan_of({"team"}, "year") == found.plan("team")
    assert found.plan_of(["business-seats", "business"], "month") == found.plan("business")
    assert found.plan_of({"business"}, "month") is None
    assert found.plan_of({"team"}, "week") is None
    assert found.plan_of((), "month") is None


LEGACY = """
features:
  - {name: support, title: Support, metadata: {weightage: 3}}
  - {name: audit, title: Audit log, product_ids: [basic_access]}
products:
  - name: Basic_Access
    title: Base access
    behavior: per_seat
    config: {seat_limit: 20}
    prices: [{amount: 50000, currency: inr, interval: month}]
    features: [{name: support}]
  - name: tokens
    title: Tokens
    behavior: credits
    config: {credit_amount: 400, min_quantity: 2, max_quantity: 50}
    prices: [{name: default, amount: 20000, currency: inr}]
plans:
  - {name: basic_monthly, title: Basic, interval: month, on_start_credits: 50, trial_days: 7,
     products: [{name: basic_access}, tokens]}
"""
KINDS = """
apiVersion: v1
kind: BillingProduct
spec:
  - {name: basic_access, title: Base access, behavior: per_seat, config: {seat_limit: 20}, features: [audit, support],
     prices: [{name: default_0, amount: 50000, currency: inr, interval: month}]}
---
apiVersion: v1
kind: BillingProduct
spec:
  - {name: tokens, title: Tokens, behavior: credits, config: {credit_amount: 400, min_quantity: 2, max_quantity: 50},
     prices: [{name: default, amount: 20000, currency: INR}]}
---
{apiVersion: v1, kind: BillingFeature, spec: [{name: support, title: Support, metadata: {weightage: 3}},
  {name: audit, title: Audit log}]}
---
apiVersion: v1
kind: BillingPlan
spec:
  - {name: basic_monthly, title: Basic, interval: month, on_start_credits: 50, trial_days: 7, state: active,
     products: [tokens, basic_access]}
"""
OURS = """
features: [{name: support, title: Support, weight: 3}, {name: audit, title: Audit log}]
products:
  - {name: basic_access, title: Base access, seats: {limit: 20}, features: [support, audit],
     prices: [{name: default_0, amount: "500.00", currency: INR, interval: month}]}
  - {name: tokens, title: Tokens, credits: 400, quantity: {min: 2, max: 50},
     prices: [{name: default, amount: "200.00", currency: inr}]}
plans:
  - {name: basic_monthly, title: Basic, intervals: [month], credits: {on_start: 50}, trial_days: 7,
     products: [basic_access, tokens]}
"""


@pytest.mark.parametrize("text", [KINDS, OURS])
def test_three_forms_say_the_same(text: str, tmp_path: Path) -> None:
    assert of_text(text, tmp_path) == of_text(LEGACY, tmp_path)


@pytest.mark.parametrize("style", Style)
@given(found=catalogues())
@settings(max_examples=60, deadline=None)
def test_what_is_printed_reads_as_the_same_catalogue(
    style: Style, found: Catalogue, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert of_text(printed(found, style), tmp_path_factory.getbasetemp()) == found


def test_the_own_form_prints_a_plan_with_its_prices_inside(tmp_path: Path) -> None:
    text = printed(of_text(THREE_TIERS, tmp_path), Style.OURS)
    assert "products:" not in text


def test_every_file_of_a_folder_is_read_and_a_file_may_be_an_address(tmp_path: Path) -> None:
    base, folder = tmp_path / "single.yaml", tmp_path / "more"
    folder.mkdir()
    products, plans = LEGACY.split("plans:")
    base.write_text("plans:" + plans, "utf-8")
    (folder / "products.yml").write_text(products, "utf-8")
    (folder / "notes.txt").write_text("not YAML: [", "utf-8")
    assert load([base.as_uri(), str(folder)]) == of_text(LEGACY, tmp_path)
    assert load([str(base), f"file://{folder}", str(base)]) == of_text(LEGACY, tmp_path)


@pytest.mark.parametrize("path", ["gs://bucket/plans", "https://example.org/plans.yml", "file://elsewhere/plans.yml"])
def test_another_machines_files_are_refused(path: str) -> None:
    with pytest.raises(BadInput, match="must be a file or a folder of this machine"):
        load([path])


def test_an_unknown_key_is_told_with_file_line_and_the_nearest_known_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        of_text(THREE_TIERS.replace("trial_days", "trail_days"), tmp_path)
    expected = f"{tmp_path}/plans.yml, line 17: plans[1].trail_days is not known here; did you mean trial_days?"
    assert refused.value.sentence == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "plans.yml is empty"),
        ("# nothing\n---\n", "plans.yml is empty"),
        ("plans: [", "is not valid YAML"),
        ("plans: !!python/object:os.system {}", "is not valid YAML"),
        ("- plans", "line 1: a file of plans is a mapping"),
        ("plans: &p [{name: a, products: *p}]", "line 1: this contains itself"),
        ("a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
            f"{b}: &{b} [*{a},*{a},*{a},*{a},*{a},*{a},*{a},*{a},*{a}]\n" for a, b in zip("abcde", "bcdef", strict=True)
        ), "aliases repeat too much"),
        ("plans: " + "[" * 3000, "nested too deeply"),
        ("plans: [{name: a}]\nplans: [{name: b}]", "plans stands twice"),
        ("plans: [{name: a}, {name: A}]", "the plan a stands already in"),
        ("#" * 10_000_000, "is larger than 1000 kB"),
    ],
)  # fmt: skip
def test_what_is_no_file_of_plans_is_refused_in_one_sentence(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        of_text(text, tmp_path)
    assert told in refused.value.sentence
    assert "plans.yml" in refused.value.sentence


def test_a_file_that_is_missing_or_no_text_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.yml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "empty").mkdir()
    for name, told in (("gone.yml", "cannot be read"), ("binary.yml", "cannot be read"), ("empty", "holds no file")):
        with pytest.raises(BadInput, match=told):
            load([str(tmp_path / name)])


@pytest.mark.parametrize("tiers", [{"billing_scheme": "tiered"}, {"tiers": [{"up_to": 5, "unit_amount": 1}]}])
def test_prices_in_tiers_are_refused(tiers: dict[str, Any]) -> None:
    told = _sentence({"products": [{"name": "a", "prices": [PRICE | tiers]}]})
    assert "prices in tiers are not sold here" in told
    assert told.startswith("plans.yml: products[0].prices[0].")


@pytest.mark.parametrize(
    ("amount", "told"),
    [(49, '"49.00"'), ("49,00", "is not a plain positive number"), ("49.001", "more decimals"), ("-1", "not a plain")],
)
def test_an_amount_that_could_mean_two_things_is_refused(amount: object, told: str) -> None:
    plan = {"name": "a", "prices": [{"amount": amount, "currency": "USD", "interval": "month"}]}
    assert told in _sentence({"plans": [plan]})


@pytest.mark.parametrize("amount", ["49.00", -1, True, None])
def test_minor_units_are_whole_numbers(amount: object) -> None:
    assert "prices[0].amount" in _sentence(
        {"products": [{"name": "a", "config": {}, "prices": [PRICE | {"amount": amount}]}]}
    )


def test_frontiers_free_words_may_say_anything_and_misspelt_fields_may_not() -> None:
    product = {"name": "a", "prices": [PRICE], "metadata": {"team": "growth", "weightage": 2}}
    assert of_values({"products": [product]}).product("a") is not None
    assert _sentence({"products": [product | {"confg": {}}]}).endswith("did you mean config?")
    spec = {"apiVersion": "v1", "kind": "BillingProduct", "spec": [product | {"priecs": []}]}
    assert _sentence(spec) == "plans.yml: spec[0].priecs is not known here; did you mean prices?"
    assert "apiVersion" in _sentence(spec | {"apiVersion": "v2"})
    assert "kind" in _sentence(spec | {"kind": "BillingProducts"})
