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
from sqlalchemy import Row, delete, insert, or_, select, update
from starlette.responses import Response

from auth.policy import Principal, Role
from billing.portal import Portal
from billing.rules.errors import SignedOut, Unavailable
from billing.rules.moments import HOUR, MINUTE
from billing.settings import Settings
from billing.store.tables_trade import people, sessions
from billing.store.writer import Tx

SEEN_EVERY = MINUTE
_COOKIE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)

log = structlog.get_logger("sessions")


@dataclass(frozen=True, slots=True)
class SessionRow:
    """An open session as its owner sees it."""

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

    News that a page hears by itself is no click.
    """
    now_valid = None if who.session is None else _principal(portal, who.session, is_click=is_click)
    if now_valid is None:
        raise SignedOut("Your session has ended. Please sign in again.")
    return now_valid


def begin(portal: Portal, person_id: str, *, replaces: str | None = None) -> str:
    """A new session; returns the cookie's value. `replaces`, the cookie it came with, is revoked."""
    cookie = secrets.token_urlsafe(32)

    def work(tx: Tx) -> None:
        now = portal.clock()
        if replaces is not None:
            _revoke(tx, now, sessions.c.id_hash == _hash(replaces))
        _forget_dead(tx, portal, person_id, now)
        expires_at = now + portal.settings.session.absolute_hours * HOUR
        tx.connection.execute(
            insert(sessions).values(
                id_hash=_hash(cookie), person_id=person_id, created_at=now, seen_at=now, expires_at=expires_at
            )
        )

    portal.till.write(work)
    return cookie


def end(portal: Portal, session: str) -> None:
    """Revokes one session (`Principal.session`); its open pages hear of it and close."""
    portal.till.write(lambda tx: _revoke(tx, portal.clock(), sessions.c.id_hash == session))


def end_all(portal: Portal, person_id: str) -> None:
    """Revokes every session of a person, this one included."""
    portal.till.write(lambda tx: _revoke(tx, portal.clock(), sessions.c.person_id == person_id))


def of_person(portal: Portal, who: Principal) -> list[SessionRow]:
    """The principal's open sessions, latest first."""
    now = portal.clock()
    query = select(sessions).where(sessions.c.person_id == who.id).order_by(sessions.c.seen_at.desc())
    with portal.database.read() as connection:
        rows = connection.execute(query).all()
    return [
        SessionRow(row.created_at, row.seen_at, row.id_hash == who.session) for row in rows if _lives(portal, row, now)
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
    query = select(
        sessions, people.c.name, people.c.email, people.c.role, people.c.account_id, people.c.disabled_at
    ).where(sessions.c.id_hash == id_hash, people.c.id == sessions.c.person_id)
    with portal.database.read() as connection:
        row = connection.execute(query).first()
    if row is None or row.disabled_at is not None or not _lives(portal, row, now):
        return None
    if is_click and now - row.seen_at >= SEEN_EVERY:
        _see(portal, id_hash, now)
    return Principal(row.person_id, row.name, Role(row.role), row.account_id, id_hash, row.email)


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
    matching = select(people.c.account_id).join(sessions, sessions.c.person_id == people.c.id)
    tx.changed.update(tx.connection.scalars(matching.where(which, sessions.c.revoked_at.is_(None))))
    tx.connection.execute(update(sessions).where(which, sessions.c.revoked_at.is_(None)).values(revoked_at=now))


def _forget_dead(tx: Tx, portal: Portal, person_id: str, now: int) -> None:
    idle_since = now - portal.settings.session.idle_minutes * MINUTE
    dead = or_(sessions.c.revoked_at.is_not(None), sessions.c.expires_at <= now, sessions.c.seen_at <= idle_since)
    tx.connection.execute(delete(sessions).where(sessions.c.person_id == person_id, dead))


def _hash(cookie: str) -> str:
    return hashlib.sha256(cookie.encode("utf-8", "replace")).hexdigest()
