"""Catalogues of plans for tests: one with a bit of everything, and any that keeps the rules."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

from billing.plan_documents import Document
from billing.plan_files import load, merged
from billing.rules.money import Credits, Money
from billing.rules.plan_rules import mistakes
from billing.rules.plans import (
    INTERVALS,
    Aggregate,
    Behavior,
    Catalogue,
    Feature,
    Limit,
    PlanTerms,
    Price,
    Product,
    Rollover,
    SeatChange,
    Usage,
    catalogue,
)

THREE_TIERS = """
features:
  - {name: sso, title: Single sign-on, weight: 5}
plans:
  - name: free
    title: Free
    default: true
    limits: {pipelines: 3, connections: 2}
  - name: team
    title: Team
    description: For a few people.
    weight: 1
    prices:
      - {amount: "49.00", currency: USD, interval: month}
      - {amount: "490.00", currency: USD, interval: year}
    credits: {on_start: 100, each_period: 50, rollover: keep}
    trial_days: 14
    limits: {pipelines: 25, connections: 10}
  - name: business
    title: Business
    weight: 2
    prices: [{amount: "199.00", currency: USD, interval: month}]
    seats: {behavior: exact, limit: 10, prices: [{amount: "9.00", currency: USD, interval: month}]}
    features: [sso]
    limits: {pipelines: unlimited, connections: unlimited}
"""

RHYTHMS = """
features:
  - {name: sso, title: Single sign-on, weight: 5}
  - {name: export, title: Export, weight: 1}
plans:
  - name: free
    title: Free
    default: true
    limits: {pipelines: 1}
  - name: solo
    title: Solo
    weight: 1
    prices:
      - {amount: "29.00", currency: USD, interval: month}
      - {amount: "290.00", currency: USD, interval: year}
      - {amount: "7.77", currency: USD, interval: week}
    credits: {on_start: 10, each_period: 290}
    trial_days: 14
    features: [export]
    limits: {pipelines: 3}
  - name: team
    title: Team
    weight: 2
    prices:
      - {amount: "58.00", currency: USD, interval: month}
      - {amount: "580.00", currency: USD, interval: year}
    credits: {each_period: 580, rollover: keep}
    seats: {behavior: exact, limit: 10, prices: [{amount: "9.00", currency: USD, interval: month},
            {amount: "90.00", currency: USD, interval: year}]}
    trial_days: 7
    features: [sso, export]
    limits: {pipelines: 25}
  - name: gift
    title: Gift
    prices: [{amount: "0.00", currency: USD, interval: month}]
    limits: {pipelines: 2}
  - name: euro
    title: Euro
    weight: 3
    prices: [{amount: "99.00", currency: EUR, interval: month}]
    limits: {pipelines: unlimited}
"""


def written(folder: Path, text: str) -> str:
    """The path of a file with this text."""
    file = folder / "plans.yml"
    file.write_text(text, "utf-8")
    return str(file)


def of_text(text: str, folder: Path) -> Catalogue:
    """The catalogue of one file with this text."""
    return load([written(folder, text)])


def of_values(value: object) -> Catalogue:
    """The catalogue of a document with these values."""
    return merged([Document("plans.yml", value)])


WORDS = ("alpha", "beta", "gamma", "delta", "epsilon")
TEXTS = ("Alpha", "yes", "49.00", "null", "2026-11-21", "Größe: 5 # more", "'quoted' \"twice\"", "- a list", "{x}")
title = st.sampled_from(TEXTS)
credits = st.sampled_from([Credits(0), Credits.whole(1), Credits.whole(50), Credits(500_000), Credits(1)])
weight = st.integers(-5, 5)


def _subset(names: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(names), unique=True, max_size=3).map(tuple) if names else st.just(())


@st.composite
def _price(draw: st.DrawFn, interval: str, currency: str) -> Price:
    metered = bool(interval) and draw(st.booleans())
    amount = Money(draw(st.integers(0, 10**6)), currency)
    kind = Usage.METERED if metered else Usage.LICENSED
    counted = draw(st.sampled_from([Aggregate.SUM, Aggregate.LAST_DURING_PERIOD])) if metered else Aggregate.SUM
    plain = interval or "once"
    name = draw(st.sampled_from([plain, f"{plain}-{currency.lower()}", f"{currency.lower()}.{plain}"]))
    return Price(name, amount, interval, kind, counted)


@st.composite
def _product(draw: st.DrawFn, name: str, features: tuple[str, ...]) -> Product:
    behavior = draw(st.sampled_from(Behavior))
    seated = behavior is Behavior.PER_SEAT
    rhythms = draw(st.lists(st.sampled_from(["", *INTERVALS]), unique=True, max_size=4))
    prices = [draw(_price(each, "USD")) for each in rhythms]
    prices += [draw(_price(each, "JPY")) for each in rhythms if draw(st.booleans())]
    distinct = {price.name: price for price in prices}
    return Product(
        name, draw(title), draw(st.one_of(st.just(""), title)), behavior,
        Credits.whole(draw(st.integers(1, 9))) if behavior is Behavior.CREDITS else Credits(0),
        draw(st.one_of(st.none(), st.integers(1, 99))) if seated else None,
        draw(st.one_of(st.none(), st.sampled_from(SeatChange))) if seated else None,
        draw(st.integers(1, 3)), draw(st.one_of(st.none(), st.integers(3, 9))),
        tuple(distinct.values()), draw(_subset(features)), draw(st.booleans()),
    )  # fmt: skip


@st.composite
def _plan(draw: st.DrawFn, name: str, products: tuple[Product, ...], features: tuple[str, ...]) -> PlanTerms:
    gives = draw(credits)
    chosen = draw(_subset(tuple(each.name for each in products)))
    limits = {each: draw(st.one_of(st.none(), st.integers(0, 99))) for each in draw(_subset(WORDS))}
    return PlanTerms(
        name, draw(title), draw(st.one_of(st.just(""), title)),
        draw(st.lists(st.sampled_from(INTERVALS), unique=True, max_size=2).map(tuple)), draw(credits), gives,
        draw(st.sampled_from(Rollover)) if gives.micro else Rollover.RESET, draw(st.integers(0, 30)), chosen,
        tuple(Limit(each, most) for each, most in limits.items()), draw(_subset(features)), draw(weight),
        draw(st.booleans()), draw(st.booleans()),
    )  # fmt: skip


@st.composite
def catalogues(draw: st.DrawFn) -> Catalogue:
    """Any catalogue that keeps the rules: plans that break one are left out."""
    features = draw(_subset(WORDS))
    products = tuple(draw(_product(name, features)) for name in draw(_subset((*WORDS, "alpha-seats"))))
    listed = [Feature(name, draw(title), draw(weight)) for name in features]
    found = catalogue(listed, products)
    for name in draw(_subset(WORDS)):
        more = catalogue(listed, products, [*found.plans, draw(_plan(name, products, features))])
        found = found if list(mistakes(more)) else more
    return found
