"""Every route the sandbox has is the SDK's, takes only what the SDK sends, and asks for what the SDK must send."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

import pytest
import stripe

from sandbox.known_routes import KnownRoute, known_routes
from sandbox.params import Either, Group, Kind, Many, Table, Text, Whole
from sandbox.registry import ROUTES
from sandbox.routes import Route
from sandbox.sdk_types import Annotations, classes_beside
from tests.sandbox.conftest import Sandbox

# What Stripe takes although this version of the SDK does not have it; each is one line of a reason.
NOT_THE_SDKS = {
    "payment_method_types": "the way of older API versions; portals still send it",
    "payment_method_data[card]": "stripe.js sends the card with it, no server does",
    "page": "stands in the address of the next page of version 2, which the SDK follows as it is",
}
# The SDK reaches these through `expand` only; Stripe has them.
NOT_IN_THE_SDK = {"/v1/charges/{id}/refunds", "/v1/charges/{id}/refunds/{refund}"}

NAMED = re.compile(r"\{\w+\}")
SERVERS = [route for route in ROUTES if not route.browser]
LISTS = [route for route in SERVERS if "starting_after" in route.accepts]


def _name(route: Route) -> str:
    return f"{route.method} {route.path}"


def _places(method: str, path: str) -> tuple[str, str]:
    return method, NAMED.sub("{}", path)


SDK_ROUTES: dict[tuple[str, str], KnownRoute] = {_places(each.method, each.path): each for each in known_routes()}


def _wrong(route: Route) -> Iterator[str]:
    """What the route says otherwise than the SDK."""
    known = SDK_ROUTES.get(_places(route.method, route.path))
    if known is None:
        if route.path not in NOT_IN_THE_SDK:
            yield "the SDK has no such route"
        return
    classes = classes_beside(known.params_class) if known.params_class else Annotations()
    fields = classes[known.params_class.rpartition(".")[2]] if known.params_class else {}
    yield from _wrong_names(route.accepts, fields, classes, "")


def _wrong_names(names: Mapping[str, Kind], fields: Mapping[str, str], classes: Annotations, at: str) -> Iterator[str]:
    for name, annotation in fields.items():
        if not annotation.startswith("NotRequired[") and not (name in names and names[name].required):
            yield f"{_inside(at, name)}: the SDK must send it"
    for name, kind in names.items():
        place = _inside(at, name)
        if name not in fields:
            if place not in NOT_THE_SDKS:
                yield f"{place}: the SDK does not have it"
            continue
        inner = [classes[word] for word in re.findall(r"\w+", fields[name]) if word in classes]
        for group in _groups(kind):
            yield from _wrong_names(group.names, _merged(inner), classes, place)


def _merged(inner: list[dict[str, str]]) -> dict[str, str]:
    """Where the SDK allows several classes, a name must be sent only when all of them say so."""
    merged: dict[str, str] = {}
    for fields in inner:
        for name, annotation in fields.items():
            everywhere = all(not each.get(name, "NotRequired[").startswith("NotRequired[") for each in inner)
            merged[name] = annotation if everywhere else f"NotRequired[{annotation}]"
    return merged


def _groups(kind: Kind) -> Iterator[Group]:
    if isinstance(kind, Group):
        yield kind
    elif isinstance(kind, Many | Table):
        yield from _groups(kind.of)
    elif isinstance(kind, Either):
        for each in kind.kinds:
            yield from _groups(each)


def _inside(at: str, name: str) -> str:
    return f"{at}[{name}]" if at else name


@pytest.mark.parametrize("route", SERVERS, ids=_name)
def test_a_route_is_the_sdks_and_takes_what_the_sdk_sends(route: Route) -> None:
    assert list(_wrong(route)) == []


def test_the_walk_sees_what_is_wrong() -> None:
    def handler(_: object) -> dict[str, object]:
        return {}

    accepts = {"amount": Whole(), "colour": Text(), "shipping": Group(names={"name": Text(), "size": Text()})}
    assert sorted(_wrong(Route("POST", "/v1/payment_intents", handler, accepts))) == [
        "amount: the SDK must send it",
        "colour: the SDK does not have it",
        "currency: the SDK must send it",
        "shipping[address]: the SDK must send it",
        "shipping[name]: the SDK must send it",
        "shipping[size]: the SDK does not have it",
    ]
    assert list(_wrong(Route("GET", "/v1/colours", handler))) == ["the SDK has no such route"]


def test_no_route_is_declared_twice() -> None:
    counted = Counter(_places(route.method, route.path) for route in ROUTES)
    assert {place: count for place, count in counted.items() if count > 1} == {}


@pytest.mark.parametrize("route", LISTS)
def test_a_list_refuses_what_it_does_not_know(sandbox: Sandbox, route: Route) -> None:
    path = NAMED.sub("nobody", route.path)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sandbox.client.raw_request("get", path, colour="red")
    assert (refused.value.http_status, refused.value.code, refused.value.param) == (
        400,
        "parameter_unknown",
        "colour",
    )
