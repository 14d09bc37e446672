"""Impatient, unlucky and malicious buyers: whatever they do, one purchase is one payment and one entry."""

import asyncio
import re

import httpx
import pytest
from playwright.async_api import Route, expect

from tests.browser.conftest import Visit
from tests.browser.people import Registry
from tests.browser.processes import Running
from tests.browser.shopping import SETTLES_MS, Shopper, wait_until

pytestmark = pytest.mark.browser

NONCE = re.compile(r'nonce="[^"]+"')


async def test_buy_3_double_clicks_make_one_payment_and_one_entry(shopper: Shopper, people: Registry) -> None:
    await shopper.open()
    await shopper.page.get_by_role("button", name="Continue to payment").dblclick()
    await expect(shopper.pay_button).not_to_have_attribute("aria-disabled", "true")
    await shopper.type_card("4242424242424242")
    await shopper.pay_button.scroll_into_view_if_needed()
    await shopper.page.wait_for_timeout(SETTLES_MS)
    await shopper.pay_button.dblclick()
    await shopper.sees_credited()
    assert (len(people.payments(shopper.person)), people.purchases(shopper.person)) == (1, 1)


async def test_two_tabs_share_one_payment_and_the_second_cannot_pay_it_again(
    shopper: Shopper, visit: Visit, people: Registry, running: Running
) -> None:
    running.sandbox("delivery", paused=True)
    second = await visit()
    for tab in (shopper, second):
        await tab.open()
    await asyncio.gather(shopper.proceed(), second.proceed())
    await shopper.pay()
    await expect(shopper.current_step).to_contain_text("Verified")
    # the sandbox answers 400 to the second confirmation, which the browser writes into its console
    second.stage.forgiven.append("400")
    await second.pay()
    await second.sees_credited()
    running.sandbox("delivery", paused=False)
    await shopper.sees_balance("2,000")
    assert (len(people.payments(shopper.person)), people.purchases(shopper.person)) == (1, 1)


async def test_a_page_reloaded_while_it_was_paying_finds_its_purchase(
    shopper: Shopper, people: Registry, running: Running
) -> None:
    running.sandbox("delivery", paused=True)
    await shopper.open()
    await shopper.proceed()
    await shopper.type_card("4242424242424242")
    running.sandbox("faults", slow_seconds=1)
    await shopper.press_pay()
    await asyncio.sleep(0.3)
    await shopper.open()
    running.sandbox("faults", slow_seconds=0)
    await expect(shopper.page.get_by_text("You have a purchase under way.")).to_be_visible()
    wait_until(lambda: [each["status"] for each in people.payments(shopper.person)] == ["succeeded"])
    await shopper.page.get_by_role("button", name="Continue to payment").click()
    await shopper.sees_credited()
    assert (len(people.payments(shopper.person)), people.purchases(shopper.person)) == (1, 1)


async def test_after_paying_reload_and_back_find_the_receipt_and_no_form(shopper: Shopper, people: Registry) -> None:
    await shopper.buy()
    await shopper.sees_credited()
    await shopper.page.wait_for_url("**/receipt/ord_*")
    await shopper.page.reload()
    await shopper.sees_credited()
    await shopper.open("/")
    await shopper.page.go_back()
    await shopper.sees_credited()
    await expect(shopper.page.locator("iframe")).to_have_count(0)
    assert people.purchases(shopper.person) == 1


async def test_a_tab_closed_between_confirming_and_the_webhook_loses_nothing(
    shopper: Shopper, people: Registry, running: Running
) -> None:
    running.sandbox("delivery", paused=True)
    await shopper.buy()
    await expect(shopper.current_step).to_contain_text("Verified")
    await shopper.page.close()
    running.sandbox("delivery", paused=False)
    wait_until(lambda: people.purchases(shopper.person) == 1)
    assert str(people.balance(shopper.person)) == "2000"


async def test_buy_4_a_webhook_held_back_is_said_and_then_fills_the_page(shopper: Shopper, running: Running) -> None:
    running.sandbox("delivery", paused=True)
    await shopper.buy()
    await expect(shopper.page.get_by_text("takes longer than usual")).to_be_visible(timeout=30_000)
    await expect(shopper.page.locator("main")).not_to_contain_text(re.compile("success|were added", re.IGNORECASE))
    running.sandbox("delivery", paused=False)
    await shopper.sees_balance("2,000")
    await expect(shopper.page.get_by_text("takes longer than usual")).to_be_hidden()


async def test_check_my_payment_heals_a_webhook_that_never_comes(shopper: Shopper, running: Running) -> None:
    running.sandbox("delivery", drop_next=10)
    await shopper.buy()
    await expect(shopper.current_step).to_contain_text("Verified")
    await shopper.page.get_by_role("button", name="Check my payment").click()
    await shopper.sees_credited()
    await shopper.sees_balance("2,000")


async def test_buy_5_five_webhooks_out_of_order_are_one_entry(
    shopper: Shopper, people: Registry, running: Running
) -> None:
    running.sandbox("delivery", duplicate=4, shuffle=True)
    await shopper.buy()
    await shopper.sees_credited()
    await asyncio.sleep(1.2)
    assert people.purchases(shopper.person) == 1
    await shopper.sees_balance("2,000")


async def test_an_answer_lost_on_the_way_is_looked_up_before_anybody_pays_again(
    shopper: Shopper, people: Registry, running: Running
) -> None:
    running.sandbox("delivery", paused=True)
    shopper.stage.forgiven.append("ERR_|Failed to load")
    await shopper.open()
    await shopper.proceed()
    await shopper.type_card("4242424242424242")
    running.sandbox("faults", lose_next=1)
    await shopper.press_pay()
    await shopper.sees_credited()
    assert (len(people.payments(shopper.person)), people.purchases(shopper.person)) == (1, 1)


