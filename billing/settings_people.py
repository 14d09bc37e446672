"""The branches of the settings about people: sessions, sign-in, organisations. Only `billing/settings*.py` import it.

A field's description becomes its line in the README, so it speaks to an operator.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from billing.settings_values import FromList, Group, Issuer, OptionalText, Secret, Words

Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]


class SessionSettings(Group):
    """How long somebody stays signed in."""

    secret: Secret = Field(default=None, description="Signs cookies; 32 random characters or more in production.")
    idle_minutes: int = Field(default=480, ge=5, le=10_080, description="Signed out after so long without a click.")
    absolute_hours: int = Field(default=168, ge=1, le=720, description="Signed out after so long in any case.")


class OidcSettings(Group):
    """The identity provider people sign in with."""

    issuer: Issuer = Field(default=None, description="Issuer, as the provider's own metadata spells it.")
    client_id: OptionalText = Field(default=None, description="Client id of this portal at the provider.")
    client_secret: Secret = Field(default=None, description="Client secret of this portal at the provider.")
    scopes: Words = Field(default=("openid", "email", "profile"), description="Scopes to ask for.")
    manager_claim: OptionalText = Field(default=None, description="Claim that says who is a manager.")
    manager_values: Words = Field(default=(), description="Values of that claim that make a manager.")
    billing_manager_values: Words = Field(
        default=(), description="Values of that claim that make a billing manager: credits and accounts, no keys."
    )
    algorithms: Annotated[tuple[Algorithm, ...], FromList] = Field(
        default=("RS256", "ES256"), min_length=1, description="Signature algorithms accepted on identity tokens."
    )

    api_audience: OptionalText = Field(
        default=None, description="Audience of access tokens that open the API to programs of people; not set: none do."
    )
    organisation_claim: OptionalText = Field(
        default=None, description="Claim of an access token that names an organisation by its external id."
    )
    organisation_role_claim: OptionalText = Field(
        default=None, description="Claim that says what its bearer is in that organisation."
    )
    organisation_admin_values: Words = Field(
        default=(), description="Values of that claim that make an admin; everybody else is a plain member."
    )

    @property
    def configured(self) -> bool:
        """Whether people can sign in through it."""
        return bool(self.issuer and self.client_id and self.client_secret)

    @model_validator(mode="after")
    def _is_whole(self) -> OidcSettings:
        given = {"issuer": self.issuer, "client_id": self.client_id, "client_secret": self.client_secret}
        missing = [name for name, value in given.items() if not value]
        if 0 < len(missing) < len(given):
            raise ValueError(f"half configured: set {' and '.join(missing)} as well, or none of them")
        if "openid" not in self.scopes:
            raise ValueError("scopes must contain openid")
        return self

    @model_validator(mode="after")
    def _says_who_manages(self) -> OidcSettings:
        """A value that is blank, or means two things, would give somebody more than was meant."""
        values = (*self.manager_values, *self.billing_manager_values)
        if any(not value.strip() for value in values):
            raise ValueError("one of manager_values or billing_manager_values is blank: remove it")
        if bool(self.manager_claim) != bool(values):
            raise ValueError("manager_claim and manager_values belong together: set both or none")
        both = sorted(set(self.manager_values) & set(self.billing_manager_values))
        if both:
            raise ValueError(f"{both[0]} stands in manager_values and in billing_manager_values: keep it in one")
        return self

    @model_validator(mode="after")
    def _says_who_speaks_for_an_organisation(self) -> OidcSettings:
        """An identity token proves who somebody is to this portal's pages; it must never open the API as well."""
        if self.api_audience and self.api_audience == self.client_id:
            raise ValueError("api_audience must differ from client_id: identity tokens do not open the API")
        if self.api_audience and not self.issuer:
            raise ValueError("api_audience is set but there is no issuer")
        if self.organisation_claim and not self.api_audience:
            raise ValueError("organisation_claim is read from access tokens: set api_audience as well")
        if bool(self.organisation_role_claim) != bool(self.organisation_admin_values):
            raise ValueError("organisation_role_claim and organisation_admin_values belong together: set both or none")
        if any(not value.strip() for value in self.organisation_admin_values):
            raise ValueError("one of organisation_admin_values is blank: remove it")
        return self


class OrganisationSettings(Group):
    """Accounts that several people share."""

    enabled: bool = Field(default=False, description="Whether people can share an account as an organisation.")
    only: bool = Field(default=False, description="Whether only organisations buy and subscribe; people act for one.")
    auto_create_account: bool = Field(
        default=False, description="Whether a new organisation becomes a customer of the provider at once."
    )
    offline: bool = Field(
        default=False, description="Whether it stays unknown there until it buys or somebody registers it."
    )
