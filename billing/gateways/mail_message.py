"""What a mailer promises, and a letter as the bytes that mail servers exchange. The `mail*.py` beside it use it.

The head is built by the standard library from values, never from text: a name cannot add a line to it.
"""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Protocol

from billing.rules.errors import Undeliverable
from billing.rules.mail import Letter, Mailbox, one_line
from billing.rules.moments import to_datetime


class Mailer(Protocol):
    """A way for mail to leave the portal."""

    @property
    def way(self) -> str:
        """Where mail goes, in a few words for an operator."""
        ...

    def send(self, letter: Letter) -> None:
        """Hands the letter on. Raises GatewayUnavailable (try again later), Undeliverable (never mind)."""
        ...


def message_of(letter: Letter, sender: Mailbox, host: str) -> EmailMessage:
    """The letter as a message. Its id follows from the letter's, so that a second sending of it is recognised.

    `host` stands in the id: it makes it unique among all the mail of the world. Raises Undeliverable.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(sender)
    message["To"] = _address(letter.to)
    message["Subject"] = one_line(letter.subject)
    message["Date"] = to_datetime(letter.written_at)
    message["Message-ID"] = f"<{letter.id}@{host}>"
    # Nobody's holiday notice shall answer a machine.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


def _address(of: Mailbox) -> Address:
    try:
        return Address(one_line(of.name), addr_spec=of.address)
    except ValueError:  # the library knows more odd addresses than we do
        raise Undeliverable("This address cannot stand in a mail.") from None