async def test_a_confirmation_that_never_left_is_checked_and_may_then_be_tried_again(
    shopper: Shopper, people: Registry
) -> None:
    shopper.stage.forgiven.append("ERR_|Failed to load")
    await shopper.open()
    await shopper.proceed()
    await shopper.page.route("**/confirm", lambda route: route.abort())
    await shopper.pay()
    await expect(shopper.message).to_have_text(
        "We are checking whether the payment went through. Do not pay again.", timeout=20_000
    )
    await expect(shopper.pay_button).to_be_hidden()
    await expect(shopper.message).to_contain_text("You can try again.", timeout=20_000)
    await shopper.page.unroute("**/confirm")
    await shopper.press_pay()
    await shopper.sees_credited()
    assert (len(people.payments(shopper.person)), people.purchases(shopper.person)) == (1, 1)


async def test_a_blocked_stripe_is_explained_and_can_be_tried_again(shopper: Shopper) -> None:
    shopper.stage.forgiven.append("ERR_|Failed to load|failed:")

    async def block(route: Route) -> None:
        await route.abort()

    await shopper.page.route("**/stripe.js", block)
    await shopper.open()
    await shopper.page.get_by_role("button", name="Continue to payment").click()
    await expect(shopper.message).to_contain_text("could not be loaded")
    await expect(shopper.pay_button).to_be_hidden()
    await shopper.page.unroute("**/stripe.js")
    await shopper.page.get_by_role("button", name="Try to load it again").click()
    await expect(shopper.card.get_by_label("Card number")).to_be_visible()
    await shopper.pay()
    await shopper.sees_credited()


async def test_buy_9_a_forged_socket_message_is_charged_the_servers_price(shopper: Shopper, people: Registry) -> None:
    """Every listener of the page gets a message with an amount, a package and an order of the forger's choice."""
    await shopper.open()
    await shopper.choose("Standard")
    await shopper.page.evaluate(FORGE)
    await shopper.page.wait_for_timeout(1_000)
    made = {(each["amount"], each["currency"]) for each in people.payments(shopper.person)}
    assert made, "the forged messages did not arrive"
    assert made <= {
        (500, "usd"), (1800, "usd"), (8000, "usd"),
    }  # fmt: skip
    assert people.balance(shopper.person).micro == 0
    assert people.purchases(shopper.person) == 0


async def test_buy_8_a_lost_connection_leaves_the_card_form_as_it_was_typed(shopper: Shopper) -> None:
    await shopper.open()
    await shopper.proceed()
    await shopper.type_card("4242424242424242")
    await shopper.page.evaluate("() => { document.querySelector('iframe').kept = true; socket.io.engine.close(); }")
    await shopper.page.wait_for_function("() => !socket.connected")
    await shopper.page.wait_for_function("() => socket.connected")
    assert await shopper.page.evaluate("() => document.querySelector('iframe').kept === true")
    await expect(shopper.card.get_by_label("Card number")).to_have_value("4242 4242 4242 4242")
    await shopper.press_pay()
    await shopper.sees_credited()
    await expect(shopper.chip).to_have_text("2,000")


async def test_an_order_of_another_account_looks_like_one_that_does_not_exist(
    shopper: Shopper, visit: Visit, people: Registry, running: Running
) -> None:
    stranger = await visit(people.newcomer())
    await shopper.buy()
    await shopper.page.wait_for_url("**/receipt/ord_*")
    order_id = shopper.page.url.rpartition("/")[2]
    cookies = {each["name"]: each["value"] for each in await stranger.page.context.cookies()}
    answers = [
        httpx.get(f"{running.url}/receipt/{each}", cookies=cookies) for each in (order_id, "ord_" + "0" * 20, "x")
    ]
    assert [each.status_code for each in answers] == [404, 404, 404]
    assert len({NONCE.sub("", each.text) for each in answers}) == 1
    await stranger.open(f"/buy?order={order_id}")
    await expect(stranger.page.get_by_role("button", name="Continue to payment")).to_be_visible()
    assert people.payments(stranger.person) == []


async def test_the_way_back_from_a_bank_shows_the_receipt_and_forgets_stripes_parameters(
    shopper: Shopper, people: Registry, running: Running
) -> None:
    running.sandbox("delivery", drop_next=10)
    await shopper.open()
    await shopper.proceed()
    [payment] = people.payments(shopper.person)
    running.sandbox(f"payments/{payment['id']}/pay")
    order_id = dict(payment["metadata"])["scrip_order"]
    secret = f"{payment['id']}_secret_x"
    await shopper.open(f"/receipt/{order_id}?payment_intent={payment['id']}&payment_intent_client_secret={secret}")
    await shopper.sees_credited()
    assert shopper.page.url == f"{running.url}/receipt/{order_id}"


FORGE = """() => {
  const forged = { amount: 1, currency: 'usd', package: 'scale', key: 'scale', status: 'succeeded', id: 'pi_1' };
  for (const [id, element] of Object.entries(mounted_app.elements)) {
    for (const event of element.events ?? []) {
      if (event.js_handler) continue;
      window.socket.emit('event', {
        id: Number(id), client_id: window.clientId, listener_id: event.listener_id, args: [JSON.stringify(forged)],
      });
    }
  }
}"""
