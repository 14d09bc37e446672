"""The step in which a buyer says where they are billed, so that the tax can be computed. Only the counter imports it.

The form comes as one message and is read here: whatever the browser checked counts for nothing.
"""

from __future__ import annotations

from functools import partial

from nicegui.events import GenericEventArguments

from billing.rules.errors import BadInput
from billing.rules.tax import LINE_MOST, Address
from pages.counter.places import STATES, TAX_IDS, countries, country_name
from pages.counter.visit import Visit
from pages.frame import Work
from pages.parts.modal import READ_FORM, Field, PlainSelect, told
from pages.parts.tags import Tag, focus
from pages.words import _, worded

READ_CHOICE = "(event) => emit({ country: event.target.value })"
FIELDS = ("country", "line1", "postal_code", "city", "state", "tax_id")


class AddressStep:
    """Built in the current slot. `read` says what was typed, or leads to the field that is wrong."""

    def __init__(self, visit: Visit, country: str, submitted: Work) -> None:
        self._asks_tax_id = visit.portal.settings.tax.collect_ids
        self._form = Tag("form", classes="address", novalidate="", aria_label=_("Billing address"))
        with self._form:
            self._heading = Tag("h2", _("Billing address"), tabindex="-1")
            Tag("p", _("Only to compute the tax. The credits you get do not depend on it."), "muted")
            self._fields = _fields(country)
            self._wrong = Tag("p", classes="field-error", role="alert")
            with Tag("div", classes="actions"):
                self._submit = Tag("button", _("Show the total"), "btn primary", type="submit")
        self._fields["country"].control.on("change", visit.handler(self._moved), js_handler=READ_CHOICE)
        self._form.on("submit", visit.handler(submitted), js_handler=READ_FORM)
        self._fit(country)
        self.show(False)

    def show(self, shown: bool) -> None:
        """Whether it is its turn; what was typed stays."""
        self._form.set_visibility(shown)
        if shown:
            focus(self._heading)

    def busy(self, is_busy: bool) -> None:
        """While the tax is being computed."""
        self._submit.text = _("Computing the tax …") if is_busy else _("Show the total")
        self._submit.put("aria_disabled", "true" if is_busy else None)

    def read(self, given: object) -> Address | None:
        """What was typed as an address; None once the form says what is wrong with it."""
        for field in self._fields.values():
            field.clear()
        self._wrong.text = ""
        try:
            return address_of(given, with_tax_id=self._asks_tax_id)
        except BadInput as refused:
            self.refuse(refused)
            return None

    def refuse(self, refused: BadInput) -> None:
        """Says what is wrong beside the field that is."""
        name = str(refused.details.get("field", ""))
        field = self._fields.get("tax_id" if name == "tax_id_kind" else name)
        if field is None or not field.element.visible:
            self._wrong.text = worded(refused.sentence)
        else:
            field.refuse(worded(refused.sentence))

    async def _moved(self, event: GenericEventArguments) -> None:
        self._fit(told(event.args, "country"))

    def _fit(self, country: str) -> None:
        """What only some countries have is asked only there."""
        state, (_kind, tax_id) = STATES.get(country, ""), TAX_IDS.get(country, ("", ""))
        self._fields["state"].label.text = _(state)
        self._fields["tax_id"].label.text = _("{tax_id} (optional)", tax_id=_(tax_id)) if tax_id else ""
        self._fields["state"].element.set_visibility(bool(state))
        self._fields["tax_id"].element.set_visibility(bool(tax_id) and self._asks_tax_id)


def _fields(country: str) -> dict[str, Field]:
    """Browsers fill these in by themselves, by the names the web has for them."""
    text = partial(Field, "input", type="text", maxlength=LINE_MOST)
    options = [("", _("Choose a country")), *countries()]
    with Tag("div", classes="address-fields"):
        made = [
            Field(partial(PlainSelect, options, country), "country", _("Country"), autocomplete="billing country"),
            text("line1", _("Street and number"), autocomplete="billing address-line1"),
            text("postal_code", _("Postal code"), autocomplete="billing postal-code"),
            text("city", _("City"), autocomplete="billing address-level2"),
            text("state", _("State"), autocomplete="billing address-level1"),
            text("tax_id", _("Tax id"), _("For a business. It may change the tax."), autocomplete="off"),
        ]
    return dict(zip(FIELDS, made, strict=True))


def address_of(given: object, *, with_tax_id: bool) -> Address:
    """The address in a form as it came. Raises BadInput naming the field."""
    typed = {name: told(given, name) for name in FIELDS}
    country = typed["country"].strip().upper()
    if country not in dict(countries()):
        raise BadInput("Choose the country you are billed in.", field="country")
    kind, _name = TAX_IDS.get(country, ("", ""))
    tax_id = typed["tax_id"].strip() if with_tax_id and kind else ""
    return Address.of(
        country=country, line1=typed["line1"], postal_code=typed["postal_code"], city=typed["city"],
        state=typed["state"] if country in STATES else "",
        tax_id=tax_id, tax_id_kind=kind if tax_id else "",
    )  # fmt: skip


def place_words(address: Address) -> str:
    """The address in one line, as the summary names it."""
    parts = (address.line1, f"{address.postal_code} {address.city}".strip(), address.state)
    return ", ".join([*(part for part in parts if part), country_name(address.country)])
