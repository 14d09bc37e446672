"""The branches of the settings tree, one class each. Only the other `billing/settings*.py` import it.

A field's description becomes its line in the README, so it speaks to an operator.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from billing.rules.kinds import Kind
from billing.rules.money import Credits
from billing.settings_values import (
    CreditsValue,
    Every,
    FromJson,
    Group,
    OptionalText,
    Secret,
    SecretList,
    WebAddress,
    Words,
)

STRIPE_API = "https://api.stripe.com"
STRIPE_JS = "https://js.stripe.com/endive/stripe.js"
SANDBOX_KEY = "sk_test_sandbox"
"""How the secret key of an own sandbox begins; Stripe's own continue with digits."""

_KINDS = {"prod_": "product", "price_": "price"}
_OTHER = {"prod_": "price", "price_": "product"}

Mode = Literal["sandbox", "dummy", "test", "live"]


class StripeSettings(Group):
    """The Stripe account; without a key the portal runs on its own sandbox."""

    api_key: Secret = Field(
        default=None, description="Secret or restricted key. Not set: the portal starts its sandbox."
    )
    publishable_key: OptionalText = Field(default=None, description="The publishable key of the same mode.")
    webhook_secrets: SecretList = Field(
        default=(), description="Signing secrets of the webhook endpoint (whsec_...); two while one is being rolled."
    )
    product: OptionalText = Field(default=None, description="Id of the product whose prices are the packages.")
    price: OptionalText = Field(default=None, description="Id of the only price on sale, when one is enough.")
    lookup_keys: Words = Field(default=(), description="Lookup keys of the prices on sale, instead of a product.")
    subscription_product: OptionalText = Field(default=None, description="Id of the product people subscribe to.")
    plan_lookup_keys: Words = Field(default=(), description="Lookup keys of the plans, instead of that product.")
    plan_prices: Annotated[dict[str, str], FromJson] = Field(
        default={}, description="Price ids of the plans by the plans' keys, instead of either; JSON in the environment."
    )
    portal_configuration: OptionalText = Field(
        default=None, description="Configuration of Stripe's customer portal (bpc_...)."
    )
    portal_url: WebAddress | None = Field(default=None, description="Sign-in page of Stripe's customer portal.")
    account: OptionalText = Field(default=None, description="Account id (acct_...); events of another are foreign.")
    api_base: WebAddress = Field(default=STRIPE_API, description="Stripe's address. Only a sandbox may change it.")
    js_url: WebAddress = Field(default=STRIPE_JS, description="Stripe.js. Only a sandbox may change it.")
    timeout_seconds: int = Field(default=20, ge=1, le=80, description="Longest wait for one answer of Stripe.")
    max_retries: int = Field(default=2, ge=0, le=5, description="How often a failed call to Stripe is tried again.")

    @property
    def mode(self) -> Mode:
        """Derived from the key, so that a mode and a key can never disagree."""
        key = self.api_key.get_secret_value() if self.api_key else SANDBOX_KEY
        if key.startswith(SANDBOX_KEY):
            return "sandbox"
        return "live" if key.startswith(("sk_live_", "rk_live_")) else "test"

    @field_validator("api_key")
    @classmethod
    def _is_a_secret_key(cls, key: Secret) -> Secret:
        if key and not re.match(r"(sk|rk)_(test|live)_.", key.get_secret_value()):
            raise ValueError("must be a secret key: it begins with sk_test_, rk_test_, sk_live_ or rk_live_")
        return key

    @field_validator("publishable_key")
    @classmethod
    def _is_a_publishable_key(cls, key: str | None) -> str | None:
        if key and not re.match(r"pk_(test|live)_.", key):
            raise ValueError("must be a publishable key: it begins with pk_test_ or pk_live_")
        return key

    @field_validator("product", "price", "subscription_product", "portal_configuration")
    @classmethod
    def _is_the_right_kind_of_id(cls, given: str | None, info: ValidationInfo) -> str | None:
        """Only what is surely mixed up: a product's id may be of one's own making, without any beginning."""
        begins = given[: given.find("_") + 1] if given else ""
        if info.field_name == "portal_configuration" and given and begins != "bpc_":
            raise ValueError("must be a configuration of the customer portal: it begins with bpc_")
        if begins == ("prod_" if info.field_name == "price" else "price_"):
            raise ValueError(f"begins with {begins}, so it is the id of a {_KINDS[begins]}, not of a {_OTHER[begins]}")
        return given

    @field_validator("webhook_secrets")
    @classmethod
    def _are_signing_secrets(cls, secrets: tuple[Secret, ...]) -> tuple[Secret, ...]:
        for secret in secrets:
            if secret is None:
                raise ValueError("one of them is blank: an empty secret would let anybody forge a payment")
            if secret.get_secret_value().startswith(("sk_", "rk_", "pk_", "we_")):
                raise ValueError("one of them is no signing secret: copy the endpoint's, it begins with whsec_")
        return secrets


class KindWord(Group):
    """What a type of transactions is called."""

    kind: Kind = Field(description="Our own word, such as grant.")
    word: str = Field(min_length=1, max_length=40, description="What people read.")


class CreditSettings(Group):
    """What a credit is called and what a newcomer gets."""

    welcome: CreditsValue = Field(
        default=Credits(0), description="Credits the account of a new user gets as a welcome gift; managers get none."
    )
    first_purchase_match_up_to: CreditsValue = Field(
        default=Credits(0),
        description="The first purchase earns a bonus of as many credits, up to so many.",
    )
    verification: CreditsValue = Field(
        default=Credits(0), description="Credits for the first card verified without a charge, once per card for ever."
    )
    unit_name: str = Field(default="credits", min_length=1, max_length=24, description="What people call them.")
    welcome_organisation: CreditsValue = Field(
        default=Credits(0), description="Credits a new organisation gets; of those one person founds only the first."
    )
    kind_words: Annotated[tuple[KindWord, ...], FromJson] = Field(
        default=(), description="Other words for types of transactions on pages. Best written in YAML."
    )


class GrantSettings(Group):
    """How much a single person may give away."""

    max_credits_per_grant: CreditsValue = Field(
        default=Credits.whole(100_000), description="Most credits a manager may grant at once."
    )
    max_credits_per_day: CreditsValue = Field(
        default=Credits.whole(500_000), description="Most credits a manager may grant within a day."
    )
    confirm_above: CreditsValue = Field(
        default=Credits.whole(10_000), description="Above so many credits a manager types the amount a second time."
    )

    @model_validator(mode="after")
    def _a_day_holds_a_grant(self) -> GrantSettings:
        if self.max_credits_per_day < self.max_credits_per_grant:
            raise ValueError("max_credits_per_day must not be below max_credits_per_grant")
        return self


class RefreshSettings(Group):
    """How often each kind of thing is looked at again at the provider. Not set: with every sweep; 0: never."""

    checkouts: Every = Field(default=None, description="How often purchases under way are asked about; 0: never.")
    customers: Every = Field(default=None, description="How often customers not seen for a day are read again.")
    subscriptions: Every = Field(default=None, description="How often subscriptions that may have changed are read.")
    meters: Every = Field(default=None, description="How often meters are told of use that plans bill afterwards.")
    invoices: Every = Field(default=None, description="How often use on account is invoiced, and invoices read again.")


class ApiSettings(Group):
    """Limits of the doors that programs use."""

    body_limit_bytes: int = Field(default=1_000_000, ge=10_000, le=16_000_000, description="Largest request body.")
    usage_batch_max: int = Field(default=1000, ge=1, le=10_000, description="Most usage debits in one request.")
