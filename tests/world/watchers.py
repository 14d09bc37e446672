"""Accounts with thresholds, and what their people are mailed about them. Any test may use it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import count

from sqlalchemy import select

from billing import alert_notices, alerts, grants, usage
from billing.alert_notices import Warnings
from billing.alert_rules import Wanted
from billing.grants import Grant
from billing.rules.alerts import AlertKind
from billing.rules.moments import NEVER
from billing.rules.money import Credits
from billing.rules.postings import Posted
from billing.store.tables_trade import people
from billing.usage import Debit
from tests.world.groups import person
from tests.world.mails import Box, post, with_mail
from tests.world.portals import World

NUMBERS = count(1)
BALANCE, RUNWAY, SPENDING, EXPIRY = AlertKind


def given(world: World, account_id: str, credits: int, expires_at: int = NEVER) -> None:
    key = f"alerts-{next(NUMBERS)}"
    asked = Grant(account_id, Credits.whole(credits), "for the tests", "usr_boss", key, expires_at=expires_at)
    grants.give(world.portal, asked)


def spent(world: World, account_id: str, credits: int) -> None:
    asked = Debit(account_id, Credits.whole(credits), f"alerts-{next(NUMBERS)}", "key_meter")
    assert isinstance(asyncio.run(usage.debit(world.portal, asked)), Posted)


def told_of(world: World, account_id: str, kind: AlertKind, *levels: int, seen: int = 0, by_mail: bool = True) -> None:
    micro = levels if kind in (RUNWAY, EXPIRY) else [Credits.whole(each).micro for each in levels]
    alerts.save(world.portal, account_id, Wanted(kind, list(micro), by_mail, seen), "usr_ada")


def ada_of(world: World, credits: int = 1000) -> tuple[Box, str, str]:
    """Ada with credits and mail; what was mailed about them is not ours."""
    box, ada = with_mail(world), person(world, email="ada@example.org")
    account_id = account_of(world, ada)
    given(world, account_id, credits)
    post(world)
    box.letters.clear()
    return box, ada, account_id


def subjects(world: World, box: Box) -> list[str]:
    """What was mailed since the last time."""
    post(world)
    found = [subject for _, subject in box.told]
    box.letters.clear()
    return found


def with_default(world: World, low: int = 0, days: int = 0) -> None:
    """Other thresholds for everybody."""
    settings = world.portal.settings
    default = settings.alerts.model_copy(update={"low_balance": Credits.whole(low), "expiry_days": days})
    world.portal = replace(world.portal, settings=settings.model_copy(update={"alerts": default}))


def warned(world: World, account_id: str, person_id: str) -> Warnings:
    """What this person is warned of."""
    return alert_notices.of_account(world.portal, account_id, person_id)


def account_of(world: World, person_id: str) -> str:
    """The person's own account."""
    with world.portal.database.read() as connection:
        return str(connection.scalar(select(people.c.account_id).where(people.c.id == person_id)))
