"""A portal full of names and amounts nobody wishes for: the longest, turned round, markup, the largest, the smallest.

Doors refuse some of it; rows may hold all of it, and so do names that come from a payment provider. Only tests/browser
uses it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import count

from sqlalchemy import Update, update

from auth import own_keys
from auth.policy import Role
from billing import organisations
from billing.organisations import Founding
from billing.portal import Portal
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.money import CREDITS_LIMIT_MICRO, Credits, Money
from billing.rules.orders import Order, OrderState, Surface
from billing.rules.organisations import Actor
from billing.rules.postings import Posting
from billing.rules.texts import new_id
from billing.store import ledger
from billing.store import orders as order_rows
from billing.store.tables import accounts
from billing.store.tables_trade import api_keys, people
from tests.browser.people import Person, Registry

LONG = "W" * 500
TURNED = "\u202egnp.txt\u2066\u2069\u2069 \u0645\u0631\u062d\u0628\u0627 (1) " + "\u0645" * 120
JOINED = "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466" * 60
MARKUP = (
    "<script>window.pwned=1</script><img src=x onerror=window.pwned=1>{{constructor.constructor('window.pwned=1')()}}"
)
TEXTS = {"long": LONG, "turned": TURNED, "joined": JOINED, "markup": MARKUP}

LARGEST = Credits(CREDITS_LIMIT_MICRO)
MILLION_MILLIONS = Credits.whole(10**12)
AMOUNTS = (Money(1, "USD"), Money(10**14, "USD"), Money(99_999_999, "JPY"), Money(999_999_990, "KWD"), Money(10, "KWD"))
_NUMBERS = count(1)


@dataclass(frozen=True)
class Odd:
    """Who lives there: somebody with everything odd, their organisation, one who owes, and a manager."""

    rich: Person
    debtor: Person
    manager: Person
    organisation: str
    orders: tuple[str, ...]


def odd_world(registry: Registry) -> Odd:
    """Makes it all, through the verbs as far as they take it and by rows beyond that."""
    portal = registry.world.portal
    rich, debtor, manager = registry.newcomer(), registry.newcomer(), registry.newcomer(Role.MANAGER)
    _move(portal, rich, [(Kind.GRANT, MILLION_MILLIONS.micro, each) for each in TEXTS.values()])
    _move(portal, rich, [(Kind.USAGE, -(10**6 * 10**11 + 1), each) for each in TEXTS.values()])
    _move(portal, debtor, [(Kind.GRANT, 1, LONG), (Kind.REFUND, -(LARGEST.micro // 2) - 3, LONG)])
    made = organisations.create(portal, Founding("Odd", rich.id, Actor(rich.id)))[0].account_id
    for text in TEXTS.values():
        key_id, _secret = own_keys.make(portal, rich.account_id, "odd", rich.id)
        _write(portal, update(api_keys).where(api_keys.c.id == key_id).values(name=text))
    orders = tuple(_order(portal, rich, amount, text) for amount in AMOUNTS[:1] for text in TEXTS.values())
    orders += tuple(_order(portal, rich, amount, LONG) for amount in AMOUNTS[1:])
    names = {rich.account_id: LONG, debtor.account_id: TURNED, manager.account_id: JOINED, made: MARKUP + LONG}
    for account_id, name in names.items():
        _rename(portal, account_id, name)
    return Odd(rich, debtor, manager, made, orders)


def _rename(portal: Portal, account_id: str, name: str) -> None:
    _write(portal, update(accounts).where(accounts.c.id == account_id).values(name=name))
    _write(portal, update(people).where(people.c.account_id == account_id).values(name=name))


def _write(portal: Portal, change: Update) -> None:
    portal.till.write(lambda tx: tx.connection.execute(change))


def _move(portal: Portal, person: Person, moves: list[tuple[Kind, int, str]]) -> None:
    now = portal.clock()
    postings = [
        Posting(
            person.account_id, kind, "odd", f"odd:{next(_NUMBERS)}", micro, person.id, now, reason=text,
            details=_details(text) if kind is Kind.USAGE else None,
            terms=LotTerms(LotSource.GRANT) if micro > 0 else None, forced=kind is Kind.REFUND,
        )
        for kind, micro, text in moves
    ]  # fmt: skip
    portal.till.write(lambda tx: ledger.post(tx, postings, now))


def _details(text: str) -> str:
    return json.dumps({"model": text, "project": text})


def _order(portal: Portal, person: Person, amount: Money, name: str) -> str:
    order_id, now = new_id("ord"), portal.clock()
    order = Order(
        order_id, person.account_id, person.id, f"odd-{next(_NUMBERS)}", name, f"price_{order_id}", amount,
        MILLION_MILLIONS, OrderState.FAILED, False, None, None, f"scrip:{order_id}", "card_declined", name, now, now,
        None, None, person.account_id, Surface.ELEMENTS, None, 0,
    )  # fmt: skip
    portal.till.write(lambda tx: order_rows.add(tx, order))
    return order_id
