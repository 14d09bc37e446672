"""API keys: made and shown once, revoked at once, recognised fast. The API, pages and the command line use it.

The database holds the SHA-256 of a secret. Recognised keys are remembered for two seconds, because usage asks often.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
from dataclasses import dataclass
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import Row, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from auth.policy import Principal, Role
from billing.portal import Portal
from billing.rules.errors import BadInput, NotFound, SignedOut, Unavailable
from billing.rules.moments import MINUTE, SECOND
from billing.rules.texts import NAME_MAX, clean, new_id
from billing.store import audit
from billing.store.database import Database
from billing.store.tables import accounts
from billing.store.tables_trade import api_keys, key_uses
from billing.store.writer import Tx

REMEMBERED_FOR = 2 * SECOND
REMEMBERED_MOST = 1024
USED_EVERY = MINUTE
_PREFIX = "scrip_"
_LENGTH = 40
_ALPHABET = string.ascii_letters + string.digits
_SECRET = re.compile(rf"{_PREFIX}[A-Za-z0-9]{{{_LENGTH}}}", re.ASCII)

log = structlog.get_logger("keys")


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as it is listed: everything but its secret. `revoked_at` may lie ahead: until then it still opens.

    `used_at` is when it opened something last, to the minute.
    """

    id: str
    name: str
    role: Role
    account_id: str | None
    created_by: str
    created_at: int
    revoked_at: int | None
    used_at: int | None = None

    def opens(self, now: int) -> bool:
        """Whether it is of use."""
        return self.revoked_at is None or self.revoked_at > now


def principal_of(portal: Portal, secret: str) -> Principal:
    """Whose secret this is. Reads the database when it was not seen lately. Raises SignedOut."""
    known = remembered(portal, secret)
    if known is not None:
        return known
    found = _look_up(portal, secret) if _SECRET.fullmatch(secret) else None
    if found is None:
        raise SignedOut("This API key is not valid.")
    return found


def remembered(portal: Portal, secret: str) -> Principal | None:
    """The same without touching the database, so that the event loop may ask; None says nothing about the key."""
    return _memory(portal).get(secret, portal.clock())


def create(portal: Portal, *, name: str, role: Role, account_id: str | None, by: str) -> tuple[str, str]:
    """Makes a key; returns its id and its secret, which nobody can read again. Without an account it speaks for all."""
    if role is Role.USER:
        raise BadInput("A key is for a program, a manager or a billing manager.", field="role")
    if role is Role.READER and account_id is None:
        raise BadInput("A reader's key is for one account.", field="account")
    called = clean(name, "name", most=NAME_MAX, least=1)
    return portal.till.write(lambda tx: make(tx, portal, called, role, account_id, by))


def make(tx: Tx, portal: Portal, name: str, role: Role, account_id: str | None, by: str) -> tuple[str, str]:
    """The same in the caller's transaction, for a name that is clean."""
    if account_id is not None and not _is_account(tx, account_id):
        raise NotFound("There is no such account.")
    key_id, now = new_id("key"), portal.clock()
    secret = _PREFIX + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    tx.connection.execute(
        insert(api_keys).values(
            id=key_id, secret_hash=_hash(secret), name=name, role=role.value,
            account_id=account_id, created_by=by, created_at=now,
        )
    )  # fmt: skip
    audit.add(tx, actor=by, action="key_created", now=now, account_id=account_id, after=f"{key_id} {role.value}")
    return key_id, secret


def revoke(portal: Portal, key_id: str, *, by: str) -> None:
    """Ends a key: here at once, in other processes within two seconds. Raises NotFound."""

    def work(tx: Tx) -> None:
        row = tx.connection.execute(select(api_keys).where(api_keys.c.id == key_id)).first()
        if row is None:
            raise NotFound("There is no such key.")
        now = portal.clock()
        if row.revoked_at is None or row.revoked_at > now:
            tx.connection.execute(update(api_keys).where(api_keys.c.id == key_id).values(revoked_at=now))
            audit.add(tx, actor=by, action="key_revoked", now=now, account_id=row.account_id, before=key_id)

    portal.till.write(work)
    forget(portal, key_id)


