"""Tax on a purchase: where the buyer is, and what was computed for them. Anyone may import it; pure values."""

from __future__ import annotations

import re
from dataclasses import dataclass

from billing.rules.errors import BadInput
from billing.rules.money import Money
from billing.rules.texts import clean

_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_TAX_ID_KIND = re.compile(r"[a-z]{2}_[a-z]{2,10}", re.ASCII)
LINE_MOST = 200


@dataclass(frozen=True, slots=True)
class Address:
    """A billing address. `country` is ISO 3166-1 alpha-2; the tax id is the buyer's, with the provider's kind of it."""

    country: str
    postal_code: str = ""
    state: str = ""
    city: str = ""
    line1: str = ""
    line2: str = ""
    tax_id_kind: str = ""
    tax_id: str = ""

    @classmethod
    def of(cls, **given: object) -> Address:
        """An address from what a person typed. Raises BadInput naming the field."""
        texts = {name: clean(text or "", name.replace("_", " "), most=LINE_MOST) for name, text in given.items()}
        address = cls(**{**texts, "country": texts.get("country", "").upper()})
        if not _COUNTRY.fullmatch(address.country):
            raise BadInput("Say which country, by its two letters.", field="country")
        if bool(address.tax_id) != bool(address.tax_id_kind):
            raise BadInput("A tax id needs its kind, such as eu_vat.", field="tax_id")
        if address.tax_id_kind and not _TAX_ID_KIND.fullmatch(address.tax_id_kind):
            raise BadInput("This is no kind of tax id.", field="tax_id_kind")
        return address


@dataclass(frozen=True, slots=True)
class TaxQuote:
    """What was computed. `tax_ref` is the provider's calculation, which the payment is linked to.

    `added` comes on top of the price; `included` is part of it already. `name` is what people read, such as "VAT 19 %".
    """

    tax_ref: str
    added: Money
    included: Money
    name: str = ""
