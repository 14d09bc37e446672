"""How a bank account becomes a payment method: from its IBAN or numbers, or from a `pm_sepaDebit_*` name.
Used by `payment_methods`.
"""

from __future__ import annotations

from sandbox.errors import Json, Refusal, invalid
from sandbox.payments.bank_accounts import BANK_BY_NAME, BANK_BY_NUMBER, BankRow, is_iban
from sandbox.payments.method_parts import SEPA_TYPE, US_TYPE, blank_method, fingerprint
from sandbox.state import Call

NAMED: Json = {"billing_details": {"name": "Jenny Rosen", "email": "jenny@example.com"}}
ROUTING = "110000000"


def bank_from(call: Call, data: Json) -> Json:
    """A payment method from `{type: sepa_debit | us_bank_account, ..., billing_details}`."""
    kind = data["type"]
    given = data.get(kind) or {}
    row = _sepa_row(given) if kind == SEPA_TYPE else _us_row(given)
    for name in ("name", "email") if kind == SEPA_TYPE else ("name",):
        if not (data.get("billing_details") or {}).get(name):
            param = f"billing_details[{name}]"
            raise invalid(f"Missing required param: {param}.", param, "parameter_missing")
    return _write(call, row, given, data)


def named_bank(call: Call, name: str) -> Json:
    return _write(call, BANK_BY_NAME[name], {}, NAMED)


def _sepa_row(given: Json) -> BankRow:
    """An IBAN that is right and stands in no table simply pays."""
    iban = "".join((given.get("iban") or "").split()).upper()
    if not iban:
        raise _missing("sepa_debit[iban]")
    if not is_iban(iban):
        raise invalid("The IBAN you provided is invalid.", "sepa_debit[iban]", "invalid_bank_account_iban")
    return BANK_BY_NUMBER.get(iban) or BankRow(SEPA_TYPE, iban, (), "success")


def _us_row(given: Json) -> BankRow:
    for name in ("account_number", "routing_number", "account_holder_type"):
        if not given.get(name):
            raise _missing(f"us_bank_account[{name}]")
    if given["routing_number"] != ROUTING:
        message = f"Invalid routing number. In test mode, use {ROUTING}."
        raise invalid(message, "us_bank_account[routing_number]", "routing_number_invalid")
    row = BANK_BY_NUMBER.get(given["account_number"])
    if row is None or row.kind != US_TYPE:
        message = "You must use a test bank account number in test mode. Try 000123456789 or see more options at "
        message += "https://stripe.com/docs/connect/testing#account-numbers."
        raise invalid(message, "us_bank_account[account_number]", "account_number_invalid")
    return row


def _write(call: Call, row: BankRow, given: Json, data: Json) -> Json:
    shown = _sepa(row) if row.kind == SEPA_TYPE else _us(row, given)
    return call.world.add({**blank_method(call, row.kind, data), row.kind: shown, "_account": row.number})


def _sepa(row: BankRow) -> Json:
    return {
        "bank_code": row.number[4:9],
        "branch_code": "",
        "country": row.number[:2],
        "fingerprint": fingerprint(row.number),
        "generated_from": {"charge": None, "setup_attempt": None},
        "last4": row.number[-4:],
    }


def _us(row: BankRow, given: Json) -> Json:
    return {
        "account_holder_type": given.get("account_holder_type") or "individual",
        "account_type": given.get("account_type") or "checking",
        "bank_name": "STRIPE TEST BANK",
        "financial_connections_account": None,
        "fingerprint": fingerprint(row.number),
        "last4": row.number[-4:],
        "networks": {"preferred": "ach", "supported": ["ach"]},
        "routing_number": ROUTING,
        "status_details": {},
    }


def _missing(param: str) -> Refusal:
    return invalid(f"Missing required param: {param}.", param, "parameter_missing")
