"""The page as production serves it: Stripe.js from js.stripe.com, under the policy that names Stripe and nobody else.

The browser is told to find Stripe's two names at the sandbox; the page, its policy and its addresses are the real ones.
"""

from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import expect

from billing.settings_groups import STRIPE_JS
from tests.browser.people import Registry, registry
from tests.browser.processes import Running, portal_process
from tests.browser.shopping import DECLINED, Shopper
from tests.browser.stage import forward_stripe, visitor
from tests.world.windows import Windows

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with portal_process(tmp_path_factory.mktemp("real"), SCRIP_STRIPE__JS_URL=STRIPE_JS) as running:
        yield running


@pytest.fixture(scope="module")
def known(real: Running) -> Iterator[Registry]:
    with registry(real) as made:
        yield made


@pytest.fixture
async def buyer(windows: Windows, real: Running, known: Registry) -> AsyncIterator[Shopper]:
    person = known.newcomer()
    async with visitor(windows, fresh=True) as stage:
        await forward_stripe(stage, real.sandbox_url)
        await known.sign_in(stage.context, person)
        yield Shopper(await stage.page(), real, known, person, stage)


async def test_a_card_pays_with_stripes_own_addresses_and_no_violation(buyer: Shopper) -> None:
    seen: set[str] = set()
    buyer.page.on("request", lambda request: seen.add(request.url.partition("?")[0].rpartition("/")[0]))
    await buyer.buy()
    await buyer.sees_balance("2,000")
    assert "https://js.stripe.com/endive" in seen
    assert any(each.startswith("https://api.stripe.com/v1/payment_intents") for each in seen)
    assert not any(each.startswith("http://127.0.0.1") for each in seen)


async def test_a_decline_and_3d_secure_stay_inside_the_page(buyer: Shopper, known: Registry) -> None:
    await buyer.buy(DECLINED)
    await expect(buyer.message).to_contain_text("Your card was declined.")
    await buyer.pay("4000002760003184")
    await buyer.bank.get_by_role("button", name="Complete").click()
    await buyer.sees_credited()
    assert (len(known.payments(buyer.person)), known.purchases(buyer.person)) == (1, 1)
