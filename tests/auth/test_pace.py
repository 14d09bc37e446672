"""How often somebody unknown may ask, and how often they may fail to sign in (SIGN-5)."""

from __future__ import annotations

from auth.middleware import STRANGERS_AT_ONCE
from auth.pace import MOST, Pace
from tests.auth.conftest import Site


def test_a_burst_is_let_through_and_then_one_after_another() -> None:
    moment = [0.0]
    pace = Pace(3, 0.5, lambda: moment[0])
    assert [pace.take("a") for _ in range(5)] == [0, 0, 0, 2, 2]
    assert pace.take("b") == 0
    moment[0] += 1
    assert pace.wait("a") == 1
    moment[0] += 1
    assert [pace.take("a"), pace.take("a")] == [0, 2]
    moment[0] += 60
    assert [pace.take("a") for _ in range(4)] == [0, 0, 0, 2]


def test_only_so_many_addresses_are_remembered() -> None:
    pace = Pace(1, 0.001, lambda: 0.0)
    for number in range(MOST + 1):
        pace.take(str(number))
    assert pace.take("0") == 0
    assert pace.take(str(MOST)) > 0


async def test_sign_5_after_ten_failures_everybody_from_there_waits_and_reads_the_same(site: Site) -> None:
    async with site.browser() as client:
        failed = [(await client.post("/sign-in/demo", data={"subject": "eve"})).status_code for _ in range(10)]
        assert failed == [400] * 10
        answers = [await client.post("/sign-in/demo", data={"subject": each}) for each in ("eve", "ada")]
    assert [each.status_code for each in answers] == [429, 429]
    assert all(0 < int(each.headers["retry-after"]) <= 60 for each in answers)
    assert f"in {answers[0].headers['retry-after']} s." in answers[0].text
    assert "scrip" not in client.cookies


async def test_strangers_who_ask_too_often_wait_and_who_is_signed_in_does_not(site: Site) -> None:
    async with site.browser() as client, site.browser() as stranger:
        await client.post("/sign-in/demo", data={"subject": "ada"})
        answer = await stranger.get("/sign-in")
        for _ in range(STRANGERS_AT_ONCE * 2):
            answer = answer if answer.status_code == 429 else await stranger.get("/sign-in")
        assert answer.status_code == 429
        assert (await stranger.get("/session")).status_code == 401
        assert (await client.get("/session")).status_code == 204
        assert (await client.get("/sign-in")).status_code == 303
