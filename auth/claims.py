"""What a verified identity token says about a person, reduced to what we keep. oidc.py and bearers.py import it.

Claims are text written by somebody else: of the wrong type they count as absent, and none of them makes a manager
of any kind unless the settings name both the claim and the value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auth.people import Arrival
from auth.policy import Role
from billing.rules.errors import SignedOut
from billing.rules.organisations import Standing
from billing.settings_people import OidcSettings


def arrival(claims: Mapping[str, Any], oidc: OidcSettings) -> Arrival:
    """Who the verified claims are about. Raises SignedOut when nobody is named; people.py judges the name."""
    subject = claims.get("sub")
    if not isinstance(subject, str):
        raise SignedOut("The sign-in provider's answer could not be accepted. Please try again.")
    email = _email(claims)
    name = _text(claims, "name") or _text(claims, "preferred_username") or email or subject
    return Arrival(str(oidc.issuer), subject, name, email, role_of(claims, oidc))


def role_of(claims: Mapping[str, Any], oidc: OidcSettings) -> Role:
    """What the configured claim makes of them: it is, or lists, a configured value, letter by letter.

    Who is named as both is a manager, who may do all that a billing manager may.
    """
    named = _values(claims, oidc.manager_claim)
    if named.intersection(oidc.manager_values):
        return Role.MANAGER
    return Role.BILLING_MANAGER if named.intersection(oidc.billing_manager_values) else Role.USER


def lacks_a_person(claims: Mapping[str, Any], oidc: OidcSettings) -> bool:
    """Some providers put the person only into userinfo: worth another question."""
    wanted = [name for name in ("name", "email") if _text(claims, name) is None]
    return bool(wanted) or (oidc.manager_claim is not None and _at(claims, oidc.manager_claim) is None)


def organisation_of(claims: Mapping[str, Any], oidc: OidcSettings) -> tuple[str, Standing] | None:
    """The external id of the organisation a token is for, and what its bearer is there; None when it names none.

    Nobody becomes its owner by a claim: an admin does what a program needs, and who owns it is decided here.
    """
    named = _at(claims, oidc.organisation_claim) if oidc.organisation_claim else None
    if named is None or named == "":
        return None
    given = _values(claims, oidc.organisation_role_claim)
    standing = Standing.ADMIN if given.intersection(oidc.organisation_admin_values) else Standing.MEMBER
    # What is no text names an organisation nobody knows, never none at all.
    return named if isinstance(named, str) else "", standing


def _values(claims: Mapping[str, Any], name: str | None) -> set[str]:
    """What a claim is, or lists; nothing but text counts."""
    given = _at(claims, name) if name else None
    return {value for value in (given if isinstance(given, list) else [given]) if isinstance(value, str)}


def _at(claims: Mapping[str, Any], name: str) -> object:
    """The claim of this name, or the one at this dotted path (`realm_access.roles`)."""
    if name in claims:
        return claims[name]
    found: object = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _email(claims: Mapping[str, Any]) -> str | None:
    # An address nobody checked would put another person's name into receipts and searches.
    return None if claims.get("email_verified") in (False, "false") else _text(claims, "email")


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    value = claims.get(name)
    return value if isinstance(value, str) and value.strip() else None
