"""A session as its payer sees it. Used by `payment_pages`."""

from __future__ import annotations

from dataclasses import replace

from sandbox.catalogue.amounts import terms_in
from sandbox.catalogue.coupons import coupon_of
from sandbox.checkout.line_items import lines_of, price_of
from sandbox.checkout.payer import email_of
from sandbox.checkout.totals import breakdown, due_next
from sandbox.customers import customer_sessions
from sandbox.errors import Json
from sandbox.expand import bare
from sandbox.payments.new_intents import shown_to_browser
from sandbox.state import Call, World

HIDDEN = ("metadata", "client_reference_id", "customer", "payment_intent", "setup_intent", "subscription", "invoice")
DELIVERIES = "_delivery"


def page_view(call: Call, session: Json) -> Json:
    """Everything a page draws from; without what is the seller's own business."""
    world = call.world
    shown = {name: value for name, value in bare(session).items() if name not in HIDDEN}
    secret = _saved_cards(call, session)
    intent = world.table("payment_intent").get(str(session["_intent"]))
    set_up = world.table("setup_intent").get(str(session["_intent"]))
    return {
        **shown,
        "object": "checkout.payment_page",
        "client_secret": session["_secret"],
        "email": email_of(call, session),
        "email_fixed": bool(session["customer_email"] or _customer(world, session).get("email")),
        "line_items": [_line(world, line) for line in lines_of(world, session)],
        "breakdown": _breakdown(world, session),
        "due_next": due_next(world, session),
        "saved_payment_methods": _saved(world, session),
        "promotion_code": _code(world, session),
        "typed": _typed(world, session),
        "trial_days": session["_subscription_data"].get("trial_period_days"),
        "intent": shown_to_browser(intent) if intent else bare(set_up) if set_up else None,
        "last_error": session.get("_last_error"),
        "customer_session_client_secret": secret,
        "goes_to": _way_back(session),
        "webhook_answered": _answered(world, session),
    }


def _typed(world: World, session: Json) -> Json:
    """What was typed so far; where nothing was, the form begins with the address the seller knows."""
    typed: Json = bare(session["_typed"])
    return {**typed, "address": typed.get("address") or bare(_customer(world, session).get("address"))}


def _line(world: World, line: Json) -> Json:
    product = world.table("product").get(line["_product"], {})
    price = price_of(world, line)
    shown = bare(line)
    shown["price"] |= {"unit_amount": terms_in(price, line["currency"])["unit_amount"], "currency": line["currency"]}
    about = {name: product.get(name) for name in ("images", "unit_label")}
    return {**shown, "taxes": line["_taxes"], "discounts": bare(line["_discounts"]), "product": about}


def _breakdown(world: World, session: Json) -> Json:
    """With the words a page shows of each discount."""
    found: Json = bare(breakdown(world, session))
    for row in found["discounts"]:
        coupon = coupon_of(world, row["discount"])
        row |= {"name": coupon["name"], "percent_off": coupon["percent_off"], "amount_off": coupon["amount_off"]}
    return found


def _saved(world: World, session: Json) -> list[Json]:
    secret = session.get("_customer_session")
    held = customer_sessions.session_by_secret(world, secret) if secret else None
    return [bare(method) for method in customer_sessions.saved_cards(world, held)] if held else []


def _customer(world: World, session: Json) -> Json:
    found: Json = world.table("customer").get(str(session["customer"])) or {}
    return found


def _code(world: World, session: Json) -> str | None:
    """The code as it is written, of the discount in force."""
    for row in session["discounts"] or []:
        code = world.table("promotion_code").get(str(row["promotion_code"]))
        if code:
            found: str = code["code"]
            return found
    return None


def _saved_cards(call: Call, session: Json) -> str | None:
    """The card form shows saved cards to whoever holds a customer session, so the page gets one of its own."""
    if session["customer"] is None or session["status"] != "open":
        return None
    if session.get("_customer_session") is None:
        options = session["saved_payment_method_options"] or {}
        features = {
            "payment_method_redisplay": "enabled",
            "payment_method_allow_redisplay_filters": options.get("allow_redisplay_filters") or ["always"],
            "payment_method_remove": options.get("payment_method_remove") or "disabled",
            "payment_method_save": options.get("payment_method_save") or "disabled",
        }
        element = {"enabled": True, "features": features}
        params = {"customer": session["customer"], "components": {"payment_element": element}}
        session["_customer_session"] = customer_sessions.create(replace(call, params=params))["client_secret"]
    secret: str = session["_customer_session"]
    return secret


def _way_back(session: Json) -> str | None:
    """Where the payer goes once the session is complete."""
    if session["status"] != "complete" or session["redirect_on_completion"] == "never":
        return None
    address: str | None = session["success_url"] or session["return_url"]
    return address.replace("{CHECKOUT_SESSION_ID}", session["id"]) if address else None


def _answered(world: World, session: Json) -> bool:
    """Whether the seller's server has answered the news of the completion: the page waits ten seconds for that."""
    event = session.get("_told")
    rows = [row for row in world.table(DELIVERIES).values() if row["event"] == event]
    return all(row["tries"] or row["state"] != "pending" for row in rows)
