"""Features, the products that carry them, and who is entitled to them."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Sandbox
from tests.sandbox.subscribers import open_shop


def _feature(v1: Any, key: str = "api") -> Any:
    return v1.entitlements.features.create({"name": key.upper(), "lookup_key": key})


def _held(v1: Any, customer: str) -> list[str]:
    return [row.lookup_key for row in v1.entitlements.active_entitlements.list({"customer": customer}).data]


def _refused(make: Any, *args: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        make(*args)
    return caught.value


def test_features_are_named_once(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    feature = _feature(v1)
    error = _refused(_feature, v1)
    assert (error.param, error.code) == ("lookup_key", "resource_already_exists")
    second = _feature(v1, "sso")
    v1.entitlements.features.update(second.id, {"active": False, "name": "Sign-on"})
    assert [row.id for row in v1.entitlements.features.list({"archived": False}).data] == [feature.id]
    archived = v1.entitlements.features.list({"archived": True}).data
    assert [(row.id, row.name) for row in archived] == [(second.id, "Sign-on")]
    assert [row.id for row in v1.entitlements.features.list({"lookup_key": "api"}).data] == [feature.id]
    assert v1.entitlements.features.retrieve(feature.id).lookup_key == "api"


def test_a_product_carries_features(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    product = v1.products.create({"name": "Gold"}).id
    feature, archived = _feature(v1), _feature(v1, "sso")
    v1.entitlements.features.update(archived.id, {"active": False})
    row = v1.products.features.create(product, {"entitlement_feature": feature.id})
    assert row.entitlement_feature.lookup_key == "api"
    twice = _refused(v1.products.features.create, product, {"entitlement_feature": feature.id})
    gone = _refused(v1.products.features.create, product, {"entitlement_feature": archived.id})
    assert (twice.code, "archived" in str(gone)) == ("resource_already_exists", True)
    assert [one.id for one in v1.products.features.list(product).data] == [row.id]
    assert v1.products.features.delete(product, row.id).to_dict()["deleted"] is True
    assert _refused(v1.products.features.retrieve, product, row.id).http_status == 404


def test_a_subscription_gives_and_takes(sandbox: Sandbox) -> None:
    shop = open_shop(sandbox)
    v1 = shop.v1
    v1.products.features.create(shop.product, {"entitlement_feature": _feature(v1).id})
    subscription = shop.subscribe()
    assert _held(v1, shop.customer) == ["api"]
    later = v1.products.features.create(shop.product, {"entitlement_feature": _feature(v1, "sso").id})
    assert _held(v1, shop.customer) == ["sso", "api"]
    v1.products.features.delete(shop.product, later.id)
    assert _held(v1, shop.customer) == ["api"]
    v1.subscriptions.cancel(subscription.id)
    assert _held(v1, shop.customer) == []
    told = shop.events("entitlements.active_entitlement_summary.updated")
    counts = [len(event.data.object["entitlements"]["data"]) for event in told]
    before = [len(event.data.previous_attributes["entitlements"]["data"]) for event in told]
    assert (counts, before) == ([1, 2, 1, 0], [0, 1, 2, 1])


def test_an_entitlement_leads_to_its_feature(sandbox: Sandbox) -> None:
    shop = open_shop(sandbox)
    v1 = shop.v1
    feature = _feature(v1)
    v1.products.features.create(shop.product, {"entitlement_feature": feature.id})
    shop.subscribe()
    (row,) = v1.entitlements.active_entitlements.list({"customer": shop.customer}).data
    found = v1.entitlements.active_entitlements.retrieve(row.id, {"expand": ["feature"]})
    assert (row.feature, found.feature.name) == (feature.id, "API")
