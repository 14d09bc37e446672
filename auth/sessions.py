"""Browser sessions, kept on the server: begun at sign-in, read at every request, ended at once. Doors and pages use it.

The cookie holds 256 random bits and the database their SHA-256, so that reading the database signs nobody in.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Row, delete, func, insert, or_, select, update
from starlette.responses import Response

from auth.policy import Principal, Role
from billing.portal import Portal
from billing.rules.errors import ActsElsewhere, Forbidden, NotFound, SignedOut, Unavailable
from billing.rules.moments import HOUR, MINUTE
from billing.rules.organisations import Standing
from billing.settings import Settings
from billing.store import audit, organisations
from billing.store.tables_people import members, preferences
from billing.store.tables_trade import people, sessions
from billing.store.writer import Tx

SEEN_EVERY = MINUTE
_COOKIE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)

log = structlog.get_logger("sessions")


@dataclass(frozen=True, slots=True)
class SessionRow:
    """An open session as its owner sees it. `id` is `Principal.session` of its pages, and never leaves the server."""

    id: str
    device: str
    begun_at: int
    seen_at: int
    is_this: bool


def principal(portal: Portal, cookie: str | None, *, is_click: bool = True) -> Principal | None:
    """Who this cookie is, with the role they have now; None when it is no valid session.

    A click keeps the session alive; a probe or a reconnecting socket must not.
    """
    if cookie is None or _COOKIE.fullmatch(cookie) is None:
        return None
    return _principal(portal, _hash(cookie), is_click=is_click)


def still_valid(portal: Portal, who: Principal, *, is_click: bool = True) -> Principal:
    """The same principal as they are now: the first line of every event handler. Raises SignedOut.

    News that a page hears by itself is no click. Raises ActsElsewhere when the person no longer acts for the account
    the page was built for, or no longer as what they were: what it shows, and what it offers, is another's then.
    """
    now_valid = None if who.session is None else _principal(portal, who.session, is_click=is_click)
    if now_valid is None:
        raise SignedOut("Your session has ended. Please sign in again.")
    acting, built_for = ((each.account_id, each.standing, each.is_viewing) for each in (now_valid, who))
    if acting != built_for:
        raise ActsElsewhere("You act for another account now, or as somebody else. Please reload the page.")
    return now_valid


def act_for(portal: Portal, who: Principal, account_id: str) -> None:
    """From now on this session acts for `account_id`: the person's own, or an organisation's they are a member of.

    Nothing is rotated, for nobody else comes in; its open pages hear of it. Raises NotFound, SignedOut.
    """
    if who.session is None:
        raise SignedOut("Please sign in.")
    if who.is_viewing:
        raise Forbidden("Stop looking as a customer first.")
    is_own = account_id == who.person_account_id
    own_session = (sessions.c.id_hash == who.session, sessions.c.person_id == who.id, sessions.c.revoked_at.is_(None))

    def work(tx: Tx) -> None:
        is_member = organisations.standing_of(tx.connection, account_id, who.id) is not None
        if not is_own and not (is_member and portal.settings.organisations.enabled):
            raise NotFound("There is no such account.")
        chosen = {"acting_account_id": None if is_own else account_id}
        if tx.connection.execute(update(sessions).where(*own_session).values(chosen)).rowcount != 1:
            raise SignedOut("Your session has ended. Please sign in again.")
        audit.add(tx, actor=who.id, action="acts_for", now=portal.clock(), account_id=account_id, before=who.account_id)
        tx.changed.update({account_id, who.account_id or account_id})

    portal.till.write(work)


def begin(portal: Portal, person_id: str, *, replaces: str | None = None, device: str = "") -> str:
    """A new session; returns the cookie's value. `replaces`, the cookie it came with, is revoked.

    `device` says what it is used on; the pages of the person's other sessions hear of it.
    """
    cookie = secrets.token_urlsafe(32)

    def work(tx: Tx) -> None:
        now = portal.clock()
        if replaces is not None:
            _revoke(tx, now, sessions.c.id_hash == _hash(replaces))
        _forget_dead(tx, portal, person_id, now)
        expires_at = now + portal.settings.session.absolute_hours * HOUR
        tx.connection.execute(
            insert(sessions).values(
                id_hash=_hash(cookie), person_id=person_id, created_at=now, seen_at=now, expires_at=expires_at,
                device=device,
            )
        )  # fmt: skip
        tx.changed.update(open_pages(tx, sessions.c.person_id == person_id))

    portal.till.write(work)
    return cookie


def end(portal: Portal, session: str) -> None:
    """Revokes one session (`Principal.session`); its open pages hear of it and close."""
    portal.till.write(lambda tx: _revoke(tx, portal.clock(), sessions.c.id_hash == session))


def end_other(portal: Portal, who: Principal, session: str) -> None:
    """Revokes one session of the principal's own, from another one of theirs. One that is over already is over."""
    own = (sessions.c.id_hash == session) & (sessions.c.person_id == who.id)
    portal.till.write(lambda tx: _revoke(tx, portal.clock(), own))


def end_all(portal: Portal, person_id: str) -> None:
    """Revokes every session of a person, this one included."""
    portal.till.write(lambda tx: _revoke(tx, portal.clock(), sessions.c.person_id == person_id))


