"""What plans allow, as settings: features and limits, and which plan those without one have. For `settings_trade.py`.

Other profiles' plans say nothing about it, and then nothing is asked of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Protocol

from pydantic import BeforeValidator, Field

from billing.rules.money import Money

UNLIMITED = "unlimited"
LARGEST = 10**12


def _limit(value: object) -> int | None:
    """A number, or the word; a blank is a mistake, for it must not come to mean that there is no limit."""
    if isinstance(value, str) and value.strip().lower() == UNLIMITED:
        return None
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not (text.isascii() and text.isdecimal() and int(text) <= LARGEST):
        raise ValueError(f"must be a whole number such as 25, or {UNLIMITED}")
    return int(text)


Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Limit = Annotated[int | None, BeforeValidator(_limit)]
Limits = dict[Name, Limit]


class _Plan(Protocol):
    @property
    def key(self) -> str: ...
    @property
    def price(self) -> Money: ...
    @property
    def limits(self) -> Mapping[str, int | None]: ...


def refuse_odd_plans(plans: Sequence[_Plan], default: str, *, elsewhere: bool = False) -> None:
    """Raises ValueError: only the default plan is free, and each says something about all that is counted.

    The default plan may be one that stands `elsewhere`, in a file.
    """
    if default and not elsewhere and default not in {plan.key for plan in plans}:
        raise ValueError(f"default_plan is {default}, but no plan has that key")
    counted = {name: plan.key for plan in reversed(plans) for name in plan.limits}
    for plan in plans:
        if (plan.price.minor == 0) != (plan.key == default):
            raise ValueError(_about_price(plan, default))
        for name in counted.keys() - plan.limits.keys():
            raise ValueError(
                f"{counted[name]} limits {name}, but {plan.key} does not say: write a number or {UNLIMITED}"
            )


def _about_price(plan: _Plan, default: str) -> str:
    if plan.key == default:
        return f"default_plan is {default}, which nobody pays for, so its amount must be 0"
    return f"{plan.key}: a plan that is subscribed to needs a price above zero"
