"""How a plan may be changed, and what somebody must see before they change it. Anyone may import it; pure decisions."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from billing.rules.bills import Bill
from billing.rules.errors import BadInput, Conflict
from billing.rules.moments import MINUTE, SECOND
from billing.rules.money import Credits, Money
from billing.rules.plans import Catalogue, Feature, Limit, PlanTerms
from billing.rules.sentences import sentence

VALID_FOR = 5 * MINUTE
OFFER_CHANGED = sentence("The offer has changed since it was shown. Please look again before you confirm.")
SEATS_MOST = 100_000

_TOKEN = re.compile(r"([0-9]{1,19})-([0-9a-f]{40})", re.ASCII)


class When(StrEnum):
    """Whether a change happens at once, or when what is paid for is used up."""

    NOW = "now"
    PERIOD_END = "period_end"


class Proration(StrEnum):
    """What becomes of time that is paid for: put onto the next invoice, invoiced at once, or forgotten."""

    ON_NEXT_INVOICE = "create_prorations"
    INVOICED_AT_ONCE = "always_invoice"
    NONE = "none"


class Collection(StrEnum):
    """How invoices are paid from then on."""

    CHARGED = "charge_automatically"
    SENT = "send_invoice"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for: a plan by its name or by the key of its offer. What is left out stays as it is.

    `promotion_code` is what a customer types; `coupon` is the provider's own id, for those who know it.
    """

    plan: str
    interval: str | None = None
    seats: int | None = None
    when: When = When.NOW
    promotion_code: str | None = None
    coupon: str | None = None


@dataclass(frozen=True, slots=True)
class PlanSide:
    """A plan as one side of a change: what an interval of it costs with these seats, and the credits it then gives.

    `seats` is None where none are charged for. A plan nobody here knows any more has no `terms`.
    """

    key: str
    title: str
    interval: str
    interval_count: int
    seats: int | None
    amount: Money
    credits: Credits
    terms: PlanTerms | None = None


@dataclass(frozen=True, slots=True)
class Gain:
    """Credits of a plan that come with the payment of one invoice, until they expire."""

    plan: str
    credits: Credits
    expires_at: int


@dataclass(frozen=True, slots=True)
class LimitChange:
    """What becomes of a limit, and how much of it is in use. None: the plan does not name it, which allows none."""

    name: str
    before: Limit | None
    after: Limit | None
    used: int

    @property
    def is_exceeded(self) -> bool:
        """Whether more is in use than the new plan allows: nothing is taken away, but nothing can be added."""
        most = self.after.most if self.after else 0
        return most is not None and self.used > most


@dataclass(frozen=True, slots=True)
class ChangePreview:
    """Everything a person must see before the click. Hand `token` to `change`; it holds until `valid_until`.

    `now` is the invoice made at once, if one is; `next` the one after it. `gains_now` and `gains_next` are the credits
    that come when they are paid. Moments in microseconds UTC.
    """

    token: str
    moment: int
    valid_until: int
    when: When
    effective_at: int
    subscription_id: str
    before: PlanSide
    after: PlanSide
    now: Bill | None
    next: Bill
    gains_now: tuple[Gain, ...]
    gains_next: tuple[Gain, ...]
    features_gained: tuple[Feature, ...]
    features_lost: tuple[Feature, ...]
    limits: tuple[LimitChange, ...]
    collection: Collection
    days_until_due: int | None
    reduction: str | None
    ends_trial: bool
    drops_planned: bool

    @property
    def due_now(self) -> Money:
        """What is asked for at once."""
        return self.now.due if self.now else Money(0, self.next.due.currency)

    @property
    def credited(self) -> Money:
        """What is given back for time that was paid for, on whichever invoice it is."""
        return (self.now or self.next).given_back

    @property
    def credits_now(self) -> Credits:
        """The credits that come at once."""
        return _together(self.gains_now)

    @property
    def credits_next(self) -> Credits:
        """The credits that come with the next invoice."""
        return _together(self.gains_next)


def token_of(moment: int, *parts: object) -> str:
    """Names the moment a preview counts from, and everything it showed, by its hash.

    Of bills only amounts are part of it: where a period begins anew, its days move on with every look.
    """
    told = "\n".join(repr(_material(each)) for each in parts)
    return f"{moment}-{hashlib.sha256(told.encode()).hexdigest()[:40]}"


def moment_of(token: str, now: int) -> int:
    """The moment a preview was computed for. Raises BadInput, and Conflict when it is too old."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise BadInput("This names no preview: send back the token that came with one.", field="as_previewed")
    moment = int(found[1])
    if moment % SECOND or not now - VALID_FOR <= moment <= now + SECOND:
        raise Conflict(OFFER_CHANGED)
    return moment


def limit_changes(before: PlanTerms | None, after: PlanTerms | None, used: dict[str, int]) -> tuple[LimitChange, ...]:
    """Those limits that are not the same in both, and those of which more is in use than the new plan allows."""
    names = {each.name for terms in (before, after) if terms for each in terms.limits}
    every = (
        LimitChange(
            name, before.limit(name) if before else None, after.limit(name) if after else None, used.get(name, 0)
        )
        for name in sorted(names)
    )
    return tuple(each for each in every if each.before != each.after or each.is_exceeded)


def feature_changes(
    catalogue: Catalogue, before: PlanTerms | None, after: PlanTerms | None
) -> tuple[tuple[Feature, ...], tuple[Feature, ...]]:
    """The features that come and those that go, the heaviest first."""
    had = catalogue.features_of(before) if before else ()
    has = catalogue.features_of(after) if after else ()
    return tuple(each for each in has if each not in had), tuple(each for each in had if each not in has)


def suggested(before: PlanSide, after: PlanSide) -> When:
    """A heavier plan, or else a dearer one, is wanted now; a smaller one when what is paid for is used up."""
    was, becomes = (side.terms.weight if side.terms else 0 for side in (before, after))
    if was != becomes:
        return When.NOW if becomes > was else When.PERIOD_END
    if before.interval != after.interval:
        return When.NOW if _days(after) > _days(before) else When.PERIOD_END
    return When.NOW if after.amount.minor >= before.amount.minor else When.PERIOD_END


def _days(side: PlanSide) -> int:
    return side.interval_count * {"day": 1, "week": 7, "month": 30, "year": 365}.get(side.interval, 0)


def _together(gains: Iterable[Gain]) -> Credits:
    return Credits(sum(each.credits.micro for each in gains))


def _material(part: object) -> object:
    if not isinstance(part, Bill):
        return part
    rows = (
        (each.line.price_ref, each.line.quantity, each.line.amount_minor, each.discount_minor, each.tax_minor)
        for each in part.lines
    )
    return sorted(map(repr, rows)), part.due
