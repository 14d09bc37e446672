"""What pages warn of: the order, what is left out, and what nobody buys without having read."""

from __future__ import annotations

from itertools import combinations

import pytest

from billing.rules.alerts import AlertKind
from billing.rules.money import Credits
from billing.rules.notices import BEFORE_BUYING, SHOWN, About, Facts, split, to_tell

EVERYTHING = Facts(
    is_real=False, is_viewing=True, subscription="past_due", disputed=Credits(1), left=Credits(1), is_empty=True,
    alarms=frozenset(AlertKind),
)  # fmt: skip


def test_whatever_there_is_comes_in_one_order() -> None:
    assert to_tell(EVERYTHING) == tuple(each for each in About if each not in (About.TO_CONFIRM, About.OWED))
    assert to_tell(Facts()) == ()


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        (Facts(subscription="incomplete"), (About.TO_CONFIRM,)),
        (Facts(subscription="unpaid"), (About.PAST_DUE,)),
        (Facts(subscription="active"), ()),
        (Facts(subscription="a word of next year"), ()),
        (Facts(owed=Credits(1), is_empty=True), (About.OWED,)),
        (Facts(is_empty=True), (About.EMPTY,)),
        (Facts(alarms=frozenset({AlertKind.BALANCE})), ()),
        (Facts(alarms=frozenset({AlertKind.BALANCE}), left=Credits(1)), (About.LOW,)),
        (Facts(disputed=Credits(5), is_real=False), (About.NOT_REAL, About.DISPUTED)),
    ],
)
def test_each_fact_is_told_as_what_it_means(facts: Facts, told: tuple[About, ...]) -> None:
    assert to_tell(facts) == told


def test_two_are_shown_but_before_buying_all_that_more_credits_do_not_mend() -> None:
    for several in combinations(About, 4):
        found = [(about, about) for about in several]
        shown, more = split(found)
        assert (tuple(shown), tuple(more)) == (several[:SHOWN], several[SHOWN:])
        shown, more = split(found, buying=True)
        assert not BEFORE_BUYING & set(more)
        assert sorted([*shown, *more], key=list(About).index) == list(several)
