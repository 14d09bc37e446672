"""Hands mail to a mail server by SMTP. Only `mail.py` beside it builds one.

A connection per letter: a few mails a minute need no pool, and a server that was restarted needs no care. The standard
library is enough, since letters are sent from a thread; an asynchronous client would be one more thing to keep.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import structlog

from billing.gateways.mail_message import message_of
from billing.rules.errors import GatewayUnavailable, Undeliverable
from billing.rules.mail import Letter, Mailbox
from billing.rules.sentences import sentence

AWAY = sentence("The mail server did not take the mail; it is tried again later.")
FOR_GOOD = 500
"""From this code on a server means it; below it says: not now."""

log = structlog.get_logger("mail")


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server and who we are to it. `security`: starttls, ssl or none. `trust` verifies its certificate."""

    host: str
    port: int
    security: str
    user: str
    password: str = field(repr=False)
    timeout_seconds: int
    trust: ssl.SSLContext


class SmtpMailer:
    """See `mail_message.Mailer`. `name` is who this machine says it is."""

    def __init__(self, server: Server, sender: Mailbox, name: str) -> None:
        self._server, self._sender, self._name = server, sender, name

    @property
    def way(self) -> str:
        """By which server."""
        return f"by {self._server.host}:{self._server.port}"

    def send(self, letter: Letter) -> None:
        """Raises GatewayUnavailable, Undeliverable."""
        message = message_of(letter, self._sender, self._name)
        try:
            with self._connected() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            code = max(code for code, _ in refused.recipients.values())
            raise _refusal(letter, code) from refused
        except smtplib.SMTPDataError as refused:
            raise _refusal(letter, refused.smtp_code) from refused
        except (smtplib.SMTPException, OSError) as trouble:
            # Also a wrong password, a wrong sender or a certificate nobody knows: an operator mends it, the mail waits.
            log.warning("mail_server_away", letter=letter.id, error=type(trouble).__name__)
            raise GatewayUnavailable(AWAY) from trouble

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        told, wait = self._server, self._server.timeout_seconds
        if told.security == "ssl":
            server: smtplib.SMTP = smtplib.SMTP_SSL(told.host, told.port, self._name, timeout=wait, context=told.trust)
        else:
            server = smtplib.SMTP(told.host, told.port, self._name, timeout=wait)
        try:
            if told.security == "starttls":
                server.starttls(context=told.trust)
            if told.user:
                server.login(told.user, told.password)
            yield server
            # Whatever it says to goodbye, it took the mail.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
        finally:
            server.close()


def _refusal(letter: Letter, code: int) -> GatewayUnavailable | Undeliverable:
    log.warning("mail_refused", letter=letter.id, code=code)
    if code < FOR_GOOD:
        return GatewayUnavailable(AWAY)
    return Undeliverable(sentence("The mail server refused the mail for good (code {code}).", code=str(code)))
