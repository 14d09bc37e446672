"""What the portal itself once wrote, said in the visitor's language. Statements and lists of managers use it.

Rows keep one English text for ever, whoever reads them. A person's own words stay as they typed them; but what a verb
wrote is known by its form, and the form is what is translated.
"""

from __future__ import annotations

import re

from pages.words import N_, _, apart

WRITTEN = (
    N_("Welcome credits"),
    N_("Bonus on the first purchase"),
    N_("Bonus on a larger purchase"),
    N_("Card verified"),
    N_("Invoice {number} is paid"),
    N_("Usage given back: {reason}"),
    N_("Usage given back"),
    N_("as the sign-in provider says"),
    N_("The invoice is over {amount}, but {asked} was asked for."),
    N_("Something was taken off the invoice, so it is not paid in full."),
)
"""Everything verbs write where people read it; a test compares it with what they write."""


def _form(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    # every second part is the name of a place
    escaped = [f"(?P<{part}>.+)" if place % 2 else re.escape(part) for place, part in enumerate(parts)]
    return re.compile("".join(escaped), re.DOTALL)


_FORMS = {template: _form(template) for template in WRITTEN}


def reason_words(text: str) -> str:
    """The same in the visitor's language; a text of no known form as it is."""
    for template, form in _FORMS.items():
        found = form.fullmatch(text)
        if found is not None:
            return _(template, **found.groupdict())
    return apart(text)
