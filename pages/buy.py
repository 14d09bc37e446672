"""/buy: choose a package, see the total, pay, watch the credits arrive. app.py mounts it.

Looking costs nothing: an order is written when somebody presses "Continue". Where it is paid is configured; the steps
are the counter's, in pages/counter.
"""

from __future__ import annotations

from nicegui import ui

from auth.policy import Action, Principal, may
from billing import accounts, purchases
from billing.portal import Portal
from billing.rules.catalog import Package, preselected
from billing.rules.errors import GatewayUnavailable, NotFound
from billing.rules.moments import DAY
from billing.rules.orders import PAYABLE, Order, OrderState, Surface
from pages import notices
from pages.counter.counter import Counter
from pages.counter.gate import Gate
from pages.counter.places import country_of, currencies_there
from pages.counter.visit import Visit
from pages.frame import frame, screen
from pages.live import ask
from pages.parts import format as written
from pages.parts.packages import currencies, in_currency, named
from pages.parts.tags import link
from pages.words import _, worded

REMEMBERED = DAY
"""An unpaid purchase is brought up for so long; afterwards nobody wants to be reminded of it."""

SETTLED = (OrderState.CREDITED, OrderState.PROCESSING)


def mount(portal: Portal) -> None:
    """Declares the page."""

    @screen("/buy", Action.BUY)
    async def buy(principal: Principal) -> None:
        wanted = dict(ui.context.client.request.query_params)
        order = await _named(portal, principal, wanted.get("order"))
        visit = await _visit(portal, principal, wanted, order)
        async with frame(portal, principal, _("Buy credits"), "/buy"):
            if visit is None:
                notices.no_account(_("Only somebody with an account can pay."))
            elif order is not None and order.state in SETTLED:
                ui.navigate.to(f"/receipt/{order.id}")
            else:
                await _offer(visit, wanted, order)


async def _named(portal: Portal, principal: Principal, order_id: str | None) -> Order | None:
    """The purchase a receipt or the payment page sends back here; a stranger's counts as not named."""
    try:
        return await ask(purchases.order, portal, principal.account_id or "", order_id) if order_id else None
    except NotFound:
        return None


async def _visit(portal: Portal, principal: Principal, wanted: dict[str, str], order: Order | None) -> Visit | None:
    """Raises NotFound for an account that is not theirs, exactly as for one that does not exist."""
    own = principal.account_id
    if own is None:
        return None
    receiver_id = order.account_id if order else wanted.get("account", own)
    if receiver_id != own and not may(principal, Action.BUY_FOR_OTHERS, receiver_id):
        raise NotFound("There is no such account.")
    return Visit(portal, principal, own, await ask(accounts.view, portal, receiver_id))


async def _offer(visit: Visit, wanted: dict[str, str], order: Order | None) -> None:
    if not visit.is_own:
        whose = _("For {name} ({id}).", name=visit.receiver.name, id=visit.receiver.id)
        notices.box("info", whose, _("They get the credits; you pay."))
    gate = Gate(visit)
    if await gate.is_shut():
        return
    try:
        packages = await ask(purchases.offers, visit.portal, visit.account_id)
    except GatewayUnavailable as away:
        # No price is better than a wrong one.
        why = (worded(away.sentence), _("Nothing was charged."))
        with notices.box("danger", _("The prices cannot be shown now."), " ".join(why)):
            link(_("Try again"), "/buy", "btn")
        return
    country = country_of(ui.context.client.request.headers.get("accept-language", ""))
    package = _chosen(packages, order.package_key if order else wanted.get("package"), country)
    if package is None:
        notices.box("info", _("Nothing is on sale at the moment."), _("Please come back later."))
        return
    resumed = order if order is not None and order.state in PAYABLE else None
    if resumed is not None and package.least <= resumed.quantity <= package.most:
        package = package.times(resumed.quantity)
    counter = Counter(visit, gate, packages, package, country)
    # Whoever came back from a page of Stripe's left it on purpose: they are not sent there again by themselves.
    await counter.arrive(at_once=resumed is not None and visit.surface is not Surface.HOSTED)
    with counter.news:
        await _news(visit, order)


def _chosen(packages: tuple[Package, ...], key: str | None, country: str) -> Package | None:
    """The package a link names, else the preselected one in the currency of the visitor's country, if it is taken."""
    found = next((package for package in packages if package.key == key), None)
    local = (each for each in currencies_there(country) if each in currencies(packages))
    return found or preselected(in_currency(packages, next(local, ""))) or named(packages, None)


async def _news(visit: Visit, order: Order | None) -> None:
    """What became of the purchase somebody came back for, else the one that is still under way."""
    if order is not None:
        _came_back(order)
        return
    for each in await ask(purchases.unfinished, visit.portal, visit.account_id, 1):
        if each.state is not OrderState.PROCESSING and visit.portal.clock() - each.updated_at > REMEMBERED:
            continue
        with notices.box("info", _("You have a purchase under way."), _begun(each)):
            link(_("See where it stands"), f"/receipt/{each.id}", "btn")


def _came_back(order: Order) -> None:
    if order.state is OrderState.CANCELED:
        notices.box("info", _("That purchase was closed."), _("Nothing was charged. You can begin a new one here."))
    elif order.state is OrderState.FAILED:
        notices.box("warn", _("The payment did not go through."), _("No money was taken. You can try again."))
    else:
        notices.box("info", _("You have not paid yet."), _("Nothing was charged. You can go on where you left."))


def _begun(order: Order) -> str:
    begun = written.moment(order.created_at)
    return _("{name} for {money}, begun {moment}.", name=order.package_name, money=order.total, moment=begun)
