"""What another plan has more or less than the own one: credits, limits and features, a line each. The page plan and
its dialog show it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from billing.rules.money import Credits
from billing.rules.plan_changes import LimitChange, PlanSide, feature_changes, limit_changes
from billing.rules.plans import Catalogue, Feature, Limit
from pages.parts import format as written
from pages.parts.tags import Tag, heard
from pages.words import _


def differences(catalogue: Catalogue, before: PlanSide, after: PlanSide, used: Mapping[str, int]) -> None:
    """The list, in the current slot; nothing where the two are alike."""
    gained, lost = feature_changes(catalogue, before.terms, after.terms)
    limits = limit_changes(before.terms, after.terms, dict(used))
    lines = [*credit_lines(before.credits, after.credits), *limit_lines(limits), *feature_lines(gained, lost)]
    if lines:
        Tag("p", _("Compared with your plan"), "caption")
        shown(lines)


def shown(lines: Iterable[tuple[str, str]]) -> None:
    """Lines with what they are: more, less or other."""
    spoken = {"more": ("+", _("More:")), "less": (written.MINUS, _("Less:")), "over": ("▲", _("Too much in use:"))}
    with Tag("ul", classes="differences"):
        for tone, text in lines:
            sign, aloud = spoken[tone]
            with Tag("li", classes=f"difference-{tone}"):
                Tag("span", sign, "difference-sign", aria_hidden="true")
                with Tag("span"):
                    heard(aloud)
                    Tag("span", text)


def credit_lines(before: Credits, after: Credits) -> Iterator[tuple[str, str]]:
    """What each period brings."""
    if before != after:
        said = _("{now} instead of {before} each period", now=written.counted(after), before=written.credits(before))
        yield "more" if after.micro > before.micro else "less", said


def limit_lines(limits: Iterable[LimitChange]) -> Iterator[tuple[str, str]]:
    """Each limit that is another one, and what is in use beyond it."""
    for each in limits:
        named = called(each.name)
        said = _("{now} {name} instead of {before}", now=_most(each.after), name=named, before=_most(each.before))
        if each.before != each.after:
            yield "more" if _height(each.after) > _height(each.before) else "less", said
        if each.is_exceeded:
            yield (
                "over",
                _("{used} {name} are in use: nothing is lost, but none can be added", used=each.used, name=named),
            )


def feature_lines(gained: Iterable[Feature], lost: Iterable[Feature]) -> Iterator[tuple[str, str]]:
    """What is opened, and what is closed."""
    yield from (("more", titled(each)) for each in gained)
    yield from (("less", titled(each)) for each in lost)


def called(name: str) -> str:
    """The names are the portal's own, in whatever language its plans are written."""
    return name.replace("-", " ").replace("_", " ")


def titled(feature: Feature) -> str:
    """A feature's title; where plans give it none, its name as words."""
    return called(feature.name).capitalize() if feature.title in ("", feature.name) else feature.title


def _most(limit: Limit | None) -> str:
    if limit is None:
        return written.number(0)
    return _("any number of") if limit.most is None else written.number(limit.most)


def _height(limit: Limit | None) -> tuple[bool, int]:
    """How much it allows: no limit at all is the most, none named the least."""
    if limit is None:
        return False, 0
    return limit.most is None, limit.most or 0
