"""The checker of objects, held against Stripe's own example objects when their file is at hand.

STRIPE_FIXTURES names `fixtures3.json` of Stripe's OpenAPI description; it is not part of this project.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from sandbox.registry import LINKS
from tests.sandbox.contract import class_of, differences

WHERE = os.environ.get("STRIPE_FIXTURES")
# The file and the SDK are of different days: what one has and the other has not.
OF_ANOTHER_DAY = {
    "billing_portal.configuration",
    "customer_session",
    "dispute",
    "invoice",
    "subscription_schedule",
}


@pytest.fixture(scope="module")
def wrong() -> dict[str, list[str]]:
    """What the checker says of each example whose class the SDK has."""
    if WHERE is None:
        pytest.skip("STRIPE_FIXTURES names no file of Stripe's example objects")
    examples: dict[str, Any] = json.loads(Path(WHERE).read_text(encoding="utf-8"))["resources"]
    found = {name: class_of(str(thing.get("object"))) for name, thing in examples.items()}
    return {
        name: differences(examples[name], kind, name)
        for name, kind in found.items()
        if kind is not None and not examples[name].get("deleted")
    }


def test_stripes_own_objects_pass_the_checker(wrong: dict[str, list[str]]) -> None:
    ours = wrong.keys() & LINKS.keys() - OF_ANOTHER_DAY
    assert {"charge", "customer", "payment_intent", "subscription"} <= ours
    assert {name: lines for name, lines in wrong.items() if name in ours and lines} == {}


def test_the_checker_knows_nearly_all_of_stripes_objects(wrong: dict[str, list[str]]) -> None:
    clean = [name for name, lines in wrong.items() if not lines]
    assert (len(wrong), len(clean)) >= (147, 137)