def forget(portal: Portal, key_id: str) -> None:
    """What was remembered of the key counts no more, in this process."""
    _memory(portal).drop(key_id)


def listing(portal: Portal, account_id: str | None = None, role: Role | None = None) -> list[KeyRow]:
    """All keys, or those of one account or role, newest first."""
    query = select(api_keys, key_uses.c.used_at).outerjoin(key_uses, key_uses.c.key_id == api_keys.c.id)
    if account_id is not None:
        query = query.where(api_keys.c.account_id == account_id)
    if role is not None:
        query = query.where(api_keys.c.role == role.value)
    with portal.database.read() as connection:
        return [
            KeyRow(
                row.id, row.name, Role(row.role), row.account_id, row.created_by, row.created_at, row.revoked_at,
                row.used_at,
            )
            for row in connection.execute(query.order_by(api_keys.c.created_at.desc(), api_keys.c.id))
        ]  # fmt: skip


def _look_up(portal: Portal, secret: str) -> Principal | None:
    # The moment is taken, and forgetting is watched, before the read: a revocation meanwhile wins.
    memory, now = _memory(portal), portal.clock()
    seen = memory.drops
    usable = (
        api_keys.c.secret_hash == _hash(secret),
        or_(api_keys.c.revoked_at.is_(None), api_keys.c.revoked_at > now),
    )
    query = select(api_keys, key_uses.c.used_at).outerjoin(key_uses, key_uses.c.key_id == api_keys.c.id)
    with portal.database.read() as connection:
        row = connection.execute(query.where(*usable)).first()
    if row is None:
        return None
    found = _as_principal(row)
    memory.put(secret, found, now, seen)
    if row.used_at is None or now - row.used_at >= USED_EVERY:
        _use(portal, row.id, now)
    return found


def _use(portal: Portal, key_id: str, now: int) -> None:
    """Remembers it for whoever looks after the keys; what the key opens is worth more than that."""
    own = key_uses.c.key_id == key_id

    def work(tx: Tx) -> None:
        if tx.connection.execute(update(key_uses).where(own).values(used_at=now)).rowcount == 0:
            tx.connection.execute(insert(key_uses).values(key_id=key_id, used_at=now))

    try:
        portal.till.write(work)
    except (Unavailable, IntegrityError):  # the disk is full, or another process remembered it in the same moment
        log.info("key_use_not_kept", key=key_id)


def _as_principal(row: Row[Any]) -> Principal:
    return Principal(row.id, row.name, Role(row.role), row.account_id)


def _is_account(tx: Tx, account_id: str) -> bool:
    query = select(accounts.c.id).where(accounts.c.id == account_id, accounts.c.kind != "system")
    return tx.connection.scalar(query) is not None


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class _Memory:
    """Lately recognised keys of one portal, by the hash of their secret: no secret stays in memory."""

    def __init__(self) -> None:
        self.drops = 0
        self._lock = Lock()
        self._known: dict[str, tuple[Principal, int]] = {}

    def get(self, secret: str, now: int) -> Principal | None:
        found = self._known.get(_hash(secret)) if secret.isascii() else None
        return found[0] if found is not None and 0 <= now - found[1] < REMEMBERED_FOR else None

    def put(self, secret: str, found: Principal, now: int, drops: int) -> None:
        with self._lock:
            if drops != self.drops:
                return
            while len(self._known) >= REMEMBERED_MOST:
                del self._known[next(iter(self._known))]
            self._known.pop(_hash(secret), None)
            self._known[_hash(secret)] = (found, now)

    def drop(self, key_id: str) -> None:
        with self._lock:
            self.drops += 1
            self._known = {one: known for one, known in self._known.items() if known[0].id != key_id}


_memories: WeakKeyDictionary[Database, _Memory] = WeakKeyDictionary()
"""One memory for each open database, gone with it: two portals in one process never share."""


def _memory(portal: Portal) -> _Memory:
    found = _memories.get(portal.database)
    return found if found is not None else _memories.setdefault(portal.database, _Memory())
