"""The shapes of organisations in the API document. Only api/ imports it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field
from pydantic.json_schema import SkipJsonSchema

from api.shapes import Account, Moment, Shape
from billing.rules.organisations import EMAIL_MAX, EXTERNAL_MAX, Standing
from billing.rules.texts import NAME_MAX

Title = Annotated[str, Field(min_length=1, max_length=NAME_MAX, examples=["Analytical Engines"])]
External = Annotated[str, Field(min_length=1, max_length=EXTERNAL_MAX, examples=["org-7"])]
Person = Annotated[str, Field(min_length=1, max_length=40, examples=["usr_7kq2m0x9f3v5c8n1b4d6"])]


class NewOrganisation(Shape):
    """Programs and managers say who owns it, and may give the id another system knows it by; people own theirs."""

    title: Title
    owner: Person | SkipJsonSchema[None] = Field(default=None)
    external_id: External | SkipJsonSchema[None] = Field(default=None)


class Renaming(Shape):
    """Another title."""

    title: Title


class NewMember(Shape):
    """Somebody to invite, by mail address or by link alone; programs and managers may name a `person` instead."""

    standing: Standing
    email: str | SkipJsonSchema[None] = Field(default=None, max_length=EMAIL_MAX, examples=["bo@example.org"])
    person: Person | SkipJsonSchema[None] = Field(default=None)


class Restanding(Shape):
    """What a member shall be. `transfer` makes them the owner and the asker, who was, an admin."""

    standing: Standing
    transfer: bool = Field(default=False)


class Taking(Shape):
    """The last part of an invitation's link."""

    token: str = Field(min_length=64, max_length=64, examples=["0" * 64])


class Organisation(BaseModel):
    """An account that several people share; `account` is its id at every other door."""

    account: Account
    title: str
    external_id: str | None
    offline: bool = Field(description="Whether the payment provider does not know it yet.")
    standing: Standing | None = Field(description="What the asker is in it; null for who is above it.")
    created_at: Moment


class Organisations(BaseModel):
    """Those the asker belongs to."""

    items: list[Organisation]


class Member(BaseModel):
    """A person in an organisation."""

    person: str
    name: str
    email: str | None
    standing: Standing
    joined_at: Moment


class Members(BaseModel):
    """Everybody in it, by name."""

    items: list[Member]


class Invitation(BaseModel):
    """An open invitation; `link` stands only in the answer that made it."""

    id: str
    email: str | None
    standing: Standing
    expires_at: Moment
    link: str | None = Field(default=None)


class Invitations(BaseModel):
    """Those that can still be accepted, newest first."""

    items: list[Invitation]


class Joined(BaseModel):
    """What became of somebody."""

    account: Account
    person: str
    standing: Standing | None = Field(description="null once they are a member no more.")
    invitation: Invitation | None = Field(default=None)


REQUESTS: tuple[type[Shape], ...] = (NewOrganisation, Renaming, NewMember, Restanding, Taking)
