"""Cards: proving one without a charge, on a page of the provider, and what that earns. Doors and pages call it.

What proves a card is the provider's word alone: its webhook tells it, and whoever comes back from its page may ask.
"""

from __future__ import annotations

from billing import customers
from billing.portal import Portal
from billing.recording import record_now
from billing.rules.errors import NotFound, NotPaidYet
from billing.rules.facts import CardFact
from billing.rules.orders import SESSION_WORD
from billing.rules.sentences import sentence
from billing.rules.texts import new_id
from billing.store import accounts

UNKNOWN = sentence("There is no such payment.")


def verify(portal: Portal, account_id: str, return_path: str) -> str:
    """Where the account's owner proves and saves a card; afterwards they are at `return_path?verified=<session>`.

    Nothing is written before they do, so a second call opens a second page and harms nobody.
    Raises NotFound, GatewayUnavailable, PaymentRefused.
    """
    customer_ref, back = customers.ensure(portal, account_id), f"{portal.settings.public_url}{return_path}"
    opened = portal.gateway.verify_card(customer_ref, f"{back}?verified={SESSION_WORD}", back, new_id("card"))
    return opened.url or back


def confirm(portal: Portal, account_id: str, session_ref: str) -> None:
    """Asks the provider what came of it and records that: heals a webhook that has not come.

    Raises NotFound (unknown, or somebody else's), NotPaidYet (nobody finished it), GatewayUnavailable.
    """
    fact, whose = _proven(portal, session_ref)
    if whose != account_id:
        raise NotFound(UNKNOWN)
    record_now(portal, fact)


def owner(portal: Portal, session_ref: str) -> str:
    """The account whose card was proven there. Raises as `confirm` does."""
    return _proven(portal, session_ref)[1]


def _proven(portal: Portal, session_ref: str) -> tuple[CardFact, str]:
    try:
        fact = portal.gateway.verified_card(session_ref)
    except NotFound:
        raise NotFound(UNKNOWN) from None  # in the words for somebody else's: the two look alike
    if fact is None:
        raise NotPaidYet("The card has not been verified yet.")
    with portal.database.read() as connection:
        account_id = accounts.by_customer(connection, fact.customer_ref)
    if account_id is None:
        raise NotFound(UNKNOWN)
    return fact, account_id
