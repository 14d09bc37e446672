"""What the payer tells a session before paying: e-mail, names, addresses, tax ids, a code, quantities, answers.
Used by `payment_pages` and `confirming`.
"""

from __future__ import annotations

import re
from dataclasses import replace

from sandbox.catalogue.coupons import make_discount
from sandbox.checkout.line_items import change_quantity, lines_of
from sandbox.checkout.new_sessions import details
from sandbox.checkout.totals import priced, reckon
from sandbox.customers import customers, new_customers
from sandbox.customers.tax_ids import COUNTRIES, check_tax_id, held_by, make_tax_id
from sandbox.errors import Json, invalid
from sandbox.fields import full_address
from sandbox.state import Call

PLAIN = ("email", "name", "phone", "individual_name", "business_name", "tax_ids", "consent", "save")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def tell(call: Call, session: Json, told: Json) -> None:
    """Lays what was typed into the session and reckons its total again; an empty value takes it back."""
    typed = session["_typed"]
    if told.get("email") and not _EMAIL.fullmatch(told["email"]):
        raise invalid(f"Invalid email address: {told['email']}", "email", "email_invalid")
    for place, tax_id in enumerate(told.get("tax_ids") or []):
        check_tax_id(tax_id, f"tax_ids[{place}][value]")
    typed.update({name: told[name] for name in PLAIN if name in told})
    if "billing_address" in told:
        contact = told["billing_address"]
        typed["address"] = full_address(contact["address"]) if contact else None
        typed["name"] = (contact or {}).get("name") or typed.get("name")
    if "shipping_address" in told:
        place = told["shipping_address"]
        typed["shipping"] = {"name": place.get("name"), "address": full_address(place["address"])} if place else None
    if "line_item" in told:
        change_quantity(call.world, session, told["line_item"], told["quantity"])
    if "custom_fields" in told:
        _answer(session, told["custom_fields"])
    reckon(call, session)
    if "promotion_code" in told:
        _redeem(call, session, told["promotion_code"])


def email_of(call: Call, session: Json) -> str | None:
    customer = call.world.table("customer").get(str(session["customer"])) or {}
    found: str | None = customer.get("email") or session["customer_email"] or session["_typed"].get("email")
    return found


def keep_customer(call: Call, session: Json) -> None:
    """The customer this session pays as: the one it was made for, brought up to date as far as the seller allowed,
    or a new one where Stripe makes one.
    """
    typed = session["_typed"]
    known = call.world.table("customer").get(str(session["customer"]))
    if known is not None:
        _bring_up_to_date(call, session, known)
    elif _makes_customer(session):
        told = {n: typed.get(n) for n in ("phone", "address", "shipping")}
        told |= {"email": email_of(call, session), "name": _legal_name(typed), "tax_id_data": typed.get("tax_ids")}
        made = new_customers.create(replace(call, params={name: value for name, value in told.items() if value}))
        session["customer"] = made["id"]


def _bring_up_to_date(call: Call, session: Json, known: Json) -> None:
    typed, update = session["_typed"], session["_customer_update"]
    news = {} if known["email"] else {"email": typed.get("email")}
    for name, told in (
        ("address", typed.get("address")),
        ("name", _legal_name(typed)),
        ("shipping", typed.get("shipping")),
    ):
        if update.get(name) == "auto":
            news[name] = told
    news = {name: value for name, value in news.items() if value and value != known[name]}
    if news:
        customers.update(replace(call, ids={"id": known["id"]}, params=news))
    for tax_id in typed.get("tax_ids") or []:
        if tax_id not in held_by(call.world, known["id"]):
            make_tax_id(call, tax_id, known)


def _legal_name(typed: Json) -> str | None:
    """A business that gives its tax id is called by its own name on the invoice."""
    business = typed.get("business_name") if typed.get("tax_ids") else None
    found: str | None = business or typed.get("name")
    return found


def write_details(call: Call, session: Json) -> None:
    """What the completed session shows of its buyer."""
    typed = session["_typed"]
    customer = call.world.table("customer").get(str(session["customer"])) or {}
    known = {name: customer.get(name) for name in ("name", "phone", "address")}
    told = {**known, **{name: value for name, value in typed.items() if value}}
    told["tax_ids"] = typed.get("tax_ids") or held_by(call.world, session["customer"])
    exempt = customer.get("tax_exempt") or "none"
    session["customer_details"] = details(email_of(call, session), tax_exempt=exempt, typed=told)
    session["collected_information"] = {
        "business_name": typed.get("business_name"),
        "individual_name": typed.get("individual_name"),
        "shipping_details": typed.get("shipping"),
    }
    if session["consent_collection"]:
        given = typed.get("consent") or {}
        asked = session["consent_collection"]
        accepted = "accepted" if asked.get("terms_of_service") == "required" else None
        promotions = given.get("promotions", "opt_out") if asked.get("promotions") == "auto" else None
        session["consent"] = {"promotions": promotions, "terms_of_service": accepted}


