"""What a portal for play starts with: demo people, and two API keys to curl with. Only app may import it.

The keys' secrets are kept in a file of the installation, so that every start can print them again; nothing here works
beside a real Stripe key.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from auth import keys, people
from auth.policy import Role
from billing import members, organisations
from billing.organisations import Founding
from billing.portal import Portal
from billing.rules.errors import Forbidden, SignedOut
from billing.rules.organisations import Actor, Standing
from billing.settings import Settings
from billing.settings_trade import DummySettings
from billing.store.tables_trade import people as rows

FILE = "demo-keys.json"
ORGANISATION = "Analytical Engines"


@dataclass(frozen=True, slots=True)
class Demo:
    """The secrets of the two keys, and the demo people's names with their account ids."""

    program_key: str = field(repr=False)
    manager_key: str = field(repr=False)
    accounts: dict[str, str]


def prepare(portal: Portal) -> Demo:
    """Makes sure that the demo people and keys are there; the same every time. Raises Forbidden beside a real key."""
    if not portal.settings.is_play:
        raise Forbidden("Demo people exist only where no real money moves.")
    accounts = {}
    for person in people.DEMO:
        person_id = people.sign_in_demo(portal, person.subject)
        accounts[person.name] = _account_of(portal, person_id)
    _share_an_organisation(portal)
    path = Path(portal.settings.var_dir) / FILE
    kept = json.loads(path.read_text("utf-8")) if path.exists() else {}
    secrets = {role: _working(portal, role, kept.get(role.value)) for role in (Role.PROGRAM, Role.MANAGER)}
    _keep(path, {role.value: secret for role, secret in secrets.items()})
    return Demo(secrets[Role.PROGRAM], secrets[Role.MANAGER], accounts)


def welcome(portal: Portal, demo: Demo) -> str:
    """The block a newcomer reads first: where to click, whom to be, what to curl."""
    settings, account_id = portal.settings, demo.accounts[people.DEMO[0].name]
    names = ", ".join(f"{person.name} ({person.role.value.replace('_', ' ')})" for person in people.DEMO)
    provider = "its own sandbox of Stripe" if settings.dummy is None else "the dummy provider"
    below = _of_sandbox(settings) if settings.dummy is None else _of_dummy(settings.dummy)
    return f"""
  {settings.product_name} runs on {provider}: no real money moves.

  Portal           {settings.public_url}
{below}
  Mail             {portal.mailer.way if portal.mailer else "none is sent"}
  Sign in as       {names}
  Program's key    {demo.program_key}
  Manager's key    {demo.manager_key}

  curl -H "Authorization: Bearer {demo.program_key}" "{settings.public_url}/api/v1/balance?account={account_id}"
"""


def _of_sandbox(settings: Settings) -> str:
    base = settings.stripe.api_base
    secret = next(each.get_secret_value() for each in settings.stripe.webhook_secrets if each)
    return f"""\
  Sandbox          {base}   scenarios; control API at {base}/_sandbox/docs
  Test card        4242 4242 4242 4242, any future date, any CVC
  Webhook secret   {secret}"""


def _of_dummy(dummy: DummySettings) -> str:
    return f"  Each purchase    {dummy.price}, approved at once and never charged"


def _share_an_organisation(portal: Portal) -> None:
    """Ada owns it and Bo looks at it: enough to practise both."""
    if not portal.settings.organisations.enabled:
        return
    by = Actor("system", is_above=True)
    ada, bo = (people.sign_in_demo(portal, subject) for subject in ("ada", "bo"))
    shared, fresh = organisations.create(portal, Founding(ORGANISATION, ada, by, "demo"))
    if fresh:
        members.add(portal, shared.account_id, bo, Standing.MEMBER, by)


def _account_of(portal: Portal, person_id: str) -> str:
    with portal.database.read() as connection:
        return str(connection.scalar(select(rows.c.account_id).where(rows.c.id == person_id)))


def _working(portal: Portal, role: Role, secret: str | None) -> str:
    """The kept secret while its key lives in this database, else a new key's."""
    if secret:
        try:
            keys.principal_of(portal, secret)
        except SignedOut:
            secret = None
    return secret or keys.create(portal, name=f"Demo {role.value}", role=role, account_id=None, by="system")[1]


def _keep(path: Path, secrets: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(secrets, file)
