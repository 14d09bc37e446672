"""The words that every form of a plan file shares, and what a document lists. Only the `plan_*.py` verbs import it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from billing.rules.plans import UNLIMITED, Feature, PlanTerms, Product

IMPLIED = ""
"""The place of a feature that is listed only by being named inside a product."""


@dataclass
class Parts:
    """What a document lists, each with its place."""

    features: list[tuple[str, Feature]] = field(default_factory=list)
    products: list[tuple[str, Product]] = field(default_factory=list)
    plans: list[tuple[str, PlanTerms]] = field(default_factory=list)


def _one_line(text: str) -> str:
    found = " ".join(text.split())
    if not found.isprintable():
        raise ValueError("has characters that cannot be printed")
    return found


def named(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


def _most(value: object) -> int | None:
    if value == UNLIMITED:
        return None
    if type(value) is int and value >= 0:
        return value
    raise ValueError(f"must be a whole number from 0, or {UNLIMITED}")


def quoted(value: object) -> object:
    """A bare 49 is 49.00 to one reader and 0.49 to another, so nobody may write it."""
    if type(value) is int:
        raise ValueError('write it in major units with its decimals, such as "49.00"')
    return value


Name = Annotated[str, AfterValidator(str.lower)]
Line = Annotated[str, AfterValidator(_one_line)]
Limits = dict[str, Annotated[Any, BeforeValidator(_most)]]
Interval = Literal["day", "week", "month", "year"]
Count = Annotated[int, Field(ge=1)]
