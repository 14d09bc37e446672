"""Seats: nobody joins a plan that is full, and what is charged follows the members, however late it is done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from billing import duties, invitations, members, plan_choices, plan_previews, seats, subscribing, subscriptions
from billing.rules.errors import BadInput, Conflict, LimitReached
from billing.rules.organisations import Actor, Standing
from billing.rules.plan_changes import Wish
from billing.store import duties as duty_rows
from tests.world.groups import ABOVE, SEATED, founded, joined, person
from tests.world.inside import Stage, open_stage

MEMBER = Standing.MEMBER
MARCH = 1_803_859_200


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("seats")
    (folder / "plans.yml").write_text(SEATED, "utf-8")
    changes = {"SCRIP_PURCHASE__NEEDS_SUBSCRIPTION": "none", "SCRIP_ORGANISATIONS__ENABLED": "true"}
    with open_stage(f"sqlite:///{folder}/scrip.db", str(folder / "plans.yml"), **changes) as made:
        yield made


class Group:
    """An organisation with its customer, whose members come and go."""

    def __init__(self, stage: Stage, size: int = 1, plan: str = "") -> None:
        stage.begin(MARCH)
        stage.portal.till.write(lambda tx: tx.connection.execute(text("UPDATE subscriptions SET status = 'canceled'")))
        self.stage, self.portal = stage, stage.portal
        _, self.customer = stage.customer()
        self.owner = person(stage.world, "Ada")
        self.account = founded(stage.world, self.owner)
        self._is_customer()
        self.people: list[str] = []
        for _ in range(size - 1):
            self.join()
        if plan:
            self.subscribe(plan)

    def _is_customer(self) -> None:
        both = ("UPDATE accounts SET customer_ref = NULL WHERE customer_ref = :ref",
                "UPDATE accounts SET customer_ref = :ref WHERE id = :id")  # fmt: skip
        told = {"ref": self.customer, "id": self.account}
        self.portal.till.write(lambda tx: [tx.connection.execute(text(each), told) for each in both])

    def subscribe(self, plan: str) -> None:
        started = subscribing.subscribe_in_page(self.portal, self.account, plan)
        found = self.stage.v1.subscriptions.retrieve(started.subscription_ref, {"expand": ["latest_invoice"]})
        self.stage.v1.invoices.pay(found.latest_invoice.id)
        subscriptions.refresh(self.portal, self.account)

    def join(self) -> str:
        self.people.append(joined(self.stage.world, self.account, "Bo"))
        return self.people[-1]

    def leave(self) -> None:
        members.remove(self.portal, self.account, self.people.pop(), ABOVE)

    def work(self) -> None:
        self.stage.world.clock.pass_by(1)
        duties.work(self.portal)

    @property
    def paid(self) -> int:
        """The seats Stripe charges for."""
        (found,) = self.stage.v1.subscriptions.list({"customer": self.customer}).data
        return int(max(each.quantity for each in found["items"].data))


def test_an_organisation_sees_each_plan_at_the_price_of_its_own_members(stage: Stage) -> None:
    group = Group(stage, size=3)

    def shown() -> list[tuple[int | None, str]]:
        offers = plan_choices.choices(stage.portal, group.account).offers
        return [(each.side.seats, str(each.side.amount)) for each in offers]

    theirs = [(3, "57.00 USD"), (3, "321.00 USD"), (None, "900.00 USD")]
    assert shown() == theirs
    group.subscribe("guild")
    assert shown() == theirs


def test_of_a_plan_that_is_bounded_it_is_known_how_many_seats_are_taken(stage: Stage) -> None:
    group = Group(stage, 3, "crew")
    assert seats.taken(group.portal, group.account) == (3, 4)
    group.leave()
    assert seats.taken(group.portal, group.account) == (2, 4)
    assert seats.taken(group.portal, Group(stage, 2).account) == (2, 3)
    assert seats.taken(group.portal, Group(stage, 1, "guild").account) == (1, None)


def test_whoever_subscribes_pays_for_every_member_and_a_plan_without_room_is_refused_with_those_that_have(
    stage: Stage,
) -> None:
    group = Group(stage, size=3, plan="crew")
    assert group.paid == 3
    big = Group(stage)
    big.subscribe("fleet")
    for _ in range(5):
        big.join()
    with pytest.raises(LimitReached) as refused:
        seats.assert_fit(big.portal, big.account, big.portal.catalogue.plan("crew"))
    assert refused.value.sentence == (
        "The plan Crew has room for 4 members, and there would be 6. There is room in Fleet, Guild."
        " Change it at http://localhost:8080/plan"
    )
    told = refused.value.details
    assert (told["used"], told["limit"], told["plan"]) == (5, 4, "crew")
    with pytest.raises(LimitReached):
        plan_previews.preview(big.portal, big.account, Wish("crew"))
    seen = plan_previews.preview(big.portal, big.account, Wish("fleet", seats=9))
    assert (seen.before.seats, seen.after.seats) == (1, 9), "the duties of those who joined are not done yet"
    with pytest.raises(BadInput, match="There are 6 members"):
        plan_previews.preview(big.portal, big.account, Wish("fleet", seats=5))


def test_nobody_joins_a_plan_that_is_full_by_whatever_way(stage: Stage) -> None:
    group = Group(stage, size=3)
    bo, link = person(stage.world, "Late"), ""
    for way in (
        lambda: members.add(group.portal, group.account, bo, MEMBER, ABOVE),
        lambda: invitations.invite(group.portal, group.account, MEMBER, Actor(group.owner)),
    ):
        with pytest.raises(LimitReached, match="The plan Free has room for 3 members, and there would be 4"):
            way()
    members.add(group.portal, group.account, group.people[0], MEMBER, ABOVE)
    group.leave()
    _, link = invitations.invite(group.portal, group.account, MEMBER, Actor(group.owner))
    group.join()
    with pytest.raises(LimitReached):
        invitations.accept(group.portal, link, bo, None)
    group.leave()
    invitations.accept(group.portal, link, bo, None)
    assert len(members.listing(group.portal, group.account)) == 3


def test_exact_seats_follow_up_and_down_and_incremental_ones_only_up(stage: Stage) -> None:
    for plan, after in (("crew", 2), ("fleet", 3)):
        group = Group(stage, size=2, plan=plan)
        group.join()
        group.work()
        assert group.paid == 3
        group.leave()
        group.work()
        assert group.paid == after
        assert subscriptions.owned(group.portal, group.account)[0].quantity == after


def test_duties_that_come_late_doubled_or_in_another_order_end_alike(stage: Stage) -> None:
    group = Group(stage, size=1, plan="crew")
    for _ in range(3):
        group.join()
    group.leave()
    with group.portal.database.read() as connection:
        waiting = duty_rows.due(connection, group.portal.clock() + 1, 100)
    owed = [each for each in waiting if each.account_id == group.account]
    assert len(owed) == 4
    asked = stage.wire.asked
    for duty in (owed[3], owed[0], owed[3], owed[2], owed[1], owed[1]):
        seats.follow(group.portal, duty)
    assert group.paid == 3
    assert stage.wire.asked - asked < 20
    group.work()
    assert group.paid == 3


def test_seats_that_changed_behind_our_back_are_found_by_the_sweep_and_nothing_else_is_asked(stage: Stage) -> None:
    group = Group(stage, size=2, plan="crew")
    asked = stage.wire.asked
    assert (seats.catch_up(group.portal), stage.wire.asked) == (0, asked)
    (found,) = stage.v1.subscriptions.list({"customer": group.customer}).data
    item = next(each for each in found["items"].data if each.quantity == 2)
    stage.v1.subscriptions.update(found.id, {"items": [{"id": item.id, "quantity": 4}]})
    subscriptions.refresh(group.portal, group.account)
    assert (seats.catch_up(group.portal), group.paid) == (1, 2)


def test_a_subscription_the_provider_does_not_know_keeps_no_other_one_waiting(stage: Stage) -> None:
    for place in (0, 1):
        group = Group(stage, size=2, plan="crew")
        group.portal.till.write(
            lambda tx: tx.connection.execute(text("UPDATE subscriptions SET quantity = 1, status = 'active'"))
        )
        assert (seats.catch_up(group.portal), group.paid) == (0, 2), place
        assert subscriptions.owned(group.portal, group.account)[0].quantity == 2, "it was read again"


def test_more_seats_than_members_can_be_bought_and_never_fewer(stage: Stage) -> None:
    group = Group(stage, size=3, plan="fleet")
    assert seats.set_quantity(group.portal, group.account, 9).quantity == group.paid == 9
    assert seats.set_quantity(group.portal, group.account, 3).quantity == group.paid == 3
    for wrong, error in ((2, BadInput), (31, LimitReached), (0, BadInput), (True, BadInput)):
        with pytest.raises(error):
            seats.set_quantity(group.portal, group.account, wrong)
    exact = Group(stage, size=2, plan="crew")
    with pytest.raises(Conflict, match="as many as there are members"):
        seats.set_quantity(exact.portal, exact.account, 3)
    with pytest.raises(Conflict, match="as many as there are members"):
        plan_previews.preview(exact.portal, exact.account, Wish("crew", seats=3))
    with pytest.raises(Conflict, match="no plan now"):
        seats.set_quantity(exact.portal, Group(stage).account, 3)


def test_a_change_that_somebody_undoes_meanwhile_is_made_good(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two who let the seats follow at once, one read the members before somebody joined and is slower to say so."""
    group = Group(stage, size=1, plan="crew")
    gateway = group.portal.gateway
    told: list[Any] = []

    class Slow:
        def set_quantity(self, *asked: Any) -> None:
            if not told:
                told.append(asked)
                group.join()
                seats.follow(group.portal, replace(duty, id="out_other"))
            gateway.set_quantity(*asked)

        def __getattr__(self, name: str) -> Any:
            return getattr(gateway, name)

    group.join()
    with group.portal.database.read() as connection:
        waiting = duty_rows.due(connection, group.portal.clock() + 1, 100)
    (duty,) = [each for each in waiting if each.account_id == group.account]
    seats.follow(replace(group.portal, gateway=Slow()), duty)
    assert (len(told), group.paid) == (1, 3)
