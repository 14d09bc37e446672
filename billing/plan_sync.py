"""Brings the catalogue of plans to the provider: by command, and at every start. app and the command line call it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence

import structlog

from billing.gateways.preparation import Act, Setup, Step
from billing.plan_files import catalogue_of, load
from billing.portal import Portal
from billing.rules.errors import BadInput, GatewayUnavailable
from billing.rules.moments import SECOND
from billing.rules.plans import Catalogue
from billing.settings import Settings
from billing.setup import Installation
from billing.store import duties

LEASE, DIGEST, SYNCED_AT = "plans_lease", "plans_digest", "plans_synced_at"
LEASE_FOR = 60 * SECOND
"""How long an instance that died in the middle keeps the others waiting; every step begins it anew."""
LOOK_AGAIN = 0.2  # not money: seconds

log = structlog.get_logger("plans")


def run(here: Installation, files: Sequence[str], tell: Callable[[Step], None], *, dry_run: bool = False) -> None:
    """Syncs these files, or those the settings name. Raises BadInput and what `Setup` raises."""
    paths = files or here.settings.catalog.plan_files
    if not paths:
        raise BadInput("There are no plans to sync: name files, or set catalog.plan_files.")
    wanted = load(paths)
    _account(here).sync(wanted, tell, dry_run=dry_run)


def export(here: Installation) -> Catalogue:
    """The catalogue that was synced to the account."""
    return _account(here).catalogue()


def at_start(portal: Portal, account: Setup | None) -> None:
    """Syncs the files of the settings before anybody is served; of instances that start together one does it.

    Raises BadInput for a file nobody should start with. A provider that is away refuses the start only while it never
    held this catalogue.
    """
    settings = portal.settings
    catalogue_of(settings)
    if not settings.catalog.plan_files or account is None:
        return
    wanted, began = load(settings.catalog.plan_files), portal.clock()
    digest = _digest(settings, wanted)
    turn = _Turn(portal)
    try:
        if _synced_at(portal, digest) < began:
            account.sync(wanted, turn.renew)
            portal.till.write(lambda tx: duties.put(tx, DIGEST, digest))
            portal.till.write(lambda tx: duties.put(tx, SYNCED_AT, portal.clock()))
    except GatewayUnavailable as away:
        if _synced_at(portal, digest) < 0:
            raise
        log.warning("plans_not_synced", why=away.sentence)
    finally:
        turn.end()


class _Turn:
    """The right to sync, which one instance has at a time; taking it waits for the others."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._until: int | None = None
        while not self._take(LEASE_FOR):
            time.sleep(LOOK_AGAIN)

    def renew(self, step: Step) -> None:
        """After every step: however many there are, nobody else begins meanwhile."""
        if step.act is not Act.KEEP:
            log.info("plans_synced", step=" ".join(str(step).split()))
        self._take(LEASE_FOR)

    def end(self) -> None:
        """Lets the next one begin."""
        self._take(0)

    def _take(self, how_long: int) -> bool:
        now, held = self._portal.clock(), self._until
        until = now + how_long
        taken = self._portal.till.write(lambda tx: duties.lease(tx, LEASE, held=held, now=now, until=until))
        self._until = until if taken else held
        return taken


def _synced_at(portal: Portal, digest: int) -> int:
    """When just this catalogue was synced; -1 when another one was last, or none."""
    with portal.database.read() as connection:
        same = duties.position(connection, DIGEST) == digest
        return (duties.position(connection, SYNCED_AT) or 0) if same else -1


def _digest(settings: Settings, wanted: Catalogue) -> int:
    """A number of this catalogue in this account, small enough for a database."""
    text = f"{settings.mode} {settings.stripe.account} {wanted!r}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big")


def _account(here: Installation) -> Setup:
    if here.setup is None:
        raise BadInput("There is no Stripe account for plans: set stripe.api_key, and take dummy away.")
    return here.setup
