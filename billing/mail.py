"""Mail: owed in the transaction that found out what somebody should know, sent afterwards as a duty. Verbs call it.

A mail is owed to one receiver under one cause, so that nobody is written to twice of the same, and an address that
takes no mail keeps no other one waiting. Who they are, how they are spoken to and what is true is looked up when it is
sent; what the mail is about was written down with its cause.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import Connection

from billing import mail_texts
from billing.mail_words import voice_of
from billing.portal import Portal
from billing.rules.errors import BadInput, Conflict, Undeliverable
from billing.rules.mail import Letter, Mailbox, address, unlinked
from billing.rules.moments import MINUTE
from billing.rules.money import Credits, Money
from billing.rules.sentences import sentence
from billing.rules.texts import new_id
from billing.store import duties, people
from billing.store.duties import Duty
from billing.store.writer import Tx

MAIL = "mail"
"""The kind of duty."""

NO_ADDRESS = sentence("No mail address is known.")

Fact = str | int | Credits | Money
"""What a mail is about. A moment is an int; the template knows which of its numbers are."""


@dataclass(frozen=True, slots=True)
class Owed:
    """One mail by the name of its template. `cause` is unique with the receiver.

    `path` and `secret` make a link that only its receiver may know: the end of the address follows from the secret's
    name and the portal's own secret when the mail is written, so that nobody finds it by reading the database.
    """

    name: str
    cause: str
    account_id: str | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)
    path: str = ""
    secret: str = ""


def owe(tx: Tx, portal: Portal, mail: Owed, *, person_id: str = "", to: str = "") -> bool:
    """Owes it to a person, or to an address; whether that is new. Where the portal sends no mail nothing is owed."""
    if portal.mailer is None:
        return False
    body = {
        "mail": mail.name, "person": person_id, "to": to, "path": mail.path, "secret": mail.secret,
        "facts": {name: _packed(fact) for name, fact in mail.facts.items()},
    }  # fmt: skip
    receiver = person_id or hashlib.sha256(to.casefold().encode()).hexdigest()[:32]  # an address may be too long
    cause = _cause(mail, receiver)
    return duties.owe(tx, kind=MAIL, cause=cause, account_id=mail.account_id, body=body, now=portal.clock())


def is_owed(connection: Connection, mail: Owed, person_id: str) -> bool:
    """Whether this person was told of it, or is about to be."""
    return duties.is_owed(connection, _cause(mail, person_id))


def owe_to_account(tx: Tx, portal: Portal, account_id: str, mail: Owed) -> int:
    """Owes it to everybody who answers for the account; how many that are."""
    receivers = people.responsible(tx.connection, account_id) if portal.mailer is not None else []
    return sum(owe(tx, portal, mail, person_id=each) for each in receivers)


def send(portal: Portal, duty: Duty) -> None:
    """Writes and sends an owed mail. The duty's id is the letter's. Raises GatewayUnavailable, Undeliverable."""
    body, person_id = duty.body, str(duty.body["person"])
    with portal.database.read() as connection:
        known = people.contact(connection, person_id) if person_id else None
        title = people.shared_title(connection, duty.account_id) if duty.account_id else ""
        voice = voice_of(connection, person_id or None)
    to = Mailbox(known.name, known.email or "") if known is not None else Mailbox("", str(body["to"]))
    facts = {name: _unpacked(fact) for name, fact in body["facts"].items()}
    if body["secret"]:
        facts["link"] = f"{portal.settings.public_url}{body['path']}/{token(portal, str(body['secret']))}"
    written = mail_texts.write(portal.settings, str(body["mail"]), voice, {"account": unlinked(title), **facts})
    _hand_on(portal, Letter(duty.id, to, written.subject, written.text, written.html, portal.clock()))


def send_test(portal: Portal, to: str) -> str:
    """Sends a test mail at once; the id of the letter. Raises BadInput, Undeliverable, GatewayUnavailable."""
    with portal.database.read() as connection:
        written = mail_texts.write(portal.settings, "test", voice_of(connection, None), {})
    letter = Letter(
        new_id("out"), Mailbox("", address(to)), written.subject, written.text, written.html, portal.clock()
    )
    _hand_on(portal, letter)
    return letter.id


def send_test_to(portal: Portal, person_id: str) -> str:
    """The same to a person, in their language; the address it went to. Raises Conflict within a minute of the last."""
    now = portal.clock()
    with portal.database.read() as connection:
        known, voice = people.contact(connection, person_id), voice_of(connection, person_id)
    if known is None or not known.email:
        raise Undeliverable(NO_ADDRESS)
    lease = partial(duties.lease, name=f"mail-test:{person_id}", held=None, now=now, until=now + MINUTE)
    if not portal.till.write(lease):
        raise Conflict("A test was sent less than a minute ago.")
    written = mail_texts.write(portal.settings, "test", voice, {})
    to = Mailbox(known.name, known.email)
    _hand_on(portal, Letter(new_id("out"), to, written.subject, written.text, written.html, now))
    return known.email


def token(portal: Portal, secret: str) -> str:
    """64 hexadecimal digits that follow from the portal's secret and this name. Raises Undeliverable without one."""
    key = portal.settings.session.secret
    if key is None:
        raise Undeliverable("session.secret is not set, so no link can be made.")
    return hmac.new(key.get_secret_value().encode(), f"mail:{secret}".encode(), hashlib.sha256).hexdigest()


def _cause(mail: Owed, receiver: str) -> str:
    return f"{MAIL}:{mail.cause}:{receiver}"


def _hand_on(portal: Portal, letter: Letter) -> None:
    if portal.mailer is None:
        raise Undeliverable("This portal sends no mail: set mail.host, see the settings.")
    if not letter.to.address:
        raise Undeliverable(NO_ADDRESS)
    try:
        address(letter.to.address)
    except BadInput as odd:
        raise Undeliverable(odd.sentence) from odd
    portal.mailer.send(letter)


def _packed(fact: Fact) -> object:
    """As JSON keeps it, so that amounts are amounts again when the mail is written."""
    if isinstance(fact, Credits):
        return {"micro": fact.micro}
    if isinstance(fact, Money):
        return {"minor": fact.minor, "currency": fact.currency}
    # Names are what people call themselves; mail programs would make links of what looks like one.
    return unlinked(fact) if isinstance(fact, str) else fact


def _unpacked(fact: object) -> object:
    if isinstance(fact, dict):
        return Credits(fact["micro"]) if "micro" in fact else Money(fact["minor"], fact["currency"])
    return fact
