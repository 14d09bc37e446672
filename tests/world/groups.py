"""People and organisations for tests, made by the real verbs. Any test may use it."""

from __future__ import annotations

from itertools import count

from auth import people
from auth.policy import Role
from billing import members, organisations
from billing.organisations import Founding
from billing.rules.organisations import Actor, Standing
from tests.world.portals import World

ABOVE = Actor("key_service", is_above=True)
"""A program that makes organisations for others."""

SEATED = """
plans:
  - {name: free, title: Free, default: true, seats: {limit: 3}}
  - name: crew
    title: Crew
    prices: [{amount: "30.00", currency: USD, interval: month}]
    seats: {behavior: exact, limit: 4, prices: [{amount: "9.00", currency: USD, interval: month}]}
  - name: fleet
    title: Fleet
    prices: [{amount: "300.00", currency: USD, interval: month}]
    seats: {behavior: incremental, limit: 30, prices: [{amount: "7.00", currency: USD, interval: month}]}
  - {name: guild, title: Guild, prices: [{amount: "900.00", currency: USD, interval: month}]}
"""
"""Plans that count members: one without a price, two that are charged by the seat, and one that does not mind."""

_NUMBERS = count(1)


def person(world: World, name: str = "Ada", email: str | None = None, role: Role = Role.USER) -> str:
    """Somebody new; the id of the person."""
    subject = f"{name}-{next(_NUMBERS)}"
    return people.sign_in(world.portal, issuer="groups", subject=subject, name=name, email=email, role=role)


def founded(world: World, owner: str, title: str = "Analytical Engines") -> str:
    """An organisation with one owner; the id of its account."""
    made, _ = organisations.create(world.portal, Founding(title, owner, Actor(owner)))
    return made.account_id


def joined(world: World, account_id: str, name: str, standing: Standing = Standing.MEMBER) -> str:
    """Somebody new in an organisation; the id of the person."""
    newcomer = person(world, name)
    members.add(world.portal, account_id, newcomer, standing, ABOVE)
    return newcomer


def standings(world: World, account_id: str) -> dict[str, str]:
    """Who is what, by name."""
    return {member.name: member.standing.value for member in members.listing(world.portal, account_id)}
