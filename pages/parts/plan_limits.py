"""What a plan allows beside what is used of it: a line of text and a bar for each thing counted. Only the page plan
shows them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from billing.entitlements import Overview
from billing.rules.entitlements import Tier
from billing.rules.plans import Catalogue
from billing.rules.subscriptions import Plan
from pages.parts.plan_differences import called, titled
from pages.parts.tags import Tag
from pages.words import _, worded


def limits(catalogue: Catalogue, tier: Tier, used: Mapping[str, int]) -> None:
    """3 of 25 pipelines, with a bar; no bar where there is no end. Then what else the plan has."""
    with Tag("ul", classes="limits"):
        for name in sorted(tier.limits):
            _limit(name, used.get(name, 0), tier.most(name))
        titles = {each.name: titled(each) for each in catalogue.features}
        for feature in sorted(tier.features):
            Tag("li", titles.get(feature) or called(feature).capitalize())


def beside(catalogue: Catalogue, seen: Overview | None) -> Callable[[Plan], None]:
    """What stands in the card of a plan on offer: how far what is in use would fill it."""

    def about(plan: Plan) -> None:
        name = plan.terms.name if plan.terms else plan.key
        tier = seen.offer.tier(name, plan.interval, plan.amount.currency) if seen else None
        if seen and tier:
            limits(catalogue, tier, seen.used)

    return about


def own(catalogue: Catalogue, seen: Overview) -> None:
    """The plan that counts now, also the one that is had without subscribing."""
    tier = seen.standing.tier
    if tier is None or not (tier.limits or tier.features):
        return
    with Tag("section", classes="panel plan", aria_label=_("What the plan allows")):
        Tag("h2", _("In use on {plan}", plan=tier.name))
        if seen.standing.closed:
            Tag("p", worded(seen.standing.closed))
        limits(catalogue, tier, seen.used)


def _limit(name: str, used: int, most: int | None) -> None:
    said = _said(called(name), used, most)
    with Tag("li"):
        Tag("span", said)
        if most:
            full = " full" if used >= most else ""
            Tag("progress", said, f"limit-bar{full}", value=min(used, most), max=most, aria_label=said)


def _said(name: str, used: int, most: int | None) -> str:
    """The names are the portal's own, in whatever language its plans are written."""
    if most is None:
        return _("{used} {name}, any number allowed", used=used, name=name)
    if used > most:
        return _("{used} of {most} {name}, more than it allows", used=used, most=most, name=name)
    return _("{used} of {most} {name}", used=used, most=most, name=name)