def check_ready(call: Call, session: Json) -> None:
    """Refuses a payment while something the seller asked for is still missing. Of a program, such as the official
    CLI's triggers, only what the payment itself needs is asked.
    """
    if email_of(call, session) is None and session["mode"] != "setup":
        raise invalid("You must provide an email address to complete this Checkout Session.", "email")
    if session["automatic_tax"]["enabled"] and session["automatic_tax"]["status"] != "complete":
        message = "You must provide an address so that the tax can be calculated."
        raise invalid(message, "billing_address", "customer_tax_location_invalid")
    if call.publishable:
        _check_address(call, session)
        _check_answers(session)


def _check_address(call: Call, session: Json) -> None:
    """The whole address, and the tax id of a business where the seller will not do without."""
    customer = call.world.table("customer").get(str(session["customer"])) or {}
    address = session["_typed"].get("address") or customer.get("address") or {}
    if session["billing_address_collection"] == "required" and not address.get("line1"):
        raise invalid("You must provide a billing address to complete this Checkout Session.", "billing_address")
    asked = session["tax_id_collection"] == {"enabled": True, "required": "if_supported"}
    known = session["_typed"].get("tax_ids") or held_by(call.world, session["customer"])
    if asked and not known and address.get("country") in COUNTRIES:
        raise invalid("You must provide a tax ID to complete this Checkout Session.", "tax_ids")


def _check_answers(session: Json) -> None:
    typed = session["_typed"]
    if session["phone_number_collection"]["enabled"] and not typed.get("phone"):
        raise invalid("You must provide a phone number to complete this Checkout Session.", "phone")
    if session["shipping_address_collection"] and not typed.get("shipping"):
        raise invalid("You must provide a shipping address to complete this Checkout Session.", "shipping_address")
    terms = (session["consent_collection"] or {}).get("terms_of_service")
    if terms == "required" and (typed.get("consent") or {}).get("terms_of_service") != "accepted":
        raise invalid("You must accept the terms of service to complete this Checkout Session.", "consent")
    for field in session["custom_fields"]:
        if not field["optional"] and field[field["type"]]["value"] is None:
            message = f"You must fill in the field `{field['key']}` to complete this Checkout Session."
            raise invalid(message, f"custom_fields[{field['key']}]")


def _makes_customer(session: Json) -> bool:
    if session["mode"] == "subscription" or session["customer_creation"] == "always":
        return True
    return bool(session["mode"] == "payment" and session["invoice_creation"]["enabled"])


def _redeem(call: Call, session: Json, code: str | None) -> None:
    """The code as the payer typed it; one code at a time."""
    session |= {"_discounts": [], "discounts": []}
    reckon(call, session)
    if not code:
        return
    if not session["allow_promotion_codes"]:
        raise invalid("This Checkout Session does not accept promotion codes.", "promotion_code")
    found = next(
        (
            row
            for row in call.world.table("promotion_code").values()
            if row["code"].lower() == code.strip().lower() and row["active"]
        ),
        None,
    )
    if found is None:
        raise invalid(f"This code is invalid: {code}.", "promotion_code", "promotion_code_invalid")
    made = make_discount(
        call,
        {"promotion_code": found["id"]},
        customer=call.world.table("customer").get(str(session["customer"])),
        checkout_session=session["id"],
        lines=priced(lines_of(call.world, session)),
        currency=session["currency"],
        param="promotion_code",
        redeems=False,
    )
    session |= {
        "_discounts": [made["id"]],
        "discounts": [{"coupon": made["source"]["coupon"], "promotion_code": made["promotion_code"]}],
    }
    reckon(call, session)


def _answer(session: Json, answers: Json) -> None:
    """The payer's answers by key, each held to what the seller asked for."""
    for field in session["custom_fields"]:
        if field["key"] not in answers:
            continue
        value, kind = answers[field["key"]] or None, field["type"]
        limits = field[kind]
        wrong = value is not None and (
            (kind == "numeric" and not value.isdigit())
            or (kind == "dropdown" and value not in [option["value"] for option in limits["options"]])
            or len(value) > (limits.get("maximum_length") or 255)
            or len(value) < (limits.get("minimum_length") or 0)
        )
        if wrong:
            raise invalid(f"The answer to `{field['key']}` is not valid.", f"custom_fields[{field['key']}]")
        limits["value"] = value
