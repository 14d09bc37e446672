"""Plan files: reads what the settings name into one catalogue, whichever form it is written in. app and verbs call it.

Every file is read and every rule is asked before anything else happens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from billing.plan_documents import Document, documents
from billing.plan_forms import own_parts
from billing.plan_forms_frontier import kind_parts, legacy_parts
from billing.plan_words import IMPLIED, Parts
from billing.rules.errors import BadInput
from billing.rules.plan_rules import refuse_mistakes
from billing.rules.plans import Aggregate, Catalogue, Feature, Limit, PlanTerms, Price, Product, Usage, catalogue
from billing.settings import Settings
from billing.settings_names import nearest
from billing.settings_trade import PlanSettings

LISTED, DEFAULT = "catalog.plans", "catalog.default_plan"
ENDINGS = (".yml", ".yaml")

# Words that only Frontier's lists have; a file with one of them is read as such.
_LEGACY_PLAN = {"id", "interval", "on_start_credits", "state", "metadata"}
_LEGACY_PRODUCT = {"id", "behavior", "config", "state", "metadata"}
_LEGACY_FEATURE = {"id", "product_ids", "metadata"}

Thing = TypeVar("Thing", Feature, Product, PlanTerms)


def load(paths: Iterable[str], beside: Parts | None = None) -> Catalogue:
    """The catalogue in these files and folders. Raises BadInput with one sentence: file, line, and what is wrong."""
    files = [file for path in paths for file in _files(path)]
    return merged((document for file in dict.fromkeys(files) for document in documents(file)), beside)


def catalogue_of(settings: Settings) -> Catalogue:
    """All plans of an installation: those of its files, and those its settings list. Raises BadInput."""
    beside, chosen = Parts(), settings.catalog.default_plan
    for plan in settings.catalog.plans:
        beside.features += [(IMPLIED, Feature(name, name)) for name in plan.features]
        price = Price(plan.interval, plan.price, plan.interval)
        beside.products.append((LISTED, Product(plan.key, plan.name, plan.description, prices=(price,))))
        beside.plans.append((LISTED, _listed(plan)))
    found = load(settings.catalog.plan_files, beside)
    default = found.plan(chosen)
    if default is None and chosen:
        known = [each.name for each in found.plans]
        raise BadInput(f"{DEFAULT} is {chosen}, but there is no such plan{nearest(chosen, known)}")
    plans = (replace(each, default=each.default or each == default) for each in found.plans)
    return refuse_mistakes(catalogue(found.features, found.products, plans))


def _listed(plan: PlanSettings) -> PlanTerms:
    """A plan of the settings: a product of its own name, charged in one rhythm."""
    return PlanTerms(
        plan.key, plan.name, plan.description, (plan.interval,), products=(plan.key,),
        limits=tuple(Limit(name, most) for name, most in plan.limits.items()), features=plan.features,
    )  # fmt: skip


def merged(found: Iterable[Document], beside: Parts | None = None) -> Catalogue:
    """One catalogue of all documents and of what stands `beside` them, checked. Raises BadInput."""
    parts = beside or Parts()
    for document in found:
        one = _parts(document)
        parts.features += one.features
        parts.products += one.products
        parts.plans += one.plans
    features, products = _once("feature", parts.features), _once("product", parts.products)
    _refuse_unknown(parts, {each.name for each in features}, {each.name for each in products})
    return refuse_mistakes(catalogue(features, map(_plain, products), _once("plan", parts.plans)))


def _files(path: str) -> Iterator[Path]:
    """The file, or every YAML file of the folder, in the order of their names."""
    parts = urlsplit(path.strip())
    if parts.scheme not in ("", "file") or parts.netloc not in ("", "localhost"):
        raise BadInput(f"{path} must be a file or a folder of this machine: a path, or file:///path.")
    place = Path(unquote(parts.path) if parts.scheme else path.strip())
    if not place.is_dir():
        yield place
        return
    found = sorted(each for each in place.iterdir() if each.suffix.lower() in ENDINGS and each.is_file())
    if not found:
        raise BadInput(f"{path} holds no file of plans: their names end in {' or '.join(ENDINGS)}.")
    yield from found


def _parts(document: Document) -> Parts:
    value = document.value
    if not isinstance(value, dict):
        raise BadInput(f"{document.place()}: a file of plans is a mapping with plans, products or features.")
    if "kind" in value or "apiVersion" in value:
        return kind_parts(document)
    return legacy_parts(document) if _is_legacy(value) else own_parts(document)


def _is_legacy(value: dict[Any, Any]) -> bool:
    """Whether one of the words stands in it that only that form has, or an amount in minor units."""
    lists = (("plans", _LEGACY_PLAN), ("products", _LEGACY_PRODUCT), ("features", _LEGACY_FEATURE))
    if any(words & set(row) for name, words in lists for row in _rows(value, name)):
        return True
    return any(type(price.get("amount")) is int for row in _rows(value, "products") for price in _rows(row, "prices"))


def _rows(value: dict[Any, Any], name: str) -> list[dict[Any, Any]]:
    rows = value.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _once(what: str, listed: Sequence[tuple[str, Thing]]) -> list[Thing]:
    """Each name once; what is only implied gives way to what is listed."""
    found: dict[str, tuple[str, Thing]] = {}
    for place, thing in sorted(listed, key=lambda each: (each[0] == IMPLIED, each[1].title == each[1].name)):
        if thing.name in found and place != IMPLIED:
            raise BadInput(f"{place}: the {what} {thing.name} stands already in {found[thing.name][0]}.")
        found.setdefault(thing.name, (place, thing))
    return [thing for _, thing in found.values()]


def _refuse_unknown(parts: Parts, features: set[str], products: set[str]) -> None:
    opened = [(place, "feature", name, features) for place, each in parts.products for name in each.features]
    opened += [(place, "feature", name, features) for place, plan in parts.plans for name in plan.features]
    opened += [(place, "product", name, products) for place, plan in parts.plans for name in plan.products]
    for place, what, name, known in opened:
        if name not in known:
            raise BadInput(f"{place}: the {what} {name} is listed nowhere{nearest(name, sorted(known))}")


def _plain(product: Product) -> Product:
    """What only metered prices have a word for means nothing on others, so it makes no difference."""
    prices = (
        each if each.usage is Usage.METERED else replace(each, aggregate=Aggregate.SUM) for each in product.prices
    )
    return replace(product, prices=tuple(prices))