def open_pages(tx: Tx, which: Any) -> set[str]:
    """The accounts that the pages of these open sessions listen to: the one each of them acts for."""
    acted_for = func.coalesce(sessions.c.viewing_account_id, sessions.c.acting_account_id, people.c.account_id)
    listening = select(acted_for).join(people, people.c.id == sessions.c.person_id)
    return set(tx.connection.scalars(listening.where(which, sessions.c.revoked_at.is_(None))))


def of_person(portal: Portal, who: Principal) -> list[SessionRow]:
    """The principal's open sessions, latest first."""
    now = portal.clock()
    query = select(sessions).where(sessions.c.person_id == who.id).order_by(sessions.c.seen_at.desc())
    with portal.database.read() as connection:
        rows = connection.execute(query).all()
    return [
        SessionRow(row.id_hash, row.device, row.created_at, row.seen_at, row.id_hash == who.session)
        for row in rows
        if _lives(portal, row, now)
    ]


def cookie_name(settings: Settings) -> str:
    """With https the browser itself refuses a cookie of this name that another host or plain http tries to set."""
    return "__Host-scrip" if settings.public_url.startswith("https://") else "scrip"


def keep(response: Response, settings: Settings, cookie: str) -> None:
    """Puts the session into the browser."""
    response.set_cookie(
        cookie_name(settings), cookie, max_age=settings.session.absolute_hours * 3600, path="/",
        secure=settings.public_url.startswith("https://"), httponly=True, samesite="lax",
    )  # fmt: skip


def forget(response: Response, settings: Settings) -> None:
    """Takes it out again."""
    secure = settings.public_url.startswith("https://")
    response.delete_cookie(cookie_name(settings), path="/", secure=secure, httponly=True, samesite="lax")


def _principal(portal: Portal, id_hash: str, *, is_click: bool) -> Principal | None:
    now = portal.clock()
    person = (people.c.name, people.c.email, people.c.role, people.c.account_id, people.c.disabled_at)
    # Membership is read with every request: an account somebody is thrown out of is theirs no more at once.
    belongs = (members.c.account_id == sessions.c.acting_account_id) & (members.c.person_id == sessions.c.person_id)
    query = (
        select(sessions, *person, members.c.standing, preferences.c.language, preferences.c.zone)
        .join(people, people.c.id == sessions.c.person_id)
        .outerjoin(preferences, preferences.c.person_id == sessions.c.person_id)
        .outerjoin(members, belongs)
        .where(sessions.c.id_hash == id_hash)
    )
    with portal.database.read() as connection:
        row = connection.execute(query).first()
    if row is None or row.disabled_at is not None or not _lives(portal, row, now):
        return None
    if is_click and now - row.seen_at >= SEEN_EVERY:
        _see(portal, id_hash, now)
    return _acting(portal, row, id_hash)


def _acting(portal: Portal, row: Row[Any], id_hash: str) -> Principal:
    """The person acting for the account they chose while they belong to it, else for their own."""
    role = Role(row.role)
    if row.viewing_account_id is not None and role in (Role.MANAGER, Role.BILLING_MANAGER):
        seen = row.viewing_account_id
        return Principal(
            row.person_id, row.name, Role.USER, seen, id_hash, row.email,
            language=row.language, zone=row.zone, is_viewing=True, until=row.expires_at,
        )  # fmt: skip
    acts = row.standing is not None and portal.settings.organisations.enabled
    account_id, standing = (row.acting_account_id, row.standing) if acts else (row.account_id, Standing.OWNER)
    return Principal(
        row.person_id, row.name, role, account_id, id_hash, row.email, row.account_id, Standing(standing),
        row.language, row.zone, until=row.expires_at,
    )  # fmt: skip


def _lives(portal: Portal, row: Row[Any], now: int) -> bool:
    idle = portal.settings.session.idle_minutes * MINUTE
    return row.revoked_at is None and now < row.expires_at and now - row.seen_at < idle


def _see(portal: Portal, id_hash: str, now: int) -> None:
    """Written once a minute at most, and only once however many requests come in that moment."""
    stale = sessions.c.seen_at <= now - SEEN_EVERY
    write = update(sessions).where(sessions.c.id_hash == id_hash, stale).values(seen_at=now)
    try:
        portal.till.write(lambda tx: tx.connection.execute(write).rowcount)
    except Unavailable:
        # A full disk must not sign people out: what they came to read can still be read.
        log.warning("session_not_seen")


def _revoke(tx: Tx, now: int, which: Any) -> None:
    tx.changed.update(open_pages(tx, which))
    tx.connection.execute(update(sessions).where(which, sessions.c.revoked_at.is_(None)).values(revoked_at=now))


def _forget_dead(tx: Tx, portal: Portal, person_id: str, now: int) -> None:
    idle_since = now - portal.settings.session.idle_minutes * MINUTE
    dead = or_(sessions.c.revoked_at.is_not(None), sessions.c.expires_at <= now, sessions.c.seen_at <= idle_since)
    tx.connection.execute(delete(sessions).where(sessions.c.person_id == person_id, dead))


def _hash(cookie: str) -> str:
    return hashlib.sha256(cookie.encode("utf-8", "replace")).hexdigest()
