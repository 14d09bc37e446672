"""The branches of the settings about mail and alerts. Only the other `billing/settings*.py` import it.

A field's description becomes its line in the README, so it speaks to an operator.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from billing.rules.errors import BadInput
from billing.rules.mail import Mailbox, mailbox
from billing.rules.money import Credits
from billing.settings_values import CreditsValue, Group, OptionalText, Secret, is_loopback

Transport = Literal["none", "file", "smtp"]
PORTS = {"starttls": 587, "ssl": 465, "none": 25}


class MailSettings(Group):
    """How mail leaves the portal, and who it is from."""

    transport: Literal["auto", "none", "file", "smtp"] = Field(
        default="auto", description="How mail leaves. auto: smtp with a host, else a file in play, else not at all."
    )
    sender: OptionalText = Field(default=None, description="Who mail is from, such as Scrip <credits@example.org>.")
    host: OptionalText = Field(default=None, description="Mail server that takes our mail.")
    port: int = Field(default=0, ge=0, le=65_535, description="Its port; 0: the usual one of the security.")
    security: Literal["starttls", "ssl", "none"] = Field(
        default="starttls", description="How the way to it is secured; none is for this machine only."
    )
    user: OptionalText = Field(default=None, description="Who we are to the mail server, if it wants to know.")
    password: Secret = Field(default=None, description="The password to that.")
    timeout_seconds: int = Field(default=20, ge=1, le=120, description="Longest wait for one answer of it.")
    folder: OptionalText = Field(
        default=None, description="Folder for mail as .eml files; not set: mail, in the folder for everything."
    )
    templates: OptionalText = Field(
        default=None, description="Folder with templates that replace ours: a file of the same name."
    )

    def by(self, *, is_play: bool) -> Transport:
        """How mail leaves; where nothing is said, play keeps it in a folder and a real portal sends none."""
        if self.transport != "auto":
            return self.transport
        if self.host:
            return "smtp"
        return "file" if is_play else "none"

    @property
    def mailbox(self) -> Mailbox:
        """The sender; a mail that only becomes a file may be from nobody in particular."""
        return mailbox(self.sender or "Scrip <portal@localhost>")

    @property
    def server_port(self) -> int:
        """The port that is set, or that of the security."""
        return self.port or PORTS[self.security]

    @field_validator("sender")
    @classmethod
    def _is_a_mailbox(cls, sender: str | None) -> str | None:
        try:
            mailbox(sender or "a@b")
        except BadInput:
            sender = None
        else:
            return sender
        raise ValueError("must be an address, such as credits@example.org or Scrip <credits@example.org>")

    @model_validator(mode="after")
    def _is_whole(self) -> MailSettings:
        if self.transport == "smtp" and not self.host:
            raise ValueError("half configured: transport is smtp, so set host as well")
        if self.host and self.transport in ("none", "file"):
            raise ValueError(f"host is set although transport is {self.transport}: remove one of them")
        if self.host and not self.sender:
            raise ValueError("half configured: set sender as well, or nobody could tell who the mail is from")
        if bool(self.user) != bool(self.password):
            raise ValueError("user and password belong together: set both or none")
        if self.user and not self.host:
            raise ValueError("half configured: user is set but there is no host")
        if self.host and self.security == "none" and not is_loopback(f"smtp://{self.host}"):
            raise ValueError("security is none, which is for this machine only: use starttls or ssl")
        return self


class AlertSettings(Group):
    """What people are told of before they have set anything themselves."""

    low_balance: CreditsValue = Field(
        default=Credits(0),
        description="Tell people when fewer credits than these are left; 0: only if they ask for it.",
    )
    expiry_days: int = Field(
        default=0, ge=0, le=90, description="Tell them so many days before credits expire; 0: only if they ask for it."
    )
