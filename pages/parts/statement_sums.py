"""What a period adds up to, why, and where it can be taken away as a file. pages/parts/statement.py uses it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from billing.rules.explanations import Explanation
from billing.rules.kinds import Kind
from billing.rules.views import StatementPage
from pages import notices
from pages.parts import format as written
from pages.parts.plain_table import PlainTable
from pages.parts.sum_line import Figure, SumLine
from pages.parts.tags import Tag, button, link
from pages.words import _, p_

PRINT = "() => window.print()"
IS_OPEN = "(event) => emit(event.target.open)"

FILES = (
    ("CSV", "/exports/transactions.csv"),
    ("JSON", "/exports/transactions.json"),
    ("PDF", "/exports/statement.pdf"),
)
"""What can be taken away, by what it is called everywhere."""


class StatementSums:
    """Built in the current slot; `show` fills it. `on_open` hears whether somebody wants to know why."""

    def __init__(self, words: Mapping[Kind, str], on_open: Callable[..., Awaitable[None]]) -> None:
        self._words = words
        self.is_open = False
        with Tag("div", classes="stack tight"):
            self._sums = SumLine(_("What the period adds up to"), large=True).mark("sums")
            self._note = Tag("p", classes="caption").mark("sums-note")
        with Tag("div", classes="row apart no-print"):
            with Tag("details", classes="more").mark("why") as why:
                Tag("summary", _("How this is made"))
                self._wrong = Tag("div")
                columns = (_("Type"), "#" + _("Transactions"), "#" + p_("credits", "In"), "#" + p_("credits", "Out"),
                           "#" + _("Together"))  # fmt: skip
                self._parts = PlainTable(_("Opening and closing balance, and what each type moved"), columns)
                self._csv = link(_("Export as CSV"), "/exports/balance.csv", download="")
            why.on("toggle", on_open, js_handler=IS_OPEN)
            with Tag("div", classes="row files", role="group", aria_label=_("Export")):
                self._files = {
                    word: link(word, address, "btn small", download="").mark(word) for word, address in FILES
                }
                self._files["CSV"].put("data_export", "")
                button(_("Print"), classes="small").on("click", js_handler=PRINT)

    def show(self, page: StatementPage, as_of: str, *, hides: bool) -> None:
        """The sums of the whole period. `hides`: lines of it may be missing from the list."""
        terms = (
            (_("Opening"), page.opening, ""), (p_("credits", "In"), page.credits_in, "+"),
            (p_("credits", "Out"), page.credits_out, written.MINUS), (_("Closing"), page.closing, "="),
        )  # fmt: skip
        self._sums.show(Figure(name, written.credits(amount), sign) for name, amount, sign in terms)
        note = _("These are the sums of the whole period; filters hide lines, not amounts.") if hides else ""
        self._note.text = f"{as_of} {note}".strip()

    def lead(self, files: Mapping[str, str], why: str) -> None:
        """Where the files of what is shown are found, by their word, and that of the explanation."""
        for word, address in files.items():
            self._files[word].put("href", address)
        self._csv.put("href", why)

    def explain(self, told: Explanation) -> None:
        """The parts, in the order of the types; they lead from the opening balance to the closing one."""
        self._wrong.clear()
        if told.unexplained.micro:
            with self._wrong:
                notices.box("danger", _("This does not add up."), _("Please tell whoever runs this portal."))
        rows: list[tuple[Any, ...]] = [(_("Opening"), "", "", "", written.credits(told.opening))]
        rows += [
            (self._words[part.kind], written.number(part.lines), written.credits(part.credits_in),
             written.credits(part.credits_out), written.signed(part.amount))
            for part in told.parts
        ]  # fmt: skip
        self._parts.show([*rows, (_("Closing"), "", "", "", written.credits(told.closing))])
