"""Chooses how mail leaves the portal: by a mail server, as a file, or not at all. `app.py` builds mailers with it."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from billing.gateways.mail_message import Mailer, message_of
from billing.gateways.mail_smtp import Server, SmtpMailer
from billing.rules.errors import GatewayUnavailable
from billing.rules.mail import Letter, Mailbox


class Masked(Protocol):
    """A value whose text form shows nothing."""

    def get_secret_value(self) -> str: ...


class MailPart(Protocol):
    """The branch `mail` of the settings."""

    def by(self, *, is_play: bool) -> str: ...
    @property
    def mailbox(self) -> Mailbox: ...
    @property
    def host(self) -> str | None: ...
    @property
    def server_port(self) -> int: ...
    @property
    def security(self) -> str: ...
    @property
    def user(self) -> str | None: ...
    @property
    def password(self) -> Masked | None: ...
    @property
    def timeout_seconds(self) -> int: ...
    @property
    def folder(self) -> str | None: ...


class Told(Protocol):
    """The settings a mailer is made from."""

    @property
    def mail(self) -> MailPart: ...
    @property
    def is_play(self) -> bool: ...
    @property
    def var_dir(self) -> str: ...
    @property
    def public_url(self) -> str: ...


def mailer_of(settings: Told, trust: ssl.SSLContext | None = None) -> Mailer | None:
    """The mailer these settings ask for; None where no mail is sent. `trust` knows the server's certificate."""
    mail, name = settings.mail, urlsplit(settings.public_url).hostname or "localhost"
    way = mail.by(is_play=settings.is_play)
    if way == "file":
        return FileMailer(Path(mail.folder or f"{settings.var_dir}/mail"), mail.mailbox, name)
    if way == "none" or mail.host is None:
        return None
    server = Server(
        mail.host, mail.server_port, mail.security, mail.user or "",
        mail.password.get_secret_value() if mail.password else "", mail.timeout_seconds,
        trust or ssl.create_default_context(),
    )  # fmt: skip
    return SmtpMailer(server, mail.mailbox, name)


class FileMailer:
    """Keeps each letter as a file that every mail program opens, for trying things out; the same letter once."""

    def __init__(self, folder: Path, sender: Mailbox, name: str) -> None:
        self._folder, self._sender, self._name = folder, sender, name

    @property
    def way(self) -> str:
        """In which folder."""
        return f"{self._folder}/*.eml"

    def send(self, letter: Letter) -> None:
        """Raises GatewayUnavailable when the folder cannot be written, Undeliverable."""
        message = message_of(letter, self._sender, self._name)
        file = self._folder / f"{letter.id}.eml"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            draft = file.with_suffix(".part")
            draft.write_bytes(bytes(message))
            draft.chmod(0o600)  # there may be a link in it that lets somebody in
            draft.replace(file)
        except OSError as error:
            raise GatewayUnavailable("The folder for mail cannot be written.") from error
